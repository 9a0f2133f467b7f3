"""From raw files to a dataset: read, converted field by field and stored as Parquet, never all in memory."""

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from ml.conversion import FieldErrors, conversion, lacks_text
from ml.errors import ArgumentError, UnreadableError
from ml.fields import Field
from ml.memory import prefer_compact_memory
from ml.reading.formats import open_table
from ml.reading.options import ParserOptions
from ml.reading.table import Table
from ml.rowgroups import GroupWriter, coded_columns, pieces

WORKERS = 4
"""Threads at most that convert at the same time; one more reads and one stores."""

PIECES_AHEAD = 8
"""Pieces that may be converted before they are stored, which happens a group at a time."""


@dataclass(frozen=True, slots=True)
class RawFile:
    """A raw file and how it is to be read."""

    path: Path
    options: ParserOptions


@dataclass(frozen=True, slots=True)
class Ingested:
    """A dataset that has been made from raw files.

    `fields` are the given ones with what was learned, the parts of datetimes after all others. `bytes` is the size of
    the raw files as far as they were read. `row_format_errors` counts rows left out because of their form.
    """

    rows: int
    fields: list[Field]
    field_errors: dict[str, FieldErrors]
    row_format_errors: int
    bytes: int


def ingest(
    source: Path,
    *,
    options: ParserOptions,
    fields: Sequence[Field],
    out: Path,
    size_limit_bytes: int | None = None,
    progress: Callable[[float], None] = lambda _share: None,
) -> Ingested:
    """Makes the dataset file `out` of one raw file; see `ingest_all`."""
    return ingest_all(
        [RawFile(source, options)], fields=fields, out=out, size_limit_bytes=size_limit_bytes, progress=progress
    )


def ingest_all(
    sources: Sequence[RawFile],
    *,
    fields: Sequence[Field],
    out: Path,
    size_limit_bytes: int | None = None,
    progress: Callable[[float], None] = lambda _share: None,
) -> Ingested:
    """Makes the dataset file `out` of the rows of raw files with the same columns, one file after the other.

    A field is read from the column at its `column_number`, with its own missing tokens and locale if it has some. A
    value that does not fit its field becomes missing and is counted. `progress` is called with the share done.
    Raises UnreadableError for a file that cannot be read and ArgumentError for fields that the files do not have.
    """
    if not sources or not fields:
        raise ArgumentError("At least one source and one field are needed.", ("fields",) if sources else ("sources",))
    prefer_compact_memory()
    kept: frozenset[str] = frozenset()
    done = 0.0

    def advance(share: float) -> None:
        nonlocal done
        done = max(done, share)
        progress(done)

    while True:
        run = _Run(sources, fields, kept, size_limit_bytes, advance)
        rows, stored = run.write(out)
        # A number late in the file may need its text although those before it did not: then it is read once more.
        lacking = lacks_text(run.conversions, stored)
        if not lacking:
            advance(1.0)
            return run.result(rows)
        kept |= lacking


class _Run:
    """One reading of all sources."""

    def __init__(
        self,
        sources: Sequence[RawFile],
        fields: Sequence[Field],
        kept: frozenset[str],
        limit: int | None,
        progress: Callable[[float], None],
    ) -> None:
        self._sources, self._limit, self._progress = sources, limit, progress
        self._wanted = [field.column_number for field in fields]
        self._sizes = [max(source.path.stat().st_size, 1) for source in sources]
        self._read = self._rejected = 0
        self._share = 0.0
        self._have_common_tokens = all(field.missing_tokens is None for field in fields)
        options = sources[0].options
        self.conversions = [conversion(field, options, keep_text=field.id in kept) for field in fields]

    def write(self, out: Path) -> tuple[int, list[str]]:
        """Stores all rows; the number of rows and the names of the columns stored."""
        workers = min(WORKERS, os.cpu_count() or 1)
        upcoming_pieces = self._pieces()
        with ThreadPoolExecutor(workers + 1) as pool, ThreadPoolExecutor(1) as store:
            upcoming = pool.submit(next, upcoming_pieces, None)
            piece = upcoming.result()
            columns = self._converted(pool, piece)
            schema = pa.schema([item for part in self.conversions for item in part.schema.items()])
            coded = coded_columns(item for part in self.conversions for item in part.settled)
            with GroupWriter(out, schema, coded=coded) as writer:
                storing: deque[Future[None]] = deque()
                while piece is not None:
                    upcoming = pool.submit(next, upcoming_pieces, None)
                    batch = pa.RecordBatch.from_arrays([columns[name] for name in schema.names], schema=schema)
                    storing.append(store.submit(writer.write, batch))
                    if len(storing) > PIECES_AHEAD:
                        storing.popleft().result()
                    self._progress(self._share)
                    piece = upcoming.result()
                    columns = self._converted(pool, piece)
                for stored in storing:
                    stored.result()
            return writer.rows, schema.names

    def result(self, rows: int) -> Ingested:
        """What came out."""
        settled = [part.settled for part in self.conversions]
        own = [fields[0] for fields in settled]
        parts = [field for fields in settled for field in fields[1:]]
        first = max(field.column_number for field in own) + 1
        order = max(field.order for field in own) + 1
        numbered = [part.with_(column_number=first + index, order=order + index) for index, part in enumerate(parts)]
        errors = {part.field.id: part.errors for part in self.conversions if part.errors is not None}
        return Ingested(rows, own + numbered, errors, self._rejected, self._read)

    def _converted(self, pool: ThreadPoolExecutor, piece: pa.RecordBatch | None) -> dict[str, pa.Array]:
        if piece is None:
            return {}
        arrays = [piece.column(str(number)) for number in self._wanted]
        columns: dict[str, pa.Array] = {}
        for converted in pool.map(lambda part, texts: part.convert(texts), self.conversions, arrays):
            columns |= converted
        return columns

    def _pieces(self) -> Iterator[pa.RecordBatch]:
        distinct = sorted(set(self._wanted))
        total = sum(self._sizes)
        left = self._limit
        done = 0
        for source, size in zip(self._sources, self._sizes, strict=True):
            if left is not None and left <= 0:
                break
            table = open_table(source.path, source.options, size_limit_bytes=left)
            self._check(table, source)
            common = table.options.missing_tokens if self._have_common_tokens else ()
            for part in self.conversions:
                part.read_with(table.options, are_marked=table.marks_missing and self._have_common_tokens)
            for piece in pieces(table.batches(distinct, missing=common)):
                self._share = (done + table.share * size) / total
                yield piece
            done += size
            left = None if left is None else left - size
            self._rejected += table.rejected
            self._read += int(size * table.share)

    def _check(self, table: Table, source: RawFile) -> None:
        width = len(table.columns)
        lacking = [number for number in self._wanted if number >= width]
        if lacking:
            which = f"Source {self._sources.index(source) + 1}" if len(self._sources) > 1 else "The source"
            raise UnreadableError(f"{which} has {width} columns, but column {max(lacking) + 1} is asked for.")
