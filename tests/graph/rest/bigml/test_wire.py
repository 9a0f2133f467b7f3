"""BigML's conventions: query strings, credentials, ids, moments."""

import datetime as dt

import pytest

from graph.rest.bigml.wire import BadId, flag, full_id, integer, moment, parse_query, pure, reference
from models.errors import InvalidInput

ID = "model/5ba2ccc54e172745a0000000"


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("", {}),
        ("username=u&api_key=k", {"username": "u", "api_key": "k"}),
        ("username=u;api_key=k;&limit=2", {"username": "u", "api_key": "k", "limit": "2"}),
        (";;&&username=u&", {"username": "u"}),
        ("name=a%26b%3Bc+d&tags__in=x,y", {"name": "a&b;c d", "tags__in": "x,y"}),
        ("limit=5%3Boffset%3D2", {"limit": "5", "offset": "2"}),
        ("order_by=-name%3Blimit%3D3%3Bname%3Dx", {"order_by": "-name", "limit": "3", "name": "x"}),
        ("offset=1;limit=2;limit=3", {"offset": "1", "limit": "3"}),
        ("flag&name=", {"name": ""}),
        ("name=%C3%A9", {"name": "é"}),
        ("a=1=2", {"a": "1=2"}),
    ],
)
def test_a_query_string_is_read_leniently(text, pairs):
    assert parse_query(text) == pairs


def test_flags_are_words():
    assert [flag({"full": word}, "full", default=True) for word in ("false", "True", "yes", "0", "")] == [
        False, True, True, False, True,
    ]  # fmt: skip
    with pytest.raises(InvalidInput):
        flag({"full": "perhaps"}, "full", default=True)


def test_integers_have_bounds():
    assert integer({}, "limit", default=20, low=0, high=200) == 20
    assert integer({"limit": " 7 "}, "limit", default=20, low=0, high=200) == 7
    for word in ("x", "-1", "201", "1.5"):
        with pytest.raises(InvalidInput) as caught:
            integer({"limit": word}, "limit", default=20, low=0, high=200)
        assert caught.value.path == ("limit",)


def test_ids_have_24_digits():
    assert full_id("model", ID.partition("/")[2]) == ID
    for wrong in ("5BA2CCC54E172745A0000000", "5ba2", "5ba2ccc54e172745a0000000x", ""):
        with pytest.raises(BadId):
            full_id("model", wrong)


def test_references_name_a_resource_of_a_type():
    read = reference("model", "ensemble")

    assert read(ID, ("model",)) == ID
    assert read(f"public/{ID}", ("model",)) == ID
    for wrong in ("dataset/5ba2ccc54e172745a0000000", "model/x", 7, None, "5ba2ccc54e172745a0000000"):
        with pytest.raises(BadId) as caught:
            read(wrong, ("model",))
        assert (caught.value.message, caught.value.path) == ("must be the id of a model or ensemble", ("model",))


def test_pure_ids_have_no_type():
    assert (pure(ID), pure(None)) == ("5ba2ccc54e172745a0000000", "")


def test_moments_are_in_utc_with_microseconds_and_without_zone():
    zone = dt.timezone(dt.timedelta(hours=2))
    assert moment(dt.datetime(2022, 3, 20, 1, 2, 3, tzinfo=zone)) == "2022-03-19T23:02:03.000000"
