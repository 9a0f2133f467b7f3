"""A dataset file and the arguments of a tree, made into what the grower works on."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from ml.decimals import plain_numbers, rounded_array
from ml.errors import ArgumentError, DataError
from ml.fields import Field, Optype
from ml.inputs import prepare_inputs
from ml.trees.columns import SORTED_ROWS, Columns, Floats, as_numbers, categorical_column, numeric_columns, term_column
from ml.trees.parameters import TreeParameters
from ml.trees.target import ClassTarget, NumberTarget, Target

Summaries = Mapping[str, Mapping[str, Any]]
"""Field ids with their summaries (JSON values)."""


@dataclass(frozen=True, slots=True)
class Training:
    """The rows that take part, by input and objective, and the fields they come from."""

    objective: Field
    inputs: tuple[Field, ...]
    summaries: Summaries
    """Of the inputs and the objective, in five decimals."""
    columns: Columns
    target: Target
    size: int


def load_training(
    data: Path,
    fields: Sequence[Field],
    summaries: Summaries,
    *,
    objective: str,
    inputs: Sequence[str],
    parameters: TreeParameters,
    rows: NDArray[Any] | None,
    progress: Callable[[float], None],
) -> Training:
    """The training rows of a Parquet dataset: those asked for, less those without an objective or without weight.

    Datetime columns (their parts are inputs of their own), the objective and the weight field are left out of the
    inputs. `progress` is told the share of columns read. Raises ArgumentError for unknown fields and weights that do
    not fit, DataError when no row is left.
    """
    by_id = {item.id: item for item in fields}
    goal = _field(by_id, objective, "objective_field")
    if goal.optype not in (Optype.NUMERIC, Optype.CATEGORICAL):
        raise ArgumentError(f"A tree cannot predict the {goal.optype} field {goal.name!r}.", ("objective_field",))
    named = [_field(by_id, id_, "input_fields") for id_ in dict.fromkeys(inputs)]
    left_out = (objective, parameters.weight_field)
    used = tuple(
        item.with_(preferred=True) for item in named if item.optype is not Optype.DATETIME and item.id not in left_out
    )
    relevant = {item.id: plain_numbers(summaries.get(item.id, {})) for item in (*used, goal)}

    reader = _Reader(data, rows)
    weights = _row_weights(reader, by_id, parameters.weight_field)
    weights = _keep(reader, reader.present(goal), weights)
    if goal.optype is Optype.CATEGORICAL:
        weights = _class_weights(reader.column(objective), weights, parameters)
    elif parameters.balance_objective or parameters.objective_weights:
        argument = "objective_weights" if parameters.objective_weights else "balance_objective"
        raise ArgumentError(f"{argument} is for categorical objectives only.", (argument,))
    weights = _keep(reader, np.ones(reader.size, bool), weights)
    if reader.size == 0:
        raise DataError(f"No row has a value of the objective field {goal.name!r}.", ("objective_field",))
    target = _target(goal, relevant[objective], reader.column(objective), weights)
    columns = _columns(reader, used, relevant, parameters, progress)
    return Training(goal, used, relevant, columns, target, reader.size)


class _Reader:
    """Columns of the file, at the rows that take part."""

    def __init__(self, data: Path, rows: NDArray[Any] | None) -> None:
        self._file = pq.ParquetFile(data)
        self._rows = np.arange(self._file.metadata.num_rows) if rows is None else rows
        self._is_whole = rows is None

    @property
    def size(self) -> int:
        return len(self._rows)

    def keep(self, mask: NDArray[np.bool_]) -> None:
        if not mask.all():
            self._rows = self._rows[mask]
            self._is_whole = False

    def column(self, id_: str) -> pa.Array:
        if id_ not in self._file.schema_arrow.names:
            raise DataError(f"The dataset has no column {id_!r}.")
        column = self._file.read([id_]).column(0).combine_chunks()
        return column if self._is_whole else column.take(pa.array(self._rows))

    def present(self, item: Field) -> NDArray[np.bool_]:
        """Which rows have a value of the field."""
        if item.optype is Optype.NUMERIC:
            return np.isfinite(self.numbers(item.id))
        valid: NDArray[np.bool_] = self.column(item.id).is_valid().to_numpy(zero_copy_only=False)
        return valid

    def numbers(self, id_: str) -> Floats:
        return as_numbers(self.column(id_))


def _field(by_id: Mapping[str, Field], id_: str, argument: str) -> Field:
    if id_ not in by_id:
        raise ArgumentError(f"The dataset has no field {id_!r}.", (argument,))
    return by_id[id_]


def _row_weights(reader: _Reader, by_id: Mapping[str, Field], id_: str | None) -> Floats | None:
    if id_ is None:
        return None
    item = _field(by_id, id_, "weight_field")
    if item.optype is not Optype.NUMERIC:
        raise ArgumentError(f"The weight field {item.name!r} is not numeric.", ("weight_field",))
    weights = np.nan_to_num(reader.numbers(id_), nan=0.0, posinf=-1.0)
    if (weights < 0).any():
        raise ArgumentError(f"The weight field {item.name!r} has negative values.", ("weight_field",))
    return weights


def _class_weights(column: pa.Array, weights: Floats | None, parameters: TreeParameters) -> Floats | None:
    if not parameters.balance_objective and not parameters.objective_weights:
        return weights
    coded = column.dictionary_encode()
    codes = coded.indices.to_numpy()
    names = coded.dictionary.to_pylist()
    by_class = np.ones(len(names))
    if parameters.balance_objective and names:
        counts = np.bincount(codes, weights=weights, minlength=len(names))
        by_class = counts.max() / counts
    for name, weight in parameters.objective_weights or ():
        if name not in names:
            raise ArgumentError(f"The objective has no class {name!r}.", ("objective_weights", name))
        by_class[names.index(name)] *= weight
    own: Floats = by_class[codes]
    return own if weights is None else weights * own


def _keep(reader: _Reader, mask: NDArray[np.bool_], weights: Floats | None) -> Floats | None:
    """Leaves out rows, and with them those that weigh nothing."""
    if weights is None:
        reader.keep(mask)
        return None
    mask = mask & (weights > 0)
    reader.keep(mask)
    return weights[mask]


def _target(goal: Field, summary: Mapping[str, Any], column: pa.Array, weights: Floats | None) -> Target:
    if goal.optype is Optype.NUMERIC:
        values = rounded_array(as_numbers(column))
        return NumberTarget(values, weights)
    coded = categorical_column(goal.id, column)
    codes = coded.codes.astype(np.intp)
    known = {name: place for place, (name, _) in enumerate(summary.get("categories", ()))}
    order = np.array([known.get(name, len(known) + place) for place, name in enumerate(coded.categories)])
    return ClassTarget(coded.categories, order, codes, weights)


def _columns(
    reader: _Reader,
    inputs: Sequence[Field],
    summaries: Summaries,
    parameters: TreeParameters,
    progress: Callable[[float], None],
) -> Columns:
    default = parameters.default_numeric_value
    defaults = prepare_inputs(inputs, summaries=summaries, default_numeric_value=default).defaults
    done = 0

    def read(optype: Optype) -> Iterator[tuple[Field, pa.Array]]:
        nonlocal done
        for item in inputs:
            if item.optype is optype:
                yield item, reader.column(item.id)
                done += 1
                progress(done / len(inputs))

    def numbers() -> Iterator[tuple[str, Floats]]:
        for item, column in read(Optype.NUMERIC):
            values = as_numbers(column)
            yield item.id, np.where(np.isnan(values), defaults[item.id], values) if item.id in defaults else values

    count = sum(item.optype is Optype.NUMERIC for item in inputs)
    return Columns(
        numeric_columns(numbers(), count, reader.size, with_codes=reader.size > SORTED_ROWS),
        tuple(categorical_column(item.id, column) for item, column in read(Optype.CATEGORICAL)),
        tuple(
            term_column(item, summaries[item.id], column)
            for optype in (Optype.TEXT, Optype.ITEMS)
            for item, column in read(optype)
        ),
        {item.id: position for position, item in enumerate(inputs)},
    )
