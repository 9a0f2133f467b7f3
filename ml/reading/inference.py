"""What a raw column is: its type, found out from what the file declares or else from a sample of its texts."""

from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from ml.cleaning import cleaned
from ml.fields import Field, ItemAnalysis, Optype, TermAnalysis, field_id
from ml.language import detect_language
from ml.numbers import integer_type, number_style, parse_numbers
from ml.reading.options import ParserOptions
from ml.reading.table import Column
from ml.times import detect_formats

CATEGORY_LIMIT = 1000
"""A column of texts with more distinct values than this is text."""

LONG_TEXT = 64
"""Texts longer than this on average are text, however few they are."""

_WORDS_READ = 5000
_PROBED = 1000
_PROSE_WORDS = 2.5
_PROSE_SHARE = 0.5
_PROSE_VALUES = 20


def infer_field(
    column: Column,
    texts: pa.Array,
    *,
    index: int,
    options: ParserOptions,
    disable_datetime: bool = False,
    term_analysis: TermAnalysis | None = None,
    item_analysis: ItemAnalysis | None = None,
) -> Field:
    """The field of the column at `index`, judged by a sample of its texts (or doubles, where the file has numbers)."""
    values = present(texts, options)
    field = Field(id=field_id(index), name=column.name, optype=Optype.CATEGORICAL, column_number=index, order=index)
    optype, formats = column.optype, column.time_formats
    if optype is Optype.DATETIME and disable_datetime:
        optype, formats = None, ()
    if optype is None:
        optype, formats = _optype(values, options, disable_datetime=disable_datetime)
    if optype is Optype.NUMERIC:
        return field.with_(optype=optype, datatype=column.datatype or _number_type(values, options))
    if optype is Optype.DATETIME:
        return field.with_(optype=optype, time_formats=formats)
    if optype is Optype.TEXT:
        return field.with_(optype=optype, term_analysis=text_analysis(values, term_analysis))
    if optype is Optype.ITEMS:
        return field.with_(optype=optype, item_analysis=item_analysis or items_analysis(values))
    custom = {} if column.categories is None else {"categories": list(column.categories)}
    return field.with_(optype=optype, custom=custom)


def present(texts: pa.Array, options: ParserOptions) -> pa.Array:
    """The values of a column that are not missing, trimmed if the options say so."""
    if not pa.types.is_string(texts.type):
        return texts.drop_null()
    values = cleaned(texts, options.missing_tokens, trim=options.trim)
    return values.drop_null() if values.null_count else values


def text_analysis(values: pa.Array, given: TermAnalysis | None) -> TermAnalysis:
    """How texts are to be cut into terms: as given, with the language filled in by recognising it."""
    analysis = given or TermAnalysis()
    if analysis.language is not None:
        return analysis
    words: list[str] = []
    for text in values.slice(0, _WORDS_READ).to_pylist():
        words += text.split()
        if len(words) > _WORDS_READ:
            break
    return replace(analysis, language=detect_language(words))


def items_analysis(values: pa.Array) -> ItemAnalysis:
    """Commas between items, with the spaces around them where there are any, so that these belong to no item."""
    spaced = pc.any(pc.match_substring_regex(values, r",\s|\s,")).as_py()
    return ItemAnalysis(separator_regexp=r"\s*,\s*") if spaced else ItemAnalysis()


def _optype(values: pa.Array, options: ParserOptions, *, disable_datetime: bool) -> tuple[Optype, tuple[str, ...]]:
    """Numbers are numeric unless there are exactly two distinct ones; then dates; then text, if long or various."""
    if len(values) == 0:
        return Optype.CATEGORICAL, ()
    style = number_style(options.locale)
    if parse_numbers(values.slice(0, _PROBED), style).null_count == 0:
        numbers = parse_numbers(values, style)
        if numbers.null_count == 0:
            return (Optype.CATEGORICAL if _are_two(values, numbers) else Optype.NUMERIC), ()
    distinct = pc.unique(values)
    if not disable_datetime:
        formats = detect_formats(distinct, day_first=not options.locale.lower().startswith("en_us"))
        if formats:
            return Optype.DATETIME, formats
    return (Optype.TEXT if _is_text(values, distinct) else Optype.CATEGORICAL), ()


def _are_two(values: pa.Array, numbers: pa.Array) -> bool:
    """Whether there are exactly two different numbers, each always written in one way."""
    if len(pc.unique(numbers.slice(0, _PROBED))) > 2:
        return False
    return len(pc.unique(numbers)) == 2 == len(pc.unique(values))


def _is_text(values: pa.Array, distinct: pa.Array) -> bool:
    if len(distinct) > CATEGORY_LIMIT or pc.mean(pc.utf8_length(distinct)).as_py() > LONG_TEXT:
        return True
    words = pc.mean(pc.add(pc.count_substring_regex(distinct, r"\s+"), 1)).as_py()
    is_various = len(distinct) > max(_PROSE_VALUES, len(values) * _PROSE_SHARE)
    return bool(is_various and words >= _PROSE_WORDS)


def _number_type(values: pa.Array, options: ParserOptions) -> str:
    if not pa.types.is_string(values.type):
        return "double"
    return integer_type(parse_numbers(values, number_style(options.locale)), values)
