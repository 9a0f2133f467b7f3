"""Rows to score, brought into the shape in which CatBoost takes them fastest: column after column.

A matrix of numbers, or a frame with dictionary-coded categories, is read by the engine without looking at a value in
Python; rows of Python values would cost more than the scoring itself.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ml.boosting.categories import Categories, categorical
from ml.boosting.features import Feature, FeatureKind, numbers, texts
from ml.errors import ArgumentError, UnreadableError
from ml.fields import Optype
from ml.numbers import NumberStyle, format_numbers, parse_numbers

if TYPE_CHECKING:
    import pandas as pd


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
    matrix = np.empty((table.num_rows, len(features)), dtype=np.float32, order="F")
    for place, feature in enumerate(features):
        name = names.get(feature.field.id, feature.field.id)
        with np.errstate(over="ignore"):
            known = name in table.column_names
            matrix[:, place] = _scored(feature, table.column(name).combine_chunks()) if known else np.nan
    return matrix


def _blank(feature: Feature, count: int) -> object:
    match feature.kind:
        case FeatureKind.NUMERIC:
            return np.full(count, np.nan)
        case FeatureKind.CATEGORY:
            return categorical(np.full(count, -1, np.int32), [])
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
    categories = Categories()
    if field.optype is Optype.CATEGORICAL:
        categories.append(column)
        return categorical(categories.codes(), categories.texts)
    words = texts(column, field)
    if feature.kind is FeatureKind.TEXT:
        return words.to_numpy(zero_copy_only=False)
    categories.append_words(words)
    return categorical(categories.codes(), categories.texts)
