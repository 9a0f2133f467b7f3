"""A raw table, whatever format it is in: named columns and batches of texts."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from ml.fields import Optype
from ml.reading.options import ParserOptions

SAMPLE_ROWS = 65_536
SAMPLE_BYTES = (2**23, 2**25)
"""How much of a table is looked at to find out what its columns are: so many rows and at least the smaller size, or
fewer rows if they take the larger one."""

_NOT_QUITE_ALL = 0.999


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a raw table; the optional parts are what the file itself says about it.

    `categories` are the only values a column may have, in the order of their declaration.
    """

    name: str
    optype: Optype | None = None
    datatype: str | None = None
    categories: tuple[str, ...] | None = None
    time_formats: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sample:
    """Some rows of a table. `share` is how much of the file they were read from: all of it for 1."""

    table: pa.Table
    share: float = 1.0

    @property
    def is_whole(self) -> bool:
        """Whether these are all rows of the table."""
        return self.share >= 1.0


class Table(ABC):
    """A raw table ready to be read, as often as wanted.

    `options` are the resolved ones, so that opening the file with them again needs no guessing. While and after
    reading, `rejected` counts rows that had a wrong form and `share` says how much of the file has been read.
    """

    columns: tuple[Column, ...]
    options: ParserOptions
    marks_missing: bool = False
    rejected: int = 0
    share: float = 0.0

    @abstractmethod
    def batches(self, wanted: Sequence[int], *, missing: Sequence[str] = ()) -> Iterator[pa.RecordBatch]:
        """The rows in order, of the wanted columns: one array of texts each (or of doubles, if the file has those).

        The arrays of a batch are named by the column's position. Tables with `marks_missing` have nulls for texts that
        are `missing`, where no white space stands around them. Raises UnreadableError when the file breaks off.
        """

    def sample(self) -> Sample:
        """The first rows of all columns."""
        return self._head(self.batches(range(len(self.columns))))

    def _head(self, batches: Iterator[pa.RecordBatch]) -> Sample:
        kept: list[pa.RecordBatch] = []
        rows = size = 0
        for batch in batches:
            kept.append(batch)
            rows, size = rows + batch.num_rows, size + batch.nbytes
            if (rows >= SAMPLE_ROWS and size >= SAMPLE_BYTES[0]) or size >= SAMPLE_BYTES[1]:
                return Sample(pa.Table.from_batches(kept), min(self.share, _NOT_QUITE_ALL))
        schema = pa.schema([(str(index), pa.string()) for index in range(len(self.columns))])
        return Sample(pa.Table.from_batches(kept) if kept else schema.empty_table())
