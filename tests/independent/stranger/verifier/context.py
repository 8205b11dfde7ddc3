"""What the checks share: the containers, the trust, and what has been established so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from . import layout
from .checkpoint import Checkpoint
from .commitment import Opening
from .container import Container, Unreadable
from .grammar import Bad
from .manifest import Manifest
from .merkle import Tree, consistency_holds, proof_lines
from .record import Rec
from .report import Report
from .schedule import Schedule
from .trust import Trust


@dataclass
class Context:
    """The state of one verification."""

    trust: Trust
    report: Report
    box: Container
    scope: str
    manifest: Manifest | None = None
    brought: Container | None = None
    checkpoint: Checkpoint | None = None
    schedule: Schedule | None = None
    entries: list[bytes] = field(default_factory=list)
    tree: Tree | None = None
    openings: dict[int, Opening] = field(default_factory=dict)
    records: list[Rec] = field(default_factory=list)
    commitments: dict[bytes, int] = field(default_factory=dict)
    unparsed: set[int] = field(default_factory=set)
    office: str | None = None
    founding: dict[str, Any] | None = None

    @property
    def log_prefix(self) -> str:
        """Return where the log's files stand."""
        return "log/" if self.scope == "ledger" else ""

    @property
    def is_part(self) -> bool:
        """Say whether this is a part pack, which holds paths and no log."""
        return self.scope in layout.PART

    @property
    def size(self) -> int:
        """Return the checkpoint's size."""
        return self.signed.size

    @property
    def signed(self) -> Checkpoint:
        """Return the checkpoint. Whoever asks has seen that there is one."""
        if self.checkpoint is None:
            raise RuntimeError("no checkpoint to stand on")
        return self.checkpoint

    @property
    def ticks(self) -> Schedule:
        """Return the schedule. Whoever asks has seen that there is one."""
        if self.schedule is None:
            raise RuntimeError("no schedule to stand on")
        return self.schedule

    def containers(self) -> list[Container]:
        """Return the pack or log, and the openings where they are brought."""
        return [self.box] if self.brought is None else [self.box, self.brought]

    def _scopes(self) -> list[tuple[Container, str]]:
        """Return the containers, each with the scope that says what may stand in it."""
        return list(zip(self.containers(), (self.scope, "openings"), strict=False))

    def has(self, path: str) -> bool:
        """Say whether a file is shown in either container."""
        return path in self.box.files or (self.brought is not None and path in self.brought.files)

    def read(self, path: str) -> bytes | None:
        """Read a file of either container. What cannot be read is a finding, and None."""
        for box, scope in self._scopes():
            if path not in box.files:
                continue
            try:
                return box.read(path, layout.limit_of(path, scope))
            except Unreadable as exc:
                self.report.find(exc.code, path)
                return None
        return None

    def digest(self, path: str) -> str | None:
        """Return a file's SHA-256, or None with a finding."""
        for box, scope in self._scopes():
            if path not in box.files:
                continue
            try:
                return box.digest(path, layout.limit_of(path, scope))
            except Unreadable as exc:
                self.report.find(exc.code, path)
                return None
        return None

    def paths(self, kind: str) -> list[str]:
        """List the files of a kind in both containers, each path once."""
        found = {p for p in self.box.files if layout.kind_of(p, self.scope) == kind}
        if self.brought is not None:
            found |= {p for p in self.brought.files if layout.kind_of(p, "openings") == kind}
        return sorted(found)

    def root_state(self, size: int, root: bytes) -> str:
        """Say whether an older root is one of this log: `proven`, `no proof` or `wrong`."""
        if size > self.size:
            return "no proof"
        if size == self.size:
            return "proven" if root == self.signed.root else "wrong"
        if self.tree is not None:
            return "proven" if self.tree.root(size) == root else "wrong"
        proof: list[bytes] = []
        if size:
            path = f"consistency/{size}"
            if not self.is_part or not self.has(path):
                return "no proof"
            raw = self.read(path)
            try:
                proof = proof_lines(raw or b"")
            except Bad:
                return "wrong"
        good = consistency_holds(size, root, self.size, self.signed.root, proof)
        return "proven" if good else "wrong"
