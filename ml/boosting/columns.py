"""Columns of a Parquet dataset brought into the shape in which CatBoost takes them fastest: one array a column.

A frame of doubles and of dictionary-coded categories is read by the engine without a copy and without hashing a
category more than once; rows of Python values would cost more than the scoring itself.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ml.boosting.features import MISSING_CATEGORY, Feature, FeatureKind, numbers, text_feature, texts
from ml.errors import ArgumentError, DataError, UnreadableError
from ml.fields import Field, Optype
from ml.numbers import NumberStyle, format_numbers, parse_numbers
from ml.predictor import Task

if TYPE_CHECKING:
    import pandas as pd


class Categories:
    """A column of texts kept as codes, with the texts in the order of their first appearance. Missing is -1."""

    def __init__(self) -> None:
        self._codes: list[np.ndarray] = []
        self._known: dict[str, int] = {}

    def append(self, column: pa.Array) -> None:
        """Adds values at the end."""
        self._codes.append(self.code(column))

    def code(self, column: pa.Array) -> np.ndarray:
        """The codes of values, new texts included, without keeping the values."""
        coded = column if pa.types.is_dictionary(column.type) else column.cast(pa.string()).dictionary_encode()
        known = self._known
        places = [known.setdefault(text, len(known)) for text in coded.dictionary.cast(pa.string()).to_pylist()]
        indices = pc.fill_null(coded.indices.cast(pa.int64()), len(places)).to_numpy()
        codes: np.ndarray = np.array([*places, -1], dtype=np.int32)[indices]
        return codes

    def keep(self, codes: np.ndarray) -> None:
        """Adds codes that `code` gave."""
        self._codes.append(codes)

    @property
    def texts(self) -> list[str]:
        """The texts; the place of each is its code."""
        return list(self._known)

    def codes(self) -> np.ndarray:
        """All codes kept so far, one a row."""
        return np.concatenate(self._codes) if self._codes else np.empty(0, np.int32)


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
        Each column is freed as soon as it is in the frame, so that the rows are in memory once.
        """
        import pandas as pd

        features: list[Feature] = []
        arrays: dict[str, object] = {}
        known: dict[str, list[str]] = {}
        by_kind: dict[FeatureKind, list[Feature]] = {kind: [] for kind in FeatureKind}
        for column in self._columns:
            if column.id in self._numbers:
                values = np.concatenate(self._numbers.pop(column.id))
                arrays[column.id] = values if order is None else values[order]
                by_kind[FeatureKind.NUMERIC].append(Feature(column, FeatureKind.NUMERIC))
                continue
            if column.id in self._texts:
                prepared = pa.chunked_array(self._texts.pop(column.id), pa.string()).combine_chunks()
                prepared = prepared if order is None else prepared.take(pa.array(order))
                feature = Feature(column, FeatureKind.CATEGORY)
                if as_text and (column.term_analysis is None or column.term_analysis.enabled):
                    feature = text_feature(column, prepared[:learned])
                if feature.kind is FeatureKind.TEXT:
                    arrays[column.id] = prepared.to_numpy(zero_copy_only=False)
                    by_kind[FeatureKind.TEXT].append(feature)
                    continue
                categories = Categories()
                categories.append(pc.replace_with_mask(prepared, pc.equal(prepared, ""), pa.scalar(None, pa.string())))
                codes = categories.codes()
            else:
                categories = self._categories.pop(column.id)
                codes = categories.codes()
                codes = codes if order is None else codes[order]
            known[column.id] = categories.texts
            arrays[column.id] = _categorical(codes, categories.texts)
            by_kind[FeatureKind.CATEGORY].append(Feature(column, FeatureKind.CATEGORY))
        features = [feature for kind in FeatureKind for feature in by_kind[kind]]
        frame = pd.DataFrame({feature.field.id: arrays[feature.field.id] for feature in features}, copy=False)
        return frame, features, known


def _categorical(codes: np.ndarray, categories: list[str]) -> "pd.Categorical":
    import pandas as pd

    if MISSING_CATEGORY in categories:
        missing, names = categories.index(MISSING_CATEGORY), categories
    else:
        missing, names = len(categories), [*categories, MISSING_CATEGORY]
    return pd.Categorical.from_codes(np.where(codes < 0, np.int32(missing), codes), pd.Index(names, dtype=object))


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


def open_parquet(data: Path, dictionaries: Sequence[str] = ()) -> pq.ParquetFile:
    """The dataset opened; the named columns will be read as codes. UnreadableError when it is no Parquet file."""
    try:
        return pq.ParquetFile(data, read_dictionary=list(dictionaries), pre_buffer=True)
    except pa.ArrowInvalid as error:
        raise UnreadableError(f"not a Parquet dataset: {error}") from error


def scored_rows(table: pa.Table, features: Sequence[Feature], names: Mapping[str, str]) -> "np.ndarray | pd.DataFrame":
    """The rows of a table in the form in which a model with these features scores them fastest.

    `names` maps field ids to the table's columns; a column that the table lacks counts as missing in every row.
    """
    import pandas as pd

    if all(feature.kind is FeatureKind.NUMERIC for feature in features):
        return _matrix(table, features, names)
    arrays: dict[str, object] = {}
    for feature in features:
        field, name = feature.field, names.get(feature.field.id, feature.field.id)
        column = table.column(name).combine_chunks() if name in table.column_names else None
        arrays[field.id] = _blank(feature, table.num_rows) if column is None else _scored(feature, column)
    return pd.DataFrame(arrays, copy=False)


def _matrix(table: pa.Table, features: Sequence[Feature], names: Mapping[str, str]) -> np.ndarray:
    """Single precision, which is what the engine compares in, and column after column in memory."""
    matrix = np.full((table.num_rows, len(features)), np.nan, dtype=np.float32, order="F")
    for place, feature in enumerate(features):
        name = names.get(feature.field.id, feature.field.id)
        if name in table.column_names:
            with np.errstate(over="ignore"):
                matrix[:, place] = _scored(feature, table.column(name).combine_chunks())
    return matrix


def _blank(feature: Feature, count: int) -> object:
    match feature.kind:
        case FeatureKind.NUMERIC:
            return np.full(count, np.nan)
        case FeatureKind.CATEGORY:
            return _categorical(np.full(count, -1, np.int32), [])
        case FeatureKind.TEXT:
            return np.full(count, "", object)


def _scored(feature: Feature, column: pa.Array) -> Any:
    field, is_number = feature.field, pa.types.is_floating(column.type) or pa.types.is_integer(column.type)
    if feature.kind is FeatureKind.NUMERIC:
        if not is_number:
            parsed = parse_numbers(column.cast(pa.string()), NumberStyle())
            if parsed.null_count != column.null_count:
                raise ArgumentError(f"Field {field.name!r} needs numbers.", ("fields_map", field.id))
            column = parsed
        return numbers(column)
    if is_number:
        column = format_numbers(column.cast(pa.float64()), None)
    if field.optype is not Optype.CATEGORICAL:
        column = texts(column, field)
        if feature.kind is FeatureKind.TEXT:
            return column.to_numpy(zero_copy_only=False)
        column = pc.replace_with_mask(column, pc.equal(column, ""), pa.scalar(None, pa.string()))
    categories = Categories()
    categories.append(column)
    return _categorical(categories.codes(), categories.texts)
