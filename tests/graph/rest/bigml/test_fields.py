"""Fields as documents describe them, and the changes that clients may make."""

import pytest

from graph.rest.bigml.fields import ALL_FIELDS, FieldPage, field_map, field_types, read_changes, read_objective
from ml.fields import Field, Optype, TermAnalysis
from models.errors import InvalidInput

FIELDS = [
    Field("000000", "length", Optype.NUMERIC, 0, "double", 0).to_dict(),
    Field("000001", "text", Optype.TEXT, 1, order=1, preferred=False, term_analysis=TermAnalysis()).to_dict(),
    Field("000002", "day", Optype.DATETIME, 2, order=2, time_formats=("YYYY-MM-dd",)).to_dict(),
    Field("000002-0", "day.year", Optype.NUMERIC, 3, "year", 3, parent_id="000002", generated=True).to_dict(),
]


def test_a_field_has_what_clients_read():
    found = field_map(FIELDS, ALL_FIELDS, {"000000": {"mean": 1.2345678, "maximum": 3.0, "counts": [[1.0, 2]]}})

    assert found["000000"] == {
        "name": "length",
        "optype": "numeric",
        "datatype": "double",
        "column_number": 0,
        "order": 0,
        "preferred": True,
        "label": "",
        "description": "",
        "summary": {"mean": 1.23457, "maximum": 3, "counts": [[1, 2]]},
    }


def test_the_analysis_of_text_is_shown_without_what_is_unknown():
    assert field_map(FIELDS, ALL_FIELDS)["000001"]["term_analysis"] == {
        "enabled": True,
        "case_sensitive": False,
        "stem_words": True,
        "use_stopwords": False,
        "token_mode": "all",
    }


def test_parts_of_a_datetime_name_their_parent_and_it_names_them():
    found = field_map(FIELDS, ALL_FIELDS)

    assert found["000002"]["child_ids"] == ["000002-0"]
    assert found["000002"]["time_formats"] == ["YYYY-MM-dd"]
    part = found["000002-0"]
    assert (part["auto_generated"], part["parent_optype"], part["parent_ids"]) == (True, "datetime", ["000002"])


@pytest.mark.parametrize(
    ("query", "ids", "meta"),
    [
        ({}, ["000000", "000001", "000002", "000002-0"], (4, 1000, 0, 4, 4)),
        ({"limit": "-1"}, ["000000", "000001", "000002", "000002-0"], (4, -1, 0, 4, 4)),
        ({"limit": "1", "offset": "1"}, ["000001"], (1, 1, 1, 4, 4)),
        ({"limit": "-1", "offset": "3"}, ["000002-0"], (1, -1, 3, 4, 4)),
        ({"optype": "numeric"}, ["000000", "000002-0"], (2, 1000, 0, 2, 4)),
        ({"optype": "image"}, [], (0, 1000, 0, 0, 4)),
        ({"limit": "0"}, [], (0, 0, 0, 4, 4)),
    ],
)
def test_fields_come_in_pages(query, ids, meta):
    page = FieldPage.of(query)

    assert list(field_map(FIELDS, page)) == ids
    assert page.meta(FIELDS) == dict(zip(("count", "limit", "offset", "query_total", "total"), meta, strict=True))


def test_summaries_can_be_left_out():
    page = FieldPage.of({"exclude": "summary,other"})

    assert page.without == {"summary", "other"}
    assert "summary" not in field_map(FIELDS, page, {"000000": {"mean": 1}})["000000"]


def test_types_are_counted():
    assert field_types(FIELDS) == {
        "categorical": 0, "datetime": 1, "items": 0, "numeric": 2, "text": 1, "preferred": 3, "total": 4,
    }  # fmt: skip


def test_changes_take_what_can_be_changed_and_pass_over_the_rest():
    given = {
        "000000": {"name": "l", "optype": "numeric", "summary": {}, "column_number": 7},
        "text": {"term_analysis": {"language": "en", "ngrams": 2, "enabled": None}},
    }

    assert read_changes(given, ("fields",)) == [
        {"id": "000000", "name": "l", "optype": "numeric"},
        {"id": "text", "term_analysis": {"language": "en"}},
    ]


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ([], ("fields",)),
        ({"a": 1}, ("fields", "a")),
        ({"a": {"optype": "image"}}, ("fields", "a", "optype")),
        ({"a": {"item_analysis": ","}}, ("fields", "a", "item_analysis")),
    ],
)
def test_wrong_changes_are_refused_with_their_place(given, path):
    with pytest.raises(InvalidInput) as caught:
        read_changes(given, ("fields",))

    assert caught.value.path == path


def test_the_objective_is_a_name_or_an_object_with_its_id():
    assert read_objective("species", ("objective_field",)) == "species"
    assert read_objective({"id": "000004", "name": "species"}, ("objective_field",)) == "000004"
    with pytest.raises(InvalidInput):
        read_objective({}, ("objective_field",))
