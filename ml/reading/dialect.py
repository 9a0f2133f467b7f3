"""What a delimited text looks like: its separator, its quote, whether it has a header, how wide its rows are."""

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from ml.numbers import NumberStyle, number_style, parse_numbers
from ml.reading.options import UNQUOTED, WHOLE_LINE, ParserOptions

SEPARATORS = (",", ";", "\t", "|", " ")
QUOTES = ('"', "'")
ITEM_LENGTH_LIMIT = 64
DEVIATION_LIMIT = 0.25
"""A file whose rows deviate more than this from the usual width, in short items, is a list of items on each line."""

_ROWS_TRIED = 500
_BELIEVABLE = {" ": 0.9}
"""The share of the rows that must agree in width before a separator is believed: half, and more for the one of prose,
which must stand between numbers, too."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """A delimited text: `names` has one name a column; `has_items` marks a file of one item list a line."""

    separator: str
    quote: str
    header: bool
    names: tuple[str, ...]
    has_items: bool = False


def sniff(text: str, options: ParserOptions, *, is_whole: bool) -> Dialect:
    """The dialect of a delimited text from its beginning; what the options say is taken as given.

    Unless the text `is_whole`, its last row is left out, because it may be broken.
    """
    text = text.replace("\0", "")
    quote = options.quote if options.quote is not None else _quote(text)
    separator, rows = _separator(text, quote, options, is_whole=is_whole)
    if options.quote is None and text.count(quote) % 2:
        # A quote that is opened and never closed swallows rows; without quotes they come out even.
        bare_separator, bare_rows = _separator(text, UNQUOTED, options, is_whole=is_whole)
        if _agreement(bare_rows) > _agreement(rows):
            separator, quote, rows = bare_separator, UNQUOTED, bare_rows
    has_items = options.separator is None and separator != WHOLE_LINE and _are_item_lists(rows)
    if has_items:
        separator, quote, rows = WHOLE_LINE, UNQUOTED, [[line] for line in _lines(text, is_whole=is_whole)]
    header = options.header if options.header is not None else _has_header(rows, options, has_items=has_items)
    return Dialect(separator, quote, header, _names(rows, header=header), has_items)


def split_rows(text: str, separator: str, quote: str, *, is_whole: bool) -> list[list[str]]:
    """The first rows of a text, cut into cells; empty lines are left out."""
    if separator == WHOLE_LINE:
        return [[line] for line in _lines(text, is_whole=is_whole)]
    lines = list(io.StringIO(text, newline=""))
    reader = csv.reader(
        iter(lines),
        delimiter=separator,
        quotechar=quote or None,
        quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
    )
    rows: list[list[str]] = []
    try:
        for row in reader:
            if not is_whole and reader.line_num >= len(lines):
                break
            if row and (len(row) > 1 or row[0].strip()):
                rows.append(row)
            if len(rows) == _ROWS_TRIED:
                break
    except csv.Error:
        # A cell beyond the reader's limit: the rows before it are enough to see what the file is like.
        return rows
    return rows


def usual_width(rows: Sequence[Sequence[str]]) -> int:
    """The most frequent number of cells a row; of equally frequent ones that of the earliest row. 1 without rows."""
    return Counter(len(row) for row in rows).most_common(1)[0][0] if rows else 1


def _lines(text: str, *, is_whole: bool) -> list[str]:
    lines = [line for line in text.split("\n") if line.strip()]
    kept = lines if is_whole or len(lines) < 2 else lines[:-1]
    return [line.rstrip("\r") for line in kept[:_ROWS_TRIED]]


def _quote(text: str) -> str:
    """The quote that opens and closes cells most often; the double quote if none does."""
    marks = "".join(SEPARATORS[:4]) + "\r\n"
    padded = f"\n{text}\n"
    scores = {}
    for quote in QUOTES:
        opening = sum(padded.count(mark + quote) for mark in marks)
        closing = sum(padded.count(quote + mark) for mark in marks)
        scores[quote] = min(opening, closing)
    return max(QUOTES, key=lambda quote: scores[quote])


def _agreement(rows: Sequence[Sequence[str]]) -> float:
    """The share of the rows that have the usual width."""
    width = usual_width(rows)
    return sum(len(row) == width for row in rows) / max(len(rows), 1)


def _separator(text: str, quote: str, options: ParserOptions, *, is_whole: bool) -> tuple[str, list[list[str]]]:
    if options.separator is not None:
        return options.separator, split_rows(text, options.separator, quote, is_whole=is_whole)
    best, best_rows, best_score = WHOLE_LINE, split_rows(text, WHOLE_LINE, quote, is_whole=is_whole), 0.0
    for separator in SEPARATORS:
        rows = split_rows(text, separator, quote, is_whole=is_whole)
        width = usual_width(rows)
        several = sum(len(row) > 1 for row in rows) / max(len(rows), 1)
        agreeing = _agreement(rows)
        if width == 1 and several <= DEVIATION_LIMIT:
            continue
        if agreeing < _BELIEVABLE.get(separator, 0.5) and not _are_item_lists(rows):
            continue
        if separator in _BELIEVABLE and not _are_mostly_numbers(rows[1:] or rows):
            continue
        score = agreeing * several * (1 - 0.01 * SEPARATORS.index(separator))
        if score > best_score * 1.0001:
            best, best_rows, best_score = separator, rows, score
    if best == WHOLE_LINE:
        # One column: quotes still quote, and a separator that never occurs changes nothing else.
        return SEPARATORS[0], split_rows(text, SEPARATORS[0], quote, is_whole=is_whole)
    return best, best_rows


def _are_item_lists(rows: Sequence[Sequence[str]]) -> bool:
    if len(rows) < 2:
        return False
    if 1 - _agreement(rows) <= DEVIATION_LIMIT:
        return False
    cells = [cell.strip() for row in rows for cell in row]
    if not all(0 < len(cell) <= ITEM_LENGTH_LIMIT and "\n" not in cell for cell in cells):
        return False
    # Ragged numbers are a broken table rather than lists of words.
    return not _are_mostly_numbers(rows)


def _are_mostly_numbers(rows: Sequence[Sequence[str]]) -> bool:
    cells = [cell for row in rows for cell in row]
    return _count_numbers(cells, NumberStyle()) >= len(cells) / 2


def _has_header(rows: Sequence[Sequence[str]], options: ParserOptions, *, has_items: bool) -> bool:
    """Whether the first row looks unlike the rest: no numbers in it, and no cell that comes again below."""
    if not rows:
        return False
    first, rest = [cell.strip() for cell in rows[0]], rows[1:]
    if has_items:
        return "," not in first[0] and not any(first[0] in row[0].split(",") for row in rest)
    style = number_style(options.locale)
    named = [cell for cell in first if cell not in options.missing_tokens]
    if not named or _count_numbers(named, style):
        return False
    if not rest:
        return True
    columns = [[row[index].strip() for row in rest if index < len(row)] for index in range(len(first))]
    for cell, below in zip(first, columns, strict=True):
        values = [value for value in below if value not in options.missing_tokens]
        if (cell == "" or cell in named) and values and _count_numbers(values, style) == len(values):
            return True
    return not any(cell in below for cell, below in zip(first, columns, strict=True))


def _count_numbers(values: Sequence[str], style: NumberStyle) -> int:
    numbers = parse_numbers(pa.array(values, pa.string()), style)
    return len(numbers) - int(numbers.null_count)


def _names(rows: Sequence[Sequence[str]], *, header: bool) -> tuple[str, ...]:
    width = usual_width(rows[1:] if header and len(rows) > 1 else rows)
    given = [cell.strip() for cell in rows[0]][:width] if header and rows else []
    given += [""] * (width - len(given))
    return tuple(name or f"field{index + 1}" for index, name in enumerate(given))
