"""Scoring all rows of a dataset with one tree: rows are sent down together, column by column."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from ml.decimals import rounded_array
from ml.errors import ArgumentError
from ml.fields import Field, Optype
from ml.inputs import Values
from ml.numbers import NumberStyle, format_numbers, parse_numbers
from ml.predictor import MissingStrategy, Options, Outcome, Task
from ml.trees.columns import CategoricalColumn, as_numbers, categorical_column
from ml.trees.nodes import Node, leaves
from ml.trees.routing import Column, sides

if TYPE_CHECKING:
    from ml.trees.predict import TreePredictor

BATCH_ROWS = 131_072
"""So many rows are in memory at a time."""


def predict_table(
    predictor: "TreePredictor", data: Path, fields: Mapping[str, str], options: Options
) -> Iterator[pa.Table]:
    """The outcomes of a Parquet dataset, table by table; see `TreePredictor.predict_table`."""
    file = pq.ParquetFile(data)
    used = {node.split.field_id for node in predictor.nodes if node.split is not None}
    names = {item.id: fields.get(item.id, item.id) for item in predictor.inputs if item.id in used}
    present = set(file.schema_arrow.names)
    for id_, name in names.items():
        if id_ in fields and name not in present:
            raise ArgumentError(f"The dataset has no column {name!r}.", ("fields_map", id_))
    wanted = sorted(present & set(names.values()))
    rows = 0
    for batch in file.iter_batches(BATCH_ROWS, columns=wanted):
        rows += batch.num_rows
        columns = {
            item.id: _column(
                item, batch.column(names[item.id]) if names[item.id] in wanted else None, batch.num_rows, predictor
            )
            for item in predictor.inputs
            if item.id in names
        }
        yield _score(predictor, columns, batch.num_rows, options)
    if not rows:
        yield _answers(predictor, [], np.empty(0, np.intp))


def _score(predictor: "TreePredictor", columns: Mapping[str, Column], size: int, options: Options) -> pa.Table:
    ends = _route(predictor.model.root, columns, size)
    where = np.empty(size, np.intp)
    outcomes: list[Outcome] = []
    for number in np.unique(ends).tolist():
        node, rows = predictor.nodes[number], np.flatnonzero(ends == number)
        if node.split is None or options.missing_strategy is MissingStrategy.LAST:
            where[rows] = len(outcomes)
            outcomes.append(predictor.outcome_at(node, options))
            continue
        alike: dict[tuple[int, ...], int] = {}
        for row in rows.tolist():
            values = _values(columns, row)
            key = tuple(leaf.id for leaf in leaves(node, values))
            if key not in alike:
                alike[key] = len(outcomes)
                outcomes.append(predictor.outcome(values, options))
            where[row] = alike[key]
    return _answers(predictor, outcomes, where)


def _route(root: Node, columns: Mapping[str, Column], size: int) -> NDArray[np.int32]:
    """The id of the node at which each row ends."""
    ends = np.full(size, root.id, np.int32)
    pending = [(root, np.arange(size))]
    while pending:
        node, rows = pending.pop()
        if node.split is None or not len(rows):
            continue
        answers = sides(node.split, columns[node.split.field_id], rows)
        for side, child in enumerate(node.children):
            taken = rows[answers == side]
            ends[taken] = child.id
            pending.append((child, taken))
    return ends


def _answers(predictor: "TreePredictor", outcomes: list[Outcome], where: NDArray[np.intp]) -> pa.Table:
    """One row for each place in the list of outcomes."""
    is_class = predictor.task is Task.CLASSIFICATION
    columns: dict[str, list[Any]] = {
        "output": [outcome.output for outcome in outcomes],
        "confidence": [outcome.confidence for outcome in outcomes],
        "probability": [outcome.probability for outcome in outcomes],
    }
    for kind, place in (("probability", "probabilities"), ("confidence", "confidences")):
        for index, name in enumerate(predictor.classes):
            columns[f"{kind}:{name}"] = [getattr(outcome, place)[index][1] for outcome in outcomes]
    taken = pa.array(where)
    types = {"output": pa.string() if is_class else pa.float64()}
    arrays = [pa.array(values, types.get(name, pa.float64())).take(taken) for name, values in columns.items()]
    return pa.table(arrays, names=list(columns))


def _values(columns: Mapping[str, Column], row: int) -> Values:
    values: Values = {}
    for id_, column in columns.items():
        if isinstance(column, CategoricalColumn):
            if column.codes[row] >= 0:
                values[id_] = column.categories[column.codes[row]]
        elif isinstance(column, pa.Array):
            if column[row].is_valid:
                values[id_] = column[row].as_py()
        elif not np.isnan(column[row]):
            values[id_] = float(column[row])
    return values


def _column(item: Field, column: pa.Array | None, size: int, predictor: "TreePredictor") -> Column:
    """A column as the tree sees it, normalised as `ml.inputs.normalise` does for a row."""
    if item.optype is Optype.NUMERIC:
        values = np.full(size, np.nan) if column is None else rounded_array(_numbers(item, column, predictor))
        default = predictor.defaults.get(item.id)
        return values if default is None else np.where(np.isnan(values), default, values)
    texts = pa.nulls(size, pa.string()) if column is None else _texts(column)
    texts = pc.if_else(pc.is_in(texts, pa.array(predictor.model.missing_tokens, texts.type)), None, texts)
    return categorical_column(item.id, texts) if item.optype is Optype.CATEGORICAL else texts


def _numbers(item: Field, column: pa.Array, predictor: "TreePredictor") -> NDArray[np.float64]:
    if pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
        return as_numbers(column)
    texts = column.cast(pa.string())
    known = pc.if_else(pc.is_in(texts, pa.array(predictor.model.missing_tokens)), None, texts)
    numbers = parse_numbers(known, NumberStyle())
    if numbers.null_count != known.null_count:
        raise ArgumentError(f"Field {item.name!r} needs numbers.", ("fields_map", item.id))
    return as_numbers(numbers)


def _texts(column: pa.Array) -> pa.Array:
    if pa.types.is_floating(column.type) or pa.types.is_integer(column.type):
        return format_numbers(column.cast(pa.float64()), None)
    return column if pa.types.is_string(column.type) else column.cast(pa.string())
