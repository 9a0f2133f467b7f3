"""Columns of dates and times: which known formats they follow, their moments, and the numeric parts of those."""

from collections.abc import Sequence
from enum import StrEnum

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ml.timeformat import FixedLayout, TimeFormat, time_format


class Part(StrEnum):
    """A number that a moment consists of; the order of the members numbers the columns of a datetime."""

    YEAR = "year"
    MONTH = "month"
    DAY_OF_MONTH = "day-of-month"
    DAY_OF_WEEK = "day-of-week"
    HOUR = "hour"
    MINUTE = "minute"
    SECOND = "second"
    MILLISECOND = "millisecond"


DATE_PARTS = (Part.YEAR, Part.MONTH, Part.DAY_OF_MONTH, Part.DAY_OF_WEEK)
TIME_PARTS = (Part.HOUR, Part.MINUTE, Part.SECOND, Part.MILLISECOND)

_CLOCKS = ("%H:%M:%S", "%H:%M", "%H:%M:%S.%f", "%I:%M:%S %p", "%I:%M %p", "%I:%M%p")
_ZONED = ("%H:%M:%S%z", "%H:%M:%S.%f%z", "%H:%M:%S %z", "%H:%M%z")


def _family(*dates: str, joints: Sequence[str] = (" ",), clocks: Sequence[str] = _CLOCKS) -> tuple[str, ...]:
    return dates + tuple(f"{date}{joint}{clock}" for date in dates for joint in joints for clock in clocks)


_ISO = _family("%Y-%m-%d", joints=("T", " "), clocks=(*_CLOCKS, *_ZONED))
_YEAR_FIRST = _family("%Y/%m/%d", joints=(" ", "T"))
_MONTH_FIRST = tuple(_family(date) for date in ("%m/%d/%Y", "%m-%d-%Y", "%m/%d/%y"))
_DAY_FIRST = tuple(_family(date) for date in ("%d/%m/%Y", "%d-%m-%Y", "%d/%m/%y"))
_NAMED_MONTHS = (
    _family("%d %b %Y", "%d %B %Y"),
    _family("%b %d, %Y", "%B %d, %Y", "%b %d %Y", "%B %d %Y", joints=(" ", ", ")),
    _family("%d-%b-%Y", "%d-%b-%y"),
    _family("%Y-%b-%d"),
)
_FURTHER = (
    _family("%d.%m.%Y", "%d.%m.%y"),
    _family("%Y.%m.%d"),
    ("%Y%m%dT%H%M%S", "%Y%m%dT%H%M%S%z", "%Y%m%dT%H%M%S.%f%z", "%Y%m%d %H%M%S"),
    ("%a, %d %b %Y %H:%M:%S %z", "%a %b %d %H:%M:%S %Y", "%a %b %d %H:%M:%S %z %Y"),
    ("%H:%M:%S", "%H:%M:%S.%f", "%H:%M", "%I:%M %p", "%I:%M:%S %p", "%I:%M%p"),
)


def detect_formats(texts: pa.Array, *, day_first: bool = False) -> tuple[str, ...]:
    """The formats under which every text of an array without nulls is a moment; empty if there are none.

    The formats returned write the date in one way and differ in the time of day only. Where both readings of a date
    are possible, the month comes first unless `day_first`.
    """
    distinct = pc.unique(texts)
    slashed = (*_DAY_FIRST, *_MONTH_FIRST) if day_first else (*_MONTH_FIRST, *_DAY_FIRST)
    for family in (_ISO, _YEAR_FIRST, *slashed, *_NAMED_MONTHS, *_FURTHER):
        formats = _covering(distinct, family)
        if formats:
            return formats
    return ()


def moments(texts: pa.Array, formats: Sequence[str]) -> pa.Array:
    """The moments of an array of texts as timestamps in milliseconds UTC; null where no format fits.

    The first format that fits decides. Raises ArgumentError for a format that is none.
    """
    values = np.zeros(len(texts), dtype=np.int64)
    open_ = np.asarray(pc.is_valid(texts).to_numpy(zero_copy_only=False)).copy()
    missing = ~open_
    for pattern in formats:
        if not open_.any():
            break
        _read(texts, time_format(pattern), values, open_)
    return pa.array(values, mask=open_ | missing).cast(pa.timestamp("ms"))


def part_values(times: pa.Array, part: Part) -> pa.Array:
    """One part of every moment as doubles; Monday is day 1 of the week."""
    match part:
        case Part.YEAR:
            values = pc.year(times)
        case Part.MONTH:
            values = pc.month(times)
        case Part.DAY_OF_MONTH:
            values = pc.day(times)
        case Part.DAY_OF_WEEK:
            values = pc.day_of_week(times, count_from_zero=False)
        case Part.HOUR:
            values = pc.hour(times)
        case Part.MINUTE:
            values = pc.minute(times)
        case Part.SECOND:
            values = pc.second(times)
        case Part.MILLISECOND:
            values = pc.millisecond(times)
    return pc.cast(values, pa.float64())


def parts_of(formats: Sequence[str]) -> tuple[Part, ...]:
    """The parts that texts in these formats tell something about."""
    known = [time_format(pattern) for pattern in formats]
    dates = DATE_PARTS if any(form.has_date for form in known) else ()
    times = TIME_PARTS if any(form.has_time for form in known) else ()
    return (*dates, *times)


def _covering(distinct: pa.Array, family: Sequence[str]) -> tuple[str, ...]:
    """The formats of a family that are needed to read all texts, or none if some text fits none of them."""
    values = np.zeros(len(distinct), dtype=np.int64)
    open_ = np.ones(len(distinct), dtype=bool)
    needed = set()
    while open_.any():
        text = distinct[int(open_.argmax())].as_py()
        fitting = next((pattern for pattern in family if time_format(pattern).milliseconds(text) is not None), None)
        if fitting is None:
            return ()
        needed.add(fitting)
        _read(distinct, time_format(fitting), values, open_)
    return tuple(pattern for pattern in family if pattern in needed)


def _read(texts: pa.Array, form: TimeFormat, values: np.ndarray, open_: np.ndarray) -> None:
    """Fills `values` for the texts that fit a format and strikes them from `open_`."""
    lengths = pc.binary_length(texts).fill_null(-1).to_numpy(zero_copy_only=False) if form.layouts else None
    for layout in form.layouts:
        chosen = np.flatnonzero(open_ & (lengths == layout.width))
        if len(chosen):
            whole = len(chosen) == len(texts)
            found, fits = _read_fixed(texts if whole else texts.take(pa.array(chosen)), layout)
            values[chosen[fits]] = found[fits]
            open_[chosen[fits]] = False
    rest = np.flatnonzero(open_)
    if not len(rest):
        return
    coded = texts.take(pa.array(rest)).dictionary_encode()
    known = [form.milliseconds(text) for text in coded.dictionary.to_pylist()]
    fits = np.array([value is not None for value in known], dtype=bool)[coded.indices.to_numpy()]
    found = np.array([value or 0 for value in known], dtype=np.int64)[coded.indices.to_numpy()]
    values[rest[fits]] = found[fits]
    open_[rest[fits]] = False


def _read_fixed(texts: pa.Array, layout: FixedLayout) -> tuple[np.ndarray, np.ndarray]:
    """Milliseconds and fit of texts that all have the width of the layout."""
    start = texts.offset * layout.width
    raw = np.frombuffer(texts.buffers()[2], dtype=np.uint8)[start : start + len(texts) * layout.width]
    columns = np.ascontiguousarray(raw.reshape(len(texts), layout.width).T)
    fits = np.ones(len(texts), dtype=bool)
    for position, byte in layout.literals.items():
        fits &= columns[position] == byte
    number = {name: _digits(columns[first : first + width], fits) for name, (first, width) in layout.parts.items()}
    month, day = number.get("m"), number.get("d")
    months = (number["Y"] - 1970) * 12 + (0 if month is None else month - 1)
    first_day = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    fits &= number["Y"] >= 1
    if month is not None:
        fits &= (month >= 1) & (month <= 12)
    if day is not None:
        fits &= (day >= 1) & (day <= 31)
        late = np.flatnonzero(day > 28)
        following = (months[late] + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
        fits[late] &= day[late] <= following - first_day[late]
    milliseconds = (first_day + (0 if day is None else day - 1)) * 86_400_000
    for name, size, limit in (("H", 3_600_000, 24), ("M", 60_000, 60), ("S", 1000, 60)):
        if name in number:
            fits &= number[name] < limit
            milliseconds += number[name] * np.int64(size)
    if "f" in number:
        milliseconds += number["f"] // 10 ** (layout.parts["f"][1] - 3)
    return milliseconds, fits


def _digits(columns: np.ndarray, fits: np.ndarray) -> np.ndarray:
    """The numbers that columns of digits spell, striking the rows with another byte from `fits`."""
    value = np.zeros(columns.shape[1], dtype=np.int32)
    for column in columns:
        digit = column - np.uint8(48)  # wraps, so that every byte below the digits is above 9 too
        fits &= digit <= 9
        value *= 10
        value += digit
    return value
