"""Writing a dataset file: Parquet, row by row in source order, in groups that fit into memory."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa
import pyarrow.parquet as pq

from ml.fields import Field, Optype

ROWS_PER_GROUP = 131_072
"""Rows of a row group; every group but the last has so many unless they are very wide."""

BYTES_PER_GROUP = 2**27
"""Bytes in memory at which a row group is closed early."""

ROWS_PER_PIECE = 4096
BYTES_PER_PIECE = 2**23
"""How many rows, or bytes of them, are worked on at a time: enough to be fast, little enough to stay in the cache."""


class GroupWriter:
    """Writes rows to a Parquet file in groups; use it as a context manager, which completes the file.

    `coded` names the columns that are stored with a dictionary of their values.
    """

    def __init__(self, out: Path, schema: pa.Schema, *, coded: Sequence[str]) -> None:
        self.rows = 0
        self._schema = schema
        self._held: list[pa.RecordBatch] = []
        self._held_rows = self._held_bytes = 0
        self._writer = pq.ParquetWriter(
            out,
            schema,
            compression="zstd",
            compression_level=1,
            use_dictionary=list(coded),
            write_statistics=False,
            store_schema=False,
        )

    def write(self, batch: pa.RecordBatch) -> None:
        """Appends rows, with the columns of the schema in its order."""
        self.rows += batch.num_rows
        while self._held_rows + batch.num_rows >= ROWS_PER_GROUP:
            fitting = ROWS_PER_GROUP - self._held_rows
            self._hold(batch.slice(0, fitting))
            self._flush()
            batch = batch.slice(fitting)
        self._hold(batch)
        if self._held_bytes >= BYTES_PER_GROUP:
            self._flush()

    def _hold(self, batch: pa.RecordBatch) -> None:
        if batch.num_rows:
            self._held.append(batch)
            self._held_rows += batch.num_rows
            self._held_bytes += batch.nbytes

    def _flush(self) -> None:
        if self._held:
            self._writer.write_table(pa.Table.from_batches(self._held, self._schema), row_group_size=self._held_rows)
        self._held, self._held_rows, self._held_bytes = [], 0, 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._flush()
        self._writer.close()


def coded_columns(fields: Iterable[Field]) -> list[str]:
    """The columns in which values repeat so often that a dictionary of them pays: classes, parts, small numbers."""
    return [
        field.id
        for field in fields
        if field.optype is Optype.CATEGORICAL or field.generated or field.datatype in ("int8", "int16")
    ]


def pieces(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The same rows in batches of about the size of a piece, each in one stretch of memory."""
    held: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in batches:
        for start in range(0, batch.num_rows, ROWS_PER_PIECE):
            part = batch.slice(start, ROWS_PER_PIECE)
            held.append(part)
            rows, size = rows + part.num_rows, size + part.nbytes
            if rows >= ROWS_PER_PIECE or size >= BYTES_PER_PIECE:
                yield pa.concat_batches(held)
                held, rows, size = [], 0, 0
    if held:
        yield pa.concat_batches(held)
