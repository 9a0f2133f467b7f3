"""What the server writes to standard error: one line a record, or one JSON object a line; never a secret."""

import json
import logging
import re
import sys
import time
from typing import TextIO

LEVELS = ("debug", "info", "warning", "error")
HIDDEN = "***"

_NAME = r"(api[-_]?key|passw(?:or)?d|secret|token|credential|authorization|cookie|bootstrap)"
_QUOTED = r"b?(?P<quote>['\"])(?:\\.|(?!(?P=quote)).)*(?P=quote)?"
_PATTERNS = (
    # name=value, in query strings and in calls
    (re.compile(rf"(?i){_NAME}(=|%3D)(?:{_QUOTED}|[^&;,\s'\"<>()\[\]]+)"), rf"\1\2{HIDDEN}"),
    # "name": "value" in JSON and in dictionaries, (b"name", b"value") in the headers of ASGI
    (re.compile(rf"(?i){_NAME}(['\"]\s*[:,]\s*)(?:{_QUOTED}|[^\s,}}]+)"), rf"\1\2{HIDDEN}"),
    # Name: value, as headers are written
    (re.compile(r"(?i)(authorization|cookie|api-key)(:\s*)[^\r\n]+"), rf"\1\2{HIDDEN}"),
    # the value of such a header alone
    (re.compile(r"(?i)\b(bearer|basic|zenapikey)\s+[\w.~+/=-]{16,}"), rf"\1 {HIDDEN}"),
    # user:password@ of addresses
    (re.compile(r"(?<=://)[^/\s:@]*:[^/\s@]+(?=@)"), HIDDEN),
)


def redact(text: str) -> str:
    """The text without what looks like a key, a password or a token."""
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


class LineFormatter(logging.Formatter):
    """Time (UTC), level, origin and message; the trace of an error on the lines after it."""

    converter = staticmethod(time.gmtime)
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """The line, without secrets."""
        return redact(super().format(record))


class JsonFormatter(LineFormatter):
    """One JSON object a record: time, level, logger, message, and exception where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """The object on one line, without secrets."""
        entry = {
            "time": self.formatTime(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": redact(record.getMessage()),
        }
        if record.exc_info:
            entry["exception"] = redact(self.formatException(record.exc_info))
        return json.dumps(entry, ensure_ascii=False)


def configure(level: str, *, is_json: bool, stream: TextIO | None = None) -> None:
    """Sends the records of all libraries to standard error, or another stream, from `level` on."""
    handler = logging.StreamHandler(sys.stderr if stream is None else stream)
    handler.setFormatter(JsonFormatter() if is_json else LineFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.captureWarnings(True)
    logging.getLogger("alembic.runtime.plugins").setLevel(logging.WARNING)  # a line for each part of itself
