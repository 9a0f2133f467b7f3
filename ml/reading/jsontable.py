"""Tables as JSON: an array of objects, an array of arrays under a header, or one row after the other (JSON Lines)."""

import codecs
import json
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from ml.errors import UnreadableError
from ml.reading.bytestream import ByteStream, TextStream
from ml.reading.cells import BATCH_ROWS, NumberText, batch_of, typed_column
from ml.reading.options import Compression, Format, ParserOptions
from ml.reading.table import SAMPLE_BYTES, SAMPLE_ROWS, Table

VALUE_LIMIT = 2**26
"""Characters that one row may have."""

_PIECE = 2**18
_SPACE = " \t\r\n"


class JsonTable(Table):
    """A JSON text. Rows that are arrays of another length than the header are left out and counted; objects with an
    unknown key are counted and read without it.
    """

    def __init__(self, path: Path, options: ParserOptions, *, compression: Compression, limit: int | None) -> None:
        self._path, self._compression, self._limit = path, compression, limit
        self._encoding = options.encoding or "utf-8"
        values = self._values()
        kept: list[Any] = []  # Any: JSON rows
        for value in values:
            kept.append(value)
            if len(kept) >= SAMPLE_ROWS or self._characters >= SAMPLE_BYTES[1]:
                break
        values.close()
        if not kept:
            raise UnreadableError("The JSON text has no rows.")
        self._has_header = isinstance(kept[0], list)
        keys = (
            _header(kept[0]) if self._has_header else list(dict.fromkeys(key for row in kept for key in _object(row)))
        )
        if not keys:
            raise UnreadableError("The rows of the JSON text have no columns.")
        self._keys, self._known = keys, frozenset(keys)
        self.options = options.with_(
            header=True, format=Format.JSON, encoding=self._encoding, separator=options.separator or ",",
            quote=options.quote or '"',
        )  # fmt: skip
        rows = [row for row in (self._row(value) for value in kept[self._has_header :]) if row is not None]
        self.rejected = 0
        self.columns = tuple(
            typed_column(key or f"field{index + 1}", (row[index] for row in rows)) for index, key in enumerate(keys)
        )

    def batches(self, wanted: Sequence[int], *, missing: Sequence[str] = ()) -> Iterator[pa.RecordBatch]:  # noqa: ARG002
        """The rows in order; see `Table`."""
        self.rejected = 0
        values = self._values()
        if self._has_header:
            next(values)
        rows: list[list[Any]] = []  # Any: JSON cells
        for value in values:
            row = self._row(value)
            if row is None:
                self.rejected += 1
                continue
            rows.append(row)
            if len(rows) == BATCH_ROWS:
                yield batch_of(rows, wanted)
                rows = []
        if rows:
            yield batch_of(rows, wanted)

    def _row(self, value: Any) -> list[Any] | None:  # Any: a JSON row and its cells
        if self._has_header:
            return value if isinstance(value, list) and len(value) == len(self._keys) else None
        cells = _object(value)
        self.rejected += not self._known.issuperset(cells)
        return [cells.get(key) for key in self._keys]

    def _values(self) -> Generator[Any, None, None]:  # Any: JSON rows
        """The rows one by one, with never more than one and a piece of text in memory."""
        decoder = json.JSONDecoder(parse_float=NumberText, parse_int=NumberText, parse_constant=lambda _: None)
        source = ByteStream(self._path, compression=self._compression, limit=self._limit)
        self._characters = 0
        with TextStream(source, self._encoding, by_line=False) as stream:
            text = _Text(stream)
            is_array = text.opens_array()
            is_first = True
            while True:
                if is_array and not is_first and text.peek() == ",":
                    text.skip()
                    if text.peek() == "]" or (text.peek() == "" and not stream.is_cut):
                        raise text.error("a row is missing after the comma")
                elif is_array and not is_first and text.peek() not in ("]", ""):
                    raise text.error("a comma or the end of the array is missing")
                if text.peek() == "":
                    if is_array and not stream.is_cut:
                        raise text.error("the array is not closed")
                    break
                if is_array and text.peek() == "]":
                    text.skip()
                    if text.peek():
                        raise text.error("there is text after the end of the array")
                    break
                try:
                    value = text.decode(decoder)
                except EOFError:
                    break
                is_first = False
                self._characters, self.share = text.passed, stream.share
                yield value
        self.share = 1.0


class _Text:
    """A window on a long text in which JSON values are decoded."""

    def __init__(self, stream: TextStream) -> None:
        self._stream = stream
        self._window = ""
        self._position = 0
        self._lines = 1
        self._pending = b""
        self.passed = 0

    def peek(self) -> str:
        """The next character that is not white space; empty at the end."""
        while True:
            while self._position < len(self._window) and self._window[self._position] in _SPACE:
                self._position += 1
            if self._position < len(self._window):
                return self._window[self._position]
            if not self._extend():
                return ""

    def skip(self) -> None:
        """Passes the character that was peeked."""
        self._position += 1

    def opens_array(self) -> bool:
        """Whether all is one array of rows; its bracket is passed then."""
        if self.peek() != "[":
            return False
        start = self._position
        self.skip()
        if self.peek() in ("{", "[", "]"):
            return True
        self._position = start
        return False

    def decode(self, decoder: json.JSONDecoder) -> Any:  # Any: a JSON value
        """The value that begins here. Raises UnreadableError with its line, or EOFError where a limit cut it."""
        while True:
            try:
                value, end = decoder.raw_decode(self._window, self._position)
            except json.JSONDecodeError as problem:
                place = problem.pos - self._position
                if len(self._window) - self._position <= VALUE_LIMIT and self._extend():
                    continue
                if self._stream.is_cut:
                    raise EOFError from problem
                self._position += place
                raise self.error(problem.msg) from problem
            except RecursionError as problem:
                raise self.error("the nesting is too deep") from problem
            if not isinstance(value, dict | list):
                raise self.error("a row must be an object or an array")
            self.passed += end - self._position
            self._position = end
            return value

    def error(self, reason: str) -> UnreadableError:
        """What is wrong, with the line where it is."""
        line = self._lines + self._window.count("\n", 0, self._position)
        return UnreadableError(f"The JSON text is broken in line {line}: {reason}.")

    def _extend(self) -> bool:
        """Adds as much text as is open already, so that a long value is not tried too often."""
        size = max(_PIECE, len(self._window) - self._position)
        piece = self._pending + self._stream.read(size)
        # The stream cuts between bytes; what is left of the last character waits for the next piece.
        text, length = codecs.utf_8_decode(piece, "strict", False)
        self._pending = piece[length:]
        self._lines += self._window.count("\n", 0, self._position)
        self._window = self._window[self._position :] + text
        self._position = 0
        return bool(text)


def _header(row: list[Any]) -> list[str]:  # Any: JSON cells
    return ["" if cell is None else str(cell).strip() for cell in row]


def _object(value: Any) -> dict[str, Any]:  # Any: a JSON row and its cells
    if not isinstance(value, dict):
        raise UnreadableError("The JSON text has rows of different kinds: objects and others.")
    return value
