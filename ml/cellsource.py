"""Reading a dataset file back, a row group at a time: values, and numbers as the texts they were written as."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa
import pyarrow.parquet as pq

from ml.conversion import TEXT_SUFFIX
from ml.fields import Field, Optype
from ml.numbers import format_numbers


class CellSource:
    """A dataset file opened for reading; use it as a context manager."""

    def __init__(self, data: Path) -> None:
        self._file = pq.ParquetFile(data)
        self.rows: int = self._file.metadata.num_rows
        self.columns = frozenset(self._file.schema_arrow.names)
        sizes = [self._file.metadata.row_group(group).num_rows for group in range(self._file.num_row_groups)]
        self.starts = [sum(sizes[:group]) for group in range(len(sizes) + 1)]

    @property
    def groups(self) -> int:
        """The number of row groups; group `g` has the rows from `starts[g]` to before `starts[g + 1]`."""
        return int(self._file.num_row_groups)

    def group(self, number: int, columns: Sequence[str]) -> pa.RecordBatch:
        """The rows of a group; columns that the file lacks are left out."""
        present = [name for name in dict.fromkeys(columns) if name in self.columns]
        if not present:
            size = self.starts[number + 1] - self.starts[number]
            return pa.RecordBatch.from_struct_array(pa.array([{}] * size, pa.struct([])))
        table = self._file.read_row_group(number, columns=present)
        return table.combine_chunks().to_batches()[0]

    def pieces(self, columns: Sequence[str], rows: int) -> Iterator[pa.RecordBatch]:
        """All rows in order, so many at a time; columns that the file lacks are left out."""
        present = [name for name in dict.fromkeys(columns) if name in self.columns]
        if present:
            yield from self._file.iter_batches(rows, columns=present)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


def text_columns(fields: Sequence[Field]) -> list[str]:
    """The columns that `cell_texts` needs of a file for these fields."""
    return [name for field in fields for name in (field.id, field.id + TEXT_SUFFIX)]


def cell_texts(rows: pa.RecordBatch, field: Field) -> pa.Array:
    """The texts of a field as they were in its source, null where it is missing or the rows do not have it."""
    names = rows.schema.names
    if field.id + TEXT_SUFFIX in names:
        return rows.column(field.id + TEXT_SUFFIX)
    if field.id not in names:
        return pa.nulls(rows.num_rows, pa.string())
    values = rows.column(field.id)
    return format_numbers(values, field.decimals) if field.optype is Optype.NUMERIC else values
