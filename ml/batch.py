"""Predictions for a whole dataset, written to a file or as a dataset of their own, batch after batch."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ml.alignment import aligned
from ml.cellsource import text_columns
from ml.decimals import plain, rounded_array
from ml.errors import ArgumentError
from ml.fields import Field, Optype, field_id
from ml.matching import match_columns
from ml.numbers import format_numbers
from ml.predictor import Options, Predictor, Task
from ml.rowgroups import GroupWriter
from ml.writing import write_csv

FIRST_APPENDED = 0x100000
"""The id of the first column of predictions in a dataset, as a number; the next ones follow."""

DEFAULT_OPTIONS = Options()

_EXPONENT_FROM = 1e10
"""From here on shortest forms of numbers have exponents, which files of predictions are to be free of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Which columns a batch prediction has and how its file looks (BigML.io API documentation, batch predictions).

    `all_fields`, or else `output_fields` (ids or names), puts columns of the dataset first. The prediction follows,
    and what is switched on of `confidence`, `probability`, `probabilities` and `confidences` (one column a class, named
    `<class> probability` and `<class> confidence`), in this order. Regression has a confidence only. `newline` is what
    a line ends with, `\\n` or `\\r\\n`.
    """

    all_fields: bool = False
    output_fields: Sequence[str] = ()
    confidence: bool = False
    probability: bool = False
    probabilities: bool = False
    confidences: bool = False
    prediction_name: str | None = None
    confidence_name: str | None = None
    probability_name: str | None = None
    header: bool = True
    separator: str = ","
    newline: str = "\n"

    def __post_init__(self) -> None:
        if self.newline not in ("\n", "\r\n"):
            raise ArgumentError("newline must be a line feed, or a carriage return with one.", ("newline",))

    def kept(self, fields: Sequence[Field]) -> list[Field]:
        """The columns of the dataset that come first, without the parts of dates, which the dates themselves tell.

        Raises ArgumentError for a field that the dataset does not have.
        """
        if self.all_fields:
            return [field for field in fields if field.parent_id is None]
        known = {field.name: field for field in reversed(fields)} | {field.id: field for field in fields}
        for name in self.output_fields:
            if name not in known:
                raise ArgumentError(f"The dataset has no field {name!r}.", ("output_fields",))
        return [known[name] for name in self.output_fields]

    def appended(self, predictor: Predictor) -> dict[str, str]:
        """The columns of `Predictor.predict_table` that are written, in order, with their names in the file."""
        is_class = predictor.task is Task.CLASSIFICATION
        names = {"output": self.prediction_name or predictor.objective.name}
        if self.confidence:
            names["confidence"] = self.confidence_name or "confidence"
        if self.probability and is_class:
            names["probability"] = self.probability_name or "probability"
        for kind, wanted in (("probability", self.probabilities), ("confidence", self.confidences)):
            if wanted:
                names |= {f"{kind}:{name}": f"{name} {kind}" for name in predictor.classes}
        return names


@dataclass(frozen=True, slots=True)
class BatchResult:
    """A file of predictions: its size and the names of its columns."""

    rows: int
    bytes: int
    columns: list[str]


@dataclass(frozen=True, slots=True)
class BatchDataset:
    """A dataset of predictions: its size, its fields, and the id of the one that holds the predictions."""

    rows: int
    bytes: int
    fields: list[Field]
    objective_id: str


def predict_to_file(
    predictor: Predictor,
    data: Path,
    fields: Sequence[Field],
    *,
    out: Path,
    columns: Columns | None = None,
    fields_map: Mapping[str, str] | None = None,
    options: Options = DEFAULT_OPTIONS,
    progress: Callable[[float], None] = lambda _share: None,
) -> BatchResult:
    """Writes the predictions for every row of a dataset to `out` as delimited text.

    Numbers that the model gives have at most five decimals; values of the dataset stand as in its source. The model
    reads the columns that `match_columns` finds with `fields_map`. Raises ArgumentError for columns, separators and
    options that do not fit the dataset or the model.
    """
    columns = columns or Columns()
    kept, names = columns.kept(fields), columns.appended(predictor)
    predictions = predictor.predict_table(data, match_columns(predictor.inputs, fields, fields_map), options)
    rows = write_csv(
        data,
        kept,
        out,
        header=columns.header,
        separator=columns.separator,
        newline=columns.newline,
        extra=(_as_texts(table, names) for table in predictions),
        progress=progress,
    )
    return BatchResult(rows, out.stat().st_size, [*(field.name for field in kept), *names.values()])


def predict_to_dataset(
    predictor: Predictor,
    data: Path,
    fields: Sequence[Field],
    *,
    out: Path,
    columns: Columns | None = None,
    fields_map: Mapping[str, str] | None = None,
    options: Options = DEFAULT_OPTIONS,
    progress: Callable[[float], None] = lambda _share: None,
) -> BatchDataset:
    """Writes the same columns as `predict_to_file` as a dataset file.

    Columns of the given dataset keep their ids, dates come with their parts; those of the predictions get the ids
    `100000`, `100001`, … as far as they are free, and the first of them is the objective.
    """
    columns = columns or Columns()
    chosen = {field.id for field in columns.kept(fields)}
    kept = [field for field in fields if field.id in chosen or field.parent_id in chosen]
    names = columns.appended(predictor)
    added = _added(predictor, kept, names)
    predictions = predictor.predict_table(data, match_columns(predictor.inputs, fields, fields_map), options)
    source = pq.ParquetFile(data)
    held = source.schema_arrow
    stored = [name for name in text_columns(kept) if name in held.names]
    schema = pa.schema([*(held.field(name) for name in stored), *((field.id, _TYPES[field.optype]) for field in added)])
    coded = [field.id for field in (*kept, *added) if field.optype is Optype.CATEGORICAL]
    groups = (source.read_row_group(group, columns=stored) for group in range(source.num_row_groups))
    with source, GroupWriter(out, schema.remove_metadata(), coded=coded) as writer:
        for group, table in aligned(groups, predictions):
            arrays = [*group.columns, *(_as_stored(table.column(name)) for name in names)]
            columns_together = [column.combine_chunks() for column in arrays]
            writer.write(pa.record_batch(columns_together, schema=schema))
            progress(writer.rows / max(source.metadata.num_rows, 1))
    numbered = [field.with_(column_number=place, order=place) for place, field in enumerate([*kept, *added])]
    return BatchDataset(writer.rows, out.stat().st_size, numbered, added[0].id)


_TYPES = {Optype.NUMERIC: pa.float64(), Optype.CATEGORICAL: pa.string()}


def _added(predictor: Predictor, kept: Sequence[Field], names: Mapping[str, str]) -> list[Field]:
    taken = {field.id for field in kept}
    free = (identity for identity in map(field_id, count(FIRST_APPENDED)) if identity not in taken)
    is_class = predictor.task is Task.CLASSIFICATION
    fields = []
    for column, name in names.items():
        if column == "output" and is_class:
            fields.append(Field(next(free), name, Optype.CATEGORICAL, 0, generated=True))
        else:
            fields.append(Field(next(free), name, Optype.NUMERIC, 0, "double", generated=True))
    return fields


def _as_stored(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The column with numbers rounded to five decimals."""
    if not pa.types.is_floating(column.type):
        return column
    return pa.chunked_array([pa.array(_rounded(column), from_pandas=True)])


def _as_texts(table: pa.Table, names: Mapping[str, str]) -> pa.Table:
    """The columns to write, under the names that they have in the file, as the texts to write."""
    columns = [table.column(column) for column in names]
    return pa.table(
        [_numbers(column) if pa.types.is_floating(column.type) else column for column in columns],
        names=list(names.values()),
    )


def _numbers(column: pa.ChunkedArray) -> pa.Array:
    """Numbers with at most five decimals, whole ones without any, never with an exponent; nothing for a missing one."""
    values = _rounded(column)
    texts = format_numbers(pa.array(values, from_pandas=True), None)
    large = np.abs(values) >= _EXPONENT_FROM
    if not large.any():
        return texts
    written = [str(plain(value)) for value in values[large].tolist()]
    return pc.replace_with_mask(texts, pa.array(large), pa.array(written))


def _rounded(column: pa.ChunkedArray) -> np.ndarray:
    rounded: np.ndarray = rounded_array(column.to_numpy())
    rounded += 0.0  # no minus before a zero
    return rounded
