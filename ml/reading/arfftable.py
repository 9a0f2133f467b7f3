"""Tables as ARFF: a header that declares the columns, then dense or sparse rows."""

import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as csv

from ml.errors import UnreadableError
from ml.fields import MISSING_TOKENS, Optype
from ml.reading.arffheader import parse_header, unquote
from ml.reading.bytestream import ByteStream, TextStream
from ml.reading.options import Compression, Format, ParserOptions
from ml.reading.table import Column, Table

PIECE = 2**20
LINE_LIMIT = 2**28
"""Bytes read at a time, and the most that one line may have."""

_QUOTED = r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\""
_CELL = re.compile(rf"\s*({_QUOTED}|[^,'\"\s][^,]*|)\s*(,|$)", re.DOTALL)
_PAIR = re.compile(rf"\s*(\d+)\s+({_QUOTED}|[^,'\"\s][^,]*)\s*(,|$)", re.DOTALL)
_SPECIAL = re.compile(r"['\"\\{]")
_WEIGHT = re.compile(r",\s*\{[^{}]*\}\s*$")
_COMMENT = re.compile(rb"^[ \t]*%[^\n]*(?:\n|$)", re.MULTILINE)


class ArffTable(Table):
    """An ARFF text. A bare `?` is a missing value; unless told otherwise nothing else is.

    In sparse rows what is left out is 0, or the first declared value of a categorical attribute; texts and dates are
    missing then. Instance weights are passed over. Dense rows of another length than the header are left out and
    counted. Raises UnreadableError with the line for what cannot be read.
    """

    def __init__(self, path: Path, options: ParserOptions, *, compression: Compression, limit: int | None) -> None:
        self._path, self._compression, self._limit = path, compression, limit
        self._encoding = options.encoding or "utf-8"
        with self._stream() as stream:
            header = parse_header(_lines(stream))
        self.columns, self._header_lines = header.columns, header.lines
        self._absent = [_absent_value(column) for column in self.columns]
        tokens = ("?",) if options.missing_tokens == MISSING_TOKENS else options.missing_tokens
        self.options = options.with_(
            header=True, format=Format.ARFF, encoding=self._encoding, separator=",", quote="'", trim=True,
            missing_tokens=tokens,
        )  # fmt: skip

    def batches(self, wanted: Sequence[int], *, missing: Sequence[str] = ()) -> Iterator[pa.RecordBatch]:  # noqa: ARG002
        """The rows in order; see `Table`."""
        self.rejected = 0
        line = self._header_lines + 1
        with self._stream() as stream:
            for piece in _pieces(stream, skipping=self._header_lines):
                count = piece.count(b"\n")
                bare = _COMMENT.sub(b"\n", piece) if b"%" in piece else piece
                is_plain = not any(mark in bare for mark in (b"'", b'"', b"\\", b"{"))
                batch = self._plain(bare, wanted) if is_plain else self._quoted(bare.decode(), wanted, line)
                line += count
                self.share = stream.share
                if batch.num_rows:
                    yield batch
        self.share = 1.0

    def _plain(self, piece: bytes, wanted: Sequence[int]) -> pa.RecordBatch:
        """Dense rows without quotes."""
        names = [str(index) for index in range(len(self.columns))]
        chosen = [str(index) for index in wanted]
        if not piece.strip():
            return pa.RecordBatch.from_pydict({name: pa.array([], pa.string()) for name in chosen})

        def reject(row: csv.InvalidRow) -> str:
            self.rejected += bool(row.text.strip())
            return "skip"

        table = csv.read_csv(
            io.BytesIO(piece),
            read_options=csv.ReadOptions(column_names=names, block_size=len(piece) + 1, use_threads=False),
            parse_options=csv.ParseOptions(quote_char=False, invalid_row_handler=reject),
            convert_options=csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), include_columns=chosen, strings_can_be_null=False
            ),
        )
        arrays = [
            pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], pa.string())
            for column in table.columns
        ]
        return pa.RecordBatch.from_arrays(arrays, names=chosen)

    def _quoted(self, text: str, wanted: Sequence[int], first_line: int) -> pa.RecordBatch:
        """Rows with quotes, escapes, weights or in sparse form, one by one."""
        rows: list[Sequence[str | None]] = []
        for number, line in enumerate(text.split("\n"), first_line):
            bare = line.strip()
            if not bare:
                continue
            if bare.startswith("{"):
                rows.append(self._sparse(bare, number))
                continue
            cells = _dense(bare, number)
            if len(cells) == len(self.columns):
                rows.append(cells)
            else:
                self.rejected += 1
        arrays = [pa.array([row[index] for row in rows], pa.string()) for index in wanted]
        return pa.RecordBatch.from_arrays(arrays, names=[str(index) for index in wanted])

    def _sparse(self, text: str, number: int) -> list[str | None]:
        row = list(self._absent)
        body = _WEIGHT.sub("", text)
        if not body.endswith("}"):
            raise UnreadableError(f"The sparse ARFF row in line {number} is not closed.")
        body = body[1:-1]
        position = 0 if body.strip() else len(body) + 1
        while position < len(body):
            found = _PAIR.match(body, position)
            if found is None or int(found[1]) >= len(row):
                raise UnreadableError(f"The sparse ARFF row in line {number} has a broken pair of index and value.")
            row[int(found[1])] = _value(found[2])
            position = found.end()
        return row

    def _stream(self) -> TextStream:
        return TextStream(ByteStream(self._path, compression=self._compression, limit=self._limit), self._encoding)


def _absent_value(column: Column) -> str | None:
    if column.optype is Optype.NUMERIC:
        return "0"
    return column.categories[0] if column.categories else None


def _dense(text: str, number: int) -> list[str | None]:
    cells: list[str | None] = []
    if not _SPECIAL.search(text):
        return [None if cell == "?" else cell for cell in map(str.strip, text.split(","))]
    if "{" in text:
        text = _WEIGHT.sub("", text)
    position = 0
    while True:
        found = _CELL.match(text, position)
        if found is None:
            raise UnreadableError(f"The ARFF row in line {number} has broken quotes.")
        cells.append(_value(found[1]))
        position = found.end()
        if found[2] == "":
            return cells


def _value(text: str) -> str | None:
    bare = text.rstrip()
    return None if bare == "?" else unquote(bare)


def _pieces(stream: TextStream, *, skipping: int) -> Iterator[bytes]:
    """Whole lines, each ended by a line feed, about a million bytes at a time, after passing over some lines."""
    rest = b""
    while block := stream.read(PIECE):
        text = rest + block.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        while skipping:
            end = text.find(b"\n") + 1
            if not end:
                break
            text, skipping = text[end:], skipping - 1
        end = 0 if skipping else text.rfind(b"\n") + 1
        rest = text[end:]
        if len(rest) > LINE_LIMIT:
            raise UnreadableError(f"The ARFF text has a line of more than {LINE_LIMIT // 2**20} MB.")
        if end:
            yield text[:end]
    if rest.strip() and not skipping:
        yield rest + b"\n"


def _lines(stream: TextStream) -> Iterator[str]:
    for piece in _pieces(stream, skipping=0):
        yield from piece.decode().split("\n")[:-1]
