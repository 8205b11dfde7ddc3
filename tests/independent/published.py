"""What every independent reader of the log needs to know of its directory."""

from __future__ import annotations

from pathlib import Path


def vkeys(log: Path) -> list[str]:
    """The published verifier keys: Ed25519, ML-DSA-44, receipts."""
    return (log / "keys").read_text().splitlines()
