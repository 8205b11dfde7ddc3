"""A library's own pack: the template filled, laid over the state's, and what is refused."""

import re
from importlib.resources import files

import pytest

from ledger.domain.law.pack import PackRefused, load_pack, names, resolve, resolve_own

TEMPLATE = (files("ledger.domain.law") / "packs" / "template.toml").read_text(encoding="utf-8")
ANSWERS = {
    "us-co/your-library": "us-co/juniper",
    "America/Denver": "America/Denver",
    "your-library-policy": "juniper-policy",
    "your-library-statute": "juniper-statute",
    "library-director": "library-director",
    "superseded, incomplete or wider-than-law": "incomplete",
    "verified, partly or unverified": "partly",
}


def filled(text: str = TEMPLATE) -> str:
    """Fill the template as a library would: each gap by its own answer, each hint deleted."""
    text = re.sub(r"\s+# .*‹.*›$|^# reviewed_.*\n", "", text, flags=re.MULTILINE)
    text = text.replace("effective_from = 0001-01-01", "effective_from = 2026-02-03")

    def answer(gap: re.Match[str]) -> str:
        asked = gap[1]
        if "the name of the row" in asked:
            return "records.protected"
        if "the basis of the state's pack" in asked:
            return "written-consent"
        return ANSWERS.get(asked, f"Juniper's own words on {len(asked)} things.")

    return re.sub("‹([^›]*)›", answer, text)


def test_the_template_is_no_pack_and_cannot_be_loaded_unfilled() -> None:
    """Nobody's blanks become law: the first one is named by its line."""
    assert "template" not in names()
    line = 1 + TEMPLATE[: TEMPLATE.index("‹")].count("\n")
    with pytest.raises(PackRefused, match=f"Line {line} is not filled yet"):
        load_pack(TEMPLATE.encode())
    half = filled().replace("us-co/juniper", "‹us-co/juniper›")
    with pytest.raises(PackRefused, match="is not filled yet"):
        resolve_own(half.encode())


def test_the_filled_template_is_a_librarys_law() -> None:
    """It lies over the state and the country, with its zone, its retention and its deadline."""
    law = resolve_own(filled().encode(), {"a_v1": 1})
    assert [layer.name for layer in law.layers] == ["us", "us-co", "us-co/juniper"]
    assert (law.zone, law.rules) == ("America/Denver", {"a_v1": 1})
    assert str(law.layers[-1].effective_from) == "2026-02-03"
    assert law.value("retention.circulation_days").layer == "us-co/juniper"
    assert law.deadline("circulation-purge").time_rule == "juniper-policy"
    assert law.basis("own-record").counterpart == "written-consent"
    assert law.basis("own-record").rests_on == "request"
    assert not law.basis("own-record").beyond_statute
    assert law.digest() != resolve("us-co").digest()


def test_a_basis_without_a_counterpart_goes_beyond_the_statute() -> None:
    """A library that deletes the line sees its basis flagged for counsel."""
    text = re.sub(r"^counterpart = .*\n", "", filled(), flags=re.MULTILINE)
    assert resolve_own(text.encode()).basis("own-record").beyond_statute


@pytest.mark.parametrize("name", ["us", "us-co"])
def test_no_library_replaces_the_law_of_the_land(name: str) -> None:
    """A library's own file is a layer of its own over the packs of this program."""
    text = filled().replace('"us-co/juniper"', f'"{name}"')
    with pytest.raises(PackRefused, match="is no library's own pack"):
        resolve_own(text.encode())


def test_a_library_in_a_state_without_a_pack_is_refused() -> None:
    """There is nothing to lie over."""
    text = filled().replace('"us-co/juniper"', '"us-ak/juniper"')
    with pytest.raises(PackRefused, match="There is no pack named us-ak"):
        resolve_own(text.encode())


def test_a_librarys_new_version_of_a_shipped_pack_is_its_own() -> None:
    """A library may bring version 2 of its pack before this program does."""
    text = filled().replace('"us-co/juniper"', '"us-co/lcld"').replace("version = 1", "version = 2")
    assert [layer.version for layer in resolve_own(text.encode()).layers] == [1, 1, 2]


# --- The order of the source -------------------------------------------------------------------


@pytest.mark.parametrize("name", names())
def test_rows_keep_the_order_of_their_source(name: str) -> None:
    """Values, bases, rules and quotations of a layer are numbered together, without a gap."""
    law = resolve(name)
    own = [
        row.place
        for rows in (law.values, law.all_bases, law.time_rules, law.all_deadlines, law.quotations)
        for row in rows
        if row.layer == name
    ]
    assert sorted(place or 0 for place in own) == list(range(1, len(own) + 1))


def test_a_quotation_stands_where_the_policy_quotes() -> None:
    """PCCLD quotes the penalty after its rule and before its endorsements."""
    law = resolve("us-co/pccld")
    quoted = next(row for row in law.quotations if row.id == "pccld-petty-offense")
    before, after = law.value("records.policy_general_rule"), law.value("policy.endorses")
    assert (before.place or 0) < (quoted.place or 0) < (after.place or 0)


def test_a_row_may_be_introduced_with_spaces_and_a_remark() -> None:
    """TOML allows it, and the order is still told."""
    text = filled().replace("[[value]]", " [[ value ]] # a row", 1)
    assert resolve_own(text.encode()) == resolve_own(filled().encode())


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('title = "Juniper', 'title = """\n[[value]]\nJuniper', "its kind on a line of its own"),
        ('unit = "words"', 'unit = "words"\nplace = 4', "which layer a row is of, or its place"),
    ],
)
def test_a_file_in_which_the_order_cannot_be_told_is_refused(old: str, new: str, why: str) -> None:
    """What only looks like a row would shift all others; and no file numbers its rows itself."""
    text = filled().replace(old, new, 1)
    text = text.replace('things."', 'things."""', 1) if '"""' in new else text
    with pytest.raises(PackRefused, match=why):
        resolve_own(text.encode())


def test_as_many_rows_of_another_kind_do_not_make_up_for_each_other() -> None:
    """One that is spelt otherwise and one that only looks like a row: the order is not guessed."""
    text = filled().replace("[[value]]", '[["value"]]', 1)
    text = text.replace('title = "Juniper', 'title = """\n[[basis]]\nJuniper', 1)
    with pytest.raises(PackRefused, match="its kind on a line of its own"):
        resolve_own(text.replace('things."', 'things."""', 1).encode())
