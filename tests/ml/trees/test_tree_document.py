import copy
import json
import random
from pathlib import Path
from typing import Any

import orjson
import pytest

from ml.errors import DataError
from ml.fields import Optype
from ml.predictor import MissingStrategy, Options
from ml.trees import TreeModel, TreePredictor
from ml.trees.nodes import preorder
from ml.trees.parameters import DEPTH_LIMIT
from tests.ml.trees.tables import Dataset, dataset


@pytest.fixture
def words(tmp_path: Path) -> Dataset:
    draw = random.Random(8)
    notes = [" ".join(draw.choices(["one", "two", "three", "four"], k=3)) for _ in range(80)]
    kinds = [draw.choice(["a", "b", None]) for _ in notes]
    labels = ["yes" if "one" in note and kind != "a" else "no" for note, kind in zip(notes, kinds, strict=True)]
    return dataset(tmp_path, {"note": notes, "kind": kinds, "y": labels}, {"note": Optype.TEXT})


def test_a_document_is_read_back_as_the_same_model(words: Dataset) -> None:
    model = words.grow("y", missing_splits=True, balance_objective=True, seed=3)
    document = json.loads(json.dumps(model.to_document()))

    again = TreeModel.from_document(document)

    assert again.to_document() == document
    assert again.inputs == model.inputs
    for strategy in MissingStrategy:
        options = Options(strategy)
        assert TreePredictor(again).predict(words.rows, options) == TreePredictor(model).predict(words.rows, options)


def test_a_document_says_what_it_is_and_where_it_comes_from(iris: Dataset) -> None:
    document = iris.grow("species").to_document()

    assert list(document) == [
        "format",
        "version",
        "task",
        "objective",
        "inputs",
        "fields",
        "root",
        "distribution",
        "importance",
        "missing_tokens",
        "parameters",
        "rows",
        "libraries",
    ]
    assert (document["format"], document["version"], document["task"]) == ("modelgraph-tree", 1, "classification")
    assert document["fields"].keys() == {"000000", "000001", "000002", "000003", "000004"}
    assert document["fields"]["000000"]["summary"]["mean"] == 5.84333
    assert document["rows"] == 150
    assert document["libraries"].keys() == {"python", "numpy", "pyarrow"}


def test_whole_numbers_are_integers_and_others_have_five_decimals(iris: Dataset) -> None:
    def numbers(value: Any) -> list[Any]:
        if isinstance(value, dict):
            return [number for entry in value.values() for number in numbers(entry)]
        if isinstance(value, list):
            return [number for entry in value for number in numbers(entry)]
        return [value] if isinstance(value, float) else []

    for objective in ("species", "petal width"):
        found = numbers(json.loads(json.dumps(iris.grow(objective).to_document())))
        assert found
        assert all(number == round(number, 5) for number in found)
        assert not any(number.is_integer() for number in found if number != 0.0)


@pytest.mark.parametrize("change", [{"format": "other"}, {"version": 2}])
def test_another_format_is_refused(iris: Dataset, change: dict[str, Any]) -> None:
    with pytest.raises(DataError, match="Not a modelgraph-tree document of version 1"):
        TreeModel.from_document(iris.grow("species").to_document() | change)


def test_branches_that_do_not_complement_each_other_are_refused(iris: Dataset) -> None:
    document = copy.deepcopy(iris.grow("species").to_document())
    document["root"]["children"][1]["predicate"]["value"] = 2

    with pytest.raises(DataError, match="do not complement"):
        TreeModel.from_document(document)


def test_missing_tokens_are_those_of_the_source(iris: Dataset) -> None:
    iris.fields[:] = [item.with_(missing_tokens=("?", "none")) for item in iris.fields]

    model = iris.grow("species")

    assert model.missing_tokens == ("?", "none")
    assert TreePredictor(model).predict([{"petal length": "none"}])[0].path == ()


def test_the_deepest_tree_can_be_written_and_read(tmp_path: Path) -> None:
    names = [f"k{number:03}" for number in range(200)]
    table = dataset(tmp_path, {"kind": names * 2, "y": [float(2**1.1 * number) for number in range(200)] * 2})
    model = table.grow("y", node_threshold=2000, stat_pruning=False)

    document = model.to_document()
    written = orjson.dumps({"data": {"object": {"model": document}}})

    depth, level = 0, [model.root]
    while level := [child for node in level for child in node.children]:
        depth += 1
    assert depth == DEPTH_LIMIT
    assert TreeModel.from_document(orjson.loads(written)["data"]["object"]["model"]).to_document() == document
    assert json.loads(written)["data"]["object"]["model"] == document
    assert len([*preorder(model.root)]) == 2 * DEPTH_LIMIT + 1
