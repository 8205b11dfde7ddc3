"""Who the witnesses are and how many must have cosigned: a tlog-policy file.

Sample, the keys shortened:

    log ledger.lonecone.example+8e215dde+AS…
    witness state witness.example/w1+d6cbef18+BK… https://witness.example/w1
    witness college tlog.college.example+1f2a9b03+BN… https://tlog.college.example
    group both all state college
    quorum both

Only UTF-8 is read, and groups stand at most 32 deep in all; otherwise as the text says. Pure.
Cites: C2SP tlog-policy; FORMAT §4 "Notes".
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from ledger.evidence.grammar import Malformed
from ledger.evidence.note import COSIGNATURE_ED25519, ED25519, MLDSA44, VKey

__all__ = ["Policy", "Witness"]

NONE = "none"
MOST = 32
"""Logs, witnesses and groups of each kind: what the text asks of everybody who reads policies."""
_COUNT = re.compile(r"[1-9][0-9]{0,2}")
_NOT_ALLOWED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness: what the policy calls it, its key, and where it is asked."""

    name: str
    vkey: VKey
    url: str | None


@dataclass(frozen=True, slots=True)
class Policy:
    """What a policy file says. `quorum` is the name of a witness or a group, or `none`."""

    logs: tuple[VKey, ...]
    witnesses: tuple[Witness, ...]
    groups: Mapping[str, tuple[int, tuple[str, ...]]]
    """Each group's threshold and members."""
    quorum: str

    @classmethod
    def parse(cls, data: bytes) -> Policy:
        """Read a policy file.

        Raises: Malformed, naming the line.
        """
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            raise Malformed("a policy is not UTF-8") from None
        if _NOT_ALLOWED.search(text):
            raise Malformed("a policy holds a control character")
        reading = _Reading()
        for number, line in enumerate(text.split("\n"), start=1):
            words = line.replace("\t", " ").split(" ")
            try:
                reading.take([word for word in words if word])
            except Malformed as error:
                raise Malformed(f"{error} (line {number})") from None
        if reading.quorum is None:
            raise Malformed("a policy has no quorum line")
        return cls(tuple(reading.logs), tuple(reading.witnesses), reading.groups, reading.quorum)

    def is_met(self, cosigned: Collection[str]) -> bool:
        """Whether these witnesses, by the names of the policy, are enough."""
        return self.quorum == NONE or self._has_witnessed(self.quorum, cosigned)

    def _has_witnessed(self, name: str, cosigned: Collection[str]) -> bool:
        if name not in self.groups:
            return name in cosigned
        threshold, members = self.groups[name]
        return sum(self._has_witnessed(one, cosigned) for one in members) >= threshold

    def least(self) -> int:
        """How many witnesses there are in the smallest set that is enough."""
        return 0 if self.quorum == NONE else self._least(self.quorum)

    def _least(self, name: str) -> int:
        if name not in self.groups:
            return 1
        # Nobody is a member twice, so the smallest parts add up.
        threshold, members = self.groups[name]
        return sum(sorted(self._least(one) for one in members)[:threshold])


@dataclass
class _Reading:
    """What was read so far; a line may only name what stands above it."""

    logs: list[VKey] = field(default_factory=list)
    witnesses: list[Witness] = field(default_factory=list)
    groups: dict[str, tuple[int, tuple[str, ...]]] = field(default_factory=dict)
    quorum: str | None = None
    members: set[str] = field(default_factory=set)

    def take(self, words: list[str]) -> None:
        """Take one line. Raises: Malformed."""
        match words:
            case []:
                return
            case [first, *_] if first.startswith("#"):
                return
            case ["log", vkey] | ["log", vkey, _]:
                self._add_key(self.logs, _key(vkey, (ED25519, MLDSA44)))
            case ["witness", name, vkey] | ["witness", name, vkey, _]:
                key = _key(vkey, (COSIGNATURE_ED25519, MLDSA44))
                self._name(name)
                self._add_key([one.vkey for one in self.witnesses], key)
                url = words[3] if len(words) == 4 else None
                self.witnesses.append(Witness(name, key, url))
            case ["group", name, threshold, *members] if members:
                self._add_group(name, threshold, members)
            case ["quorum", name] if self.quorum is None:
                if name != NONE and name not in self._names():
                    raise Malformed("a quorum names nobody who stands above it")
                self.quorum = name
            case _:
                raise Malformed("a line is none of a policy's")
        if max(len(self.logs), len(self.witnesses), len(self.groups)) > MOST:
            raise Malformed(f"a policy has more than {MOST} logs, witnesses or groups")

    def _add_key(self, keys: list[VKey], key: VKey) -> None:
        if any(one.public == key.public for one in keys):
            raise Malformed("a policy holds a key twice")
        keys.append(key)

    def _add_group(self, name: str, threshold: str, members: list[str]) -> None:
        many = {"all": len(members), "any": 1}.get(threshold)
        if many is None:
            many = int(threshold) if _COUNT.fullmatch(threshold) else 0
        if not 1 <= many <= len(members):
            raise Malformed("a group's threshold is not any, all, or from 1 to its members")
        for one in members:
            if one not in self._names() or one in self.members:
                raise Malformed("a group names nobody who stands above it, or a member again")
            self.members.add(one)
        self._name(name)
        self.groups[name] = (many, tuple(members))

    def _name(self, name: str) -> None:
        if name == NONE or name in self._names():
            raise Malformed("a name is taken")

    def _names(self) -> set[str]:
        return {*(one.name for one in self.witnesses), *self.groups}


def _key(text: str, types: tuple[int, ...]) -> VKey:
    vkey = VKey.load(text)
    if vkey.key_type not in types:
        raise Malformed("a key is of the wrong type for this line")
    return vkey
