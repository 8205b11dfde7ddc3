"""What can be done to a finished pack by somebody without keys, and what must be found then.

One table for every verifier: ours, the one file of it, the page, and a stranger's. An alteration
takes the pack's files and gives others; whoever alters also writes a list of files that fits,
unless the row says that they do not, because a list that does not fit gives them away at once.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from ledger.evidence import jcs
from ledger.evidence.archive import write_zip
from ledger.evidence.jcs import Json
from ledger.evidence.pack import load_manifest
from tests.forge import Files, relist

Alter = Callable[["Pack"], Files]


@dataclass(frozen=True)
class Pack:
    """The files of a good case pack, and what its receiver trusts in."""

    files: Files
    trust: bytes

    @cached_property
    def leaves(self) -> dict[tuple[str, int], str]:
        """The number of the leaf of each record, by its place."""
        found: dict[tuple[str, int], str] = {}
        for name in self.files:
            if name.startswith("openings/"):
                told = self.opening(name)
                place = (str(told["stream"]), int(str(told["seq"])))
                found[place] = name.removeprefix("openings/").removesuffix(".json")
        return found

    @cached_property
    def stream(self) -> str:
        """The stream of the case that has most records."""
        subject = load_manifest(self.files["manifest.json"]).subject
        return max(subject, key=lambda one: sum(stream == one for stream, _ in self.leaves))

    def opening(self, name: str) -> dict[str, Json]:
        """What an opening says."""
        told = jcs.load(self.files[name])
        assert isinstance(told, dict)
        return told

    def leaf(self, seq: int) -> str:
        """The number of the leaf of a record of the case."""
        return self.leaves[self.stream, seq]

    @property
    def last(self) -> str:
        """The leaf of the last record of the case."""
        return self.leaf(max(seq for stream, seq in self.leaves if stream == self.stream))

    def named(self, start: str) -> str:
        """The first file whose name begins so."""
        return min(name for name in self.files if name.startswith(start))


@dataclass(frozen=True)
class Alteration:
    """One thing that is done; `code` must be found, and the evidence be refused."""

    name: str
    code: str
    alter: Alter
    listed: bool = True
    """Whether the list of files is made to fit."""
    in_log: bool = False
    """Whether tools that know nothing but signed notes and trees must refuse it as well."""
    trust: Callable[[Pack], bytes] = lambda pack: pack.trust
    respell: Callable[[bytes], bytes] = lambda data: data
    """What is done to the finished zip."""

    def files(self, pack: Pack) -> Files:
        """The files after it."""
        altered = self.alter(pack)
        return relist(altered) if self.listed else altered

    def zipped(self, pack: Pack) -> bytes:
        """The same as a zip."""
        return self.respell(zipped(self.files(pack)))


def zipped(files: Files) -> bytes:
    """Files in the one form of a zip."""
    out = io.BytesIO()
    write_zip(out, files)
    return out.getvalue()


# ---- ways of altering ---------------------------------------------------------------------------


def record(pack: Pack, seq: int) -> str:
    """The file of a record of the case."""
    return f"records/{pack.leaf(seq)}.dsse.json"


def opening(pack: Pack, seq: int) -> str:
    """The file of its opening."""
    return f"openings/{pack.leaf(seq)}.json"


def flipped(name: Callable[[Pack], str], at: int = 40) -> Alter:
    """Change one byte of a file."""

    def alter(pack: Pack) -> Files:
        data = bytearray(pack.files[name(pack)])
        data[at] ^= 1
        return {**pack.files, name(pack): bytes(data)}

    return alter


def gone(*names: Callable[[Pack], str]) -> Alter:
    """Take files away."""
    return lambda pack: {
        name: data
        for name, data in pack.files.items()
        if name not in {chosen(pack) for chosen in names}
    }


def added(name: str, data: bytes) -> Alter:
    """Add a file."""
    return lambda pack: {**pack.files, name: data}


def told(seq: int, change: Callable[[dict[str, Json]], dict[str, Json]]) -> Alter:
    """Let the opening of a record say something else, spelled as it must be."""

    def alter(pack: Pack) -> Files:
        name = opening(pack, seq)
        return {**pack.files, name: jcs.dump(change(pack.opening(name)))}

    return alter


def swapped(pack: Pack) -> Files:
    """Exchange two records together with their openings."""
    one, two = pack.leaf(4), pack.leaf(5)
    files = dict(pack.files)
    for start, end in (("records", ".dsse.json"), ("openings", ".json")):
        here, there = f"{start}/{one}{end}", f"{start}/{two}{end}"
        files[here], files[there] = pack.files[there], pack.files[here]
    return files


def rewritten(name: str, old: bytes, new: bytes) -> Alter:
    """Put other words into a file."""

    def alter(pack: Pack) -> Files:
        assert old in pack.files[name]
        return {**pack.files, name: pack.files[name].replace(old, new, 1)}

    return alter


def revealed(change: Callable[[dict[str, Json]], dict[str, Json]]) -> Alter:
    """Lay open something else of the fifth record."""

    def changed(opened: dict[str, Json]) -> dict[str, Json]:
        values = opened["personal"]
        assert isinstance(values, dict)
        return {**opened, "personal": change(values)}

    return told(5, changed)


def exchanged(values: dict[str, Json]) -> dict[str, Json]:
    """Other words with the right salt."""
    return {
        name: {**one, "value": "Nothing was handed over."}
        for name, one in values.items()
        if isinstance(one, dict)
    }


def invented(values: dict[str, Json]) -> dict[str, Json]:
    """A field that the record does not have."""
    return {**values, "confession": {"salt": "ab" * 32, "value": "I did it."}}


def other_trust(member: str, value: Json) -> Callable[[Pack], bytes]:
    """A receiver who knows something else of the ledger."""

    def trust(pack: Pack) -> bytes:
        told = jcs.load(pack.trust)
        assert isinstance(told, dict)
        return jcs.dump({**told, member: value})

    return trust


def unchanged(pack: Pack) -> Files:
    """The files as they are."""
    return pack.files


def first(start: str) -> Callable[[Pack], str]:
    """The first file whose name begins so."""
    return lambda pack: pack.named(start)


def subject_extent(pack: Pack) -> str:
    """The file of how far the case reaches."""
    return f"extents/{pack.stream}"


def last_record(pack: Pack) -> str:
    """The file of the case's last record."""
    return f"records/{pack.last}.dsse.json"


def last_opening(pack: Pack) -> str:
    """The file of its opening."""
    return f"openings/{pack.last}.json"


def other_subject(pack: Pack) -> Files:
    """Say that the pack is about another stream."""
    files = {name: data for name, data in pack.files.items() if name != "manifest.json"}
    told = jcs.load(pack.files["manifest.json"])
    assert isinstance(told, dict)
    subject = told["subject"]
    assert isinstance(subject, list | tuple)
    other = sorted([*subject[1:], "ab" * 16])
    return {**files, "manifest.json": jcs.dump({**told, "subject": other})}


def third(pack: Pack) -> str:
    """The file of the case's third record."""
    return record(pack, 3)


def its_opening(pack: Pack) -> str:
    """The file of its opening."""
    return opening(pack, 3)


ALTERATIONS: tuple[Alteration, ...] = (
    Alteration("a record is changed", "V7.not-in-log", flipped(third), in_log=True),
    Alteration("a record is changed and not listed anew", "V1.differs", flipped(third), False),
    Alteration("a record is taken out", "V10.gap", gone(third, its_opening)),
    Alteration("the last record is taken out", "V10.gap", gone(last_record, last_opening)),
    Alteration("two records are exchanged", "V7.not-in-log", swapped, in_log=True),
    Alteration("an opening is taken out", "V7.opening-missing", gone(its_opening), in_log=True),
    Alteration("a record is taken from its opening", "V7.record-missing", gone(third)),
    Alteration(
        "a proof is cut short",
        "V7.not-in-log",
        told(3, lambda one: {**one, "path": list(one["path"])[:-1]}),  # type: ignore[arg-type]  # a list, as the format has it.
        in_log=True,
    ),
    Alteration(
        "a proof is left out",
        "V7.path-missing",
        told(3, lambda one: {name: value for name, value in one.items() if name != "path"}),
        in_log=True,
    ),
    Alteration(
        "another blind",
        "V7.not-in-log",
        told(3, lambda one: {**one, "blind": "ab" * 32}),
        in_log=True,
    ),
    Alteration(
        "another place", "V7.not-in-log", told(3, lambda one: {**one, "seq": 4}), in_log=True
    ),
    Alteration(
        "an opening says more", "V7.opening-malformed", told(3, lambda one: {**one, "judge": "yes"})
    ),
    Alteration(
        "another size", "V2.checkpoint-refused", flipped(lambda _: "checkpoint", 22), in_log=True
    ),
    Alteration(
        "no second signature",
        "V2.checkpoint-refused",
        lambda pack: {
            **pack.files,
            "checkpoint": b"".join(pack.files["checkpoint"].splitlines(keepends=True)[:5]),
        },
    ),
    Alteration(
        "another schedule", "V2.schedule-refused", rewritten("schedule", b" 3600 ", b" 7200 ")
    ),
    Alteration("another value is laid open", "V12.value-differs", revealed(exchanged)),
    Alteration("a value is invented", "V12.not-recorded", revealed(invented)),
    Alteration("a law is changed", "V9.law-file-differs", flipped(first("law/"))),
    Alteration("a law is taken out", "V9.law-missing", gone(first("law/"))),
    Alteration("no word how far the case reaches", "V10.extent-missing", gone(subject_extent)),
    Alteration("another word on it", "V10.extent-refused", flipped(subject_extent)),
    Alteration(
        "a state of the log is bent", "V11.head-unproven", flipped(first("consistency/"), 3)
    ),
    Alteration("a state is not proven", "V11.head-unproven", gone(first("consistency/"))),
    Alteration("a letter is slipped in", "V1.unlisted", added("letter.txt", b"dear"), False),
    Alteration(
        "an unlisted law", "V1.unlisted", added(f"law/{'ab' * 32}.json", b"{}"), listed=False
    ),
    Alteration("no list of files", "V1.manifest-missing", gone(lambda _: "manifest.json"), False),
    Alteration(
        "the list is spelled otherwise",
        "V1.manifest-malformed",
        rewritten("manifest.json", b'{"', b'{ "'),
        listed=False,
    ),
    Alteration("about something else", "V10.beyond-subject", other_subject, listed=False),
    Alteration(
        "a document that nobody attached",
        "V12.attachment-unnamed",
        added(f"attachments/{'ab' * 32}", b"%PDF"),
    ),
    Alteration(
        "another founding",
        "V9.founding-not-shown",
        unchanged,
        listed=False,
        trust=other_trust("founded", "ab" * 32),
    ),
    Alteration(
        "a zip with a word at its end",
        "V1.zip",
        unchanged,
        listed=False,
        respell=lambda data: data[:-2] + b"\x04\x00dear",
    ),
)
