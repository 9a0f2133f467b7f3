"""The bytes of a file as they are before packing, and text files as UTF-8 whatever they were written in."""

import codecs
import gzip
import io
import zlib
from pathlib import Path
from typing import IO, Protocol

import pyarrow as pa

from ml.errors import UnreadableError
from ml.reading.charset import UTF8
from ml.reading.options import Compression

_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_PIECE = 2**20
_PACKED_ERRORS = (OSError, EOFError, zlib.error, pa.ArrowException)


def detect_compression(path: Path) -> Compression:
    """What the file is packed with, from its first bytes."""
    with path.open("rb") as file:
        start = file.read(4)
    if start.startswith(_GZIP):
        return Compression.GZIP
    return Compression.ZSTD if start.startswith(_ZSTD) else Compression.NONE


class ByteStream(io.RawIOBase):
    """The unpacked bytes of a file, at most `limit` of them. Reading raises UnreadableError for damaged packed data."""

    def __init__(self, path: Path, *, compression: Compression, limit: int | None = None) -> None:
        super().__init__()
        self._file = path.open("rb")
        self._size = max(path.stat().st_size, 1)
        self._compression = compression
        self._source = _unpacked(self._file, compression)
        self._left = limit
        self.is_cut = False

    @property
    def is_limited(self) -> bool:
        """Whether a limit may cut the bytes short; `is_cut` then tells whether it has done so."""
        return self._left is not None

    @property
    def share(self) -> float:
        """The share of the file on disk that has been read, 0 to 1."""
        return 1.0 if self._file.closed else min(self._file.tell() / self._size, 1.0)

    def readable(self) -> bool:
        """True: this is a stream to read from."""
        return True

    def jump(self, offset: int) -> None:
        """Goes to an offset of a file that is not packed."""
        self._file.seek(offset)

    def read(self, size: int | None = -1) -> bytes:
        """The next bytes, possibly fewer than asked for; none at the end."""
        wanted = -1 if size is None or size < 0 else size
        if self._left is None:
            return self._pull(wanted)
        piece = self._pull(self._left if wanted < 0 else min(wanted, self._left))
        self._left -= len(piece)
        if self._left == 0 and not self.is_cut:
            self.is_cut = bool(self._pull(1))
        return piece

    def close(self) -> None:
        """Closes the file too."""
        if not self.closed:
            self._file.close()
        super().close()

    def _pull(self, size: int) -> bytes:
        if size == 0:
            return b""
        try:
            return bytes(self._source.read() if size < 0 else self._source.read(size))
        except _PACKED_ERRORS as damage:
            if self._compression is Compression.NONE:
                raise
            raise UnreadableError(f"The {self._compression} data is damaged: {damage}") from damage


class TextStream(io.RawIOBase):
    """A text file as valid UTF-8: no byte order mark, no zero bytes, a line end at the end.

    Bytes that are no text in the encoding become U+FFFD. Where a limit cuts the bytes short, the stream ends with the
    last whole line unless `by_line` is false.
    """

    def __init__(self, source: ByteStream, encoding: str, *, by_line: bool = True) -> None:
        super().__init__()
        self._source = source
        self._by_line = by_line
        self._is_utf8 = codecs.lookup(encoding).name in ("utf-8", "utf-8-sig", "ascii")
        self._decoder = codecs.getincrementaldecoder(UTF8 if self._is_utf8 else encoding)("replace")
        self._is_start = True
        self._is_between_characters = True
        self._held = bytearray()
        self._last = b""
        self._is_finished = False

    @property
    def share(self) -> float:
        """The share of the file on disk that has been read, 0 to 1."""
        return self._source.share

    @property
    def is_cut(self) -> bool:
        """Whether a limit has cut the bytes short."""
        return self._source.is_cut

    def readable(self) -> bool:
        """True: this is a stream to read from."""
        return True

    def read(self, size: int | None = -1) -> bytes:
        """So many bytes, fewer only at the end; all for -1. A parser takes a short block for the last one."""
        wanted = None if size is None or size < 0 else size
        if wanted and not self._held and not self._is_finished and not self._source.is_limited:
            # The usual case without copying: the source gives just what is asked for.
            piece = self._decoded(wanted)
            if len(piece) == wanted:
                self._last = piece[-1:]
                return piece
            self._held += piece
            if not piece:
                self._finish()
        while not self._is_finished and (wanted is None or self._ready() < wanted):
            piece = self._decoded(_PIECE if wanted is None else wanted)
            self._held += piece
            if not piece:
                self._finish()
        end = self._ready() if wanted is None else min(wanted, self._ready())
        taken = bytes(memoryview(self._held)[:end])
        del self._held[:end]
        if taken:
            self._last = taken[-1:]
        return taken

    def close(self) -> None:
        """Closes the file too."""
        if not self.closed:
            self._source.close()
        super().close()

    def _ready(self) -> int:
        """How many of the bytes at hand may go out: whole lines only while a limit may still cut the last one."""
        is_open = self._by_line and self._source.is_limited and not self._is_finished
        return self._held.rfind(b"\n") + 1 if is_open else len(self._held)

    def _finish(self) -> None:
        if self._by_line and self._source.is_cut:
            del self._held[self._ready() :]
        elif (self._held[-1:] or self._last) not in (b"", b"\n", b"\r"):
            self._held += b"\n"
        self._is_finished = True

    def _decoded(self, size: int) -> bytes:
        while True:
            piece = self._source.read(size)
            if self._is_utf8 and self._is_between_characters and piece and piece.isascii():
                self._is_start = False
                bare = piece.replace(b"\0", b"")
                if bare:
                    return bare
                continue
            text = self._decoder.decode(piece, final=not piece).replace("\0", "")
            self._is_between_characters = not self._decoder.getstate()[0]
            if self._is_start and text:
                self._is_start = False
                text = text.removeprefix("\ufeff")
            if text or not piece:
                return text.encode("utf-8", "replace")


class _Readable(Protocol):
    def read(self, size: int = ..., /) -> bytes: ...


def _unpacked(file: IO[bytes], compression: Compression) -> _Readable:
    if compression is Compression.GZIP:
        return gzip.GzipFile(fileobj=file)
    if compression is Compression.ZSTD:
        stream: _Readable = pa.CompressedInputStream(pa.PythonFile(file, mode="r"), "zstd")
        return stream
    return file
