import pytest

from ml.errors import ArgumentError
from ml.fields import Field, Optype
from ml.matching import match_columns


def fields(**names):
    return [Field(identity, name, Optype.NUMERIC, place) for place, (identity, name) in enumerate(names.items())]


MODEL = fields(a0="width", a1="height", a2="depth")


def test_columns_match_by_name_before_id():
    dataset = fields(b0="height", a0="price", b1="width")

    assert match_columns(MODEL, dataset) == {"a0": "b1", "a1": "b0"}


def test_columns_match_by_id_where_no_name_does():
    dataset = fields(a0="breadth", a1="height")

    assert match_columns(MODEL, dataset) == {"a0": "a0", "a1": "a1"}


def test_pairs_of_the_map_decide_by_id_or_name():
    dataset = fields(b0="width", b1="height", b2="other")

    assert match_columns(MODEL, dataset, {"width": "other", "a2": "b1"}) == {"a0": "b2", "a1": "b1", "a2": "b1"}


def test_of_two_columns_with_one_name_the_first_is_taken():
    assert match_columns(MODEL[:1], fields(b0="width", b1="width")) == {"a0": "b0"}


@pytest.mark.parametrize("pair", [{"weight": "b0"}, {"width": "weight"}])
def test_a_pair_that_names_no_field_is_refused(pair):
    with pytest.raises(ArgumentError) as caught:
        match_columns(MODEL, fields(b0="width"), pair)

    assert caught.value.path == ("fields_map", next(iter(pair)))
