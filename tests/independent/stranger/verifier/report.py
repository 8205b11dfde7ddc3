"""What the checks found, which of them ran, and what follows for the exit."""

from __future__ import annotations

from typing import Any

CHECKS = [f"V{n}" for n in range(1, 18)]
NOTICES = {"V9.superseded", "V11.late", "V16.missing", "V16.late"}
MOST = 10_000


class Report:
    """Collects findings, outcomes and remarks."""

    def __init__(self) -> None:
        self.findings: list[tuple[str, str]] = []
        self._seen: set[tuple[str, str]] = set()
        self.outcomes: dict[str, str] = dict.fromkeys(CHECKS, "did not run")
        self.why: dict[str, str] = {}
        self.remarks: list[str] = []
        self.attestations: list[dict[str, Any]] = []
        self.left_off = 0
        self.failed = False

    def find(self, code: str, place: str = ".") -> None:
        """Note a finding once."""
        place = place.encode("utf-8", "backslashreplace").decode("utf-8")
        if code not in NOTICES:
            self.failed = True
        if (code, place) in self._seen:
            return
        if len(self.findings) >= MOST:
            self.left_off += 1
            return
        self._seen.add((code, place))
        self.findings.append((code, place))

    def outcome(self, check: str, outcome: str, why: str = "") -> None:
        """Note what became of a check."""
        self.outcomes[check] = outcome
        self.why.pop(check, None)
        if why:
            self.why[check] = why

    def remark(self, text: str) -> None:
        """Note something that is no finding."""
        if len(self.remarks) < 1000 and text not in self.remarks:
            self.remarks.append(text)

    @property
    def exit(self) -> int:
        """Return 1 for findings, else 2 where a requested check could not run, else 0."""
        if self.failed:
            return 1
        return 2 if "could not run" in self.outcomes.values() else 0

    def answer(self, **more: Any) -> dict[str, Any]:
        """Build the JSON answer."""
        checks = []
        for name in CHECKS:
            item = {"check": name, "outcome": self.outcomes[name]}
            if name in self.why:
                item["why"] = self.why[name]
            checks.append(item)
        return {
            "exit": self.exit,
            "findings": [{"code": c, "place": p} for c, p in self.findings],
            "checks": checks,
            "attestations": self.attestations,
            "remarks": self.remarks,
            "findings_left_off": self.left_off,
            "limits": LIMITS,
            **more,
        }


LIMITS = [
    "a leaf's position proves order, not time",
    "completeness of a part pack rests on its extents, which are promises by the ledger",
    "README and derived/ are claims that only V15 judges, which this verifier lacks",
]


class Unusable(Exception):
    """Trust or arguments are unusable: exit 2."""
