"""Datasets from datasets: rows of one or several, in order, sampled and filtered, with some or all of the columns."""

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ml.cellsource import CellSource, cell_texts, text_columns
from ml.conversion import TEXT_SUFFIX
from ml.errors import ArgumentError
from ml.fields import Field, Optype
from ml.filters import Filter
from ml.memory import prefer_compact_memory
from ml.numbers import NumberStyle, parse_numbers
from ml.rowgroups import GroupWriter, coded_columns
from ml.sampling import Rows, Selection, ranged, sample, select


@dataclass(frozen=True, slots=True)
class Parent:
    """A dataset that rows are taken from. `fields_map` gives its own field for a field of the result, by ids; fields
    that are not in it go by the same id."""

    data: Path
    fields: Sequence[Field]
    selection: Selection = field(default_factory=Selection)
    fields_map: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Derived:
    """A dataset made of others; `bytes` is the size of its file."""

    rows: int
    fields: list[Field]
    bytes: int


def derive(
    parents: Sequence[Parent],
    *,
    out: Path,
    keep: Sequence[str] | None = None,
    row_filter: Filter | None = None,
    selection: Selection | None = None,
    progress: Callable[[float], None] = lambda _share: None,
) -> Derived:
    """Makes the dataset file `out` of the rows of its parents, one parent after the other.

    Of each parent first its range is taken, then the rows that the filter keeps (row numbers are the parent's own),
    then its sample; `selection` then chooses among all of these together. Fields are those of the first parent, or
    the ones of them to `keep`, parts of a kept datetime included; they keep their ids and are numbered anew. Where
    another parent lacks a field its values are missing; numbers and texts turn into each other where they must.
    Raises ArgumentError for no parent, unknown fields to keep, and selections that do not fit.
    """
    if not parents:
        raise ArgumentError("At least one dataset is needed.", ("origin_datasets",))
    prefer_compact_memory()
    fields = _kept(parents[0].fields, keep)
    with ExitStack() as stack:
        sources = [_Source(parent, stack.enter_context(CellSource(parent.data))) for parent in parents]
        textual = {item.id for item in fields if item.optype is Optype.NUMERIC and _needs_text(item, sources)}
        fields = [item.with_(decimals=None if item.id in textual else item.decimals) for item in fields]
        taken = _chosen(sources, parents[0].fields, row_filter, selection)
        total = max(sum(len(numbers) for numbers in taken), 1)
        with GroupWriter(out, _schema(fields, textual), coded=coded_columns(fields)) as writer:
            for source, numbers in zip(sources, taken, strict=True):
                for batch in source.batches(fields, textual, numbers):
                    writer.write(batch)
                    progress(writer.rows / total)
    return Derived(writer.rows, fields, out.stat().st_size)


class _Source:
    """A parent while it is read."""

    def __init__(self, parent: Parent, cells: CellSource) -> None:
        self.parent, self.cells = parent, cells
        own = {item.id: item for item in parent.fields if item.id in cells.columns}
        self._fields = own | {to: own[source] for to, source in parent.fields_map.items() if source in own}

    def field(self, target: Field) -> Field | None:
        """The parent's own field for a field of the result."""
        return self._fields.get(target.id)

    def candidates(self, structure: Sequence[Field], row_filter: Filter | None) -> Rows:
        """The rows in range that the filter keeps."""
        rows = ranged(self.cells.rows, self.parent.selection)
        if row_filter is None:
            return rows
        needed = [item for item in structure if item.id in row_filter.columns]
        passing = []
        for group in range(self.cells.groups):
            batch = self._read(group, needed, frozenset())
            keeps = row_filter.keeps(batch, first_row=self.cells.starts[group] + 1)
            passing.append(np.flatnonzero(keeps.to_numpy(zero_copy_only=False)) + self.cells.starts[group])
        return np.intersect1d(rows, np.concatenate([np.zeros(0, dtype=np.int64), *passing]), assume_unique=True)

    def batches(self, fields: Sequence[Field], textual: Set[str], numbers: Rows) -> Iterator[pa.RecordBatch]:
        """These rows with the columns of the fields, group by group."""
        for group in range(self.cells.groups):
            start, stop = self.cells.starts[group], self.cells.starts[group + 1]
            wanted = numbers[np.searchsorted(numbers, start) : np.searchsorted(numbers, stop)]
            if not len(wanted):
                continue
            batch = self._read(group, fields, textual)
            is_all = len(wanted) == stop - start and bool((np.diff(wanted) == 1).all())
            yield batch if is_all else batch.take(pa.array(wanted - start))

    def _read(self, group: int, targets: Sequence[Field], textual: Set[str]) -> pa.RecordBatch:
        own = [found for target in targets if (found := self.field(target)) is not None]
        rows = self.cells.group(group, text_columns(own))
        columns: dict[str, pa.Array] = {}
        for target in targets:
            values, texts = _converted(rows, self.field(target), target)
            columns[target.id] = values
            if target.id in textual:
                columns[target.id + TEXT_SUFFIX] = texts
        if not columns:
            return rows
        return pa.RecordBatch.from_arrays(list(columns.values()), schema=_schema(targets, textual))


def _converted(rows: pa.RecordBatch, own: Field | None, target: Field) -> tuple[pa.Array, pa.Array]:
    """The values of a field of the result, and their texts."""
    is_number = target.optype is Optype.NUMERIC
    if own is None:
        return pa.nulls(rows.num_rows, pa.float64() if is_number else pa.string()), pa.nulls(rows.num_rows, pa.string())
    texts = cell_texts(rows, own)
    if not is_number:
        return texts, texts
    if own.optype is Optype.NUMERIC:
        return rows.column(own.id), texts
    values = parse_numbers(texts, NumberStyle())
    return values, pc.if_else(pc.is_valid(values), texts, None)


def _kept(fields: Sequence[Field], keep: Sequence[str] | None) -> list[Field]:
    """The fields to keep, numbered anew in the order of their columns."""
    known = {item.id for item in fields}
    wanted = known if keep is None else set(keep)
    for name in wanted - known:
        raise ArgumentError(f"There is no field {name!r}.", ("input_fields",))
    if not wanted:
        raise ArgumentError("At least one field must be kept.", ("input_fields",))
    kept = [item for item in fields if item.id in wanted or item.parent_id in wanted]
    kept.sort(key=lambda item: item.column_number)
    return [item.with_(column_number=number, order=number) for number, item in enumerate(kept)]


def _needs_text(target: Field, sources: Sequence[_Source]) -> bool:
    """Whether the texts of a numeric field differ in form from one parent to the next, or are stored in one of them."""
    decimals = set()
    for source in sources:
        own = source.field(target)
        if own is None:
            continue
        if own.optype is not Optype.NUMERIC or own.id + TEXT_SUFFIX in source.cells.columns:
            return True
        decimals.add(own.decimals)
    return bool(decimals - {target.decimals})


def _chosen(
    sources: Sequence[_Source], structure: Sequence[Field], row_filter: Filter | None, selection: Selection | None
) -> list[Rows]:
    """The rows of each parent that end up in the result."""
    taken = []
    for source in sources:
        candidates = source.candidates(structure, row_filter)
        taken.append(candidates[sample(len(candidates), source.parent.selection)])
    if selection is None:
        return taken
    together = select(sum(len(numbers) for numbers in taken), selection)
    chosen = []
    start = 0
    for numbers in taken:
        stop = start + len(numbers)
        positions = together[np.searchsorted(together, start) : np.searchsorted(together, stop)]
        chosen.append(numbers[positions - start])
        start = stop
    return chosen


def _schema(fields: Sequence[Field], textual: Set[str]) -> pa.Schema:
    columns: list[tuple[str, pa.DataType]] = []
    for item in fields:
        columns.append((item.id, pa.float64() if item.optype is Optype.NUMERIC else pa.string()))
        if item.id in textual:
            columns.append((item.id + TEXT_SUFFIX, pa.string()))
    return pa.schema(columns)
