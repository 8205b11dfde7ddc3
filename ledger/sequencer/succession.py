"""Log keys that follow others: agreed by two people in the office, then put into force by a tick.

    draw ─► announce (first person) ─► assent (second) ─► the first tick after the assent's:
        keys and trust name the new receipt key ─► log.keys ─► schedule ─► checkpoint ─► trust.json

`log.keys` decides; whatever else says who signs is made from it, and is made again after a crash
(`settle`). The new keys begin with a checkpoint below which the agreement stands, so that nobody
needs to trust a key that the log itself does not announce yet. During a rotation the old keys sign
along until a person ends that. Stolen keys end at once, and with them what they signed beyond the
checkpoint that somebody outside had kept: it goes to `evidence/`, out of the published log.

Everything here runs under the sequencer's lock. Cites: FORMAT §4, §5 "Trust"; ADR 0006.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from keys.destroy import destroy_rest, remove, rewrite
from keys.files import write_private
from keys.log import LogKeys, PublicLogKeys
from keys.succession import LogKeySet
from ledger.domain.events import Event
from ledger.domain.log_events import LogKeysAnnounced
from ledger.domain.office import Office, Recorded
from ledger.errors import EvidenceCorrupt, Unavailable
from ledger.evidence import jcs
from ledger.evidence.checkpoint import Checkpoint
from ledger.evidence.grammar import Malformed, to_base64
from ledger.evidence.note import SignedNote
from ledger.evidence.tiles import publish
from ledger.home import OpenHome
from ledger.logkeys import (
    all_vkeys,
    checkpoint_vkeys,
    receipt_vkey,
    schedule_note,
    trust_lists,
)
from ledger.register.custody import Custody
from ledger.register.reading import Reader
from ledger.sequencer.agreed import leaf_of_assent
from ledger.sequencer.freeze import frozen, release

LOG_KEYS = "log.keys"
TRUST = "trust.json"
EVIDENCE = "evidence"


class Succession:
    """Who signs the log of one home, now and next."""

    def __init__(self, home: OpenHome) -> None:
        self._home = home
        self._reader = Reader(home, Custody(home))

    @property
    def keys(self) -> LogKeySet:
        """The keys as the file is now."""
        return self._home.log_key_set

    def draw(self) -> LogKeySet:
        """Draw keys that are to follow, in the place of any that were drawn before."""
        self._keep(self.keys.propose(LogKeys.create()))
        return self.keys

    def announcement(self, office: Office) -> Recorded | None:
        """What was announced of the keys that are to follow, whether assented to or not."""
        proposed = self.keys.proposed
        if proposed is None:
            return None
        public = proposed.public
        known = (*office.log_keys, *office.awaiting_assent)
        return next((one for one in known if self._names(one, public)), None)

    def agreement(self) -> Recorded | None:
        """The assented announcement of the keys to follow, if it fits what is the case here.

        A rotation does not release a freeze, and nothing else than the outside checkpoint that was
        accepted can be what stolen keys are trusted for.
        """
        if self.keys.proposed is None:
            return None
        office = self._reader.office().office
        one = self.announcement(office)
        if one is None or one not in office.log_keys:
            return None
        return one if self._fits(one.event) else None

    def leaf_of_assent(self, one: Recorded) -> int | None:
        """The leaf of the assent to an announcement; None before its tick was built."""
        return leaf_of_assent(self._home, self._reader, one)

    # ---- into force ----

    def put_in_force(self, one: Recorded, signed: int, begins: int) -> None:
        """Let the announced keys sign from the checkpoint of size `begins` on; `signed` is the last
        one before.

        Raises:
            EvidenceCorrupt: the announcement does not fit the freeze that it is to release.
            Unavailable: a file cannot be written; the next tick goes on from there.
        """
        keys, event = self.keys, one.event
        if keys.proposed is None or not isinstance(event, LogKeysAnnounced):
            raise EvidenceCorrupt("The announced keys are not here.")
        self._make_known((*keys.ever, keys.proposed.public))
        standing = frozen(self._home)
        if event.reason == "compromise":
            answered = "" if standing is None else standing.id
            following = keys.replace_stolen(event.trusted.size, signed, begins, answered)
        else:
            following = keys.roll_over(signed, begins)
        self._keep(following)

    def finish(self) -> None:
        """End a roll-over: the previous keys are destroyed and sign nothing more."""
        self._keep(self.keys.finish())

    def settle(self, signed: int) -> None:
        """Make everything say what `log.keys` says, with a log signed up to `signed`. Idempotent.

        Raises:
            Unavailable: a file cannot be written; the next tick goes on from there.
        """
        try:
            destroy_rest(self._home.path / LOG_KEYS)
            if not self.keys.former:
                # The founding's keys sign, and the founding wrote all the rest.
                return
            self._set_apart()
            standing = frozen(self._home)
            if standing is not None and standing.id and standing.id == self.keys.answered:
                release(self._home)
            self._republish()
            self._write_trust(trust_lists(self._home.origin, self.keys, signed))
        except OSError as error:
            raise Unavailable("The ledger's folder cannot be written now.") from error

    def _make_known(self, everybody: tuple[PublicLogKeys, ...]) -> None:
        """Name the new receipt key first: it signs as soon as `log.keys` holds it."""
        origin = self._home.origin
        publish(self._home.log_directory, [("keys", all_vkeys(origin, everybody))])
        receipts: list[jcs.Json] = [receipt_vkey(origin, one).dump() for one in everybody]
        self._write_trust({"receipt": receipts})

    def _keep(self, keys: LogKeySet) -> None:
        try:
            rewrite(self._home.path / LOG_KEYS, keys.dump(self._home.master))
        except OSError as error:
            raise Unavailable("The log's keys cannot be written now.") from error

    def _republish(self) -> None:
        """Sign the schedule with those who sign now, and list all who ever did."""
        home, keys = self._home, self.keys
        text, folder = home.schedule.dump(), home.log_directory
        wanted = [("schedule", schedule_note(home.origin, keys, text))]
        listed = all_vkeys(home.origin, keys.ever)
        # Keys that were just made known stay listed, though nothing is signed with them yet.
        if not _read(folder / "keys").startswith(listed):
            wanted.append(("keys", listed))
        publish(folder, [one for one in wanted if _read(folder / one[0]) != one[1]])

    def _write_trust(self, lists: Mapping[str, jcs.Json]) -> None:
        """Change what the home's trust file says of the log's keys, and nothing else in it."""
        path = self._home.path / TRUST
        try:
            told = jcs.load(path.read_bytes())
        except (OSError, Malformed) as error:
            raise Unavailable("The home's trust file is missing. Restore trust.json.") from error
        if not isinstance(told, dict):
            raise Unavailable("The home's trust file is damaged. Restore trust.json.")
        data = jcs.dump({**told, **lists})
        if data != path.read_bytes():
            write_private(path, data)

    def _set_apart(self) -> None:
        """Take out of the published log what stolen keys signed beyond what is trusted of them."""
        last, folder = self.keys.former[-1], self._home.log_directory / "checkpoints"
        if last.vouches == last.signed:
            return
        apart = self._home.path / EVIDENCE / f"signed-beyond-{last.vouches}"
        for path in sorted(folder.iterdir()):
            size = path.name.removesuffix(".tsr")
            if not size.isdecimal() or not last.vouches < int(size) <= last.signed:
                continue
            apart.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_private(apart / path.name, path.read_bytes())
            remove(path)

    # ---- the office ----

    def _names(self, one: Recorded, public: PublicLogKeys) -> bool:
        event, origin = one.event, self._home.origin
        return isinstance(event, LogKeysAnnounced) and (event.log, event.receipt) == (
            tuple(vkey.dump() for vkey in checkpoint_vkeys(origin, public)),
            receipt_vkey(origin, public).dump(),
        )

    def _fits(self, event: Event) -> bool:
        if not isinstance(event, LogKeysAnnounced):
            return False
        standing = frozen(self._home)
        if event.reason == "rotation":
            return standing is None and self.keys.previous is None
        if standing is None or standing.accepted is None:
            return False
        brought = brought_checkpoint(standing.accepted)
        return (event.trusted.size, event.trusted.root) == (brought.size, to_base64(brought.root))


def brought_checkpoint(note: bytes) -> Checkpoint:
    """What a checkpoint says that was verified when it was brought."""
    return Checkpoint.load(SignedNote.parse(note).text)


def keep_evidence(home: OpenHome, name: str, files: Mapping[str, bytes]) -> Path:
    """Keep what contradicts the log in a folder of its own, never overwriting; gives the folder."""
    folder = home.path / EVIDENCE / f"{name}-{os.urandom(4).hex()}"
    try:
        folder.mkdir(mode=0o700, parents=True)
        for one, data in files.items():
            write_private(folder / one, data)
    except OSError as error:
        raise Unavailable("The evidence cannot be kept. Keep the files you hold.") from error
    return folder


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
