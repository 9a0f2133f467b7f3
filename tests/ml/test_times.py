from datetime import datetime, timedelta

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.times import Part, detect_formats, moments, part_values, parts_of


def texts(*values: str | None) -> pa.Array:
    return pa.array(values, pa.string())


@pytest.mark.parametrize(
    ("values", "formats"),
    [
        (["2020-01-02", "2021-12-31"], ("%Y-%m-%d",)),
        (["2020-01-02T03:04:05", "2020-01-02T03:04:05.5"], ("%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S.%f")),
        (["2020-01-02 03:04:05"], ("%Y-%m-%d %H:%M:%S",)),
        (["2020-01-02T03:04:05Z", "2020-01-02T03:04:05+02:00"], ("%Y-%m-%dT%H:%M:%S%z",)),
        (["13/01/2020", "01/02/2020"], ("%d/%m/%Y",)),
        (["01/13/2020", "01/02/2020"], ("%m/%d/%Y",)),
        (["01/02/2020"], ("%m/%d/%Y",)),
        (["2020/1/5"], ("%Y/%m/%d",)),
        (["31.12.2020"], ("%d.%m.%Y",)),
        (["3 Jan 2020", "13 February 2021"], ("%d %b %Y", "%d %B %Y")),
        (["Jan 3, 2020"], ("%b %d, %Y",)),
        (["10:20:30"], ("%H:%M:%S",)),
        (["2021-02-30"], ()),
        (["2020-01-02", "foo"], ()),
        (["01/13/2020", "13/01/2020"], ()),
        (["12"], ()),
    ],
)
def test_the_formats_of_a_column_are_found(values, formats):
    assert detect_formats(texts(*values)) == formats


def test_the_day_comes_first_where_it_usually_does():
    assert detect_formats(texts("01/02/2020"), day_first=True) == ("%d/%m/%Y",)
    assert detect_formats(texts("01/13/2020"), day_first=True) == ("%m/%d/%Y",)


def test_texts_become_moments_and_misfits_null():
    found = moments(texts("2020-01-02", None, "2020-02-30", "2020-1-3", ""), ["%Y-%m-%d"])

    assert found.to_pylist() == [datetime(2020, 1, 2), None, None, datetime(2020, 1, 3), None]


def test_an_array_that_starts_in_the_middle_of_its_memory_is_read_right():
    column = texts("2020-01-01", "2020-01-02", "2020-01-03").slice(1, 1)

    assert moments(column, ["%Y-%m-%d"]).to_pylist() == [datetime(2020, 1, 2)]


def test_the_first_format_that_fits_decides():
    assert moments(texts("01/02/2020"), ["%d/%m/%Y", "%m/%d/%Y"]).to_pylist() == [datetime(2020, 2, 1)]


@given(st.lists(st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)), min_size=1))
def test_padded_moments_are_read_like_python_reads_them(values):
    whole = [value.replace(microsecond=0) for value in values]

    assert moments(texts(*(value.isoformat() for value in whole)), ["%Y-%m-%dT%H:%M:%S"]).to_pylist() == whole


@given(st.lists(st.text("0123456789-", min_size=10, max_size=10), min_size=1))
def test_what_looks_like_a_date_is_one_exactly_if_python_says_so(values):
    def parsed(text: str) -> datetime | None:
        try:
            return datetime.strptime(text, "%Y-%m-%d") if text[4] == text[7] == "-" and text.count("-") == 2 else None
        except ValueError:
            return None

    assert moments(texts(*values), ["%Y-%m-%d"]).to_pylist() == [parsed(value) for value in values]


def test_a_moment_has_numeric_parts():
    times = moments(texts("2020-01-05T13:14:15.678", None, "2020-01-06T00:00:00.000"), ["%Y-%m-%dT%H:%M:%S.%f"])

    assert {str(part): part_values(times, part).to_pylist() for part in Part} == {
        "year": [2020.0, None, 2020.0],
        "month": [1.0, None, 1.0],
        "day-of-month": [5.0, None, 6.0],
        "day-of-week": [7.0, None, 1.0],
        "hour": [13.0, None, 0.0],
        "minute": [14.0, None, 0.0],
        "second": [15.0, None, 0.0],
        "millisecond": [678.0, None, 0.0],
    }


def test_only_parts_that_the_texts_tell_are_made():
    assert len(parts_of(["%Y-%m-%d"])) == 4
    assert parts_of(["%H:%M"]) == (Part.HOUR, Part.MINUTE, Part.SECOND, Part.MILLISECOND)
    assert parts_of(["%Y-%m-%d", "%Y-%m-%d %H:%M"]) == tuple(Part)


def test_leap_days_end_where_they_should():
    days = [datetime(1999, 1, 1) + timedelta(days=day) for day in range(1200)]

    assert moments(texts(*(day.strftime("%d/%m/%Y") for day in days)), ["%d/%m/%Y"]).to_pylist() == days
