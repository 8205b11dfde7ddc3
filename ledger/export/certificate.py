"""A draft of the certificate that goes to a court with a pack: one page, and two transcripts.

It is drawn up only for a pack that two programs which share no code accept. Who signs, when, and
what the signer must know is left blank: no program knows it. Nothing on the page tells what the
matter is. Cites: Federal Rules of Evidence 902(11), 902(13), 902(14); 28 U.S.C. 1746; DESIGN §10.
"""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Final

from jinja2 import Environment, StrictUndefined

from keys.files import private, whole_folder
from ledger.errors import BadRequest, EvidenceCorrupt, Unavailable
from ledger.evidence import jcs
from ledger.evidence.checkpoint import Checkpoint
from ledger.evidence.grammar import format_instant, to_base64
from ledger.evidence.note import ED25519, SignedNote, VKey
from ledger.evidence.pack import CHECKPOINT, MANIFEST, load_manifest
from ledger.export.second import second_opinion
from ledger.verify import Outcome, Report, verify
from ledger.verify.report import TITLES

PAGE: Final = "certificate.html"
TRANSCRIPTS: Final = ("transcript-1.txt", "transcript-2.txt")
SCOPES: Final = {
    "event": "one record, with what its signer acted under",
    "case": "one case, as far as it was published",
    "ledger": "the whole published log, with the records that stand open",
}


@dataclass(frozen=True, slots=True)
class Certified:
    """What a certificate was drawn up for: `sha256` (32 bytes) is that of the pack's manifest."""

    sha256: bytes
    checkpoint: Checkpoint


def draw_up(
    pack: Path, trust: bytes, target: Path, at: datetime, *, brought: bool = True
) -> Certified:
    """Check a pack twice and write page and transcripts into a new folder, whole or not at all.

    `at` is when it is drawn up, with a zone; `brought` says whether the trust file came from
    outside the ledger's own folder.

    Raises:
        BadRequest: there is no pack, it or the trust file cannot be used, or the place is taken or
            within the pack, which would then hold what its manifest does not name.
        EvidenceCorrupt: one of the two verifiers does not accept the pack.
        Unavailable: the second verifier is not on this machine, or the folder cannot be written.
    """
    if target.exists():
        raise BadRequest(f"{target} is there already; nothing is written over.")
    if target.resolve().is_relative_to(pack.resolve()):
        raise BadRequest("A certificate never lies inside the pack. Choose a folder beside it.")
    report = _accepted(verify(pack, trust))
    with _laid_out(pack) as folder:
        manifest = (folder / MANIFEST).read_bytes()
        note = SignedNote.parse((folder / CHECKPOINT).read_bytes())
        second = second_opinion(folder, _ed25519_key(trust))
        if (folder / MANIFEST).read_bytes() != manifest:
            raise BadRequest("The pack was changed while it was checked. Ask again.")
    done = Certified(sha256(manifest).digest(), Checkpoint.load(note.text))
    transcripts = (report.text(), second)
    page = _page(
        scope=SCOPES[load_manifest(manifest).scope],
        records=report.shown.records,
        pack=done.sha256.hex(),
        log=done.checkpoint,
        root=to_base64(done.checkpoint.root),
        signed=report.signed,
        trust=sha256(trust).hexdigest(),
        brought=brought,
        drawn=format_instant(at),
        not_run=[
            f"{one.name} {TITLES[one.name]}"
            for one in report.checks
            if one.outcome is not Outcome.RAN
        ],
        first=report.headline,
        first_with=report.checked_with,
        second=second.splitlines()[-1],
        second_with=second.splitlines()[0],
        transcripts=[
            (name, _digest(text)) for name, text in zip(TRANSCRIPTS, transcripts, strict=True)
        ],
    )
    _write(target, dict(zip((PAGE, *TRANSCRIPTS), (page, *transcripts), strict=True)))
    return done


def _accepted(report: Report) -> Report:
    """Raises: BadRequest, EvidenceCorrupt."""
    if report.faults:
        raise EvidenceCorrupt(f"No certificate was drawn up. {report.headline}")
    if report.exit_code or report.scope not in SCOPES:
        reason = report.headline if report.exit_code else "This is a log and no pack. Name a pack."
        raise BadRequest(f"No certificate was drawn up. {reason}")
    return report


@contextmanager
def _laid_out(pack: Path) -> Iterator[Path]:
    """Give an accepted pack as a folder. Its names were checked: none leads out of it."""
    if pack.is_dir():
        yield pack
        return
    with tempfile.TemporaryDirectory(prefix="ledger-pack-") as scratch:
        with zipfile.ZipFile(pack) as archive:
            archive.extractall(scratch)
        yield Path(scratch)


def _ed25519_key(trust: bytes) -> str:
    """The log's key of a trust file that the verifier took; each list of it holds one."""
    told = jcs.load(trust)
    named = told["log"] if isinstance(told, dict) else ()
    keys = [str(one) for one in named] if isinstance(named, list | tuple) else []
    return next(one for one in keys if VKey.load(one).key_type == ED25519)


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _page(**told: object) -> str:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    template = files("ledger.export").joinpath("certificate.html").read_text("utf-8")
    return environment.from_string(template).render(**told)


def _write(target: Path, texts: dict[str, str]) -> None:
    """Raises: Unavailable."""
    try:
        with whole_folder(target) as partial:
            for name, text in texts.items():
                with open(partial / name, "xb", opener=private) as file:
                    file.write(text.encode())
    except OSError as error:
        raise Unavailable(f"{target} cannot be written: {error.strerror}.") from error
