"""Which format a file is in, and the table that reads it."""

import re
import zipfile
from pathlib import Path

from ml.errors import UnreadableError
from ml.reading.arfftable import ArffTable
from ml.reading.bytestream import ByteStream, detect_compression
from ml.reading.charset import UTF8, detect_encoding, is_text
from ml.reading.delimited import DelimitedTable
from ml.reading.exceltable import ExcelTable
from ml.reading.jsontable import JsonTable
from ml.reading.options import Compression, Format, ParserOptions
from ml.reading.parquettable import ParquetTable
from ml.reading.table import Table

HEAD_BYTES = 2**20
SCANNED_BYTES = 2**28
"""How much of a file its format is found out from, and where the search for a character beyond ASCII ends."""

_OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_JSON_START = re.compile(r"\s*(\{\s*[\"}]|\[\s*([\[{\]\"0-9-]|true|false|null))")
_ARFF_START = re.compile(r"\s*(%[^\n]*\n\s*)*@relation\b", re.IGNORECASE)
_SUFFIXES = {
    ".arff": Format.ARFF, ".json": Format.JSON, ".jsonl": Format.JSON, ".ndjson": Format.JSON,
}  # fmt: skip


def open_table(
    path: Path, options: ParserOptions, *, file_name: str = "", size_limit_bytes: int | None = None
) -> Table:
    """The table in a file; what the options leave open is found out.

    With a size limit only so many (unpacked) bytes of a text are read, and that share of the rows of a binary format.
    Raises UnreadableError for what is empty, no table, or not the format that is asked for.
    """
    size = path.stat().st_size
    if size == 0:
        raise UnreadableError("The file is empty.")
    compression = detect_compression(path)
    with ByteStream(path, compression=compression) as stream:
        head = stream.read(HEAD_BYTES)
    is_whole = len(head) < HEAD_BYTES
    form = options.format or _binary_format(path, head)
    if form in (Format.PARQUET, Format.EXCEL):
        if compression is not Compression.NONE:
            raise UnreadableError(
                f"{form.capitalize()} files are packed by themselves; please leave out {compression}."
            )
        share = 1.0 if size_limit_bytes is None else min(size_limit_bytes / size, 1.0)
        if form is Format.PARQUET:
            return ParquetTable(path, options, share=share)
        return ExcelTable(path, options, share=share)
    encoding = options.encoding or detect_encoding(head, is_whole=is_whole)
    if options.encoding is None and encoding == UTF8 and head.isascii() and not is_whole:
        encoding = _encoding_of_rest(path, compression)
    if not is_text(head, encoding):
        raise UnreadableError("The file is neither text nor one of the binary formats that can be read.")
    form = form or _text_format(head.decode(encoding, "ignore"), file_name)
    reader: type[ArffTable | JsonTable | DelimitedTable] = _TEXT_READERS[form]
    return reader(path, options.with_(encoding=encoding), compression=compression, limit=size_limit_bytes)


def _encoding_of_rest(path: Path, compression: Compression) -> str:
    """The encoding by the first piece that is more than ASCII, not looking further than `SCANNED_BYTES`."""
    with ByteStream(path, compression=compression, limit=SCANNED_BYTES) as stream:
        while piece := stream.read(HEAD_BYTES):
            if not piece.isascii():
                return detect_encoding(piece, is_whole=False)
    return UTF8


_TEXT_READERS: dict[Format, type[ArffTable | JsonTable | DelimitedTable]] = {
    Format.ARFF: ArffTable,
    Format.JSON: JsonTable,
    Format.CSV: DelimitedTable,
}


def _binary_format(path: Path, head: bytes) -> Format | None:
    if head.startswith(b"PAR1"):
        return Format.PARQUET
    if head.startswith(_OLD_EXCEL):
        return Format.EXCEL
    if head.startswith(b"PK\x03\x04"):
        if not _is_spreadsheet(path):
            raise UnreadableError("The file is an archive, but not a workbook.")
        return Format.EXCEL
    return None


def _is_spreadsheet(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, NotImplementedError, OSError):
        return False
    return any(name.startswith("xl/") for name in names) or "content.xml" in names


def _text_format(text: str, file_name: str) -> Format:
    suffix = "." + file_name.lower().removesuffix(".gz").removesuffix(".zst").rpartition(".")[2]
    if suffix in _SUFFIXES:
        return _SUFFIXES[suffix]
    if _ARFF_START.match(text):
        return Format.ARFF
    return Format.JSON if _JSON_START.match(text) else Format.CSV
