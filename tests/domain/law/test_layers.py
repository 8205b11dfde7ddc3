"""Layers of law over each other, and what is refused when they do not fit."""

from datetime import date
from pathlib import Path

import pytest

from ledger.domain.law.pack import (
    NotInLaw,
    Pack,
    PackRefused,
    lineage,
    load_pack,
    merge,
    resolve,
)
from ledger.domain.law.provisions import WrongKind

VALUE = """
[[value]]
id = "{id}"
sentence = "A sentence."
value = {value}
unit = "{unit}"
citation = "Somewhere 1"
source = "{source}"
confidence = "{confidence}"
{more}
"""
BASIS = """
[[basis]]
id = "{id}"
title = "A basis"
sentence = "A sentence."
instruments = ["subpoena"]
effect = "permissive"
citation = "Somewhere 2"
source = "{source}"
confidence = "verified"
{more}
"""


def value(
    id: str = "a.b",
    value: str = "7",
    unit: str = "days",
    source: str = "statute",
    confidence: str = "verified",
    more: str = "",
) -> str:
    """Write one row of TOML."""
    return VALUE.format(
        id=id, value=value, unit=unit, source=source, confidence=confidence, more=more
    )


def basis(id: str, source: str, more: str = "") -> str:
    """Write one basis in TOML."""
    return BASIS.format(id=id, source=source, more=more)


def pack(name: str, *rows: str, more: str = "") -> Pack:
    """Load a layer made for a test."""
    head = f'[identity]\nname = "{name}"\ntitle = "A layer"\nversion = 1\n{more}\n'
    return load_pack((head + "".join(rows)).encode())


# --- Layers ------------------------------------------------------------------------------------


def test_a_pack_lies_over_the_layers_that_its_name_says() -> None:
    """A country alone, a state over it, an institution over both."""
    assert lineage("us") == ("us",)
    assert lineage("us-mo") == ("us", "us-mo")
    assert lineage("us-co/lcld") == ("us", "us-co", "us-co/lcld")


@pytest.mark.parametrize("name", ["", "de", "us/x", "us-co/../us", "us-co/lcld/x", "US", "us-co/"])
def test_what_is_no_name_of_a_pack_is_refused(name: str) -> None:
    """A name is never a path."""
    with pytest.raises(PackRefused, match="not the name of a pack"):
        resolve(name)


@pytest.mark.parametrize("name", ["us-fl", "us-co/jcl", "us-mo/lcld", "us-mo/jcpl"])
def test_a_pack_that_does_not_exist_is_refused(name: str) -> None:
    """An institution stands in one state only."""
    with pytest.raises(PackRefused, match="There is no pack"):
        resolve(name)


def test_a_later_layer_overrides_and_the_overridden_row_stays_visible() -> None:
    """The nearest layer above is named; the highest governs."""
    law = merge(
        [
            pack("us", value(value="11"), value("a.kept", "12")),
            pack("us-co", value(value="13")),
            pack("us-co/x", value(value="14")),
        ],
        {},
    )
    assert (law.value("a.b").number, law.value("a.b").layer) == (14, "us-co/x")
    assert (law.value("a.kept").number, law.value("a.kept").layer) == (12, "us")
    rows = [(r.value, r.layer, r.overridden_by) for r in law.values if r.id == "a.b"]
    assert rows == [(11, "us", "us-co"), (13, "us-co", "us-co/x"), (14, "us-co/x", None)]
    assert [row.layer for row in law.overridden("a.b")] == ["us", "us-co"]


def test_jcls_preservation_policy_lies_over_the_statute() -> None:
    """The policy governs by its own right, and 2703(f) stays visible beneath it."""
    law = resolve("us-mo/jcl")
    beneath = law.overridden("preservation.initial_days")
    assert [(row.citation, row.layer) for row in beneath] == [("18 U.S.C. 2703(f)(2)", "us")]
    assert beneath[0].overridden_by == "us-mo/jcl"


def test_an_override_that_has_ended_lets_the_layer_below_hold_again() -> None:
    """The day before, the last day and the day after a policy's end."""
    law = merge(
        [
            pack("us", value(value="21")),
            pack("us-co", value(value="22", more="effective_to = 2026-06-30")),
        ],
        {},
    )
    found = [law.value("a.b", date(2026, month, day)).number for month, day in [(6, 30), (7, 1)]]
    assert found == [22, 21]
    assert law.value("a.b").number == 21


def test_a_section_lists_what_holds_in_the_order_of_the_sources() -> None:
    """The duties at the desk, each once."""
    ids = [row.id for row in resolve("us-mo/jcl").section("desk")]
    assert ids == [
        "desk.refer",
        "desk.referral_lawful_unanswered",
        "desk.stand_back",
        "desk.ask_for_warrant_copy",
        "desk.contact_director",
        "desk.immediately_means",
    ]


def test_what_the_law_does_not_hold_is_said_to_be_missing() -> None:
    """Asking for an unknown value, basis, rule of time or calendar raises NotInLaw."""
    law = resolve("us")
    for ask in (law.value, law.basis, law.time_rule, law.holidays):
        with pytest.raises(NotInLaw, match="nowhere"):
            ask("nowhere")
    assert law.find("no.where") is None


def test_a_value_is_read_as_the_kind_that_it_is() -> None:
    """A flag is no number, a number no word, a word no list, and only a time of day a clock."""
    law = resolve("us")
    with pytest.raises(WrongKind):
        _ = law.value("gag.nsl_binds_libraries").number
    with pytest.raises(WrongKind):
        _ = law.value("preservation.initial_days").word
    with pytest.raises(WrongKind):
        _ = law.value("preservation.initial_days").flag
    with pytest.raises(WrongKind):
        _ = law.value("provider.ecs_status").words
    with pytest.raises(WrongKind):
        _ = law.value("provider.ecs_status").clock


def test_working_days_are_counted_on_the_calendar_of_the_state() -> None:
    """The default calendar is that of the highest layer that names one."""
    assert resolve("us").holidays().name == "us-federal"
    assert resolve("us-co/lcld").holidays().name == "us-co"
    assert resolve("us-mo/jcl").holidays().name == "us-mo"


# --- What is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "why"),
    [
        pytest.param(value(more="surprise = 1"), "unknown field", id="unknown field"),
        pytest.param(value(value='"seven"'), "does not fit its unit", id="word for days"),
        pytest.param(value(value="true"), "does not fit its unit", id="flag for days"),
        pytest.param(value(value="-7"), "does not fit its unit", id="negative days"),
        pytest.param(value(value="7.5"), "float", id="half days"),
        pytest.param(value(value="7", unit="yes_no"), "does not fit", id="number for flag"),
        pytest.param(value(value='["x", "x"]', unit="words"), "does not fit", id="double word"),
        pytest.param(value(value='"6:00"', unit="local_time"), "does not fit", id="short time"),
        pytest.param(value(value='"20200315"', unit="date"), "does not fit", id="short date"),
        pytest.param(value(value="7", unit="fortnights"), "Invalid enum", id="unknown unit"),
        pytest.param(value(source="product_default"), "cannot be verified", id="sure default"),
        pytest.param(value(source="hearsay"), "Invalid enum", id="unknown source"),
        pytest.param(value(confidence="certain"), "Invalid enum", id="unknown confidence"),
        pytest.param(value(more='requirements = ["R-164"]'), "R-", id="unknown requirement"),
        pytest.param(value(more='requirements = ["R-00"]'), "R-", id="no such requirement"),
        pytest.param(
            value(more="effective_from = 2026-02-01\neffective_to = 2026-01-31"),
            "cannot end before",
            id="ends before it begins",
        ),
        pytest.param(value(more='layer = "us"'), "may not say which layer", id="forged layer"),
        pytest.param(value() + value(value="8"), "stands twice", id="twice for ever"),
        pytest.param(
            value(more="effective_to = 2026-03-01")
            + value(value="8", more="effective_from = 2026-03-01"),
            "stands twice",
            id="twice on one day",
        ),
        pytest.param("[[value", "Expected", id="no TOML"),
        pytest.param(value().replace("A sentence.", "no sentence"), "sentence", id="no sentence"),
    ],
)
def test_a_faulty_layer_is_refused_with_its_reason(row: str, why: str) -> None:
    """Whoever edits a pack is told what is wrong with it."""
    with pytest.raises(PackRefused, match=why):
        pack("us", row)


def test_bytes_that_are_no_text_are_refused() -> None:
    """A layer is UTF-8, and whoever saved it otherwise is told where it shows."""
    with pytest.raises(PackRefused, match="no text in UTF-8: see line 2"):
        load_pack(b"# caf\xc3\xa9\n# caf\xe9\n")


@pytest.mark.parametrize(
    "text",
    [
        f"version = {'9' * 5000}",
        f"version = {'[' * 5000}",
        f"version = {'[' * 40}{']' * 40}",
        f"{'a.' * 5000}b = 1",
        '"a" . ' * 5000 + "b = 1",
        f"[{'a.' * 5000}b]",
        f"version = {'{a=' * 100_000}",
    ],
    ids=["digits", "lists without end", "lists", "key", "quoted key", "table", "tables"],
)
def test_what_no_parser_takes_is_refused(text: str) -> None:
    """Too many digits, or lists, tables and keys in each other, are a refusal and no crash."""
    with pytest.raises(PackRefused, match="too long here, or lists or keys stand too deep"):
        load_pack(text.encode())


def test_two_wordings_may_follow_each_other_without_a_gap() -> None:
    """One row ends on the last of February, the next begins on the first of March."""
    law = merge(
        [
            pack(
                "us",
                value(value="31", more="effective_to = 2024-02-29"),
                value(value="32", more="effective_from = 2024-03-01"),
            )
        ],
        {},
    )
    days = [date(2024, 2, 28), date(2024, 2, 29), date(2024, 3, 1)]
    assert [law.value("a.b", on).number for on in days] == [31, 31, 32]


def test_layers_must_lie_over_each_other() -> None:
    """A state cannot lie on another state, nor an institution on the country."""
    for wrong in (["us", "us-mo/x"], ["us-mo"], ["us", "us-co", "us-mo/x"], []):
        with pytest.raises(PackRefused, match="do not lie over each other"):
            merge([pack(name) for name in wrong], {})


@pytest.mark.parametrize("source", ["local_policy", "product_default"])
def test_a_policy_never_replaces_a_basis_of_the_law(source: str) -> None:
    """A library's policy cannot loosen the statute under the statute's own name."""
    below = pack("us", basis("court-order", "statute"))
    row = basis("court-order", source)
    if source == "product_default":
        row = row.replace('"verified"', '"unverified"')
    with pytest.raises(PackRefused, match="may not replace a basis of the law"):
        merge([below, pack("us-co", row)], {})


def test_a_basis_says_what_it_rests_on() -> None:
    """A paper, whoever asks, the user's will or the custodian's word; it rests on nothing else."""
    bare = basis("by-grace", "statute").replace('["subpoena"]', "[]")
    with pytest.raises(PackRefused, match="by-grace asks for no paper and names no requester"):
        merge([pack("us", bare)], {})
    for rest in ('requester = "attorney"', 'rests_on = "request"', 'rests_on = "custodians-word"'):
        merge([pack("us", f"{bare}{rest}\n")], {})


def test_a_statute_may_replace_a_statute() -> None:
    """A state's law may restate a basis of the country's."""
    law = merge(
        [pack("us", basis("x", "statute")), pack("us-co", basis("x", "statute"))],
        {},
    )
    assert [b.layer for b in law.bases] == ["us-co"]


def test_a_policy_cannot_name_another_policy_as_its_counterpart() -> None:
    """Only law is a counterpart, so two policies cannot vouch for each other."""
    two = [
        basis("one", "local_policy", 'counterpart = "two"'),
        basis("two", "local_policy", 'counterpart = "one"'),
    ]
    with pytest.raises(PackRefused, match="no basis of law"):
        merge([pack("us", *two)], {})


@pytest.mark.parametrize(
    "row",
    [
        value("a.rule", '"nowhere"', "time_rule"),
        value("a.calendar", '"nowhere"', "calendar"),
    ],
)
def test_a_row_cannot_name_what_the_law_does_not_hold(row: str) -> None:
    """A missing rule of time or calendar is found when the pack is loaded, not in a case."""
    with pytest.raises(PackRefused, match="names what it does not hold: nowhere"):
        merge([pack("us", row)], {})


def test_a_file_that_says_it_is_another_pack_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file copied over another one's name does not pass for it (R-145)."""
    (tmp_path / "us.toml").write_text('[identity]\nname = "us-mo"\ntitle = "A"\nversion = 1\n')
    monkeypatch.setattr("ledger.domain.law.pack._PACKS", tmp_path)
    with pytest.raises(PackRefused, match="The file of us says that it is us-mo"):
        resolve("us")


def test_a_file_that_says_it_is_another_calendar_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Missouri's holidays do not pass for Colorado's because of the name of a file."""
    (tmp_path / "us-co.toml").write_text(
        'name = "us-mo"\nversion = 1\ntitle = "A"\ncitation = "A"\nobserved = "never"\n'
        'observed_citation = "A"\nobserved_confidence = "unverified"\ndays = []\n'
    )
    monkeypatch.setattr("ledger.domain.law.pack._CALENDARS", tmp_path)
    with pytest.raises(PackRefused, match="The file of the calendar us-co says"):
        merge([pack("us", value("a.calendar", '"us-co"', "calendar"))], {})
