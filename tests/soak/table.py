"""A soak's figures, for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tests.soak.tally import HARMLESS


def table(told: Mapping[str, Any]) -> str:
    """The short table of a soak."""
    return "\n".join([*_head(told), "", *_kinds(told), "", *_programs(told), "", *_end(told)])


def _head(told: Mapping[str, Any]) -> Iterator[str]:
    failovers = sum(what.startswith("failover") for _, what in told["events"])
    kills = sum("was killed" in what for _, what in told["events"])
    yield (
        f"{told['hours']} hours in {told['minutes']} minutes, seed {told['seed']}:"
        f" {told['acts']} things done, {told['visits']} visits,"
        f" {told['records_with_receipt']} receipts, {told['webhook_messages']} webhook messages,"
        f" {failovers} failovers, {kills} programs killed, {told['erased']} matters erased"
    )


def _kinds(told: Mapping[str, Any]) -> Iterator[str]:
    names = ("kind", "done", "again", "p50 ms", "p99 ms", "errors")
    yield "{:<34}{:>7}{:>7}{:>10}{:>10}{:>8}".format(*names)
    for kind, one in told["kinds"].items():
        outcomes, ms = one["outcomes"], one["at_once_ms"]
        done = sum(count for what, count in outcomes.items() if what in HARMLESS)
        if not done and not any(what.startswith("error") for what in outcomes):
            continue
        again = done - outcomes.get("at once", 0)
        errors = sum(count for what, count in outcomes.items() if what.startswith("error"))
        p50, p99 = ms.get("p50", "–"), ms.get("p99", "–")
        yield f"{kind[:33]:<34}{done:>7}{again:>7}{p50:>10}{p99:>10}{errors:>8}"


def _programs(told: Mapping[str, Any]) -> Iterator[str]:
    names = ("program", "seconds", "first MiB", "last MiB", "MiB/h", "files", "threads")
    yield "{:<10}{:>9}{:>11}{:>11}{:>9}{:>12}{:>12}".format(*names)
    for name, lives in told["programs"].items():
        for life in lives:
            if "resident_kib" not in life:
                continue
            memory, files, threads = life["resident_kib"], life["files"], life["threads"]
            yield (
                f"{name:<10}{life['seconds']:>9}{memory['first_tenth'] / 1024:>11.1f}"
                f"{memory['last_tenth'] / 1024:>11.1f}{memory['slope_an_hour'] / 1024:>9.1f}"
                f"{files['first_tenth']:>6}→{files['last_tenth']:<5}"
                f"{threads['first_tenth']:>6}→{threads['last_tenth']:<5}"
            )


def _end(told: Mapping[str, Any]) -> Iterator[str]:
    for name, what in told["checked"].items():
        yield f"holds: {name}: {what}"
    for error, count in told["errors"].items():
        yield f"ERROR {count} × {error}"
    for finding in told["findings"]:
        yield f"FINDING {finding}"
    if not told["errors"] and not told["findings"]:
        yield "Nobody met an error, and everything holds."
