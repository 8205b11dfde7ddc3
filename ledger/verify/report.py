"""What the verifier found, for a person and for a program.

A finding has a code that never changes its meaning, a sentence for a person, and the place where to
look: a path in the pack or log, or `stream:seq`. Sentences name what is wrong and never quote the
content of a record, because reports are mailed and logged. "It is wrong" (a finding) and "it could
not be checked" (a check that could not run) are kept apart down to the exit code.

Cites: FORMAT §6.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Final

from ledger.verify.shown import NOTHING_SHOWN, Shown

__all__ = [
    "LIMITS",
    "TITLES",
    "CheckResult",
    "Finding",
    "Outcome",
    "Report",
    "Tally",
]

INTACT: Final = 0
FINDINGS: Final = 1
UNUSABLE: Final = 2

TITLES: Final[Mapping[str, str]] = {
    "V1": "the container is strict and equals its manifest",
    "V2": "checkpoint and schedule carry the trusted signatures",
    "V3": "enough independent witnesses have signed",
    "V4": "a trusted authority saw the checkpoint at the time that it names",
    "V5": "nothing the pinned checkpoint showed was rewritten",
    "V6": "the size of the log follows its schedule",
    "V7": "every shown record is in the log",
    "V8": "every record has its one spelling",
    "V9": "everybody who signed was allowed to",
    "V10": "no record is missing, doubled or out of order",
    "V11": "every record was made when it says, as far as the log shows",
    "V12": "revealed personal values and attachments are the recorded ones",
    "V13": "every entry of the log is accounted for",
    "V14": "the log kept the promises of the receiver's receipts",
    "V15": "each decision was allowed, and state, flags and deadlines follow from the records",
    "V16": "counsel attested to the log on the fixed dates",
    "V17": "the ledger before ended as this one's founding says",
}
NOTICES: Final = frozenset({"V9.superseded", "V11.late", "V16.missing", "V16.late"})
"""Codes that are told but leave the exit as it is."""
_NO_APPROVAL: Final = frozenset({"V9.assertion-refused", "V9.passkey-unknown"})

THE_REST: Final = (
    "Of the other entries nothing is said: each is a cover, or a record that is not for everybody."
)
"""Stands in every report for whom not all is opened, whatever those entries are."""
LIMITS: Final = (
    "A record's place in the log proves order, not time: time stamps and witnesses prove time.",
    "That a part pack is complete rests on its extents, which are promises by the ledger.",
)


LIMIT_OF_PASSKEYS: Final = (
    "A passkey's answer proves that it verified its holder and answered for that record, "
    "and not what the holder was shown."
)
"""Stands in a report that shows an approval by passkey."""


class Outcome(Enum):
    """What became of one check."""

    RAN = "ran"
    NOT_ASKED = "not asked"
    DID_NOT_RUN = "did not run"
    COULD_NOT_RUN = "could not run"
    """It was asked for, and its absence leaves the question open (exit 2)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: `V7.root-differs`, a sentence, and where."""

    code: str
    sentence: str
    place: str


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check of FORMAT §6 and what became of it; `reason` is empty when it ran."""

    name: str
    outcome: Outcome
    reason: str


class Tally:
    """Collects findings and outcomes while the checks run."""

    def __init__(self) -> None:
        """Begin with nothing found and nothing run."""
        self.findings: list[Finding] = []
        self._results: dict[str, CheckResult] = {}

    def add(self, code: str, sentence: str, place: str) -> None:
        """Note one finding."""
        self.findings.append(Finding(code, sentence, place))

    def ran(self, *names: str) -> None:
        """Note that these checks ran."""
        for name in names:
            self._results[name] = CheckResult(name, Outcome.RAN, "")

    def skip(self, reason: str, *names: str, outcome: Outcome = Outcome.DID_NOT_RUN) -> None:
        """Note why these checks did not run; what already ran stays."""
        for name in names:
            self._results.setdefault(name, CheckResult(name, outcome, reason))

    def has(self, name: str) -> bool:
        """Tell whether something is known of a check already."""
        return name in self._results

    def results(self) -> tuple[CheckResult, ...]:
        """Return every check of the format in its order."""
        return tuple(self._results[name] for name in TITLES)

    def sorted_findings(self) -> tuple[Finding, ...]:
        """Return the findings in the order of their checks, as found within each."""
        return tuple(sorted(self.findings, key=lambda one: _number(one.code)))


@dataclass(frozen=True, slots=True)
class Report:
    """The whole result. `subject` is a phrase such as "case pack of ledger.lonecone.example"."""

    subject: str
    scope: str
    checks: tuple[CheckResult, ...] = ()
    findings: tuple[Finding, ...] = ()
    shown: Shown = NOTHING_SHOWN
    signed: str = ""
    """When the log signed the checkpoint, as an instant; empty when not known."""
    checked_with: str = ""
    """What checked Ed25519 signatures; empty when none could be."""
    unusable: str = ""
    """Why nothing could be checked at all; empty otherwise."""

    @property
    def faults(self) -> tuple[Finding, ...]:
        """The findings that are more than a notice."""
        return tuple(one for one in self.findings if one.code not in NOTICES)

    @property
    def open_questions(self) -> tuple[CheckResult, ...]:
        """The checks that were asked for and could not run."""
        return tuple(one for one in self.checks if one.outcome is Outcome.COULD_NOT_RUN)

    @property
    def exit_code(self) -> int:
        """0 intact, 1 findings, 2 not usable or a requested check could not run."""
        if self.unusable:
            return UNUSABLE
        if self.faults:
            return FINDINGS
        return UNUSABLE if self.open_questions else INTACT

    @property
    def headline(self) -> str:
        """The one sentence that a reader needs first."""
        if self.unusable:
            return f"NOT VERIFIED: {self.unusable}"
        if self.faults:
            things = "one finding" if len(self.faults) == 1 else f"{len(self.faults)} findings"
            return f"NOT INTACT: {things} in the {self.subject}. First: {self.faults[0].sentence}"
        if self.open_questions:
            names = ", ".join(one.name for one in self.open_questions)
            return (
                f"NOT FULLY VERIFIED: nothing wrong was found in the {self.subject}, "
                f"but a check that was asked for could not run ({names})."
            )
        return f"INTACT: {self._intact()}"

    def _intact(self) -> str:
        size = f"{self.shown.entries} entries"
        signed = f", signed {self.signed}" if self.signed else ""
        if self.scope == "log":
            return f"the {self.subject} of {size} is whole{signed}; no records were looked at."
        return (
            f"the {self.subject} shows {self.shown.records} records, each unchanged, properly "
            f"signed and in its place in the log of {size}{signed}."
        )

    @property
    def _is_replayed(self) -> bool:
        return any(one.name == "V15" and one.outcome is Outcome.RAN for one in self.checks)

    def text(self) -> str:
        """Return the report for a person."""
        parts: list[str] = [self.headline]
        parts += _section("Findings", [_finding_line(one) for one in self.findings])
        parts += _section("Checks", [_check_line(one) for one in self.checks])
        told = [f"Period {one.period}, to {one.until}: {one.state}" for one in self.shown.attested]
        parts += _section("Attestations of counsel", told)
        if self.checks:
            parts += _section("Shown", [self._in_short(), *self._by_passkey(), *self._before()])
            parts += _section("Not shown", self._not_shown())
        if self.checked_with:
            parts += _section("Signatures", [f"Checked with {self.checked_with}."])
        parts += _section("Limits", self._limits())
        return "\n".join(parts) + "\n"

    def _in_short(self) -> str:
        valid = self._answer("V7", "V8", "V9", "V10", "V11", "V12")
        return (
            f"Leaves: {self.shown.entries}. On schedule: {self._answer('V6')}. "
            f"Visible: {self.shown.records}. Valid: {valid}."
        )

    def _by_passkey(self) -> list[str]:
        """Say how many records were confirmed with a passkey, and whether the answers hold."""
        count = self.shown.passkey_approvals
        if not count:
            return []
        bad = sum(one.code in _NO_APPROVAL for one in self.findings)
        held = "Whether they hold was not checked."
        if any(one.name == "V9" and one.outcome is Outcome.RAN for one in self.checks):
            held = f"Answered by the signer's own passkey, for that very record: {count - bad}."
        return [f"Confirmations with a passkey: {count}. {held}"]

    def _before(self) -> list[str]:
        """Say which ledger this one follows, and whether that was held against its evidence."""
        named = self.shown.before
        if named is None:
            return []
        return [
            f"Follows: {named.origin} of fingerprint {named.founded.hex()}, which ended with "
            f"{named.size} entries. So it did: {self._answer('V17')}."
        ]

    def _limits(self) -> tuple[str, ...]:
        return (*LIMITS, LIMIT_OF_PASSKEYS) if self.shown.passkey_approvals else LIMITS

    def _answer(self, *names: str) -> str:
        """Say yes or no, as far as these checks ran."""
        if any(one.code.partition(".")[0] in names for one in self.faults):
            return "no"
        ran = {one.name for one in self.checks if one.outcome is Outcome.RAN}
        return "yes" if ran.issuperset(names) else "not checked"

    def _not_shown(self) -> list[str]:
        shown = self.shown
        lines = [f"{shown.unopened} of {shown.entries} entries of the log are not opened here."]
        if any(one.name == "V13" and one.outcome is Outcome.NOT_ASKED for one in self.checks):
            lines.append(THE_REST)
        if shown.covers or shown.tombstones:
            lines.append(
                f"{shown.covers} entries are shown as covers, {shown.tombstones} as erased."
            )
        if shown.claimed_actors:
            lines.append(
                "Records in which the signer says that another person acted, who has not confirmed "
                f"it: {shown.claimed_actors}."
            )
        if shown.absent_documents:
            lines.append(
                f"Documents that are described here and not attached: {shown.absent_documents}."
            )
        if self.scope == "event":
            lines.append("Whether the matter has other records than these was not asked.")
        if shown.replayed is not None:
            lines += shown.replayed.lines()
            if shown.unopened:
                lines.append("Whether what the unopened entries hold was allowed was not asked.")
        if shown.unknown_types and not self._is_replayed:
            names = ", ".join(f"{name} ({n})" for name, n in sorted(shown.unknown_types.items()))
            lines.append(f"The content of these records was not judged, only their form: {names}.")
        return lines

    def json(self) -> str:
        """Return the report for a program: one object, keys sorted, one line."""
        value = {
            "format": "disclosure-ledger/report/v1",
            "exit": self.exit_code,
            "sentence": self.headline,
            "scope": self.scope,
            "findings": [
                {"code": one.code, "sentence": one.sentence, "place": one.place}
                for one in self.findings
            ],
            "checks": [
                {"check": one.name, "outcome": one.outcome.value, "reason": one.reason}
                for one in self.checks
            ],
            "shown": {
                "entries": self.shown.entries,
                "records": self.shown.records,
                "covers": self.shown.covers,
                "tombstones": self.shown.tombstones,
                "unopened": self.shown.unopened,
                "claimed_actors": self.shown.claimed_actors,
                "absent_documents": self.shown.absent_documents,
                "passkey_approvals": self.shown.passkey_approvals,
                "types_not_judged": dict(self.shown.unknown_types),
                "replayed": None if self.shown.replayed is None else asdict(self.shown.replayed),
            },
            "before": None if self.shown.before is None else self.shown.before.dump(),
            "attestations": [
                {"period": one.period, "until": one.until, "state": one.state}
                for one in self.shown.attested
            ],
            "signed": self.signed or None,
            "checked_with": self.checked_with or None,
            "limits": self._limits(),
        }
        return json.dumps(value, sort_keys=True, ensure_ascii=True) + "\n"


def _number(code: str) -> int:
    return int(code[1 : code.index(".")])


def _section(title: str, lines: Sequence[str]) -> list[str]:
    return ["", f"{title}:", *(f"  {line}" for line in lines)] if lines else []


def _finding_line(finding: Finding) -> str:
    notice = " (notice)" if finding.code in NOTICES else ""
    return f"{finding.code}{notice}  {finding.place}  {finding.sentence}"


def _check_line(check: CheckResult) -> str:
    reason = f", because {check.reason}" if check.reason else ""
    return f"{check.name} {check.outcome.value}{reason}: {TITLES[check.name]}"
