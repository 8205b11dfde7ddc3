"""The files of this checkout, as the house tests read them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("ledger", "keys")
# Made by tools or by a demonstration, and never released. So is every dot name but these few.
MADE = ("__pycache__", "build", "dist", "ledger-home")
KEPT_DOT_NAMES = (".ci", ".gitignore", ".gitattributes", ".editorconfig", ".github")


def is_ours(path: Path) -> bool:
    """Say whether a path belongs to the tree, rather than to a tool that left it there."""
    return not any(
        part in MADE or (part.startswith(".") and part not in KEPT_DOT_NAMES)
        for part in path.relative_to(ROOT).parts
    )


@cache
def files() -> tuple[Path, ...]:
    """Give every file of the tree, in order."""
    return tuple(sorted(_below(ROOT)))


def _below(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if not is_ours(path):
            continue
        if path.is_dir():
            yield from _below(path)
        else:
            yield path


def named(path: Path) -> str:
    """Give a path as people write it, from the root of the tree."""
    return path.relative_to(ROOT).as_posix()


def python_files(*folders: str) -> tuple[Path, ...]:
    """Give the Python files below some folders, or all of them."""
    below = tuple(f"{folder}/" for folder in folders) or ("",)
    found = (path for path in files() if path.suffix == ".py")
    return tuple(path for path in found if named(path).startswith(below))


@cache
def parsed(path: Path) -> ast.Module:
    """Parse one Python file, once."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=named(path))


def module_name(path: Path) -> str:
    """Give the dotted name by which a file of ledger/ or keys/ is imported."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
