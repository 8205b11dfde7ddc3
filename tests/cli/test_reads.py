"""Each look among sealed matters is recorded where counsel sees it, before anything shows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ledger.errors import Unavailable
from ledger.home import Home
from ledger.stores.store import Store
from tests.cli.conftest import Line

PROPOSE = ("propose-opening", "--with", '{"citation": "18 U.S.C. 2709(c)"}')
"""Refused for a visit that nobody kept sealed yet."""


def looks(line: Line, *, by: str = "tom", since: str | None = None) -> list[dict[str, Any]]:
    """What counsel sees, without counsel's own reviews."""
    words = ("reads", "list", *(("--since", since) if since else ()))
    found: list[dict[str, Any]] = line.good(*words, by=by)["reads"]
    return [one for one in found if one["reason"] != "review"]


def away(line: Line, until: str = "2026-06-20T20:00:00Z") -> None:
    """Counsel records that Mara, for whom designees stand in, is away."""
    window = {"from": "2026-06-19T19:00:00Z", "until": until}
    line.do("office", "record-absence", "tom", person="mara", **window)


def seal(line: Line, reference: str, by: str = "mara") -> None:
    """Keep a visit sealed."""
    sealing = {"ground": "gag", "citation": "18 U.S.C. 2709(c)", "review_on": "2026-12-14"}
    line.do(reference, "keep-sealed", by, **sealing)


def test_counsel_sees_who_looked_at_which_matter_and_why(line: Line) -> None:
    """One record a run: the matters that it showed, the person, the role and the reason."""
    first = line.good("case", "new", by="mara")["reference"]
    second = line.good("case", "new", by="mara")["reference"]
    line.good("case", "show", first, by="mara")
    line.later(days=7)
    line.good("case", "list", by="mara")
    told = looks(line)
    assert [one["shown"] for one in told] == [[first], sorted([first, second])]
    assert {(one["person"], one["role"], one["reason"]) for one in told} == {
        ("mara", "custodian", "duty")
    }
    assert len(looks(line, since="2026-06-26T00:00:00+00:00")) == 1
    assert len({one["ref"].partition(":")[0] for one in told}) == 1


def test_a_look_that_finds_nothing_is_a_look(line: Line) -> None:
    """Whoever tries references is seen to, and learns nothing."""
    assert line("case", "show", "7K3M-9Q2D-X", by="mara").code == 3
    assert [one["shown"] for one in looks(line)] == [[]]


def test_counsels_own_review_is_recorded_too(line: Line) -> None:
    """Who watches is watched by the other one who may."""
    line.good("reads", "list", by="tom")
    found = line.good("reads", "list", by="mara")["reads"]
    assert {(one["person"], one["reason"]) for one in found} == {
        ("tom", "review"),
        ("mara", "review"),
    }


def test_an_attestation_is_a_look_whether_or_not_it_succeeds(line: Line) -> None:
    """Counsel may learn which entries do not open, and the custodian sees that counsel asked."""
    reference = line.good("case", "new", by="mara")["reference"]
    seal(line, reference)
    line.later(days=4)
    line.good("tick")
    line.good("attest", "--through", str(4 * 128), by="tom")
    line.do(reference, "remove-audience-member", "mara", person="tom", reason="other")
    line.later(days=4)
    line.good("tick")
    assert line("attest", "--through", str(8 * 128), by="tom").code == 2
    told = looks(line, by="mara")
    assert [(one["person"], one["reason"]) for one in told] == [("tom", "attestation")] * 2


def test_only_counsel_and_the_custodian_see_the_looks(line: Line) -> None:
    """Staff are told so; their own looks do not open to them here."""
    line.enrol("kim", "staff")
    answer = line("reads", "list", by="kim")
    assert (answer.code, "Only counsel" in answer.err) == (4, True)
    assert line("reads", "list", "--since", "2026-06-19T00:00:00", by="tom").code == 2


def test_who_may_not_read_the_vault_office_writes_there_nevertheless(line: Line) -> None:
    """A designee's looks stand in a stream that counsel opens, and the designee goes on with it."""
    line.enrol("olga", "designee", "staff")
    away(line)
    reference = line.good("case", "new", by="mara")["reference"]
    for _ in range(2):
        line.good("case", "show", reference, by="olga")
    told = looks(line)
    assert [(one["person"], one["shown"]) for one in told] == [("olga", [reference])] * 2
    assert [one["ref"].partition(":")[2] for one in told] == ["1", "2"]


def test_a_counsel_who_comes_later_sees_the_looks_before(line: Line) -> None:
    """Each look is sealed anew to whoever is counsel by then."""
    line.good("case", "list", by="mara")
    line.enrol("vera", "counsel")
    line.good("case", "list", by="mara")
    assert [one["person"] for one in looks(line, by="vera")] == ["mara", "mara"]


def test_a_designee_and_nothing_else_looks_in_an_absence(line: Line) -> None:
    """Nobody signs as designee without one, so nothing is shown to them before."""
    line.enrol("olga", "designee")
    reference = line.good("case", "new", by="mara")["reference"]
    answer = line("case", "show", reference, by="olga")
    assert (answer.code, "recorded absence" in answer.err) == (4, True)
    away(line)
    line.good("case", "show", reference, by="olga")
    assert [(one["role"], one["shown"]) for one in looks(line)] == [("designee", [reference])]


def test_a_refused_act_in_a_sealed_matter_is_a_look(line: Line) -> None:
    """What is done stands in the matter; what is refused tells of the matter as well."""
    reference = line.good("case", "new", by="mara")["reference"]
    refused = line("do", reference, *PROPOSE, by="mara")
    assert (refused.code, "was refused" in refused.err) == (4, True)
    assert [(one["reason"], one["shown"]) for one in looks(line)] == [("act", [reference])]


@pytest.mark.parametrize("words", [("case", "show"), ("case", "history"), ("case", "list")])
def test_nothing_is_shown_where_the_look_cannot_be_recorded(
    words: tuple[str, ...], line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fail closed: a vault that takes nothing shows nothing, and says why."""
    reference = line.good("case", "new", by="mara")["reference"]
    named = (reference,) if words[1] != "list" else ()

    def full(self: Store, *_: object) -> None:
        raise Unavailable(f"The disk of the store {self.name} is full.")

    with monkeypatch.context() as patch:
        patch.setattr(Store, "append", full)
        answer = line(*words, *named, by="mara")
        refused = line("do", reference, *PROPOSE, by="mara")
    for one in (answer, refused):
        assert (one.code, "could not be recorded for counsel" in one.err) == (5, True)
        assert reference not in one.out
        assert "disk" not in one.err
    assert looks(line) == []


def test_staff_who_look_at_open_cases_are_not_recorded(line: Line) -> None:
    """Nothing sealed is looked for, so there is nothing to tell, and no row to count."""
    line.enrol("kim", "staff")
    reference = line.good("case", "new", by="mara")["reference"]
    line.do(reference, "open", "mara")
    before = rows(line.home)
    line.good("case", "show", reference, by="kim")
    line.good("case", "list", by="kim")
    assert rows(line.home) == before


def test_an_export_of_openings_is_a_look_at_all_of_them(line: Line, tmp_path: Path) -> None:
    """What is laid open on a disk was shown."""
    reference = line.good("case", "new", by="mara")["reference"]
    line.later(days=1)
    line.good("tick")
    pack, openings = str(tmp_path / "pack"), str(tmp_path / "openings")
    line.good("export", "ledger", pack, by="mara")
    assert looks(line) == []
    line.good("export", "ledger", pack + "2", "--openings", openings, by="mara")
    assert [(one["reason"], one["shown"]) for one in looks(line)] == [("export", [reference])]


def rows(path: Path) -> int:
    """How many rows the vault has."""
    home = Home(path)
    found = sum(home.vault.last_seq(one) for one in home.vault.streams())
    home.close()
    return found


# ---- what is kept from the custodian ----


def test_looks_at_what_is_kept_from_the_custodian_are_counsels_to_see(line: Line) -> None:
    """Olga lists, reads and seals a visit that was logged "not to the director": Mara learns that
    Olga looked at a list, and nothing of the visit.
    """
    line.enrol("olga", "designee", "staff")
    away(line)
    plain = line.good("case", "new", by="olga")["reference"]
    hidden = line.good("case", "new", "--with", '{"not_to_director": true}', by="olga")["reference"]
    for words in (("list",), ("show", hidden), ("show", plain)):
        line.good("case", *words, by="olga")
    assert refused(line, hidden, by="olga") == 4
    by_counsel = sorted((one["reason"], one["shown"]) for one in looks(line))
    listed_and_shown = [("duty", [one]) for one in sorted([plain, hidden]) for _ in range(2)]
    assert by_counsel == [("act", [hidden]), *listed_and_shown]
    told = looks(line, by="mara")
    assert [(one["person"], one["shown"]) for one in told] == [("olga", [plain])] * 2
    line.good("key", "rewrap", by="tom")
    assert looks(line, by="mara") == told


def refused(line: Line, reference: str, by: str) -> int:
    """The exit code of an act that no law allows in a waiting visit."""
    return line("do", reference, *PROPOSE, by=by).code


def test_a_custodian_who_is_recused_hears_nothing_more_of_the_matter(line: Line) -> None:
    """Until then Mara read who looked; from her recusal on counsel alone does."""
    reference = line.good("case", "new", by="mara")["reference"]
    seal(line, reference)
    line.good("case", "show", reference, by="tom")
    line.do(reference, "record-recusal", "mara", person="mara", reason="relative")
    line.good("case", "show", reference, by="tom")
    assert [one["shown"] for one in looks(line, by="mara")] == [[reference]]
    assert [one["shown"] for one in looks(line)] == [[reference]] * 2
