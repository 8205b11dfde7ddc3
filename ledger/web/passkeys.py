"""Where passkeys of this program's address belong: their domain, and where browsers ask for them.

Both follow from the address alone: nobody configures them, and no request can name others.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from ledger.web.site import Site


def rp_of(site: Site) -> str:
    """The domain (relying party id) of the passkeys that are asked for at a program's address."""
    return urlsplit(site.address).hostname or ""
