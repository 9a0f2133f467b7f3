"""The evaluation of a model on a dataset that is read batch after batch."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ml.alignment import aligned
from ml.errors import ArgumentError, DataError
from ml.evaluation.classification import evaluate_codes
from ml.evaluation.regression import evaluate_regression
from ml.predictor import Options, Predictor, Task

DEFAULT_OPTIONS = Options()


def evaluate(
    predictor: Predictor,
    data: Path,
    fields_map: Mapping[str, str] | None = None,
    *,
    rows: np.ndarray | None = None,
    options: Options = DEFAULT_OPTIONS,
    training: Mapping[str, Any] | None = None,
    seed: int = 0,
    progress: Callable[[float], None] | None = None,
) -> dict[str, Any]:
    """What `evaluate_classification` or `evaluate_regression` says of the predictor on a Parquet dataset, and the
    number of `rows` that it says it of.

    `fields_map` maps the model's field ids, the objective's included, to column ids (default: the same). `rows` are
    the row numbers to evaluate, repeated ones counting again; None is all. Rows without an objective value, and those
    for which the model says nothing, are skipped. `training` is the distribution of the objective in training, as
    model documents have it (`categories`, or `minimum` and `maximum`), for the baselines. `progress` is told the share
    done. ArgumentError when the dataset has no fitting objective column, DataError when no row is left.
    """
    actual = _Actual(predictor, data, fields_map or {})
    collected = _Collected(predictor)
    chosen = None if rows is None else np.sort(np.asarray(rows, dtype=np.int64))
    start = 0
    for outcome, truth in aligned(predictor.predict_table(data, fields_map, options), actual.batches()):
        end = start + outcome.num_rows
        if chosen is not None:
            within = pa.array(chosen[np.searchsorted(chosen, start) : np.searchsorted(chosen, end)] - start)
            outcome, truth = outcome.take(within), truth.take(within)
        collected.append(outcome, truth)
        start = end
        if progress is not None and actual.rows:
            progress(start / actual.rows)
    return collected.result(training or {}, seed)


class _Actual:
    """The objective column of the dataset."""

    def __init__(self, predictor: Predictor, data: Path, fields_map: Mapping[str, str]) -> None:
        self._source = pq.ParquetFile(data)
        self.rows: int = self._source.metadata.num_rows
        self._name = fields_map.get(predictor.objective.id, predictor.objective.id)
        if self._name not in self._source.schema_arrow.names:
            raise ArgumentError(f"The dataset has no objective column {self._name}.", ("fields_map",))
        self._type = pa.string() if predictor.task is Task.CLASSIFICATION else pa.float64()
        held = self._source.schema_arrow.field(self._name).type
        if self._type == pa.float64() and not pa.types.is_floating(held) and not pa.types.is_integer(held):
            raise ArgumentError(f"The objective column {self._name} is not numeric.", ("fields_map",))

    def batches(self) -> Iterator[pa.Table]:
        """The column, a row group at a time."""
        for group in range(self._source.num_row_groups):
            column = self._source.read_row_group(group, columns=[self._name]).column(0)
            yield pa.table({"actual": column.cast(self._type)})


class _Collected:
    """Truth and predictions of the rows seen so far, as numbers: class codes and scores."""

    def __init__(self, predictor: Predictor) -> None:
        self._is_classification = predictor.task is Task.CLASSIFICATION
        self._classes = predictor.classes
        self._names = {name: index for index, name in enumerate(predictor.classes)}
        self._actual: list[np.ndarray] = []
        self._predicted: list[np.ndarray] = []
        self._scores: dict[str, list[np.ndarray]] = {name: [] for name in predictor.classes}

    def append(self, outcome: pa.Table, truth: pa.Table) -> None:
        actual, predicted = truth.column("actual"), outcome.column("output")
        known = _valid(actual) & _valid(predicted)
        if not self._is_classification:
            numbers = actual.to_numpy()
            known &= np.isfinite(numbers)
            self._actual.append(numbers[known])
            self._predicted.append(predicted.to_numpy()[known])
            return
        self._actual.append(self._codes(actual, known))
        self._predicted.append(self._codes(predicted, known))
        for name, scores in self._scores.items():
            scores.append(outcome.column(f"probability:{name}").to_numpy()[known])

    def _codes(self, column: pa.ChunkedArray, known: np.ndarray) -> np.ndarray:
        coded = column.filter(pa.array(known)).combine_chunks().dictionary_encode()
        places = [self._names.setdefault(name, len(self._names)) for name in coded.dictionary.to_pylist()]
        codes: np.ndarray = np.array(places, dtype=np.int32)[coded.indices.to_numpy()]
        return codes

    def result(self, training: Mapping[str, Any], seed: int) -> dict[str, Any]:
        rows = sum(map(len, self._actual))
        if not rows:
            raise DataError("No row with an objective value is left to evaluate.")
        actual, predicted = np.concatenate(self._actual), np.concatenate(self._predicted)
        if not self._is_classification:
            low, high = training.get("minimum"), training.get("maximum")
            return {"rows": rows, **evaluate_regression(actual, predicted, minimum=low, maximum=high, seed=seed)}
        names = sorted(self._names)
        place = np.array([names.index(name) for name in self._names], dtype=np.int32)
        scores = {names.index(name): np.concatenate(chunks) for name, chunks in self._scores.items()}
        frequent = dict(training.get("categories", ()))
        figures = evaluate_codes(place[actual], place[predicted], scores, names, training=frequent, seed=seed)
        return {"rows": rows, **figures}


def _valid(column: pa.ChunkedArray) -> np.ndarray:
    valid: np.ndarray = column.is_valid().to_numpy()
    return valid
