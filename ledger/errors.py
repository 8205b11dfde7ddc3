"""What can go wrong, sorted by who must do what.

Errors carry data; they do not log, print or exit. `ledger.outcomes` maps each to an exit code and
to the sentence that a person sees. "It is wrong" and "I could not check it" are never the same
type.
"""

from __future__ import annotations

from typing import Protocol


class LedgerError(Exception):
    """Something a person can meet; `str()` is a sentence for that person."""


class BadRequest(LedgerError):
    """The caller must mend what they sent; nothing was written."""


class NotFound(LedgerError):
    """Nothing of that name is open to this person; says no more than that."""

    def __init__(self) -> None:
        super().__init__("No case with that reference is open to you.")


class NotPermitted(LedgerError):
    """This person may not do this; somebody else may."""


class BrokenProvision(Protocol):
    """What stands against an act: see `ledger.domain.context.Broken`."""

    @property
    def sentence(self) -> str: ...
    @property
    def citation(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def confidence(self) -> str: ...


class RequestRefused(LedgerError):
    """The law in force says no. `provisions` are all that stand against it."""

    def __init__(self, provisions: tuple[BrokenProvision, ...]) -> None:
        super().__init__("The act was refused; nothing was written.")
        self.provisions = provisions


class AppendConflict(LedgerError):
    """Somebody else wrote first; read again and decide again."""

    def __init__(self, what: str = "the case") -> None:
        super().__init__(
            f"Somebody else changed {what} meanwhile. Look again, then repeat the act."
        )


class VersionMoved(LedgerError):
    """The case is not as whoever acts saw it. `version` is the present one, 32 bytes."""

    def __init__(self, version: bytes) -> None:
        super().__init__("The case went on since you looked. Look again, then repeat the act.")
        self.version = version


class CommandReused(LedgerError):
    """The same command id came with other contents."""

    def __init__(self) -> None:
        super().__init__("This command number was already used for a different act. Use a new one.")


class Unavailable(LedgerError):
    """A store, key or file cannot be used now; an operator must act. Nothing was acknowledged."""


class OutcomeUnknown(Unavailable):
    """A store failed while it was written: whether the act was recorded is not certain."""

    def __init__(self) -> None:
        super().__init__(
            "The store failed while it was written. Whether the act was recorded is not certain:"
            " repeat it with the same command number, and it is recorded once."
        )


class EvidenceCorrupt(LedgerError):
    """Stored evidence is not what was signed; writing must stop until counsel has looked."""
