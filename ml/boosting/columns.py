"""The rows to learn from, read from a Parquet dataset into one array a column, each held in memory once."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from ml.boosting.categories import Categories, categorical
from ml.boosting.features import Feature, FeatureKind, numbers, text_feature, texts
from ml.boosting.frames import open_parquet
from ml.errors import DataError
from ml.fields import Field, Optype
from ml.predictor import Task

if TYPE_CHECKING:
    import pandas as pd


class TrainingColumns:
    """The rows to learn from, those without an objective value left out: inputs by field id, and the objective."""

    def __init__(self, columns: Sequence[Field], objective: Field, task: Task) -> None:
        self.task = task
        self.objective = objective
        self._columns = columns
        self._numbers: dict[str, list[np.ndarray]] = {c.id: [] for c in columns if c.optype is Optype.NUMERIC}
        self._categories = {c.id: Categories() for c in columns if c.optype is Optype.CATEGORICAL}
        self._texts: dict[str, list[pa.Array]] = {c.id: [] for c in columns if c.optype in (Optype.TEXT, Optype.ITEMS)}
        self._classes = Categories()
        self._targets: list[np.ndarray] = []

    def append(self, table: pa.Table) -> None:
        """Adds the rows of a table whose columns are named by field ids."""
        target = table.column(self.objective.id).combine_chunks()
        if self.task is Task.CLASSIFICATION:
            coded = self._classes.code(target)
            known = coded >= 0
            self._classes.keep(coded[known])
        else:
            values = numbers(target)
            known = np.isfinite(values)
            self._targets.append(values[known])
        every = bool(known.all())
        for identity, chunks in self._numbers.items():
            values = numbers(table.column(identity))
            with np.errstate(over="ignore"):
                chunks.append((values if every else values[known]).astype(np.float32))
        selected = table if every else table.filter(pa.array(known))
        for identity, categories in self._categories.items():
            categories.append(selected.column(identity).combine_chunks())
        for column in self._columns:
            if column.id in self._texts:
                self._texts[column.id].append(texts(selected.column(column.id).combine_chunks(), column))

    def target(self) -> tuple[np.ndarray, tuple[str, ...]]:
        """The objective of each row and the classes in name order: codes into them, or numbers and no classes."""
        if self.task is Task.REGRESSION:
            return np.concatenate(self._targets) if self._targets else np.empty(0), ()
        names = self._classes.texts
        codes = self._classes.codes()
        present = np.bincount(codes, minlength=len(names)) > 0
        classes = sorted(name for name, seen in zip(names, present, strict=True) if seen)
        place = {name: index for index, name in enumerate(classes)}
        return np.array([place.get(name, -1) for name in names], dtype=np.int32)[codes], tuple(classes)

    def take_frame(
        self, order: np.ndarray | None, learned: int, *, as_text: bool
    ) -> "tuple[pd.DataFrame, list[Feature], dict[str, list[str]]]":
        """The inputs as a frame in model order, with the features and the categories of each; empties this object.

        `order` rearranges the rows first; only the first `learned` of them decide whether a text column has terms.
        With `as_text` off none has.
        """
        import pandas as pd

        places = slice(None) if order is None else order
        arrays: dict[str, object] = {}
        known: dict[str, list[str]] = {}
        found: list[Feature] = []
        for column in self._columns:
            if column.id in self._numbers:
                arrays[column.id] = np.concatenate(self._numbers.pop(column.id))[places]
                found.append(Feature(column, FeatureKind.NUMERIC))
                continue
            if column.id in self._texts:
                prepared = pa.chunked_array(self._texts.pop(column.id), pa.string()).combine_chunks()
                prepared = prepared if order is None else prepared.take(pa.array(order))
                feature = text_feature(column, prepared[:learned]) if as_text else None
                if feature is not None:
                    arrays[column.id] = prepared.to_numpy(zero_copy_only=False)
                    found.append(feature)
                    continue
                categories = Categories()
                categories.append_words(prepared)
                codes = categories.codes()
            else:
                categories = self._categories.pop(column.id)
                codes = categories.codes()[places]
            known[column.id] = categories.texts
            arrays[column.id] = categorical(codes, categories.texts)
            found.append(Feature(column, FeatureKind.CATEGORY))
        features = [feature for kind in FeatureKind for feature in found if feature.kind is kind]
        frame = pd.DataFrame({feature.field.id: arrays[feature.field.id] for feature in features}, copy=False)
        return frame, features, known


def read_training(
    data: Path, columns: Sequence[Field], objective: Field, task: Task, rows: np.ndarray | None
) -> TrainingColumns:
    """The chosen rows of a Parquet dataset (row numbers, repeated ones count twice; None is all), a group at a time."""
    source = open_parquet(data)
    present = set(source.schema_arrow.names)
    for field in (objective, *columns):
        if field.id not in present:
            raise DataError(f"the dataset has no column {field.id} ({field.name})", (field.id,))
    names = list(dict.fromkeys([*(column.id for column in columns), objective.id]))
    result = TrainingColumns(columns, objective, task)
    chosen = None if rows is None else np.sort(np.asarray(rows, dtype=np.int64))
    start = 0
    for group in range(source.num_row_groups):
        end = start + source.metadata.row_group(group).num_rows
        if chosen is None:
            result.append(source.read_row_group(group, columns=names))
        else:
            within = chosen[np.searchsorted(chosen, start) : np.searchsorted(chosen, end)]
            if len(within):
                result.append(source.read_row_group(group, columns=names).take(pa.array(within - start)))
        start = end
    return result
