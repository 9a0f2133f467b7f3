"""What the columns of a dataset hold: a summary of each field, and which fields are worth using."""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pyarrow.parquet as pq

from ml.cloud import TERM_LIMIT, WORDS_STEMMED, cloud
from ml.counting import WORKERS, Counting
from ml.distribution import Numbers, describe
from ml.fields import Field, ItemAnalysis, Optype, TermAnalysis, TokenMode
from ml.memory import prefer_compact_memory
from ml.terms import items

CATEGORY_LIMIT = 10_000
"""Most categories of a summary; rarer ones are left out."""

ITEM_LIMIT = 1000
"""Most items of a summary."""

WHOLE_TEXT_LENGTH = 256
"""Texts longer than this are no terms as a whole."""

HELD_ROWS = 2**22
"""Numbers of a column that are held in memory between passes; those of a longer column are read again."""

CHUNK_ROWS = 2**15
"""Numbers worked on at a time; a few arrays of so many stay in the processor's cache."""

_WORD = r"[\p{L}\p{N}]+"
_STOP_SHARE = 500
_UNIQUE_ROWS = 10
_EVERYWHERE = 0.95
_NOWHERE = 0.001

Summary = dict[str, Any]  # Any: numbers, texts and lists of them, ready for JSON


def summarise(
    data: Path,
    fields: Sequence[Field],
    *,
    progress: Callable[[float], None] = lambda _share: None,
    memory_limit_mb: int = 64,
) -> dict[str, Summary]:
    """The summary of every field of a dataset file by the field's id, in the form of the BigML.io API documentation.

    A numeric one has population, measures, `counts` or `bins` and an `exact_histogram`; a categorical one
    `categories`, a text `tag_cloud` and `term_forms`, items `items`; each has its `missing_count`. The memory limit
    bounds what counting texts may take before it goes on with files.
    """
    prefer_compact_memory()
    numeric = [field for field in fields if field.optype is Optype.NUMERIC]
    others = [field for field in fields if field.optype is not Optype.NUMERIC]
    found: dict[str, Summary] = {}
    workers = min(WORKERS, os.cpu_count() or 1)
    with ExitStack() as stack:
        # A file of many columns takes its time to open, so each is opened once and handed from field to field.
        files: SimpleQueue[pq.ParquetFile] = SimpleQueue()
        for _ in range(workers if numeric else 0):
            files.put(stack.enter_context(pq.ParquetFile(data)))
        pool = stack.enter_context(ThreadPoolExecutor(workers))
        for field, summary in zip(numeric, pool.map(lambda field: _numeric(files, field), numeric), strict=True):
            found[field.id] = summary
            progress(len(found) / len(fields))
    if others:
        with Counting(data, memory_limit_mb) as counting:
            for field in others:
                found[field.id] = _TEXTUAL[field.optype](counting, field)
                progress(len(found) / len(fields))
    return {field.id: found[field.id] for field in fields}


def preferred(fields: Sequence[Field], summaries: Mapping[str, Summary], rows: int) -> list[Field]:
    """The fields with their `preferred` flag decided: constants, empty columns and identifiers are not."""
    return [field.with_(preferred=_is_telling(field, summaries.get(field.id, {}), rows)) for field in fields]


def default_objective(fields: Sequence[Field]) -> str | None:
    """The id of the field to predict if nobody says: the last preferred numeric or categorical one, else the last such
    one; None if there is none. Parts of datetimes are passed over."""
    possible = sorted(
        (field for field in fields if field.optype in (Optype.NUMERIC, Optype.CATEGORICAL) and not field.generated),
        key=lambda field: (field.preferred, field.column_number),
    )
    return possible[-1].id if possible else None


def _is_telling(field: Field, summary: Summary, rows: int) -> bool:
    present = rows - int(summary.get("missing_count", 0))
    if present <= 0:
        return False
    match field.optype:
        case Optype.NUMERIC:
            return bool(summary.get("minimum") != summary.get("maximum"))
        case Optype.CATEGORICAL:
            classes = summary.get("categories", [])
            return len(classes) > 1 and not (len(classes) == present > _UNIQUE_ROWS)
        case Optype.TEXT:
            return _has_repeated_terms([count for _, count in summary.get("tag_cloud", [])], present)
        case Optype.ITEMS:
            return len(summary.get("items", [])) > 1
        case Optype.DATETIME:
            return True


def _has_repeated_terms(counts: Iterable[int], present: int) -> bool:
    """Whether some term is neither in (nearly) every text nor in (nearly) one alone, as in a column of identifiers."""
    rare = max(1.0, present * _NOWHERE)
    return any(rare < count < present * _EVERYWHERE for count in counts)


def _numeric(files: SimpleQueue[pq.ParquetFile], field: Field) -> Summary:
    file = files.get()

    def chunks() -> Iterator[Numbers]:
        for group in range(file.num_row_groups):
            for chunk in file.read_row_group(group, columns=[field.id], use_threads=False).column(0).chunks:
                numbers = (chunk.drop_null() if chunk.null_count else chunk).to_numpy()
                yield from (numbers[start : start + CHUNK_ROWS] for start in range(0, len(numbers), CHUNK_ROWS))

    try:
        rows = file.metadata.num_rows
        held = list(chunks()) if rows <= HELD_ROWS else None
        return describe(chunks if held is None else held.__iter__, rows=rows)
    finally:
        files.put(file)


def _categorical(counting: Counting, field: Field) -> Summary:
    classes = counting.values(field, "c", limit=CATEGORY_LIMIT)
    return {"categories": [list(entry) for entry in classes], "missing_count": counting.missing(field)}


def _text(counting: Counting, field: Field) -> Summary:
    analysis = field.term_analysis or TermAnalysis()
    words: list[tuple[str, int]] = []
    wholes: list[tuple[str, int]] = []
    text = "c" if analysis.case_sensitive else "lower(c)"
    if analysis.enabled and analysis.token_mode is not TokenMode.FULL_TERMS_ONLY:
        words = counting.values(
            field, f"unnest(regexp_extract_all({text}, '{_WORD}'))", limit=WORDS_STEMMED + _STOP_SHARE
        )
    if analysis.enabled and analysis.token_mode is not TokenMode.TOKENS_ONLY:
        wholes = counting.values(
            field,
            f"CASE WHEN length(c) <= {WHOLE_TEXT_LENGTH} THEN {text} END",
            limit=TERM_LIMIT,
            # Beside words a whole text counts when it is more than a word and comes more than once.
            having=f"n > 1 AND NOT regexp_full_match(v, '{_WORD}')" if analysis.token_mode is TokenMode.ALL else "true",
        )
    drawn = cloud(words, wholes, analysis)
    return {
        "tag_cloud": [list(entry) for entry in drawn.terms],
        "term_forms": drawn.forms,
        "missing_count": counting.missing(field),
    }


def _items(counting: Counting, field: Field) -> Summary:
    analysis = field.item_analysis or ItemAnalysis()
    if analysis.separator_regexp is None and analysis.separator:
        separator = analysis.separator.replace("'", "''")
        found = counting.values(field, f"unnest(string_split(c, '{separator}'))", limit=ITEM_LIMIT)
    else:
        counted: Counter[str] = Counter()
        for chunk in counting.texts(field):
            for text in chunk.to_pylist():
                counted.update(item for item in items(text, analysis) if item)
        found = sorted(counted.items(), key=lambda entry: (-entry[1], entry[0]))[:ITEM_LIMIT]
    return {"items": [list(entry) for entry in found], "missing_count": counting.missing(field)}


def _datetime(counting: Counting, field: Field) -> Summary:
    return {"missing_count": counting.missing(field)}


_TEXTUAL: dict[Optype, Callable[[Counting, Field], Summary]] = {
    Optype.CATEGORICAL: _categorical,
    Optype.TEXT: _text,
    Optype.ITEMS: _items,
    Optype.DATETIME: _datetime,
}
