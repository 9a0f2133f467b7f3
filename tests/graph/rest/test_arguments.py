"""Arguments read from documents, and the names that problems have for clients."""

import pytest

from graph.rest.arguments import (
    Argument,
    MissingArgument,
    an_object,
    boolean,
    exactly_one,
    list_of,
    number,
    one_of,
    only_checked,
    read_arguments,
    renamed,
    require,
    text,
    whole,
)
from models.errors import InvalidInput

ARGUMENTS = {
    "name": Argument(text, "name"),
    "rate": Argument(number(above=0, high=1), "sampling.rate"),
    "seed": Argument(text, "sampling.seed"),
    "owner": Argument(text, "owner_id", is_nullable=True),
    "both": Argument(lambda value, _path: {"sampling": {"bag": value}, "also": value}),
    "checked": Argument(only_checked(boolean)),
}


def test_values_go_where_their_arguments_say():
    document = {"name": "x", "rate": 0.5, "seed": "s", "both": 1, "checked": True, "unknown": 7}

    assert read_arguments(document, ARGUMENTS) == {
        "name": "x",
        "sampling": {"rate": 0.5, "seed": "s", "bag": 1},
        "also": 1,
    }


def test_null_means_not_given_unless_it_is_a_value():
    assert read_arguments({"name": None, "owner": None}, ARGUMENTS) == {"owner_id": None}


@pytest.mark.parametrize(
    ("read", "value", "message"),
    [
        (text, 1, "must be a text"),
        (boolean, 1, "must be true or false"),
        (boolean, "true", "must be true or false"),
        (number(), True, "must be a number"),
        (number(), "1", "must be a number"),
        (number(above=0, high=1), 0, "must be a number greater than 0 and at most 1"),
        (number(low=0), float("nan"), "must be a number at least 0"),
        (whole(low=-1), -2, "must be an integer at least -1"),
        (whole(), 1.0, "must be an integer"),
        (whole(), True, "must be an integer"),
        (an_object, [], "must be an object"),
        (list_of(text), "a", "must be a list"),
        (list_of(text, length=2), ["a"], "must be a list of 2 members"),
        (one_of({"a": 1, "b": 2}), "c", "must be one of a, b"),
        (one_of({0: 0, 1: 1}), True, "must be one of 0, 1"),
        (one_of({"a": 1}), [], "must be one of a"),
    ],
)
def test_a_wrong_value_is_refused_with_its_path(read, value, message):
    with pytest.raises(InvalidInput) as caught:
        read_arguments({"argument": value}, {"argument": Argument(read, "x")})

    assert (caught.value.message, caught.value.path) == (message, ("argument",))


def test_a_wrong_member_of_a_list_is_named_by_its_place():
    with pytest.raises(InvalidInput) as caught:
        list_of(text)(["a", 1], ("tags",))

    assert caught.value.path == ("tags", 1)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (("name",), ("name",)),
        (("sampling", "rate"), ("rate",)),
        (("owner_id", 3), ("owner", 3)),
        (("unknown", "x"), ("unknown", "x")),
        ((), ()),
    ],
)
def test_a_problem_gets_the_name_that_the_client_gave(ours, theirs):
    assert renamed(InvalidInput("no", ours), ARGUMENTS).path == theirs


def test_exactly_one_of_several_arguments_is_given():
    assert exactly_one({"b": 1, "a": None}, ("a", "b")) == "b"
    with pytest.raises(MissingArgument) as missing:
        exactly_one({}, ("a", "b"))
    assert (missing.value.message, missing.value.path) == ("one of a, b is required", ("a",))
    with pytest.raises(InvalidInput) as several:
        exactly_one({"a": 1, "b": 1}, ("a", "b"))
    assert (several.value.message, several.value.path) == ("cannot be given together with a", ("b",))


def test_required_arguments_are_missed_in_order():
    require({"a": 0, "b": False}, "a", "b")
    with pytest.raises(MissingArgument) as missing:
        require({"a": 1, "b": None}, "a", "b")
    assert missing.value.path == ("b",)
