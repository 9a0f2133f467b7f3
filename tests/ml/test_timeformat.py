from datetime import UTC, datetime

import pytest

from ml.errors import ArgumentError
from ml.timeformat import time_format


def milliseconds(*moment: int) -> int:
    return round(datetime(*moment[:6], tzinfo=UTC).timestamp()) * 1000 + (moment[6] if len(moment) > 6 else 0)


@pytest.mark.parametrize(
    ("pattern", "text", "moment"),
    [
        ("%Y-%m-%d", "2020-02-29", (2020, 2, 29)),
        ("%d/%m/%Y", "1/2/2020", (2020, 2, 1)),
        ("%d.%m.%y", "31.12.99", (1999, 12, 31)),
        ("%d.%m.%y", "31.12.68", (2068, 12, 31)),
        ("%Y-%m-%dT%H:%M:%S.%f", "2020-01-02T03:04:05.6789", (2020, 1, 2, 3, 4, 5, 678)),
        ("%Y-%m-%dT%H:%M:%S%z", "2020-01-02T03:04:05+02:00", (2020, 1, 2, 1, 4, 5)),
        ("%Y-%m-%dT%H:%M:%S%z", "2020-01-02T03:04:05-0130", (2020, 1, 2, 4, 34, 5)),
        ("%Y-%m-%dT%H:%M:%S%z", "2020-01-02T03:04:05Z", (2020, 1, 2, 3, 4, 5)),
        ("%b %d, %Y %I:%M %p", "Mar 5, 2021 12:30 AM", (2021, 3, 5, 0, 30, 0)),
        ("%d %B %Y", "13 february 2021", (2021, 2, 13)),
        ("%a, %d %b %Y %H:%M:%S %z", "Mon, 02 Jan 2006 15:04:05 GMT", (2006, 1, 2, 15, 4, 5)),
        ("%H:%M", "9:30", (1970, 1, 1, 9, 30, 0)),
        ("%Y%j", "2020366", (2020, 12, 31)),
        ("%s", "86400", (1970, 1, 2)),
        ("%Y-%m-%d", "1969-12-31", (1969, 12, 31)),
        ("date", "2020-01-02", (2020, 1, 2)),
        ("date-hour-minute-second", "2020-01-02T03:04:05", (2020, 1, 2, 3, 4, 5)),
        ("yyyy-MM-dd'T'HH:mm:ss", "2020-01-02T03:04:05", (2020, 1, 2, 3, 4, 5)),
        ("dd/MM/yyyy hh:mm a", "02/01/2020 01:30 PM", (2020, 1, 2, 13, 30, 0)),
        ("EEE MMM d yyyy", "Thu Jan 2 2020", (2020, 1, 2)),
    ],
)
def test_a_text_in_its_format_is_a_moment(pattern, text, moment):
    assert time_format(pattern).milliseconds(text) == milliseconds(*moment, *(0,) * (6 - len(moment)))


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("%Y-%m-%d", "2021-02-29"), ("%Y-%m-%d", "2021-13-01"), ("%Y-%m-%d", "2021-01-01 "), ("%Y-%m-%d", "21-01-01"),
        ("%H:%M", "24:00"), ("%H:%M:%S", "10:00:60"), ("%I %p", "13 pm"), ("%Y-%m-%d", "٢٠٢١-01-01"), ("%Y", "0000"),
    ],
)  # fmt: skip
def test_what_is_no_real_moment_is_refused(pattern, text):
    assert time_format(pattern).milliseconds(text) is None


@pytest.mark.parametrize("pattern", ["%q", "abc", "", "%Y%Y", "--", "%", "qq-MM"])
def test_a_pattern_that_is_none_is_refused(pattern):
    with pytest.raises(ArgumentError) as refusal:
        time_format(pattern)

    assert refusal.value.path == ("time_formats",)


@pytest.mark.parametrize(
    ("pattern", "has_date", "has_time"), [("%Y-%m-%d", True, False), ("%H:%M", False, True), ("date-time", True, True)]
)
def test_a_format_knows_what_its_texts_tell(pattern, has_date, has_time):
    assert (time_format(pattern).has_date, time_format(pattern).has_time) == (has_date, has_time)
