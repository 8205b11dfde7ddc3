"""What can go wrong at the web's door only; everything else is in `ledger.errors`."""

from __future__ import annotations

from ledger.errors import BadRequest, NotPermitted, Unavailable


class SignInNeeded(NotPermitted):
    """Nobody is signed in, and this is for people who are."""

    def __init__(self) -> None:
        super().__init__("Sign in first; you may have been away for a while.")


class NotSignedIn(NotPermitted):
    """A name and a passphrase let nobody in. Which of them was wrong is not said (T-55)."""

    def __init__(self) -> None:
        super().__init__(
            "That name and passphrase do not open anything at this address. Who decides or advises"
            " signs in at the room’s address."
        )


class PasskeyLetsNobodyIn(NotSignedIn):
    """A passkey that opens no keyring here. Why not is not said (T-55)."""

    def __init__(self) -> None:
        NotPermitted.__init__(
            self,
            "That passkey does not sign in at this address. Type your name and passphrase; who"
            " decides or advises signs in at the room’s address.",
        )


class ForeignRequest(NotPermitted):
    """A request that this program's own pages did not make (T-56)."""

    def __init__(self) -> None:
        super().__init__("This request did not come from a page of this program. Open it again.")


class TokenRefused(NotPermitted):
    """A token that opens nothing here. What is wrong with it is not said."""

    def __init__(self) -> None:
        super().__init__("That token opens nothing here.")


class VersionNeeded(BadRequest):
    """An act in a case that does not say which version of the case it is for."""

    def __init__(self) -> None:
        super().__init__("Say in If-Match which version of the case you saw: its ETag.")


class TooMany(Unavailable):
    """Somebody tries too often; `seconds` is how long to wait at most."""

    def __init__(self, seconds: int) -> None:
        super().__init__("Too many tries. Wait a few minutes, then try again.")
        self.seconds = seconds


class TooLarge(BadRequest):
    """More was sent than this place takes."""

    def __init__(
        self, sentence: str = "That is too large for this place. Nothing was saved."
    ) -> None:
        super().__init__(sentence)


class TooSlow(BadRequest):
    """What was sent took too long to arrive."""

    def __init__(self) -> None:
        super().__init__("That took too long to arrive. Nothing was saved.")


class NotDoneHere(BadRequest):
    """There is such an address, and nobody does this at it."""

    def __init__(self) -> None:
        super().__init__("That cannot be done at this address.")
