import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ml.errors import ArgumentError
from ml.fields import Optype
from ml.predictor import Contribution, Kind, MissingStrategy, OperatingPoint, Options, Outcome, Task
from ml.trees import TreePredictor
from ml.trees.nodes import preorder
from tests.ml.trees.tables import Dataset, dataset

PROPORTIONAL = Options(MissingStrategy.PROPORTIONAL)
SETOSA, VERSICOLOR, VIRGINICA = "Iris-setosa", "Iris-versicolor", "Iris-virginica"


@pytest.fixture
def small(iris: Dataset) -> TreePredictor:
    """The five nodes of iris that the vendor documents."""
    return TreePredictor(iris.grow("species", node_threshold=5))


@pytest.fixture
def gaps(tmp_path: Path) -> Dataset:
    """Numbers, categories, text and items, with holes in them, and a number and a class to predict."""
    draw = random.Random(5)
    columns: dict[str, list[Any]] = {"x": [], "kind": [], "note": [], "basket": [], "y": [], "label": []}
    for _ in range(400):
        x, kind = round(draw.uniform(0, 9), 6), draw.choice("abc")
        note, basket = draw.choice(["good", "bad day", "good good"]), draw.choice(["tea", "tea,milk", "milk"])
        y = x + 4 * (kind == "a") - 3 * ("bad" in note) + ("tea" in basket) + draw.gauss(0, 1)
        values = (x, kind, note, basket, round(y, 2), "up" if y > 5 else "down" if y < 2 else "flat")
        for name, value in zip(columns, values, strict=True):
            columns[name].append(value if name in ("y", "label") or draw.random() > 0.2 else None)
    return dataset(tmp_path, columns, {"note": Optype.TEXT, "basket": Optype.ITEMS})


def test_a_row_without_the_asked_value_gets_the_last_prediction(small: TreePredictor) -> None:
    (outcome,) = small.predict([{"petal length": 4}])

    assert outcome == Outcome(
        VERSICOLOR,
        0.40383,
        0.49835,
        ((SETOSA, 0.0033), (VERSICOLOR, 0.49835), (VIRGINICA, 0.49835)),
        ((SETOSA, 0.0), (VERSICOLOR, 0.40383), (VIRGINICA, 0.40383)),
        ({"field": "000002", "operator": ">", "value": 2.45},),
        {
            "node_id": 1,
            "count": 100,
            "confidence": 0.40383,
            "objective_summary": {"categories": [[VERSICOLOR, 50], [VIRGINICA, 50]]},
            "next_predicates": [
                {"field": "000003", "operator": ">", "value": 1.75, "count": 46},
                {"field": "000003", "operator": "<=", "value": 1.75, "count": 54},
            ],
        },
    )


def test_a_row_without_the_asked_value_gets_all_leaves_in_proportion(small: TreePredictor) -> None:
    (outcome,) = small.predict([{"petal width": 2}], PROPORTIONAL)

    # 45 virginica and 1 versicolor on the way of great width, and the 50 setosa of small length.
    assert outcome.output == SETOSA
    assert outcome.probabilities == ((SETOSA, 0.51890), (VERSICOLOR, 0.01375), (VIRGINICA, 0.46735))
    assert outcome.confidence == 0.42204
    assert outcome.path == ()
    assert outcome.node is not None
    assert outcome.node["objective_summary"] == {"categories": [[SETOSA, 50], [VIRGINICA, 45], [VERSICOLOR, 1]]}
    assert outcome.node["node_id"] == 0


@pytest.mark.parametrize(
    ("row", "output"),
    [
        ({"petal width": 0.5}, SETOSA),
        ({"petal length": 6, "petal width": 2}, VIRGINICA),
        ({"petal length": 4, "petal width": 1.5}, VERSICOLOR),
        ({"000002": "6", "000003": "2"}, VIRGINICA),
        ({}, SETOSA),
    ],
)
def test_rows_by_name_or_id(small: TreePredictor, row: dict[str, Any], output: str) -> None:
    assert small.predict([row])[0].output == output


def test_probabilities_of_every_node_sum_to_one(iris: Dataset) -> None:
    predictor = TreePredictor(iris.grow("species"))

    for outcome in predictor.predict(iris.rows):
        assert sum(score for _, score in outcome.probabilities) == pytest.approx(1, abs=3e-5)
        assert [name for name, _ in outcome.probabilities] == sorted(predictor.classes)
        assert dict(outcome.probabilities)[str(outcome.output)] == outcome.probability
        assert dict(outcome.confidences)[str(outcome.output)] == outcome.confidence


def test_the_path_holds_for_the_row_and_ends_at_the_node(iris: Dataset) -> None:
    predictor = TreePredictor(iris.grow("species"))

    for row, outcome in zip(iris.rows, predictor.predict(iris.rows), strict=True):
        named = {iris.id(name): value for name, value in row.items()}
        for predicate in outcome.path:
            value = named[predicate["field"]]
            assert value > predicate["value"] if predicate["operator"] == ">" else value <= predicate["value"]
        assert outcome.node is not None
        assert outcome.node["next_predicates"] == []
        assert outcome.output == row["species"]


def test_regression_answers_the_mean_and_its_error(iris: Dataset) -> None:
    predictor = TreePredictor(iris.grow("petal width", inputs=["petal length"], node_threshold=3))

    assert predictor.task is Task.REGRESSION
    assert predictor.classes == ()
    (outcome,) = predictor.predict([{"petal length": 1.4}])
    assert (outcome.output, outcome.confidence, outcome.probability) == (0.246, 0.1598, None)
    assert isinstance(outcome.output, float)
    assert outcome.probabilities == outcome.confidences == ()


def test_regression_merges_the_values_of_all_leaves(iris: Dataset) -> None:
    predictor = TreePredictor(iris.grow("petal width", inputs=["petal length"]))

    (outcome,) = predictor.predict([{}], PROPORTIONAL)

    assert (outcome.output, outcome.confidence) == (1.19933, 0.97442)
    assert outcome.node is not None
    assert outcome.node["objective_summary"]["median"] == 1.3
    assert sum(count for _, count in outcome.node["objective_summary"]["counts"]) == 150


def test_a_leaf_of_one_value_takes_its_error_from_its_parent(tmp_path: Path) -> None:
    table = dataset(tmp_path, {"x": [1.0, 2.0, 2.0, 2.0, 3.0], "y": [1.0, 5.0, 5.0, 5.0, 9.0]})
    predictor = TreePredictor(table.grow("y", stat_pruning=False))

    last = predictor.predict([{"x": 2}])[0]
    merged = predictor.predict([{"x": 2}], PROPORTIONAL)[0]

    assert (last.output, last.confidence) == (merged.output, merged.confidence)
    assert merged.confidence == round(predictor.model.root.children[0].confidence / 3**0.5, 5)


def test_a_single_node_of_one_value_has_no_error(tmp_path: Path) -> None:
    table = dataset(tmp_path, {"x": [1.0, 2.0], "y": [4.0, 4.0]})
    predictor = TreePredictor(table.grow("y"))

    for options in (Options(), PROPORTIONAL):
        (outcome,) = predictor.predict([{}], options)
        assert (outcome.output, outcome.confidence) == (4.0, 0.0)


def tied(folder: Path) -> TreePredictor:
    """Four rows: two of b and two of a, of which b comes first in the summary because of a row that is not used."""
    table = dataset(folder, {"x": [None] * 5, "y": ["b", "b", "a", "a", "b"]}, {"x": Optype.NUMERIC})
    return TreePredictor(table.grow("y", rows=[0, 1, 2, 3]))


@pytest.mark.parametrize("options", [Options(), Options(kind=Kind.PROBABILITY), Options(kind=Kind.CONFIDENCE)])
def test_ties_go_to_the_class_that_comes_first_in_the_objective(tmp_path: Path, options: Options) -> None:
    assert tied(tmp_path).predict([{}], options)[0].output == "b"


def test_ties_of_merged_leaves_go_to_the_first_name(tmp_path: Path) -> None:
    assert tied(tmp_path).predict([{}], PROPORTIONAL)[0].output == "a"


@pytest.mark.parametrize(
    ("threshold", "positive", "output"),
    [
        (0.4, VIRGINICA, VIRGINICA),
        (0.49835, VIRGINICA, VERSICOLOR),
        (0.0, SETOSA, SETOSA),
        (0.5, VERSICOLOR, VIRGINICA),
    ],
)
def test_the_positive_class_wins_above_the_threshold_only(
    small: TreePredictor, threshold: float, positive: str, output: str
) -> None:
    point = OperatingPoint(positive, threshold)

    (outcome,) = small.predict([{"petal length": 4}], Options(operating_point=point))

    assert outcome.output == output
    assert outcome.probability == dict(outcome.probabilities)[output]
    assert outcome.confidence == dict(outcome.confidences)[output]


def test_an_operating_point_of_the_confidence(small: TreePredictor) -> None:
    def winner(threshold: float) -> Any:
        point = OperatingPoint(VIRGINICA, threshold, Kind.CONFIDENCE)
        return small.predict([{"petal length": 4}], Options(operating_point=point))[0].output

    assert (winner(0.4), winner(0.40383)) == (VIRGINICA, VERSICOLOR)


def test_the_only_class_wins_at_every_operating_point(tmp_path: Path) -> None:
    table = dataset(tmp_path, {"x": [1.0, 2.0], "y": ["a", "a"]})
    predictor = TreePredictor(table.grow("y"))

    (outcome,) = predictor.predict([{}], Options(operating_point=OperatingPoint("a", 1.0)))

    assert (outcome.output, outcome.probability) == ("a", 1.0)


@pytest.mark.parametrize(
    ("options", "path"),
    [
        (Options(kind=Kind.VOTES), ("operating_kind",)),
        (Options(operating_point=OperatingPoint(SETOSA, 0.5, Kind.VOTES)), ("operating_point", "kind")),
        (Options(operating_point=OperatingPoint(SETOSA, 1.5)), ("operating_point", "threshold")),
        (Options(operating_point=OperatingPoint("rose")), ("operating_point", "positive_class")),
    ],
)
def test_options_that_a_tree_does_not_have_are_refused(
    small: TreePredictor, iris: Dataset, options: Options, path: tuple[str, ...]
) -> None:
    calls: list[Callable[[], Any]] = [
        lambda: small.predict([{}], options),
        lambda: small.explain({}, options),
        lambda: small.predict_table(iris.data, options=options),
    ]
    for call in calls:
        with pytest.raises(ArgumentError) as refusal:
            call()
        assert refusal.value.path == path


@pytest.mark.parametrize("options", [Options(kind=Kind.PROBABILITY), Options(operating_point=OperatingPoint("a"))])
def test_regression_has_neither_kind_nor_point(iris: Dataset, options: Options) -> None:
    with pytest.raises(ArgumentError, match="for classification only"):
        TreePredictor(iris.grow("petal width")).predict([{}], options)


def test_a_wrong_type_is_refused_with_the_key_as_sent(small: TreePredictor) -> None:
    with pytest.raises(ArgumentError) as refusal:
        small.predict([{"petal width": 1}, {"sepal length": "long"}])

    assert refusal.value.path == ("input_data", "sepal length")


@pytest.mark.parametrize("missing_splits", [False, True])
@pytest.mark.parametrize("strategy", list(MissingStrategy))
@pytest.mark.parametrize(("objective", "other"), [("y", "label"), ("label", "y")])
def test_a_table_is_scored_as_its_rows_are(
    gaps: Dataset, objective: str, other: str, strategy: MissingStrategy, missing_splits: bool
) -> None:
    inputs = [item.name for item in gaps.fields if item.name not in (objective, other)]
    predictor = TreePredictor(gaps.grow(objective, inputs=inputs, missing_splits=missing_splits))
    options = Options(strategy)

    (scored,) = predictor.predict_table(gaps.data, options=options)

    assert scored.to_pylist() == [flat(outcome) for outcome in predictor.predict(gaps.rows, options)]
    asked = {node.split.field_id for node in preorder(predictor.model.root) if node.split}
    assert asked == {gaps.id(name) for name in inputs}


@pytest.mark.parametrize(
    "options",
    [Options(kind=Kind.CONFIDENCE), Options(MissingStrategy.PROPORTIONAL, operating_point=OperatingPoint("up", 0.2))],
)
def test_a_table_is_scored_by_kinds_and_points(gaps: Dataset, options: Options) -> None:
    predictor = TreePredictor(gaps.grow("label", inputs=["x", "kind"]))

    (scored,) = predictor.predict_table(gaps.data, options=options)

    assert scored.to_pylist() == [flat(outcome) for outcome in predictor.predict(gaps.rows, options)]


def flat(outcome: Outcome) -> dict[str, Any]:
    """An outcome as a row of a scored table."""
    row: dict[str, Any] = {
        "output": outcome.output,
        "confidence": outcome.confidence,
        "probability": outcome.probability,
    }
    row |= {f"probability:{name}": score for name, score in outcome.probabilities}
    return row | {f"confidence:{name}": score for name, score in outcome.confidences}


def test_a_table_with_other_column_names_and_types(gaps: Dataset, tmp_path: Path) -> None:
    predictor = TreePredictor(gaps.grow("label", inputs=["x", "kind"]))
    path = tmp_path / "other.parquet"
    pq.write_table(pa.table({"a": ["1.5", None, "?", "8.123456789"], "b": [1, 2, None, 3]}), path)

    (scored,) = predictor.predict_table(path, {"000000": "a", "000001": "b"})

    rows: list[Mapping[str, Any]] = [{"x": 1.5, "kind": "1"}, {"kind": "2"}, {}, {"x": 8.123456789, "kind": "3"}]
    assert scored.column("output").to_pylist() == [outcome.output for outcome in predictor.predict(rows)]


def test_a_table_without_the_asked_columns_has_everything_missing(gaps: Dataset, tmp_path: Path) -> None:
    predictor = TreePredictor(gaps.grow("y", inputs=["x", "kind"]))
    path = tmp_path / "other.parquet"
    pq.write_table(pa.table({"z": [1.0, 2.0]}), path)

    (scored,) = predictor.predict_table(path)

    assert scored.column("output").to_pylist() == [predictor.model.root.output] * 2
    with pytest.raises(ArgumentError, match="no column 'w'") as refusal:
        list(predictor.predict_table(path, {"000000": "w"}))
    assert refusal.value.path == ("fields_map", "000000")


def test_a_column_of_words_is_no_number(gaps: Dataset, tmp_path: Path) -> None:
    predictor = TreePredictor(gaps.grow("y", inputs=["x"]))
    path = tmp_path / "other.parquet"
    pq.write_table(pa.table({"000000": ["one"]}), path)

    with pytest.raises(ArgumentError, match="'x' needs numbers") as refusal:
        list(predictor.predict_table(path))
    assert refusal.value.path == ("fields_map", "000000")


def test_an_empty_table_gives_one_empty_table(small: TreePredictor, iris: Dataset, tmp_path: Path) -> None:
    path = tmp_path / "empty.parquet"
    pq.write_table(pq.read_table(iris.data).slice(0, 0), path)

    (scored,) = small.predict_table(path)

    assert scored.num_rows == 0
    assert scored.schema.names[:4] == ["output", "confidence", "probability", "probability:Iris-setosa"]
    assert scored.schema.types == [pa.string(), *[pa.float64()] * 8]


def test_a_single_node_scores_tables_too(tmp_path: Path) -> None:
    table = dataset(tmp_path, {"x": [1.0, 2.0], "y": ["a", "a"]})

    (scored,) = TreePredictor(table.grow("y")).predict_table(table.data)

    assert scored.column("output").to_pylist() == ["a", "a"]


def test_tables_come_in_batches_and_in_order(iris: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ml.trees.table.BATCH_ROWS", 64)
    predictor = TreePredictor(iris.grow("species"))

    tables = [*predictor.predict_table(iris.data)]

    assert [table.num_rows for table in tables] == [64, 64, 22]
    outputs = [output for table in tables for output in table.column("output").to_pylist()]
    assert outputs == [row["species"] for row in iris.rows]


def test_defaults_take_the_place_of_missing_numbers_in_rows_and_tables(tmp_path: Path) -> None:
    columns = {"x": [1.0, 2.0, None, 8.0, 9.0], "y": ["a", "a", "b", "c", "c"]}
    table = dataset(tmp_path, columns)
    predictor = TreePredictor(table.grow("y", default_numeric_value="median", stat_pruning=False))

    assert [outcome.output for outcome in predictor.predict(table.rows)] == columns["y"]
    assert next(iter(predictor.predict_table(table.data))).column("output").to_pylist() == columns["y"]


def test_an_explanation_tells_what_each_field_added(small: TreePredictor) -> None:
    explanation = small.explain({"petal length": 6, "petal width": 2.0})

    assert explanation.base == 0.33333
    assert explanation.explained_class == VIRGINICA
    assert explanation.contributions == (
        Contribution("000003", 2.0, pytest.approx(0.46619, abs=1e-5)),
        Contribution("000002", 6, pytest.approx(0.16502, abs=1e-5)),
    )


@pytest.mark.parametrize("options", [Options(), PROPORTIONAL])
@pytest.mark.parametrize("objective", ["y", "label"])
def test_contributions_add_up_to_the_score(gaps: Dataset, objective: str, options: Options) -> None:
    predictor = TreePredictor(gaps.grow(objective, inputs=["x", "kind", "note", "basket"]))

    for row, outcome in zip(gaps.rows[:100], predictor.predict(gaps.rows[:100], options), strict=True):
        explanation = predictor.explain(row, options)
        score = outcome.output if objective == "y" else outcome.probability
        total = explanation.base + sum(part.contribution for part in explanation.contributions)
        assert total == pytest.approx(score, abs=1e-9)
        sizes = [abs(part.contribution) for part in explanation.contributions]
        assert sizes == sorted(sizes, reverse=True)
        assert explanation.explained_class == (None if objective == "y" else outcome.output)


def test_a_merged_part_is_the_missing_fields(small: TreePredictor) -> None:
    explanation = small.explain({"petal length": 4}, PROPORTIONAL)

    assert [part.field_id for part in explanation.contributions] == ["000002"]
    assert [part.field_id for part in small.explain({}, PROPORTIONAL).contributions] == []


def test_importances_are_shares_in_descending_order(iris: Dataset) -> None:
    importances = TreePredictor(iris.grow("species")).importances()

    assert [field for field, _ in importances] == ["000002", "000003", "000000"]
    assert sum(share for _, share in importances) == pytest.approx(1, abs=1e-4)
