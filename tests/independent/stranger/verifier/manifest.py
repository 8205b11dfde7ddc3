"""V1: the container is strict, and its files equal the manifest."""

from __future__ import annotations

from dataclasses import dataclass

from . import jcs, layout
from .container import Container, Unreadable
from .grammar import Bad, is_hex64, is_origin, is_stream, position
from .report import Report

# A manifest larger than this lists files that are not there. It is not worth the memory.
ROOM = 1 << 20
PER_FILE = 2048


@dataclass(frozen=True)
class Manifest:
    """A manifest in its one spelling."""

    origin: str
    scope: str
    subject: list[str]
    files: dict[str, str]


def parse_manifest(raw: bytes) -> Manifest:
    """Read a manifest."""
    value = jcs.exact(jcs.decode(raw), {"format", "origin", "scope", "subject", "files"})
    if value["format"] != "disclosure-ledger/pack/v1" or not is_origin(value["origin"]):
        raise Bad("format or origin")
    scope, subject = value["scope"], value["subject"]
    if scope not in (*layout.SCOPES, "openings") or not isinstance(subject, list):
        raise Bad("scope or subject")
    if (not subject) != (scope in ("ledger", "openings")):
        raise Bad("subject")
    for item in subject:
        if scope == "event":
            position(item)
        elif not is_stream(item):
            raise Bad("subject")
    if len(set(subject)) != len(subject):
        raise Bad("subject twice")
    if not isinstance(value["files"], list):
        raise Bad("files")
    files: dict[str, str] = {}
    previous = ""
    for item in value["files"]:
        jcs.exact(item, {"path", "sha256"})
        path = item["path"]
        if not isinstance(path, str) or not layout.well_formed(path) or path <= previous:
            raise Bad("path")
        if path == "manifest.json" or not is_hex64(item["sha256"]):
            raise Bad("path or digest")
        files[path] = item["sha256"]
        previous = path
    return Manifest(value["origin"], scope, subject, files)


def check_container(box: Container, report: Report, origin: str, openings: bool) -> Manifest | None:
    """Run V1 over one container. Return its manifest, or None where there is none to stand on."""
    if "manifest.json" not in box.files:
        report.find("V1.manifest-missing", "manifest.json")
        return None
    most = min(layout.limit_of("manifest.json", "event"), ROOM + PER_FILE * len(box.files))
    try:
        raw = box.read("manifest.json", most)
        manifest = parse_manifest(raw)
    except Unreadable as exc:
        report.find(exc.code, "manifest.json")
        return None
    except Bad:
        report.find("V1.manifest-malformed", "manifest.json")
        return None
    if (manifest.scope == "openings") != openings:
        report.find("V1.not-for-scope", "manifest.json")
        return None
    if box.kind == "zip" and manifest.scope not in layout.PART:
        report.find("V1.zip")
    if manifest.scope in layout.PART and len(box.files) > layout.MOST_ZIP_FILES:
        report.find("V1.too-many-files")
    if manifest.origin != origin:
        report.find("V1.origin", "manifest.json")
    _compare(box, manifest, report)
    return manifest


def _compare(box: Container, manifest: Manifest, report: Report) -> None:
    """Compare what the manifest lists with what is there."""
    scope = manifest.scope
    for path in sorted(set(box.files) | set(manifest.files)):
        if path == "manifest.json":
            continue
        if layout.kind_of(path, scope) is None:
            report.find("V1.not-for-scope", path)
        if path not in manifest.files:
            report.find("V1.unlisted", path)
            continue
        if path not in box.files:
            report.find("V1.missing", path)
            continue
        try:
            if box.digest(path, layout.limit_of(path, scope)) != manifest.files[path]:
                report.find("V1.differs", path)
        except Unreadable as exc:
            report.find(exc.code, path)
    if scope == "openings":
        return
    always = ["checkpoint", "schedule"]
    if scope == "ledger":
        always += ["log/checkpoint", "log/schedule"]
    for path in always:
        if path not in box.files:
            report.find("V1.missing", path)


def check_log_directory(box: Container, report: Report) -> None:
    """Run V1 over a published log: no manifest, and files of other names are left alone."""
    for path in sorted(box.files):
        if not layout.is_foreign(path) and box.files[path] > layout.limit_of(path, "log"):
            report.find("V1.too-large", path)
    for path in ("checkpoint", "schedule"):
        if path not in box.files:
            report.find("V1.missing", path)
