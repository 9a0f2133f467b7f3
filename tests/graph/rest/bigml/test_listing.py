"""Query strings of lists as conditions, orders and pages, and back as addresses of neighbouring pages."""

import datetime as dt

import pytest

from graph.rest.bigml.listing import (
    EVERYTHING,
    NOTHING,
    booleans,
    constant,
    integers,
    listing_of,
    members,
    meta,
    moments,
    numbers,
    statement,
    text,
)
from graph.rest.crud import Listing
from models.errors import InvalidInput
from models.page import Window
from models.query import All, Either, Not, Operator, Order, Where

PRIVATE = Where("visibility", Operator.EQ, "x")
PROPERTIES = {
    "name": text("name"),
    "tags": members("tags"),
    "size": integers("size"),
    "score": numbers("score"),
    "created": moments("created_at"),
    "closed": booleans("is_closed"),
    "private": statement(PRIVATE, "visibility"),
    "credits": constant(0),
    "subscription": constant(True),
    "project": text("project_id"),
}


def where(**query):
    listing = listing_of(query, PROPERTIES)
    assert isinstance(listing.where, All)
    (condition,) = listing.where.of
    return condition


@pytest.mark.parametrize(
    ("name", "value", "condition"),
    [
        ("name", "iris", Where("name", Operator.EQ, "iris")),
        ("!name", "iris", Not(Where("name", Operator.EQ, "iris"))),
        ("name__contains", "ri", Where("name", Operator.CONTAINS, "ri")),
        ("name__icontains", "RI", Where("name", Operator.ICONTAINS, "RI")),
        ("name__startswith", "i", Where("name", Operator.STARTS_WITH, "i")),
        ("name__istartswith", "I", Where("name", Operator.ISTARTS_WITH, "I")),
        ("name__in", "a,b", Where("name", Operator.IN, ["a", "b"])),
        ("name__gt", "a", Where("name", Operator.GT, "a")),
        ("!name__in", "a", Not(Where("name", Operator.IN, ["a"]))),
        ("tags", "fraud", Where("tags", Operator.EQ, "fraud")),
        ("tags__in", "fraud,test", Where("tags", Operator.IN, ["fraud", "test"])),
        ("size__gt", "1048576", Where("size", Operator.GT, 1048576)),
        ("!size__gt", "3", Not(Where("size", Operator.GT, 3))),
        ("size", "1e3", Where("size", Operator.EQ, 1000)),
        ("size", "1.5", NOTHING),
        ("size__gt", "1.5", Where("size", Operator.GT, 1)),
        ("size__gte", "1.5", Where("size", Operator.GTE, 2)),
        ("size__lt", "1.5", Where("size", Operator.LT, 2)),
        ("size__lte", "1.5", Where("size", Operator.LTE, 1)),
        ("size__in", "1,2.5", Where("size", Operator.IN, [1])),
        ("size__gt", "99999999999999999999", NOTHING),
        ("size__lt", "99999999999999999999", Not(Where("size", Operator.EQ, None))),
        ("size__lt", "-99999999999999999999", NOTHING),
        ("score__lte", "0.5", Where("score", Operator.LTE, 0.5)),
        ("closed", "true", Where("is_closed", Operator.EQ, True)),
        ("private", "true", Either((PRIVATE,))),
        ("private", "False", Either((Not(PRIVATE),))),
        ("private__in", "true,false", Either((Not(PRIVATE), PRIVATE))),
        ("credits", "0.0", EVERYTHING),
        ("credits__gt", "0", NOTHING),
        ("!credits", "0", Not(EVERYTHING)),
        ("subscription", "true", EVERYTHING),
        ("subscription", "false", NOTHING),
        ("project", "project/1", Where("project_id", Operator.EQ, "project/1")),
    ],
)
def test_a_filter_is_a_condition(name, value, condition):
    assert where(**{name: value}) == condition


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2022-03-20", dt.datetime(2022, 3, 20, tzinfo=dt.UTC)),
        ("2022-03-20T10:11:12", dt.datetime(2022, 3, 20, 10, 11, 12, tzinfo=dt.UTC)),
        ("2022-03-20T10:11:12.000345", dt.datetime(2022, 3, 20, 10, 11, 12, 345, tzinfo=dt.UTC)),
        ("2022-03-20T10:11:12+00:00", dt.datetime(2022, 3, 20, 10, 11, 12, tzinfo=dt.UTC)),
    ],
)
def test_moments_are_read_in_any_precision(value, expected):
    assert where(created__lt=value) == Where("created_at", Operator.LT, expected)


def test_several_filters_hold_together():
    assert listing_of({"name": "a", "size__gt": "1"}, PROPERTIES).where == All(
        (Where("name", Operator.EQ, "a"), Where("size", Operator.GT, 1))
    )


def test_credentials_paging_and_blanks_are_no_filters():
    query = {"username": "u", "api_key": "k", "organization": "o", "full": "yes", "name": "", "limit": "2"}

    assert listing_of(query, PROPERTIES) == Listing(
        window=Window(first=2), where=None, orders=[Order("created_at", descending=True)]
    )


@pytest.mark.parametrize(
    ("order_by", "orders"),
    [
        ("", [Order("created_at", descending=True)]),
        ("-name", [Order("name", descending=True)]),
        ("name", [Order("name")]),
        ("created", [Order("created_at")]),
        ("credits", [Order("created_at", descending=True)]),
        ("-private", [Order("visibility", descending=True)]),
    ],
)
def test_orders_name_a_property(order_by, orders):
    assert listing_of({"order_by": order_by}, PROPERTIES).orders == orders


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("limit", "201", "must be an integer from 0 to 200"),
        ("limit", "x", "must be an integer"),
        ("offset", "-1", "must be at least 0"),
        ("order_by", "colour", "'colour' is not a property that lists can be ordered by"),
        ("colour", "red", "is not a property that lists can be filtered by"),
        ("name__like", "x", "name cannot be compared in this way"),
        ("tags__gt", "x", "tags cannot be compared in this way"),
        ("private__gt", "true", "private cannot be compared in this way"),
        ("size__contains", "1", "size cannot be compared in this way"),
        ("size__gt", "big", "must be a number"),
        ("size", "nan", "must be a number"),
        ("private", "perhaps", "must be true or false"),
        ("created__gt", "yesterday", "must be a date or time such as 2024-05-31T13:30:00.000000"),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_name(name, value, message):
    with pytest.raises(InvalidInput) as caught:
        listing_of({name: value}, PROPERTIES)

    assert (caught.value.message, caught.value.path) == (message, (name,))


def test_meta_names_the_neighbouring_pages():
    query = {"username": "u", "api_key": "k", "limit": "2", "offset": "3", "name__icontains": "a b"}
    listing = listing_of(query, PROPERTIES)

    assert meta(query, "/andromeda/project", listing, total=9, matching=6) == {
        "limit": 2,
        "offset": 3,
        "total_count": 9,
        "query_total": 6,
        "previous": "/andromeda/project?username=u&api_key=k&limit=2&offset=1&name__icontains=a+b",
        "next": "/andromeda/project?username=u&api_key=k&limit=2&offset=5&name__icontains=a+b",
    }


@pytest.mark.parametrize(
    ("limit", "offset", "matching", "previous", "following"),
    [(20, 0, 20, None, None), (20, 0, 21, None, 20), (20, 5, 25, 0, None), (0, 0, 5, None, None), (5, 50, 7, 45, None)],
)
def test_there_is_no_page_before_the_first_or_after_the_last(limit, offset, matching, previous, following):
    found = meta({}, "/x", Listing(Window(first=limit, offset=offset)), total=matching, matching=matching)

    assert (found["previous"], found["next"]) == tuple(
        None if each is None else f"/x?limit={limit}&offset={each}" for each in (previous, following)
    )


def test_a_scope_holds_for_every_filter():
    scope = Where("size", Operator.GT, 0)

    assert listing_of({}, PROPERTIES, scope=scope).where == scope
    assert listing_of({"name": "a"}, PROPERTIES, scope=scope).where == All((scope, Where("name", Operator.EQ, "a")))
