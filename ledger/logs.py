"""Logs for operators: an event name, numbers and an outcome; everything else is dropped.

Deny by default: a field that is not on the list never reaches a log, whoever passes it. No content,
no names, no references, no streams: a log must not tell that a sealed matter exists (DESIGN §4.6).
"""

from __future__ import annotations

import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

ALLOWED = frozenset(
    {"event", "level", "timestamp", "tick", "size", "ticks", "outcome", "exit", "door", "defect"}
)


def allow_listed(
    _logger: object, _method: str, fields: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Keep the fields on the list; drop the rest, without a trace of what it was."""
    return {name: value for name, value in fields.items() if name in ALLOWED}


def configure() -> None:
    """Write one JSON object a line to standard error, in UTC."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            allow_listed,
            structlog.processors.JSONRenderer(sort_keys=True),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def logger() -> Any:  # structlog's own loggers are untyped proxies.
    """The logger, configured."""
    configure()
    return structlog.get_logger()
