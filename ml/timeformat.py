"""Patterns of dates and times: which texts one matches, and the moment that a text stands for."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

from ml.errors import ArgumentError

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_NAMES = "january|february|march|april|may|june|july|august|september|october|november|december"
_DAYS = "mon|tue|wed|thu|fri|sat|sun"
_DAY_NAMES = "monday|tuesday|wednesday|thursday|friday|saturday|sunday"

_DIRECTIVES = {
    "Y": r"(?P<Y>\d{4})",
    "y": r"(?P<y>\d{2})",
    "m": r"(?P<m>\d{1,2})",
    "d": r"(?P<d>\d{1,2})",
    "H": r"(?P<H>\d{1,2})",
    "I": r"(?P<I>\d{1,2})",
    "M": r"(?P<M>\d{2})",
    "S": r"(?P<S>\d{2})",
    "f": r"(?P<f>\d{1,9})",
    "j": r"(?P<j>\d{1,3})",
    "s": r"(?P<s>-?\d{1,11})",
    "b": rf"(?P<b>{'|'.join(_MONTHS)})\.?",
    "B": rf"(?P<B>{_MONTH_NAMES})",
    "a": rf"(?:{_DAYS})\.?",
    "A": rf"(?:{_DAY_NAMES})",
    "p": r"(?P<p>am|pm|a\.m\.|p\.m\.)",
    "z": r"(?P<z>z|utc|gmt|[+-]\d{2}:?\d{2}|[+-]\d{2})",
    "%": "%",
}

_NAMED = {
    "date": "%Y-%m-%d",
    "year-month-day": "%Y-%m-%d",
    "year-month": "%Y-%m",
    "basic-date": "%Y%m%d",
    "basic-date-time": "%Y%m%dT%H%M%S.%f%z",
    "basic-date-time-no-ms": "%Y%m%dT%H%M%S%z",
    "date-time": "%Y-%m-%dT%H:%M:%S.%f%z",
    "date-time-no-ms": "%Y-%m-%dT%H:%M:%S%z",
    "date-hour": "%Y-%m-%dT%H",
    "date-hour-minute": "%Y-%m-%dT%H:%M",
    "date-hour-minute-second": "%Y-%m-%dT%H:%M:%S",
    "date-hour-minute-second-ms": "%Y-%m-%dT%H:%M:%S.%f",
    "date-hour-minute-second-fraction": "%Y-%m-%dT%H:%M:%S.%f",
    "hour-minute": "%H:%M",
    "hour-minute-second": "%H:%M:%S",
    "hour-minute-second-ms": "%H:%M:%S.%f",
    "mysql": "%Y-%m-%d %H:%M:%S",
    "rfc822": "%a, %d %b %Y %H:%M:%S %z",
    "twitter-time": "%a %b %d %H:%M:%S %z %Y",
    "timestamp": "%s",
}

_LETTERS = {
    "yyyy": "%Y", "YYYY": "%Y", "y": "%Y", "Y": "%Y", "yy": "%y", "YY": "%y", "MMMM": "%B", "MMM": "%b", "MM": "%m",
    "M": "%m", "dd": "%d", "d": "%d", "DDD": "%j", "EEEE": "%A", "EEE": "%a", "E": "%a", "HH": "%H", "H": "%H",
    "hh": "%I", "h": "%I", "mm": "%M", "m": "%M", "ss": "%S", "s": "%S", "SSS": "%f", "SS": "%f", "S": "%f",
    "SSSSSS": "%f", "a": "%p", "Z": "%z", "ZZ": "%z", "z": "%z", "X": "%z", "XX": "%z", "XXX": "%z",
}  # fmt: skip
"""Letters of the patterns that Java programs use (`yyyy-MM-dd'T'HH:mm:ss`), which ARFF headers carry too."""

_FIXED_WIDTHS = {"Y": 4, "m": 2, "d": 2, "H": 2, "M": 2, "S": 2}
_FRACTION_WIDTHS = (3, 6)


@dataclass(frozen=True, slots=True)
class FixedLayout:
    """Where the parts of a pattern stand when all of them are zero-padded: `{directive: (start, width)}`."""

    width: int
    parts: dict[str, tuple[int, int]]
    literals: dict[int, int]


@dataclass(frozen=True, slots=True)
class TimeFormat:
    """One pattern. `has_date` and `has_time` say what its texts tell about a moment."""

    pattern: str
    expression: re.Pattern[str]
    layouts: tuple[FixedLayout, ...]
    has_date: bool
    has_time: bool

    def milliseconds(self, text: str) -> int | None:
        """Milliseconds since 1970-01-01 UTC of a text, or None when it does not match or names no real moment.

        A text without a zone is taken as UTC, one without a date as a time on 1970-01-01.
        """
        found = self.expression.fullmatch(text)
        if found is None:
            return None
        part = found.groupdict()
        if part.get("s") is not None:
            return int(part["s"]) * 1000
        try:
            moment = datetime(
                _year(part), _month(part), int(part.get("d") or 1), _hour(part), int(part.get("M") or 0),
                int(part.get("S") or 0), tzinfo=_zone(part.get("z")),
            )  # fmt: skip
            if part.get("j") is not None:
                moment += timedelta(days=int(part["j"]) - 1)
            whole = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)
        except (ValueError, OverflowError):
            return None
        return whole * 1000 + int((part.get("f") or "0").ljust(3, "0")[:3])


@lru_cache(maxsize=1024)
def time_format(pattern: str) -> TimeFormat:
    """The format that a pattern describes: with strptime's directives, in Java's letters, or one of the known names.

    Raises ArgumentError for a pattern without any directive or with an unknown one.
    """
    directives = _NAMED.get(pattern) or (pattern if "%" in pattern else _from_letters(pattern))
    pieces = re.findall(r"%.|[^%]+|%$", directives, re.DOTALL)
    expression, names = "", []
    for piece in pieces:
        if piece[0] != "%":
            expression += re.escape(piece)
            continue
        name = piece[1:]
        if name not in _DIRECTIVES or (name != "%" and name in names):
            raise ArgumentError(
                f"Time format {pattern!r} has an unknown or repeated part {piece!r}.", ("time_formats",)
            )
        expression += _DIRECTIVES[name]
        names.append(name)
    if not names:
        raise ArgumentError(f"Time format {pattern!r} names no part of a date or time.", ("time_formats",))
    return TimeFormat(
        pattern,
        re.compile(expression, re.IGNORECASE | re.ASCII),
        _layouts(pieces, names),
        has_date=bool({"Y", "y", "m", "d", "b", "B", "j", "s"} & set(names)),
        has_time=bool({"H", "I", "M", "S", "f", "s"} & set(names)),
    )


def _layouts(pieces: Sequence[str], names: Sequence[str]) -> tuple[FixedLayout, ...]:
    """The fixed layouts of a pattern: none if a part has no fixed width, two if it has a fraction."""
    if any(name not in _FIXED_WIDTHS and name != "f" for name in names) or "Y" not in names:
        return ()
    layouts = []
    for fraction in _FRACTION_WIDTHS if "f" in names else (0,):
        position, parts, literals = 0, {}, {}
        for piece in pieces:
            if piece[0] == "%":
                width = fraction if piece == "%f" else _FIXED_WIDTHS[piece[1:]]
                parts[piece[1:]] = (position, width)
                position += width
            else:
                for byte in piece.encode():
                    literals[position] = byte
                    position += 1
        layouts.append(FixedLayout(position, parts, literals))
    return tuple(layouts)


def _from_letters(pattern: str) -> str:
    directives = ""
    runs = r"(?P<quoted>'(?:[^']|'')*')|(?P<letters>([A-Za-z])\3*)|(?P<other>[^A-Za-z']+|')"
    for run in re.finditer(runs, pattern):
        if run["quoted"] is not None:
            directives += run["quoted"][1:-1].replace("''", "'") or "'"
        elif run["other"] is not None:
            directives += run["other"]
        elif run["letters"] in _LETTERS:
            directives += _LETTERS[run["letters"]]
        elif run["letters"] == "T":
            directives += "T"
        else:
            raise ArgumentError(f"Time format {pattern!r} has an unknown part {run['letters']!r}.", ("time_formats",))
    return directives


def _year(part: dict[str, str]) -> int:
    if part.get("Y") is not None:
        return int(part["Y"])
    if part.get("y") is not None:
        short = int(part["y"])
        return short + (1900 if short >= 69 else 2000)  # POSIX strptime's turning point
    return 1970


def _month(part: dict[str, str]) -> int:
    if part.get("m") is not None:
        return int(part["m"])
    name = part.get("b") or part.get("B")
    return _MONTHS.index(name.lower()[:3]) + 1 if name else 1


def _hour(part: dict[str, str]) -> int:
    if part.get("H") is not None:
        return int(part["H"])
    if part.get("I") is None:
        return 0
    hour = int(part["I"])
    if not 1 <= hour <= 12:
        raise ValueError(hour)
    return hour % 12 + (12 if (part.get("p") or "a").lower().startswith("p") else 0)


def _zone(text: str | None) -> timezone:
    if text is None or text[0] not in "+-":
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-offset if text[0] == "-" else offset)
