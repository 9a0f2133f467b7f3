"""Counts of texts in a dataset file, by an engine that goes on with files when memory is short."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
import pyarrow.parquet as pq

from ml.fields import Field

WORKERS = 2
"""Threads that summarise at the same time."""

MEMORY_CEILING_MB = 8192
"""The memory limit is not raised beyond this, however long the texts are."""


class Counting:
    """A dataset file opened for counting; use it as a context manager."""

    def __init__(self, data: Path, memory_limit_mb: int) -> None:
        import duckdb

        self._data = data
        self._memory_limit_mb = memory_limit_mb
        self._spill = tempfile.TemporaryDirectory(prefix="counting-")
        self._engine = duckdb.connect(
            config={
                "memory_limit": f"{memory_limit_mb}MB",
                "threads": min(WORKERS, os.cpu_count() or 1),
                "temp_directory": self._spill.name,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "preserve_insertion_order": False,
            }
        )
        self._engine.execute("SET parquet_metadata_cache = true")

    def missing(self, field: Field) -> int:
        """How many rows have no value."""
        rows = self._run(f'SELECT count(*) FILTER ("{field.id}" IS NULL) FROM read_parquet($data)')
        return int(rows[0][0])

    def values(self, field: Field, expression: str, *, limit: int, having: str = "true") -> list[tuple[str, int]]:
        """The most frequent values of an expression in the column `c`, equally frequent ones in code point order.

        Of the values `v` with their counts `n` only those are taken that `having` holds for.
        """
        query = (
            f'SELECT v, count(*) AS n FROM (SELECT {expression} AS v FROM (SELECT "{field.id}" AS c '
            "FROM read_parquet($data)) WHERE c IS NOT NULL) WHERE v IS NOT NULL AND v <> '' "
            f"GROUP BY v HAVING {having} ORDER BY n DESC, v LIMIT {limit}"
        )
        return [(str(value), int(count)) for value, count in self._run(query)]

    def texts(self, field: Field) -> Iterator[pa.Array]:
        """The values of a column, a row group at a time."""
        with pq.ParquetFile(self._data) as file:
            for group in range(file.num_row_groups):
                yield from file.read_row_group(group, columns=[field.id]).column(0).chunks

    def _run(self, query: str) -> list[tuple[Any, ...]]:  # Any: the cells of a result
        import duckdb

        while True:
            try:
                return self._engine.execute(query, {"data": str(self._data)}).fetchall()
            except duckdb.OutOfMemoryException:
                # Counts go to disk, single huge texts cannot: these few need room, whatever the limit.
                if self._memory_limit_mb >= MEMORY_CEILING_MB:
                    raise
                self._memory_limit_mb *= 4
                self._engine.execute(f"SET memory_limit = '{self._memory_limit_mb}MB'")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._engine.close()
        self._spill.cleanup()
