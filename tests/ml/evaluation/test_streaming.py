from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ml.errors import ArgumentError, DataError
from ml.evaluation import evaluate, evaluate_classification, evaluate_regression
from ml.fields import Field, Optype
from ml.predictor import Task


@dataclass
class Known:
    """A predictor whose answers are given, in batches of any size."""

    task: Task
    objective: Field
    tables: list[pa.Table]
    classes: tuple[str, ...] = ()

    def predict_table(self, *_):
        yield from self.tables


def classifier(outputs, scores, sizes=(2, 3, 1)):
    table = pa.table({"output": outputs, "probability:a": scores, "probability:b": [1 - s for s in scores]})
    ends = np.cumsum(sizes)
    tables = [table.slice(end - size, size) for end, size in zip(ends, sizes, strict=True)]
    return Known(Task.CLASSIFICATION, Field("000001", "kind", Optype.CATEGORICAL, 1), tables, ("a", "b"))


def dataset(tmp_path, values, name="000001"):
    path = tmp_path / "data.parquet"
    pq.write_table(pa.table({name: values}), path, row_group_size=4)
    return path


ACTUAL = ["a", "b", None, "a", "b", "a"]
OUTPUTS = ["a", "b", "b", "b", "a", "a"]
SCORES = [0.9, 0.2, 0.1, 0.4, 0.6, 0.7]


def test_rows_without_an_objective_are_skipped(tmp_path):
    seen = []

    result = evaluate(classifier(OUTPUTS, SCORES), dataset(tmp_path, ACTUAL), progress=seen.append)

    kept = [0, 1, 3, 4, 5]
    scores = np.array(SCORES)[kept]
    probabilities = {"a": scores, "b": 1 - scores}
    expected = evaluate_classification(np.array(ACTUAL)[kept], np.array(OUTPUTS)[kept], probabilities, ("a", "b"))
    assert result == {"rows": 5, **expected}
    assert seen == pytest.approx([2 / 6, 5 / 6, 1])


def test_chosen_rows_count_as_often_as_they_are_chosen(tmp_path):
    rows = np.array([5, 0, 0, 2, 4])

    result = evaluate(classifier(OUTPUTS, SCORES), dataset(tmp_path, ACTUAL), rows=rows)

    assert result["model"]["confusion_matrix"] == [[3, 0], [1, 0]]


def test_the_objective_is_found_through_the_fields_map(tmp_path):
    data = dataset(tmp_path, ACTUAL, name="00000a")

    result = evaluate(classifier(OUTPUTS, SCORES), data, {"000001": "00000a"})

    assert result["model"]["confusion_matrix"] == [[2, 1], [1, 1]]


def test_training_rows_decide_the_mode(tmp_path):
    training = {"categories": [["a", 1], ["b", 3]]}

    result = evaluate(classifier(OUTPUTS, SCORES), dataset(tmp_path, ACTUAL), training=training)

    assert result["mode"]["confusion_matrix"] == [[0, 3], [0, 2]]


def test_numbers_are_compared_and_missing_ones_skipped(tmp_path):
    predictor = Known(
        Task.REGRESSION, Field("000001", "size", Optype.NUMERIC, 1), [pa.table({"output": [1.0, 2.0, None, 4.0]})]
    )
    data = dataset(tmp_path, pa.array([1.5, None, 3.0, 4.0], pa.float64()))

    result = evaluate(predictor, data, training={"minimum": 0.0, "maximum": 9.0}, seed=5)

    expected = evaluate_regression(np.array([1.5, 4.0]), np.array([1.0, 4.0]), minimum=0, maximum=9, seed=5)
    assert result == {"rows": 2, **expected}


def test_nothing_left_to_evaluate_is_refused(tmp_path):
    with pytest.raises(DataError):
        evaluate(classifier(OUTPUTS, SCORES), dataset(tmp_path, pa.nulls(6, pa.string())))


def test_a_missing_objective_column_is_refused(tmp_path):
    with pytest.raises(ArgumentError) as caught:
        evaluate(classifier(OUTPUTS, SCORES), dataset(tmp_path, ACTUAL, name="00000a"))

    assert caught.value.path == ("fields_map",)


def test_texts_are_no_objective_of_a_regression(tmp_path):
    predictor = Known(Task.REGRESSION, Field("000001", "size", Optype.NUMERIC, 1), [])

    with pytest.raises(ArgumentError):
        evaluate(predictor, dataset(tmp_path, ACTUAL))
