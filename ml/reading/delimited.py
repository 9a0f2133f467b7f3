"""Tables as delimited text: comma, tab, semicolon … separated values, read in blocks."""

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as csv

from ml.errors import UnreadableError
from ml.fields import Optype
from ml.reading.bytestream import ByteStream, TextStream
from ml.reading.dialect import sniff
from ml.reading.options import WHOLE_LINE, Compression, Format, ParserOptions
from ml.reading.table import Column, Sample, Table

BLOCK_SIZES = (2**20, 2**24, 2**28)
"""Bytes parsed at a time; a row that does not fit makes the reading go on with the next larger size."""

HEAD_BYTES = 2**18
"""How much of a file its dialect is found out from."""

_NEVER_WRITTEN = "\x1f"
_SPREAD_BLOCKS = 16
_SPREAD_BYTES = 2**17
_JUMPABLE = ("utf-8", "latin-1", "cp1252")


class DelimitedTable(Table):
    """A delimited text. Rows of another width than the usual one are left out and counted."""

    def __init__(self, path: Path, options: ParserOptions, *, compression: Compression, limit: int | None) -> None:
        self._path, self._compression, self._limit = path, compression, limit
        self._encoding = options.encoding or "utf-8"
        with self._stream() as stream:
            head = _read_up_to(stream, HEAD_BYTES)
            is_whole = len(head) < HEAD_BYTES
        if not head.strip(b"\r\n\t \x00"):
            raise UnreadableError("The file is empty.")
        dialect = sniff(head.decode("utf-8", "ignore"), options, is_whole=is_whole)
        self.options = options.with_(
            header=dialect.header,
            separator=dialect.separator,
            quote=dialect.quote,
            format=Format.CSV,
            encoding=self._encoding,
        )
        self.columns = tuple(Column(name, Optype.ITEMS if dialect.has_items else None) for name in dialect.names)

    marks_missing = True

    def batches(self, wanted: Sequence[int], *, missing: Sequence[str] = ()) -> Iterator[pa.RecordBatch]:
        """The rows in order; see `Table`."""
        delivered, header = 0, bool(self.options.header)
        for block_size in BLOCK_SIZES:
            self.rejected = 0
            passed = 0
            with self._stream() as stream:
                try:
                    for batch in self._parse(stream, wanted, missing, block_size=block_size, header=header):
                        self.share = stream.share
                        fresh = batch.slice(max(delivered - passed, 0))
                        passed += batch.num_rows
                        if fresh.num_rows:
                            delivered = passed
                            yield fresh
                except pa.ArrowInvalid:
                    continue
                self.share = 1.0
                return
        limit = BLOCK_SIZES[-1] // 2**20
        raise UnreadableError(f"After {delivered} rows comes one of more than {limit} MB; is a quote left open?")

    def sample(self) -> Sample:
        """The first rows, and of a long file some from places all over it as well."""
        wanted = range(len(self.columns))
        head = self._head(self.batches(wanted))
        size = self._path.stat().st_size
        if head.is_whole or self._compression is not Compression.NONE or self._encoding not in _JUMPABLE:
            return head
        spread = [self._block_at(size * (index + 1) // (_SPREAD_BLOCKS + 1), wanted) for index in range(_SPREAD_BLOCKS)]
        table = pa.concat_tables([head.table, *spread])
        signs = table.num_rows * len(self.columns)
        written = sum(int(pc.sum(pc.binary_length(column)).as_py() or 0) for column in table.columns) + signs
        return Sample(table, min(written / size, 0.999))

    def _block_at(self, offset: int, wanted: Sequence[int]) -> pa.Table:
        """Some whole lines after an offset; where quoted line ends mislead, rows have another width and drop out."""
        source = ByteStream(self._path, compression=Compression.NONE)
        source.jump(offset)
        with TextStream(source, self._encoding) as stream:
            lines = _read_up_to(stream, _SPREAD_BYTES)
        first, last = lines.find(b"\n") + 1, lines.rfind(b"\n") + 1
        empty = pa.schema([(str(index), pa.string()) for index in wanted]).empty_table()
        if first >= last:
            return empty
        rejected = self.rejected
        try:
            batches = list(
                self._parse(io.BytesIO(lines[first:last]), wanted, (), block_size=2 * _SPREAD_BYTES, header=False)
            )
        except pa.ArrowInvalid:
            # A piece from the middle may begin inside a quoted cell; the sample does without it.
            return empty
        finally:
            self.rejected = rejected
        return pa.Table.from_batches(batches) if batches else empty

    def _stream(self) -> TextStream:
        return TextStream(ByteStream(self._path, compression=self._compression, limit=self._limit), self._encoding)

    def _parse(
        self, stream: Any, wanted: Sequence[int], missing: Sequence[str], *, block_size: int, header: bool
    ) -> Iterator[pa.RecordBatch]:
        # Any: what pyarrow takes for a file, which has no type of its own.
        names = [str(index) for index in range(len(self.columns))]
        chosen = [str(index) for index in wanted]

        def reject(row: csv.InvalidRow) -> str:
            self.rejected += bool(row.text.strip())
            return "skip"

        separator, quote = self.options.separator or "", self.options.quote or ""
        yield from csv.open_csv(
            stream,
            read_options=csv.ReadOptions(
                column_names=names, skip_rows_after_names=int(header), block_size=block_size, use_threads=False
            ),
            parse_options=csv.ParseOptions(
                delimiter=_NEVER_WRITTEN if separator == WHOLE_LINE else separator,
                quote_char=quote or False,
                double_quote=bool(quote),
                newlines_in_values=bool(quote),
                invalid_row_handler=reject,
            ),
            convert_options=csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                include_columns=chosen,
                strings_can_be_null=bool(missing),
                quoted_strings_can_be_null=True,
                null_values=list(missing),
                check_utf8=False,
            ),
        )


def _read_up_to(stream: io.RawIOBase, size: int) -> bytes:
    pieces, total = [], 0
    while total < size and (piece := stream.read(2**16)):
        pieces.append(piece)
        total += len(piece)
    return b"".join(pieces)
