"""Life of people's keys through the door: rotation, loss, departure, compromise."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import pytest

from keys.files import write_private
from keys.keyring import read_public
from tests.cli.conftest import Answer, Line

PHRASE = "seven blue lanterns"
Descriptor = Callable[[str], str]


def kept_sealed(line: Line, by: str = "mara") -> str:
    """A visit that mara keeps sealed; gives its reference."""
    reference = str(line.good("case", "new", by=by)["reference"])
    line.do(
        reference,
        "keep-sealed",
        "mara",
        ground="investigation",
        citation="Policy 4",
        review_on="2026-09-01",
    )
    return reference


def rotated(line: Line, name: str, descriptor: Descriptor) -> Answer:
    """Run a step of a rotation, with the new keyring's passphrase."""
    return line("key", "rotate", "--new-passphrase-fd", descriptor(PHRASE), by=name)


def as_new(line: Line, name: str, descriptor: Descriptor, *words: str) -> Answer:
    """Act with the new keyring."""
    return line("--passphrase-fd", descriptor(PHRASE), *words, by=name)


def key_ids(line: Line, name: str) -> list[tuple[str, bool]]:
    """The keys of a person, oldest first, and whether each is revoked."""
    keys = line.good("key", "list")["keys"]
    return [(one["key_id"], one["revoked"]) for one in keys if one["person"] == name]


# --- Rotation -----------------------------------------------------------------------------------


def test_a_director_rotates_with_a_second_persons_assent(
    line: Line, descriptor: Descriptor
) -> None:
    """The old key signs for the new one, another person assents, and sealed matters follow."""
    reference, waiting = kept_sealed(line), line.good("case", "new", by="tom")["reference"]
    old = (line.home / "people" / "mara.keyring").read_bytes()
    assert rotated(line, "mara", descriptor).data["state"] == "drawn"
    early = rotated(line, "mara", descriptor)
    assert early.data["state"] == "waiting"
    assert line("person", "assent", by="mara").data["assented"] == []
    assert line.good("case", "show", reference, by="mara")["case"]
    line.good("person", "assent", by="tom")
    done = rotated(line, "mara", descriptor)
    assert done.data["state"] == "rotated", done.err
    assert [revoked for _, revoked in key_ids(line, "mara")] == [True, False]
    for one in (reference, waiting):
        assert as_new(line, "mara", descriptor, "case", "show", one).code == 0
    assert not (line.home / "people" / "mara~next.keyring").exists()
    write_private(line.home / "people" / "mara.keyring", old)
    stale = line("case", "list", by="mara")
    assert (stale.code, "revoked" in stale.err) == (4, True)


def test_staff_rotate_through_a_director(line: Line, descriptor: Descriptor) -> None:
    """A director enrols the keys that a clerk drew; the clerk's old key assents to the new one."""
    line.enrol("kim", "staff")
    missing = line("key", "enrol", "kim", by="mara")
    assert (missing.code, "no new keys" in missing.err) == (2, True)
    drawn = line(
        "key", "rotate", "--new-passphrase-fd", descriptor(PHRASE), by="kim", as_json=False
    )
    assert "A director runs: key enrol kim." in drawn.out
    assert rotated(line, "kim", descriptor).data["state"] == "waiting"
    line.good("key", "enrol", "kim", by="mara")
    assert line("key", "enrol", "kim", by="mara").code == 2
    assert rotated(line, "kim", descriptor).data["state"] == "rotated"
    assert [revoked for _, revoked in key_ids(line, "kim")] == [True, False]
    assert as_new(line, "kim", descriptor, "case", "new").code == 0


def test_a_rotation_that_broke_off_is_finished(line: Line, descriptor: Descriptor) -> None:
    """When the old key was revoked and its file not replaced yet, the last step goes on there."""
    reference = kept_sealed(line)
    rotated(line, "mara", descriptor)
    line.good("person", "assent", by="tom")
    (old, _), _ = key_ids(line, "mara")
    following = line.home / "people" / "mara~next.keyring"
    new = following.read_bytes()
    current = (line.home / "people" / "mara.keyring").read_bytes()
    assert rotated(line, "mara", descriptor).data["state"] == "rotated"
    write_private(following, new)
    write_private(line.home / "people" / "mara.keyring", current)
    again = rotated(line, "mara", descriptor)
    assert again.code == 0, again.err
    assert again.data["state"] == "rotated"
    assert key_ids(line, "mara")[0] == (old, True)
    assert as_new(line, "mara", descriptor, "case", "show", reference).code == 0


def test_an_enrolment_without_proof_of_possession_is_refused(line: Line) -> None:
    """A key that endorsed nothing, or another person's, is not enrolled by any door."""
    words = ("do", "office", "enrol-key", "--with")
    bare = {"person": "eve", "key": "xdsWhqpl0EjWvr5Rooim60r8n39MOtidu3h5/MX6bck="}
    toms = read_public((line.home / "people" / "tom.keyring").read_bytes())
    stolen = {"person": "eve", "key": b64encode(toms.signing).decode()}
    for fields, code in ((bare, 2), (stolen, 4)):
        refused = line(*words, json.dumps(fields), by="mara")
        assert refused.code == code, refused.err
    assert "somebody holds it" in line(*words, json.dumps(bare), by="mara").err


# --- A lost passphrase --------------------------------------------------------------------------


def test_who_lost_their_passphrase_is_let_in_again_by_a_colleague(
    line: Line, descriptor: Descriptor
) -> None:
    """A new keyring, the old key revoked at once; a colleague on the roster re-admits them."""
    reference = kept_sealed(line)
    member = {"person": "tom", "ground": "attorney", "duty_notice_at": "2026-06-19T19:00:00Z"}
    line.do(reference, "add-audience-member", "mara", **member)
    assert line.good("case", "show", reference, by="tom")["case"]
    words = ("key", "replace", "tom", "--new-passphrase-fd", descriptor(PHRASE))
    line.enrol("vera", "counsel")
    line.good(*words, by="mara")
    assert line("case", "list", by="tom").code != 0
    line.good("person", "assent", by="vera")
    assert as_new(line, "tom", descriptor, "case", "show", reference).code == 3
    line.good("key", "rewrap", by="mara")
    assert as_new(line, "tom", descriptor, "case", "show", reference).code == 0
    assert [revoked for _, revoked in key_ids(line, "tom")] == [True, False]
    retired = [one for one in (line.home / "people").iterdir() if one.name.startswith("tom~")]
    assert len(retired) == 1


def test_the_only_director_who_lost_a_passphrase_is_let_in_by_counsel(
    line: Line, descriptor: Descriptor
) -> None:
    """Counsel signs the enrolment and another person assents; then the director revokes."""
    line.enrol("kim", "staff")
    words = ("key", "replace", "mara", "--new-passphrase-fd", descriptor(PHRASE))
    answer = line.good(*words, by="tom")
    assert answer["revoked"] is None
    line.good("person", "assent", by="kim")
    old = next(one for one, revoked in key_ids(line, "mara") if not revoked)
    revoking = ("key", "revoke", "mara", "--key-id", old)
    assert as_new(line, "mara", descriptor, *revoking).code == 0
    assert [revoked for _, revoked in key_ids(line, "mara")] == [True, False]


def test_only_a_lost_key_is_replaced(line: Line, descriptor: Descriptor) -> None:
    """Nobody replaces their own, nor a stranger's, nor as staff."""
    line.enrol("kim", "staff")
    for by, name, code in (("mara", "mara", 2), ("mara", "nobody", 2), ("kim", "tom", 4)):
        words = ("key", "replace", name, "--new-passphrase-fd", descriptor(PHRASE))
        assert line(*words, by=by).code == code, (by, name)
    assert [revoked for _, revoked in key_ids(line, "tom")] == [False]
    assert line.good("case", "new", by="tom")


# --- A departure --------------------------------------------------------------------------------


def test_a_departing_director_is_shut_out_and_what_was_read_is_not_unread(
    line: Line, descriptor: Descriptor
) -> None:
    """Roles end, the key is revoked, the custodian is another, and sealed matters go on without."""
    line.enrol("ines", "director")
    old, waiting = kept_sealed(line), line.good("case", "new", by="tom")["reference"]
    member = {
        "person": "ines",
        "ground": "needed-to-comply",
        "duty_notice_at": "2026-06-19T19:00:00Z",
    }
    line.do(old, "add-audience-member", "mara", **member)
    without = line("person", "depart", "mara", by="ines")
    assert (without.code, "--custodian" in without.err) == (2, True)
    for words in (("ines",), ("nobody",), ("mara", "--custodian", "nobody")):
        assert line("person", "depart", *words, by="ines").code == 2
    gone = line("person", "depart", "mara", "--custodian", "ines", by="ines", as_json=False)
    assert gone.code == 0, gone.err
    assert "cannot be unread" in gone.out
    assert line.good("person", "list")["people"] == {
        "tom": ["counsel"],
        "ines": ["custodian", "director"],
    }
    assert line("case", "show", old, by="mara").code == 4
    assert line.good("case", "show", old, by="ines")["case"]
    # The new custodian was no triager when that visit came; whoever is one now wraps it for them.
    assert line("case", "show", waiting, by="ines").code == 3
    again = line.good("person", "depart", "mara", by="ines")
    assert again["ended"] == []


def test_the_leavers_keyring_opens_nothing_that_was_wrapped_since(line: Line) -> None:
    """Even without asking the register, the leaver's keys fit no slot any more."""
    from keys.keyring import unlock
    from ledger.cli.session import THROW_AWAY
    from ledger.home import Home
    from ledger.register.custody import Custody

    line.enrol("ines", "director")
    kept_sealed(line)
    line.enrol("vera", "designee", "staff")
    ring = unlock((line.home / "people" / "mara.keyring").read_bytes(), THROW_AWAY)
    home = Home(line.home)
    try:
        assert Custody(home).openable(ring).streams
        line.good("do", "office", "designate-custodian", "--with", '{"person": "ines"}', by="mara")
        line.good("key", "rewrap", by="mara")
        line.good("person", "depart", "mara", by="ines")
        assert not Custody(home).openable(ring).streams
    finally:
        home.close()


# --- A compromised key --------------------------------------------------------------------------


@pytest.fixture
def compromised(line: Line) -> tuple[Line, str]:
    """mara's key was lost after the first tick, and signed more since; vera and tom are counsel."""
    line.enrol("ines", "director")
    line.enrol("vera", "counsel")
    first = line.good("case", "new", by="mara")["reference"]
    line.do(first, "open", "mara")
    line.later(days=3)
    line.good("tick")
    line.do(first, "record-encounter", "mara", mode="telephone", agency_level="state")
    line.later(days=4)
    line.good("tick")
    return line, str(first)


def test_counsel_reattests_what_a_compromised_key_signed_since(
    compromised: tuple[Line, str],
) -> None:
    """Only records at or behind the named size are listed; counsel stands for each, once."""
    line, reference = compromised
    size = 3 * 128
    too_long = line("key", "revoke", "mara", "--compromised-since", str(10**9), by="ines")
    assert too_long.code == 2
    line.good("key", "revoke", "mara", "--compromised-since", str(size), by="ines")
    listed = line.good("key", "reattest", by="tom")
    assert [(one["type"], one["case"]) for one in listed["doubtful"]] == [
        ("agent-encounter-recorded.v1", reference)
    ]
    assert listed["reattested"] == 0
    assert line("key", "reattest", "--confirm", by="ines").code == 4
    assert line.good("key", "reattest", "--confirm", by="tom")["reattested"] == 1
    assert line.good("key", "reattest", by="tom")["doubtful"] == []
    history = line.good("case", "history", reference, by="tom")["history"]
    assert history[-1]["type"] == "reattested.v1"
    (row,) = [one for one in line.good("key", "list")["keys"] if one["person"] == "mara"]
    assert row["compromised_since"] == size


def test_an_earlier_loss_brings_more_and_the_offices_records_too(
    compromised: tuple[Line, str],
) -> None:
    """A key can be revoked again when it was lost earlier; the office's own records count."""
    line, reference = compromised
    key_id = key_ids(line, "mara")[0][0]
    line.good("key", "revoke", "mara", by="ines")
    assert line.good("key", "reattest", by="tom")["doubtful"] == []
    assert line("key", "revoke", "mara", "--compromised-since", "0", by="ines").code == 2
    words = ("key", "revoke", "mara", "--key-id", key_id, "--compromised-since", "0")
    line.good(*words, by="ines")
    found = line.good("key", "reattest", by="tom")["doubtful"]
    assert {one["case"] for one in found} == {"office", reference}
    assert line.good("key", "reattest", "--confirm", by="tom")["reattested"] == len(found)
    assert line.good("key", "reattest", by="vera")["doubtful"] == []


def test_counsel_does_not_stand_for_their_own_records(line: Line) -> None:
    """What counsel's own lost key signed is for another counsel."""
    line.enrol("vera", "counsel")
    reference = line.good("case", "new", by="mara")["reference"]
    line.do(reference, "open", "mara")
    line.do(reference, "record-encounter", "tom", mode="mail", agency_level="state")
    line.good("key", "revoke", "tom", "--compromised-since", "0", by="mara")
    found = line.good("key", "reattest", by="vera")["doubtful"]
    assert {one["by"] for one in found} == {"tom"}
    assert line.good("key", "reattest", "--confirm", by="vera")["reattested"] == len(found)


def test_untriaged_visits_wait(line: Line) -> None:
    """A visit has no stream for counsel's word yet: it is listed, and left for after triage."""
    line.enrol("vera", "counsel")
    visit = line.good(
        "case",
        "new",
        by="mara",
    )["records"][0]["ref"]
    line.enrol("ines", "director")
    line.good("do", "office", "appoint-designee", "--with", '{"person": "vera"}', by="mara")
    line.good("key", "rewrap", by="mara")
    line.good("key", "revoke", "mara", "--compromised-since", "0", by="ines")
    answer = line("key", "reattest", "--confirm", by="vera", as_json=False)
    assert answer.code == 0, answer.err
    assert visit in answer.out
    assert "once it was triaged" in answer.out


def test_a_keyring_folder_holds_no_clear_key(line: Line, descriptor: Descriptor) -> None:
    """The waiting new keyring is a private file under its own passphrase."""
    rotated(line, "mara", descriptor)
    path = line.home / "people" / "mara~next.keyring"
    assert path.stat().st_mode & 0o777 == 0o600
    assert json.loads(path.read_text())["throw_away"] is False
    assert Path(path).parent == line.home / "people"
