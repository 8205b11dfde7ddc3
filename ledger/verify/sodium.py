"""A second opinion on Ed25519 signatures that comes sooner: libsodium, with the [fast] extra.

It only ever says yes; whoever asks puts everything else before `cryptography`, so that no verdict
depends on what is installed. That holds as long as libsodium takes nothing that `cryptography`
refuses. It is stricter, with one exception that it could have: it may multiply by the cofactor, and
then takes signatures that the format, which does not, refuses. So it is put to the test when it is
loaded, and one that fails is not used.

Cites: FORMAT introduction; RFC 8032 §5.1.7; ops/adr/0031.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

_open: Callable[[bytes, bytes], bytes] | None = None
_refusal: type[Exception] = ValueError
_version = ""
try:
    import nacl
    from nacl.bindings import crypto_sign_open
    from nacl.exceptions import CryptoError
except ImportError:
    pass  # The extra is not installed.
else:
    _open, _refusal, _version = crypto_sign_open, CryptoError, nacl.__version__

__all__ = ["USED", "takes"]

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


def takes(public: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether libsodium takes a signature of 64 bytes. Total; False where it is not here."""
    if _open is None or len(signature) != 64:
        return False
    try:
        _open(signature + message, public)
    except _refusal:
        return False
    return True


def _is_as_asked() -> bool:
    """Tell whether libsodium is here, takes what fits, and refuses what fits elsewhere only."""
    bad = (takes(_KEY, _MESSAGE, bytes.fromhex(one)) for one in _BAD)
    return takes(_KEY, _MESSAGE, _GOOD) and not any(bad)


USED: Final = f"libsodium (PyNaCl {_version})" if _is_as_asked() else ""
"""What is used, for a report; empty where `cryptography` answers alone."""
