"""A second opinion on Ed25519 signatures that comes sooner: ed25519-dalek, with the [fast] extra.

It only ever says yes; whoever asks puts everything else before `cryptography`, so that no verdict
depends on what is installed. That holds as long as it takes nothing that `cryptography` refuses. It
is stricter, with one exception that it could have: it may multiply by the cofactor, and then takes
signatures that the format, which does not, refuses. So it is put to the test when it is loaded, and
one that fails is not used.

Cites: FORMAT introduction; RFC 8032 §5.1.7; ops/adr/0041.
"""

from __future__ import annotations

from binascii import b2a_base64
from collections.abc import Callable
from pathlib import Path
from typing import Final

try:
    import vodozemac
    from vodozemac import Ed25519PublicKey, Ed25519Signature
except ImportError:
    IS_HERE = False
else:
    IS_HERE = True

__all__ = ["USED", "taken_under"]

_MESSAGE: Final = b"edge"
_KEY: Final = bytes.fromhex("1fe1c08189ba084e48d3012d23a56951edfb183876b18832900bd09152fb0645")
_GOOD: Final = bytes.fromhex(
    "60163562201dffeedcac8db01fe341c8539c90fa661180ae466cc7e1d8e9fdc0"
    "ff9db6dccec44b4d7fda0efb2321d0e7e93cfe785c6d14bd1e6a11c15400640e"
)
_BAD: Final = (
    # R with a point of order 8 added: it fits where both sides are multiplied by the cofactor.
    "0b1fd83cb6fc5ac9de0ed24b827ef6304367e9ab9b2520202c13b881879aa97d"
    "5e6e3eebba115fe3e1e9dc685eee46ba8f516eb994ba19ce650af4c20076e103",
    # S with the order of the group added: it fits where nobody asks for S < L.
    "60163562201dffeedcac8db01fe341c8539c90fa661180ae466cc7e1d8e9fdc0"
    "ec71ac39e9275ea55577069e021baffce93cfe785c6d14bd1e6a11c15400641e",
)

Takes = Callable[[bytes, bytes], bool]
"""Tells of a message and a signature (64 bytes) whether they are taken. Total."""


def taken_under(public: bytes) -> Takes | None:
    """Return what takes signatures under a key (32 bytes); None where it is not here, or takes no
    such key.
    """
    if not IS_HERE:
        return None
    try:
        check = Ed25519PublicKey.from_base64(_spelled(public)).verify_signature
    except ValueError:
        return None
    read = Ed25519Signature.from_base64

    def takes(message: bytes, signature: bytes) -> bool:
        try:
            check(message, read(_spelled(signature)))
        except ValueError:
            return False
        return True

    return takes


def _spelled(data: bytes) -> str:
    return b2a_base64(data, newline=False).decode("ascii")


def _is_as_asked() -> bool:
    """Tell whether it is here, takes what fits, and refuses what fits elsewhere only."""
    takes = taken_under(_KEY)
    if takes is None:
        return False
    return takes(_MESSAGE, _GOOD) and not any(takes(_MESSAGE, bytes.fromhex(one)) for one in _BAD)


def _name() -> str:
    """What is used, by the folder that installing it made; to ask the library of packages would
    load sockets.
    """
    installed = Path(vodozemac.__file__ or "").parent.parent.glob("vodozemac-*.dist-info")
    release = next((one.name.split("-")[1].removesuffix(".dist") for one in installed), "?")
    return f"ed25519-dalek (vodozemac {release})"


USED = _name() if _is_as_asked() else ""
"""What is used, for a report; empty where `cryptography` answers alone."""
