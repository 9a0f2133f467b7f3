"""Tables as spreadsheets: the first sheet of an Excel or OpenDocument file."""

import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from ml.errors import UnreadableError
from ml.reading.cells import BATCH_ROWS, Kind, batch_of, cell_kind, cell_text, typed_column
from ml.reading.options import Format, ParserOptions
from ml.reading.table import Table

UNPACKED_LIMIT = 2**31
"""Bytes that the parts of a packed spreadsheet may have together."""


class ExcelTable(Table):
    """The first sheet of a spreadsheet, which is held in memory. Empty rows are left out."""

    def __init__(self, path: Path, options: ParserOptions, *, share: float = 1.0) -> None:
        rows = _rows(path)
        rows = rows[: int(len(rows) * share)] if share < 1.0 else rows
        if not rows:
            raise UnreadableError("The first sheet of the file is empty.")
        header = options.header if options.header is not None else _has_header(rows)
        width = max(len(row) for row in rows)
        names = [(cell_text(cell) or "").strip() for cell in rows[0]] if header else []
        names += [""] * (width - len(names))
        self._rows = rows[1:] if header else rows
        self.options = options.with_(
            header=header, format=Format.EXCEL, encoding="utf-8", separator=options.separator or ",",
            quote=options.quote or '"',
        )  # fmt: skip
        self.columns = tuple(
            typed_column(name or f"field{index + 1}", (row[index] for row in self._rows if index < len(row)))
            for index, name in enumerate(names)
        )

    def batches(self, wanted: Sequence[int], *, missing: Sequence[str] = ()) -> Iterator[pa.RecordBatch]:  # noqa: ARG002
        """The rows in order; see `Table`."""
        for start in range(0, len(self._rows), BATCH_ROWS):
            self.share = start / len(self._rows)
            yield batch_of(self._rows[start : start + BATCH_ROWS], wanted)
        self.share = 1.0


def _rows(path: Path) -> list[list[Any]]:  # Any: numbers, texts, booleans and moments, as the sheet has them
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError, ZipError

    if zipfile.is_zipfile(path) and _unpacked_size(path) > UNPACKED_LIMIT:
        raise UnreadableError(f"The spreadsheet has more than {UNPACKED_LIMIT // 2**20} MB when unpacked.")
    try:
        with path.open("rb") as file:
            sheet = CalamineWorkbook.from_filelike(file).get_sheet_by_index(0)
            rows = [[None if cell == "" else cell for cell in row] for row in sheet.iter_rows()]
    except (CalamineError, PasswordError, ZipError, IndexError) as problem:
        raise UnreadableError(f"The file is not a readable spreadsheet: {problem}.") from problem
    return [row for row in rows if any(cell is not None for cell in row)]


def _unpacked_size(path: Path) -> int:
    try:
        with zipfile.ZipFile(path) as archive:
            return sum(part.file_size for part in archive.infolist())
    except (zipfile.BadZipFile, NotImplementedError, OSError) as problem:
        raise UnreadableError(f"The file is not a readable spreadsheet: {problem}.") from problem


def _has_header(rows: Sequence[Sequence[Any]]) -> bool:  # Any: as above
    """Whether the first row holds texts only, none of which comes again in its column."""
    first, rest = rows[0], rows[1:]
    if any(cell_kind(cell) not in (Kind.TEXT, None) for cell in first):
        return False
    return not any(cell is not None and any(row[i] == cell for row in rest) for i, cell in enumerate(first))
