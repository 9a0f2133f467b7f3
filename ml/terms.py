"""How a text is cut into terms and a cell into items, and how often one of them occurs.

The rules are those of BigML's local predictors, so that a count made here equals the count made by a client: a term
is a whole word, where an underscore ends a word as well, and an item is a whole stretch between separators.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from ml.errors import ArgumentError
from ml.fields import ItemAnalysis, TermAnalysis, TokenMode

PATTERNS_KEPT = 8192
"""How many compiled patterns stay in memory; a forest asks for the same few hundred terms again and again."""

_TOKEN = re.compile(r"(?:\b|_)([^\b_\s]+?)(?:\b|_)")


def terms(text: str | None, analysis: TermAnalysis) -> list[str]:
    """The terms of a text in order, repeated as often as they occur; lower case unless case matters.

    Depending on the token mode these are its words, the text as a whole, or both (the whole is left out when it is
    the first word already). A run of punctuation between two words counts as a word too, as it does for the client.
    """
    if not text:
        return []
    whole = text if analysis.case_sensitive else text.lower()
    if analysis.token_mode is TokenMode.FULL_TERMS_ONLY:
        return [whole]
    found = _TOKEN.findall(text)
    if not analysis.case_sensitive:
        found = [word.lower() for word in found]
    if analysis.token_mode is TokenMode.ALL and (not found or found[0] != whole):
        found.append(whole)
    return found


def count_term(text: str | None, term: str, forms: Sequence[str], analysis: TermAnalysis) -> int:
    """How often `term` or one of its other `forms` occurs in the text; 0 for a missing text.

    When only full terms count, the answer is 1 exactly if the whole text is the term.
    """
    if text is None:
        return 0
    if analysis.token_mode is TokenMode.FULL_TERMS_ONLY:
        same = text == term if analysis.case_sensitive else text.lower() == term.lower()
        return int(same)
    return len(_term_pattern((term, *forms), analysis.case_sensitive).findall(text))


def items(text: str | None, analysis: ItemAnalysis) -> list[str]:
    """The items of a cell in order, repeated as often as they occur, exactly as written between the separators.

    Raises ArgumentError when the separator expression is not a regular expression.
    """
    if text is None:
        return []
    return [item for item in _separator_pattern(_separator(analysis)).split(text) if item is not None]


def count_item(text: str | None, item: str, analysis: ItemAnalysis) -> int:
    """How often `item` occurs in the cell; 0 for a missing cell.

    Two neighbours share the separator between them, so of directly repeated items every second one is counted: this
    is the client's count. Raises ArgumentError when the separator expression is not a regular expression.
    """
    if text is None:
        return 0
    return len(_item_pattern(item, _separator(analysis)).findall(text))


@lru_cache(maxsize=PATTERNS_KEPT)
def _term_pattern(forms: tuple[str, ...], case_sensitive: bool) -> re.Pattern[str]:
    alternatives = "|".join(rf"(?:\b|_){re.escape(form)}(?:\b|_)" for form in forms)
    return re.compile(alternatives, 0 if case_sensitive else re.IGNORECASE)


@lru_cache(maxsize=PATTERNS_KEPT)
def _item_pattern(item: str, separator: str) -> re.Pattern[str]:
    _separator_pattern(separator)
    return re.compile(rf"(?:^|{separator}){re.escape(item)}(?:$|{separator})")


@lru_cache(maxsize=PATTERNS_KEPT)
def _separator_pattern(separator: str) -> re.Pattern[str]:
    try:
        return re.compile(separator)
    except re.error as problem:
        raise ArgumentError(f"separator_regexp {separator!r} is not a regular expression: {problem}") from problem


def _separator(analysis: ItemAnalysis) -> str:
    if analysis.separator_regexp is not None:
        return analysis.separator_regexp
    return re.escape(analysis.separator)
