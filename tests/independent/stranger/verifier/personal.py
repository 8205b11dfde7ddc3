"""V12: revealed personal values and attachments match what was recorded."""

from __future__ import annotations

from typing import Any

from .commitment import personal_digest
from .context import Context
from .grammar import is_count, is_hex64
from .layout import name_of


def _is_document(value: Any) -> bool:
    """Say whether a personal value stands for a document."""
    return (
        isinstance(value, dict)
        and set(value) == {"sha256", "size", "type"}
        and is_hex64(value["sha256"])
        and is_count(value["size"])
        and isinstance(value["type"], str)
    )


def check_v12(ctx: Context) -> None:
    """Run V12."""
    ctx.report.outcome("V12", "ran")
    sizes: dict[str, set[int]] = {}
    closed = 0
    for rec in ctx.records:
        for name, item in sorted(rec.opening["personal"].items()):
            recorded = rec.data["personal"].get(name)
            if recorded is None:
                ctx.report.find("V12.not-recorded", rec.place)
                continue
            if personal_digest(item["salt"], item["value"]) != recorded:
                ctx.report.find("V12.value-differs", rec.place)
                continue
            if _is_document(item["value"]):
                sizes.setdefault(item["value"]["sha256"], set()).add(item["value"]["size"])
        closed += len(set(rec.data["personal"]) - set(rec.opening["personal"]))
    if closed:
        ctx.report.remark(f"personal values not revealed: {closed}")
    paths = {name_of(path): path for path in ctx.paths("attachment")}
    for digest, path in sorted(paths.items()):
        if digest not in sizes:
            ctx.report.find("V12.attachment-unnamed", path)
        shown = {box.files[path] for box in ctx.containers() if path in box.files}
        if ctx.digest(path) not in (None, digest) or sizes.get(digest, shown) != shown:
            ctx.report.find("V12.attachment-differs", path)
    for digest in sorted(set(sizes) - set(paths)):
        ctx.report.remark(f"the bytes of a document are withheld: attachments/{digest}")
