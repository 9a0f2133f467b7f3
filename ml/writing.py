"""The rows of a dataset for others: as delimited text, and a page at a time as values."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ml.cellsource import CellSource, cell_texts, text_columns
from ml.errors import ArgumentError, DataError
from ml.fields import Field

ROWS_AT_ONCE = 16_384

_QUOTE = '"'


def write_csv(
    data: Path,
    fields: Sequence[Field],
    out: Path,
    *,
    header: bool = True,
    separator: str = ",",
    newline: str = "\n",
    extra: Iterable[pa.Table] = (),
    progress: Callable[[float], None] = lambda _share: None,
) -> int:
    """Writes the fields of a dataset file to `out` as UTF-8 and returns the number of rows.

    Every value is written exactly as it was in the source, a missing one as nothing; quotes stand only where a value
    has the separator, a quote or a line end in it. `extra` gives further columns as tables that together have one row
    for every row of the dataset. Raises DataError when they have fewer or more.
    """
    if len(separator) != 1 or separator in '"\r\n':
        raise ArgumentError(f"separator must be a single character, not {separator!r}.", ("separator",))
    further = _Further(extra)
    written = 0
    with CellSource(data) as source, out.open("wb") as file:
        if header:
            names = [field.name for field in fields] + further.names
            file.write(_lines([pa.array([name], pa.string()) for name in names], separator, newline))
        for rows in _pieces(source, fields):
            columns = [cell_texts(rows, field) for field in fields] + further.take(rows.num_rows)
            if columns:
                file.write(_lines(columns, separator, newline))
            written += rows.num_rows
            progress(written / source.rows)
    if further.take(1, may_end=True):
        raise DataError("There are more rows of further columns than rows of the dataset.")
    return written


def rows(
    data: Path, fields: Sequence[Field], *, offset: int = 0, limit: int = 100, columns: Sequence[str] | None = None
) -> list[list[Any]]:  # Any: a float, a text or None for each cell
    """A page of rows as values: floats, texts, None for missing ones, in the order of `columns` (ids; default: all).

    Raises ArgumentError for a negative offset or limit and for an unknown column.
    """
    for name, number in (("offset", offset), ("limit", limit)):
        if number < 0:
            raise ArgumentError(f"{name} must not be negative.", (name,))
    known = {field.id for field in fields}
    wanted = [field.id for field in fields] if columns is None else list(columns)
    for column in wanted:
        if column not in known:
            raise ArgumentError(f"There is no field {column!r}.", ("columns",))
    page: list[list[Any]] = []
    with CellSource(data) as source:
        end = min(offset + limit, source.rows)
        for group in range(source.groups):
            start, stop = max(offset, source.starts[group]), min(end, source.starts[group + 1])
            if start >= stop:
                continue
            part = source.group(group, wanted).slice(start - source.starts[group], stop - start)
            cells = [
                part.column(name).to_pylist() if name in part.schema.names else [None] * len(part) for name in wanted
            ]
            page += [list(row) for row in zip(*cells, strict=True)] if cells else [[] for _ in range(start, stop)]
    return page


class _Further:
    """Columns that come as a stream of tables, handed out as many rows at a time as are asked for."""

    def __init__(self, tables: Iterable[pa.Table]) -> None:
        self._tables = iter(tables)
        first = next(self._tables, None)
        self._held: pa.Table | None = first
        self.names: list[str] = [] if first is None else list(first.schema.names)

    def take(self, count: int, *, may_end: bool = False) -> list[pa.Array]:
        """The texts of the next rows; fewer, or no columns at all, only if the stream may end."""
        if self._held is None:
            return []
        while self._held.num_rows < count and (table := next(self._tables, None)) is not None:
            self._held = pa.concat_tables([self._held, table])
        if self._held.num_rows < count:
            if may_end and not self._held.num_rows:
                return []
            raise DataError("There are fewer rows of further columns than rows of the dataset.")
        part, self._held = self._held.slice(0, count), self._held.slice(count)
        return [pc.cast(column.combine_chunks(), pa.string()) for column in part.columns]


def _pieces(source: CellSource, fields: Sequence[Field]) -> Iterator[pa.RecordBatch]:
    if fields:
        yield from source.pieces(text_columns(fields), ROWS_AT_ONCE)
        return
    for start in range(0, source.rows, ROWS_AT_ONCE):
        size = min(ROWS_AT_ONCE, source.rows - start)
        yield pa.RecordBatch.from_arrays([pa.nulls(size)], names=[""])


def _lines(columns: Sequence[pa.Array], separator: str, newline: str) -> memoryview:
    """Rows as the bytes of lines."""
    cells = [_quoted(column, separator) for column in columns]
    if len(cells) == 1:
        # A line with nothing on it would be no row to a reader.
        cells = [pc.if_else(pc.equal(pc.fill_null(cells[0], ""), ""), _QUOTE * 2, cells[0])]
    lines = pc.binary_join_element_wise(*cells, separator, null_handling="replace", null_replacement="")
    ended = pc.binary_join_element_wise(lines, "", newline)
    _, offsets, text = ended.buffers()
    ends = memoryview(offsets).cast("i")
    return memoryview(text or b"")[ends[ended.offset] : ends[ended.offset + len(ended)]]


def _quoted(texts: pa.Array, separator: str) -> pa.Array:
    content = texts.buffers()[2]
    raw = b"" if content is None else content.to_pybytes()
    if not any(sign in raw for sign in (separator.encode(), b'"', b"\n", b"\r")):
        return texts
    special = pc.match_substring_regex(texts, f'[{_escaped(separator)}"\r\n]')
    doubled = pc.replace_substring(texts, _QUOTE, _QUOTE * 2)
    return pc.if_else(special, pc.binary_join_element_wise(_QUOTE, doubled, _QUOTE, ""), texts)


def _escaped(sign: str) -> str:
    return f"\\{sign}" if sign in "^]\\-[" else sign
