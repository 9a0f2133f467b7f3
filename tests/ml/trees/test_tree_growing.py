import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ml.errors import ArgumentError, DataError
from ml.fields import Field, ItemAnalysis, Optype
from ml.trees import Node, TreeModel, TreeParameters, grow
from ml.trees.nodes import preorder
from ml.trees.statistics import chi_square_quantile
from tests.ml.trees.tables import Dataset, dataset

CELL = st.one_of(st.none(), st.integers(-4, 4).map(float))
LABEL = st.sampled_from(["a", "b", "c", None])


def predicates(model: TreeModel) -> list[list[dict[str, Any]]]:
    """The predicates of the branches of every inner node, in order of node ids."""
    return [list(node.split.predicates()) for node in preorder(model.root) if node.split]


def first_split(model: TreeModel) -> tuple[dict[str, Any], dict[str, Any]]:
    assert model.root.split is not None
    return model.root.split.predicates()


def counts(node: Node) -> dict[str, float]:
    return dict(node.summary["categories"])


def test_iris_is_separated_completely(iris: Dataset) -> None:
    model = iris.grow("species")

    leaves = [node for node in preorder(model.root) if node.split is None]
    assert all(len(leaf.distribution) == 1 for leaf in leaves)
    assert sum(leaf.count for leaf in leaves) == 150
    assert model.training == {"categories": [["Iris-setosa", 50], ["Iris-versicolor", 50], ["Iris-virginica", 50]]}
    assert model.predictions == model.training


def test_the_first_nodes_of_iris_are_those_of_the_vendor(iris: Dataset) -> None:
    content = iris.grow("species", node_threshold=5).to_document()["root"]

    def node(id_: int, predicate: Any, output: str, confidence: float, *categories: list[Any], **more: Any) -> Any:
        summary = {"categories": list(categories)}
        count = sum(rows for _, rows in categories)
        return {"id": id_, "predicate": predicate, "count": count, "output": output, "confidence": confidence} | {
            "objective_summary": summary,
            **more,
        }

    def on(field: str, operator: str, value: float) -> dict[str, Any]:
        return {"field": field, "operator": operator, "value": value}

    setosa, versicolor, virginica = "Iris-setosa", "Iris-versicolor", "Iris-virginica"
    mixed = [
        node(2, on("000003", ">", 1.75), virginica, 0.88664, [virginica, 45], [versicolor, 1]),
        node(3, on("000003", "<=", 1.75), versicolor, 0.8009, [versicolor, 49], [virginica, 5]),
    ]
    over = node(1, on("000002", ">", 2.45), versicolor, 0.40383, [versicolor, 50], [virginica, 50], children=mixed)
    under = node(4, on("000002", "<=", 2.45), setosa, 0.92865, [setosa, 50])
    whole = node(0, True, setosa, 0.26289, [setosa, 50], [versicolor, 50], [virginica, 50], children=[over, under])
    assert content == whole


def test_the_expected_errors_of_iris_are_those_of_the_vendor(iris: Dataset) -> None:
    root = iris.grow("petal width", inputs=["petal length"]).root

    assert (root.output, root.confidence) == (1.19933, 0.97442)
    assert [(child.count, child.output, child.confidence) for child in root.children] == [
        (100, 1.676, 0.5726),
        (50, 0.246, 0.1598),
    ]


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(CELL, CELL, LABEL, LABEL), min_size=1, max_size=40),
    objective=st.sampled_from(["x", "label"]),
    missing_splits=st.booleans(),
    weighted=st.booleans(),
    pruned=st.booleans(),
)
def test_every_tree_is_consistent(
    tmp_path: Path, rows: list[Any], objective: str, missing_splits: bool, weighted: bool, pruned: bool
) -> None:
    columns = dict(zip(("x", "y", "kind", "label"), map(list, zip(*rows, strict=True)), strict=True))
    optypes = {"x": Optype.NUMERIC, "y": Optype.NUMERIC, "kind": Optype.CATEGORICAL, "label": Optype.CATEGORICAL}
    table = dataset(tmp_path, columns | {"weight": [1.0 + number % 3 for number in range(len(rows))]}, optypes)
    known = [value for value in columns[objective] if value is not None]
    inputs = [name for name in optypes if name != objective]
    arguments = {"missing_splits": missing_splits, "selective_pruning": pruned}
    arguments |= {"weight_field": "weight"} if weighted else {}
    if not known:
        with pytest.raises(DataError, match="No row has a value"):
            table.grow(objective, inputs=inputs, **arguments)
        return

    model = table.grow(objective, inputs=inputs, **arguments)

    nodes = [*preorder(model.root)]
    assert [node.id for node in nodes] == list(range(len(nodes)))
    assert model.root.count == model.rows == len(known)
    for node in nodes:
        assert sum(amount for _, amount in node.distribution) == (node.weight if weighted else node.count)
        assert node.confidence >= 0
        if objective == "label":
            assert node.output == node.distribution[0][0]
            assert sum(rows for _, rows in node.summary["categories"]) == node.count
        else:
            assert node.summary["minimum"] <= node.output <= node.summary["maximum"]
        if node.split is not None:
            first, second = node.children
            assert min(first.count, second.count) >= 1
            assert first.count + second.count <= node.count
            assert not missing_splits or first.count + second.count == node.count
            assert node.split.predicates()[0]["operator"].strip("*") in (">", "=")
    shares = [share for _, share in model.importance]
    assert shares == sorted(shares, reverse=True)
    assert not shares or sum(shares) == pytest.approx(1, abs=1e-4)
    assert bool(shares) == (len(nodes) > 1)


def test_growing_twice_gives_the_same_tree(iris: Dataset) -> None:
    arguments = {"randomize": True, "random_candidates": 2}

    one, same, other = (iris.grow("species", **arguments, seed=seed).to_document()["root"] for seed in ("a", "a", "b"))

    assert one == same
    assert one != other


@pytest.mark.parametrize(("threshold", "nodes"), [(1, 1), (2, 1), (3, 3), (8, 7), (512, 17)])
def test_a_tree_has_no_more_nodes_than_asked(iris: Dataset, threshold: int, nodes: int) -> None:
    assert len([*preorder(iris.grow("species", node_threshold=threshold).root)]) == nodes


def test_a_tree_is_no_deeper_than_asked(iris: Dataset) -> None:
    shallow = iris.grow("species", depth_threshold=1)

    assert len(predicates(shallow)) == 1
    assert predicates(iris.grow("species", depth_threshold=0)) == []


def test_no_branch_has_less_than_the_supported_share(iris: Dataset) -> None:
    model = iris.grow("species", support_threshold=0.3)

    assert [node.count for node in preorder(model.root)] == [150, 100, 46, 54, 50]


def test_few_split_candidates_share_out_the_rows_evenly(tmp_path: Path) -> None:
    table = dataset(tmp_path, {"x": [*map(float, range(100))], "y": [float(place >= 90) for place in range(100)]})

    assert first_split(table.grow("y", split_candidates=1))[0]["value"] == 49.5
    assert first_split(table.grow("y", split_candidates=4))[0]["value"] == 79.5
    assert first_split(table.grow("y"))[0]["value"] in (87.5, 90.5)
    assert first_split(table.grow("y", split_candidates=200))[0]["value"] == 89.5


def test_cut_points_are_rounded_but_never_up_to_the_next_value(tmp_path: Path) -> None:
    table = dataset(tmp_path, {"x": [1.00001, 1.00002, 5.0], "y": ["a", "b", "b"]})

    assert first_split(table.grow("y"))[0] == {"field": "000000", "operator": ">", "value": 1.00001}


def test_values_are_rounded_before_they_are_split(tmp_path: Path) -> None:
    table = dataset(tmp_path, {"x": [1.000001, 1.000002], "y": ["a", "b"]})

    assert predicates(table.grow("y")) == []


def test_many_rows_are_split_where_few_would_be(tmp_path: Path) -> None:
    draw = random.Random(1)
    xs = [draw.choice([None, *(value / 4 for value in range(40))]) for _ in range(6000)]
    kinds = [draw.choice(["red", "green", None]) for _ in xs]
    labels = [
        "hit" if x is not None and x > 3.1 and kind == "red" else "miss" for x, kind in zip(xs, kinds, strict=True)
    ]
    many = dataset(tmp_path, {"x": xs, "kind": kinds, "y": labels})

    large = many.grow("y", split_candidates=64)
    small = many.grow("y", split_candidates=64, rows=np.arange(4000))

    assert predicates(large) == predicates(small)
    assert [predicate["value"] for predicate, _ in predicates(large)] == ["green", 3.125]
    assert large.root.count == 6000


def test_more_values_than_cells_are_split_between_cells(tmp_path: Path) -> None:
    xs = np.random.default_rng(4).normal(size=9000).round(5)
    table = dataset(tmp_path, {"x": xs.tolist(), "y": [float(x > 0.5) for x in xs]})

    cut = first_split(table.grow("y", split_candidates=1024, node_threshold=3))[0]["value"]

    assert cut == pytest.approx(0.5, abs=0.01)
    assert cut not in xs


def test_a_category_is_split_from_all_others(tmp_path: Path) -> None:
    table = dataset(tmp_path, {"kind": ["a", "b", "c", "a", "b", "c"], "y": [1.0, 5.0, 1.0, 1.0, 5.0, 1.0]})

    assert predicates(table.grow("y")) == [
        [{"field": "000000", "operator": "=", "value": "b"}, {"field": "000000", "operator": "!=", "value": "b"}]
    ]


def test_rows_without_a_value_stop_at_the_node(tmp_path: Path) -> None:
    table = dataset(tmp_path, {"x": [1.0, 2.0, None, 8.0, 9.0], "y": ["a", "a", "b", "c", "c"]})

    root = table.grow("y").root

    assert [child.count for child in root.children] == [2, 2]
    assert counts(root) == {"a": 2, "b": 1, "c": 2}


@pytest.mark.parametrize(
    ("missing", "operators"), [("high", (">*", "<=")), ("low", (">", "<=*")), ("absent", ("=", "!="))]
)
def test_missing_values_follow_the_branch_they_fit(tmp_path: Path, missing: str, operators: tuple[str, str]) -> None:
    xs = [1.0, 2.0, 8.0, 9.0, None, None, None]
    kinds = ["low", "low", "high", "high", *[missing] * 3]
    table = dataset(tmp_path, {"x": xs, "y": kinds})

    model = table.grow("y", missing_splits=True)

    assert tuple(predicate["operator"] for predicate in first_split(model)) == operators
    assert sum(child.count for child in model.root.children) == 7
    if missing == "absent":
        assert first_split(model)[0]["value"] is None
        assert model.root.children[0].output == "absent"


def test_missing_categories_follow_the_branch_they_fit(tmp_path: Path) -> None:
    table = dataset(tmp_path, {"kind": ["a", "b", None, "c", "a", None], "y": ["1", "2", "1", "2", "1", "1"]})

    assert first_split(table.grow("y", missing_splits=True)) == (
        {"field": "000000", "operator": "=*", "value": "a"},
        {"field": "000000", "operator": "!=", "value": "a"},
    )


def test_a_value_that_is_merely_there_can_be_split_on(tmp_path: Path) -> None:
    table = dataset(tmp_path, {"x": [3.0, 3.0, None, None], "y": ["there", "there", "gone", "gone"]})

    assert predicates(table.grow("y")) == []
    assert first_split(table.grow("y", missing_splits=True)) == (
        {"field": "000000", "operator": "=", "value": None},
        {"field": "000000", "operator": "!=", "value": None},
    )


def test_a_default_takes_the_place_of_missing_numbers(tmp_path: Path) -> None:
    table = dataset(tmp_path, {"x": [1.0, 2.0, None, 8.0, 9.0], "y": ["a", "a", "b", "c", "c"]})

    model = table.grow("y", default_numeric_value="median")

    assert model.summaries["000000"]["median"] == 5
    assert [node.count for node in preorder(model.root)] == [5, 3, 2, 1, 2]


def test_texts_are_split_by_terms_and_their_forms(tmp_path: Path) -> None:
    notes = ["win a prize", "winning prize", "see you", None, "lunch prize", "a win_ning"]
    table = dataset(
        tmp_path, {"note": notes, "y": ["spam", "spam", "ham", "ham", "ham", "spam"]}, {"note": Optype.TEXT}
    )
    table.summaries["000000"] = {"tag_cloud": [["win", 3], ["prize", 3]], "term_forms": {"win": ["winning", "ning"]}}

    assert predicates(table.grow("y")) == [
        [
            {"field": "000000", "operator": ">", "value": 0, "term": "win"},
            {"field": "000000", "operator": "<=", "value": 0, "term": "win"},
        ]
    ]


def test_texts_are_split_by_how_often_a_term_occurs(tmp_path: Path) -> None:
    notes = ["no no no", "no", "yes no", "no no", "no no yes"]
    table = dataset(tmp_path, {"note": notes, "y": [9.0, 1.0, 1.0, 5.0, 5.0]}, {"note": Optype.TEXT})
    table.summaries["000000"] = {"tag_cloud": [["no", 9], ["yes", 2]], "term_forms": {}}

    model = table.grow("y")

    assert [(answer["term"], answer["value"]) for answer, _ in predicates(model)] == [("no", 1), ("no", 2)]


def test_rows_fall_as_the_predictor_counts_even_where_the_vocabulary_counts_otherwise(tmp_path: Path) -> None:
    # As a term of its own the phrase is in two rows; as a stretch of words it is in all of them.
    notes = ["free now", "free now", "free now please", "so free now", "then free now"]
    table = dataset(tmp_path, {"note": notes, "y": ["a", "a", "b", "b", "b"]}, {"note": Optype.TEXT})
    table.summaries["000000"] = {"tag_cloud": [["free now", 2]], "term_forms": {}}

    assert predicates(table.grow("y")) == []


def test_items_are_split_by_what_a_cell_contains(tmp_path: Path) -> None:
    cells = ["milk;tea", "tea", "milk", None, "rice cake; tea"]
    columns = {"basket": cells, "y": [1.0, 1.0, 0.0, 0.0, 0.0]}
    table = dataset(tmp_path, columns, {"basket": Optype.ITEMS}, basket=ItemAnalysis(separator=";"))

    first, _ = first_split(table.grow("y"))

    assert first == {"field": "000000", "operator": ">", "value": 0, "term": "tea"}


def test_weights_count_rows_by_a_field_of_their_own(tmp_path: Path) -> None:
    columns = {"x": [1.0, 1.0, 1.0, 2.0], "w": [1.0, 0.0, 5.5, None], "y": ["a", "a", "b", "b"]}
    table = dataset(tmp_path, columns, {"w": Optype.NUMERIC})

    root = table.grow("y", weight_field="w").root

    assert (root.count, root.weight, root.output) == (2, 6.5, "b")
    assert root.weighted_summary == {"categories": [["b", 5.5], ["a", 1]]}
    assert root.summary == {"categories": [["a", 1], ["b", 1]]}
    assert root.split is None


def test_balanced_classes_weigh_the_same(tmp_path: Path) -> None:
    table = dataset(tmp_path, {"x": [1.0] * 5, "y": ["a", "a", "a", "b", "c"]})

    assert table.grow("y", balance_objective=True).root.weighted_summary == {
        "categories": [["a", 3], ["b", 3], ["c", 3]]
    }


def test_class_weights_multiply_and_a_weight_of_nothing_takes_the_class_out(tmp_path: Path) -> None:
    table = dataset(tmp_path, {"x": [1.0] * 5, "w": [2.0] * 5, "y": ["a", "a", "a", "b", "c"]})
    weights = [["b", 4.5], ["c", 0]]

    root = table.grow("y", inputs=["x"], weight_field="w", objective_weights=weights).root

    assert root.weighted_summary == {"categories": [["b", 9], ["a", 6]]}
    assert root.count == 4


def test_a_weighted_mean_and_error(tmp_path: Path) -> None:
    table = dataset(tmp_path, {"x": [1.0] * 3, "w": [1.0, 2.0, 1.0], "y": [1.0, 4.0, 7.0]})

    root = table.grow("y", inputs=["x"], weight_field="w").root

    assert (root.count, root.weight, root.output) == (3, 4, 4)
    # The variance is 18 / (4 - 1), for a population of 4.
    assert root.confidence == round((6 * 3 / chi_square_quantile(4) * (2 + 1.96) ** 2 / 4) ** 0.5, 5)


@pytest.mark.parametrize("rows", [np.array([0, 0, 0, 60, 60, 149]), np.array([3]), np.arange(0, 150, 2)])
def test_rows_may_be_chosen_and_repeated(iris: Dataset, rows: Any) -> None:
    model = iris.grow("species", rows=rows)

    expected = {name: sum(iris.rows[row]["species"] == name for row in rows) for name in counts(model.root)}
    assert counts(model.root) == expected
    assert model.rows == len(rows)


def test_pruning_cuts_branches_that_do_not_pay(tmp_path: Path) -> None:
    draw = random.Random(2)
    columns = {"x": [draw.gauss(0, 1) for _ in range(400)], "y": [draw.gauss(0, 1) for _ in range(400)]}
    table = dataset(tmp_path, columns)

    whole, smart, hard = (
        len([*preorder(table.grow("y", stat_pruning=stat, selective_pruning=selective).root)])
        for stat, selective in ((False, True), (True, True), (True, False))
    )

    assert whole > smart > hard
    assert table.grow("y", stat_pruning=False).parameters.selective_pruning


@pytest.mark.parametrize(
    "columns",
    [
        {"x": [1.0, 2.0], "y": ["a", "a"]},
        {"x": [1.0], "y": ["a"]},
        {"x": [None, None, None], "y": ["a", "b", "a"]},
        {"x": [4.0, 4.0, 4.0], "y": ["a", "b", "a"]},
        {"x": [1.0, 2.0], "y": [3.0, 3.0]},
        {"x": [1.0], "y": [3.0]},
        {"x": [None, None], "y": [3.0, 4.0]},
        {"x": [1e300, 1e300], "y": ["a", "b"]},
    ],
    ids=["one class", "one row", "all missing", "constant", "one number", "one row of numbers", "no input", "huge"],
)
def test_data_without_anything_to_split_give_a_single_node(tmp_path: Path, columns: dict[str, list[Any]]) -> None:
    table = dataset(tmp_path, columns, {"x": Optype.NUMERIC})

    for missing_splits in (False, True):
        model = table.grow("y", missing_splits=missing_splits)
        assert model.root.split is None
        assert model.importance == ()


def test_inputs_may_be_none_at_all(iris: Dataset) -> None:
    assert iris.grow("species", inputs=[]).root.children == ()


def test_no_row_with_an_objective_is_refused(tmp_path: Path) -> None:
    table = dataset(tmp_path, {"x": [1.0, 2.0], "y": [None, None]}, {"y": Optype.CATEGORICAL})

    with pytest.raises(DataError, match="No row has a value of the objective field 'y'") as refusal:
        table.grow("y")

    assert refusal.value.path == ("objective_field",)


@pytest.mark.parametrize(
    ("change", "message", "path"),
    [
        (lambda call: call | {"objective": "00000f"}, "no field '00000f'", ("objective_field",)),
        (lambda call: call | {"inputs": ["00000f"]}, "no field '00000f'", ("input_fields",)),
        (lambda call: call | {"objective": "000002"}, "cannot predict the text field", ("objective_field",)),
        (lambda call: call | {"parameters": TreeParameters(weight_field="nope")}, "no field 'nope'", ("weight_field",)),
        (lambda call: call | {"parameters": TreeParameters(weight_field="000001")}, "not numeric", ("weight_field",)),
        (lambda call: call | {"parameters": TreeParameters(weight_field="000003")}, "negative", ("weight_field",)),
        (
            lambda call: call | {"parameters": TreeParameters(objective_weights=(("z", 2.0),))},
            "no class 'z'",
            ("objective_weights", "z"),
        ),
        (
            lambda call: call | {"objective": "000000", "parameters": TreeParameters(balance_objective=True)},
            "categorical objectives only",
            ("balance_objective",),
        ),
    ],
)
def test_arguments_that_do_not_fit_the_data_are_refused(
    tmp_path: Path, change: Callable[[dict[str, Any]], dict[str, Any]], message: str, path: tuple[str, ...]
) -> None:
    columns: dict[str, list[Any]] = {"x": [1.0, 2.0], "y": ["a", "b"], "note": ["c", "d"], "w": [1.0, -1.0]}
    table = dataset(tmp_path, columns, {"note": Optype.TEXT})
    call = change({"objective": "000001", "inputs": ["000000"], "parameters": TreeParameters()})

    with pytest.raises(ArgumentError, match=message) as refusal:
        grow(table.data, table.fields, table.summaries, **call)

    assert refusal.value.path == path


def test_datetime_columns_are_passed_over_and_inputs_become_preferred(iris: Dataset) -> None:
    when = Field("000005", "when", Optype.DATETIME, 5)
    fields = [item.with_(preferred=False) for item in iris.fields]

    model = grow(iris.data, [*fields, when], {}, objective="000004", inputs=["000002", "000004", "000005", "000002"])

    assert [(item.id, item.preferred) for item in model.inputs] == [("000002", True)]


def test_progress_runs_from_reading_to_the_end(iris: Dataset) -> None:
    told: list[tuple[float, dict[str, Any]]] = []

    grow(
        iris.data,
        iris.fields,
        {},
        objective="000003",
        inputs=["000000", "000001"],
        progress=lambda done, about: told.append((done, about)),
    )

    shares = [done for done, _ in told]
    assert shares == sorted(shares)
    assert told[:2] == [(0.25, {"stage": "reading"}), (0.5, {"stage": "reading"})]
    assert told[2][1]["stage"] == "growing"
    assert told[-1] == (1.0, {"stage": "done", "nodes": told[-1][1]["nodes"]})
