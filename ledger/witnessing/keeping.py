"""Witnesses of a home: who they are, what each said last, their lines, and what speaks against us.

HOME/witness.policy    the administrator's tlog-policy file; without it nobody is ever asked
HOME/witnesses.json    what each witness said last, and the size that it cosigned
HOME/evidence/witness-…    request and answer, where a witness said that our log contradicts itself

A line is kept below the published checkpoint that it is for (FORMAT §4). That a witness speaks
against us stops nothing by itself, because then any witness could stop the log: it is kept, and
`doctor` says so until that witness has cosigned again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from keys.files import write_private
from ledger.errors import BadRequest, EvidenceCorrupt, Unavailable
from ledger.evidence.checkpoint import Checkpoint, VerifiedCheckpoint, verify_witnesses
from ledger.evidence.grammar import Malformed, format_instant
from ledger.evidence.merkle import Tree
from ledger.evidence.note import NoteSignature, SignedNote
from ledger.evidence.tiles import TileReader, publish
from ledger.home import OpenHome
from ledger.logkeys import checkpoint_vkeys, own_checkpoint, own_lines
from ledger.projections.feeds.delivery import check_url
from ledger.register.locks import exclusive
from ledger.sequencer.succession import EVIDENCE, keep_evidence
from ledger.sequencer.ticks import LOCK
from ledger.verify.crypto import check_ed25519, check_mldsa44
from ledger.witnessing.asking import Asked, Post, ask_all, over_http
from ledger.witnessing.policy import Policy, Witness
from ledger.witnessing.protocol import SPEAKS_AGAINST

__all__ = ["Said", "against", "ask", "cosigned", "known_as", "policy_of", "said", "use"]

POLICY = "witness.policy"
STATE = "witnesses.json"
ASKING = "witness.lock"
AGAINST = "witness-"
MOST_KEPT = 64
"""Folders of evidence from witnesses: a hostile one must not fill the disk."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a witness said last, when (UTC), and the largest size that it cosigned for us."""

    word: str
    at: str
    size: int


def use(home: OpenHome, data: bytes) -> Policy:
    """Take a policy file into use; from the next tick on its witnesses are asked.

    Raises:
        BadRequest: it is no policy, is for another log, or has a witness that cannot be asked.
        Unavailable: it cannot be written.
    """
    try:
        policy = Policy.parse(data)
    except Malformed as error:
        raise BadRequest(f"The policy cannot be used: {error}.") from error
    ours = checkpoint_vkeys(home.origin, home.log_keys.public)
    if policy.logs and not set(ours) & set(policy.logs):
        raise BadRequest("The policy is for another log: none of its keys signs here.")
    for one in policy.witnesses:
        if one.vkey.name == home.origin:
            raise BadRequest("A log is no witness of itself: give each witness its own name.")
        if one.url is None:
            raise BadRequest(f"The witness {one.name} has no address. Write it after its key.")
        check_url(one.url)
    try:
        write_private(home.path / POLICY, data)
    except OSError as error:
        raise Unavailable("The policy cannot be written.") from error
    return policy


def policy_of(home: OpenHome) -> Policy | None:
    """The policy in use; None where nobody is asked.

    Raises:
        Unavailable: its file is damaged.
    """
    try:
        return Policy.parse((home.path / POLICY).read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, Malformed) as error:
        raise Unavailable("The policy of witnesses is damaged. Run: witness use FILE") from error


def said(home: OpenHome) -> Mapping[str, Said]:
    """What each witness said last, by the name and id of its key. What cannot be read is nothing:
    witnesses are asked again.
    """
    try:
        found = json.loads((home.path / STATE).read_bytes())
        return {
            key: Said(str(one["word"]), str(one["at"]), int(one["size"]))
            for key, one in found.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def known_as(witness: Witness) -> str:
    """How the key of a witness is named among people: its name and id."""
    return f"{witness.vkey.name}+{witness.vkey.key_id.hex()}"


def cosigned(home: OpenHome, policy: Policy) -> frozenset[str]:
    """Which witnesses, by the names of the policy, have cosigned the newest checkpoint.

    Raises:
        EvidenceCorrupt: the checkpoint is not what was signed.
    """
    newest = home.newest_checkpoint()
    if newest is None:
        return frozenset()
    note = SignedNote.parse((home.log_directory / "checkpoint").read_bytes())
    verified = VerifiedCheckpoint(newest, None, note)
    found = set()
    for one in policy.witnesses:
        try:
            if verify_witnesses(verified, (one.vkey,), check_ed25519, check_mldsa44):
                found.add(one.name)
        except Malformed:
            continue
    return frozenset(found)


def ask(home: OpenHome, now: datetime, post: Post = over_http) -> tuple[Asked, ...]:
    """Ask those witnesses for the newest checkpoint that have not cosigned it; keep what they say.

    Nothing where there is no policy or nothing is published.

    Raises:
        EvidenceCorrupt: the published log is not what was signed. Nobody is asked.
        Unavailable: a file cannot be read or written; or somebody else is asking now.
    """
    policy = policy_of(home)
    if policy is None or home.newest_checkpoint() is None:
        return ()
    with exclusive(home.path / ASKING, "asking the witnesses"):
        checkpoint, note = _signed(home)
        tree = Tree(TileReader(home.log_directory).hash_at)
        before, done = dict(said(home)), cosigned(home, policy)
        waiting = [one for one in policy.witnesses if one.name not in done]
        sizes = {one.name: before[known_as(one)].size for one in waiting if known_as(one) in before}
        try:
            asked = ask_all(
                *(waiting, checkpoint, note),
                lambda old: tree.consistency_proof(old, checkpoint.size),
                *(sizes, post),
            )
        except Malformed as error:
            raise EvidenceCorrupt("The published log cannot be proven. Run: store check") from error
        # What speaks against us is kept first, whatever hinders the rest.
        for one in asked:
            _note(home, before, one, checkpoint, note, now)
        _add(home, checkpoint, [one.verdict.line for one in asked if one.verdict.line is not None])
        return asked


def _signed(home: OpenHome) -> tuple[Checkpoint, bytes]:
    """The newest checkpoint, and its note as the log alone signed it."""
    try:
        data = (home.log_directory / "checkpoint").read_bytes()
        checkpoint = own_checkpoint(home.origin, home.log_key_set, data, check_mldsa44)
        return checkpoint, own_lines(home.origin, data)
    except (OSError, Malformed) as error:
        raise EvidenceCorrupt("The published checkpoint is missing or altered.") from error


def _add(home: OpenHome, checkpoint: Checkpoint, lines: Sequence[NoteSignature]) -> None:
    """Add lines below a published checkpoint, those of one round in the order of FORMAT §4."""
    if not lines:
        return
    # What carries ML-DSA-44 is the longer one, and comes last.
    ordered = sorted(lines, key=lambda one: (len(one.signature), one.name))
    kept, newest = f"checkpoints/{checkpoint.size}", "checkpoint"
    with exclusive(home.path / LOCK, "publishing the log"):
        try:
            was = SignedNote.parse((home.log_directory / kept).read_bytes())
            # After a crash some may stand there already, and not yet below the newest.
            new = [
                one for one in ordered if not any(_is_of_key(one, old) for old in was.signatures)
            ]
            data = SignedNote(was.text, (*was.signatures, *new)).dump()
            # A tick may have come meanwhile.
            published = own_lines(home.origin, (home.log_directory / newest).read_bytes())
            is_newest = published == own_lines(home.origin, data)
            publish(home.log_directory, [(kept, data), *([(newest, data)] if is_newest else [])])
        except (OSError, Malformed) as error:
            raise Unavailable("The witnesses' lines cannot be kept. Run: witness ask") from error


def _is_of_key(one: NoteSignature, other: NoteSignature) -> bool:
    return (one.name, one.key_id) == (other.name, other.key_id)


def _note(
    home: OpenHome,
    state: dict[str, Said],
    asked: Asked,
    checkpoint: Checkpoint,
    note: bytes,
    now: datetime,
) -> None:
    """Remember what a witness said, with the whole of it where it speaks against us."""
    key, word = known_as(asked.witness), asked.verdict.word
    was = state.get(key)
    size = checkpoint.size if word == "cosigned" else 0 if was is None else was.size
    if word in SPEAKS_AGAINST and asked.answer is not None and len(against(home)) < MOST_KEPT:
        answer = asked.answer
        told = f"{answer.status} {answer.content_type}\n".encode() + answer.body
        files = {"request": asked.request, "answer": told, "checkpoint": note}
        name = f"{AGAINST}{asked.witness.vkey.key_id.hex()}-{word}-{checkpoint.size}"
        if not any(one.name.startswith(f"{name}-") for one in against(home)):
            keep_evidence(home, name, {**files, "witness": f"{key}\n".encode()})
    is_settled = word == "cosigned" or word in SPEAKS_AGAINST
    if was is not None and was.word in SPEAKS_AGAINST and not is_settled:
        # That it is silent now takes nothing back.
        return
    state[key] = Said(word, format_instant(now), size)
    try:
        data = json.dumps({one: asdict(what) for one, what in sorted(state.items())})
        write_private(home.path / STATE, data.encode())
    except OSError as error:
        raise Unavailable("What the witnesses said cannot be kept.") from error


def against(home: OpenHome) -> tuple[Path, ...]:
    """The folders of evidence in which a witness contradicts this log."""
    return tuple(sorted((home.path / EVIDENCE).glob(f"{AGAINST}*")))
