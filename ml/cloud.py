"""The tag cloud of a text column: which terms occur how often, and which words are forms of one term."""

from collections.abc import Sequence
from dataclasses import dataclass

from ml.fields import TermAnalysis
from ml.language import stop_words, word_stems

TERM_LIMIT = 1000
"""Most terms of a cloud."""

WORDS_STEMMED = 4000
"""Only the most frequent words are looked at, because finding the stem of a word takes its time."""


@dataclass(frozen=True, slots=True)
class Cloud:
    """`terms` with their counts, the frequent first, equal ones by name; `forms` has the other words of a term."""

    terms: list[tuple[str, int]]
    forms: dict[str, list[str]]


def cloud(words: Sequence[tuple[str, int]], wholes: Sequence[tuple[str, int]], analysis: TermAnalysis) -> Cloud:
    """The cloud of counted words and counted whole texts, both with the frequent first.

    Words of one stem are one term, named after the most frequent of them. Stop words count only if the analysis uses
    them; single letters never do.
    """
    passed_over = frozenset() if analysis.use_stopwords else stop_words(analysis.language or "en")
    kept = [
        (word, count)
        for word, count in words
        if word.lower() not in passed_over and not (len(word) == 1 and word.isascii() and word.isalpha())
    ][:WORDS_STEMMED]
    families = _families(kept, analysis)
    forms = {family[0][0]: [word for word, _ in family[1:]] for family in families if len(family) > 1}
    counts = {family[0][0]: sum(count for _, count in family) for family in families}
    for text, count in wholes:
        counts.setdefault(text, count)
    terms = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))[:TERM_LIMIT]
    shown = {term for term, _ in terms}
    return Cloud(terms, {term: others for term, others in forms.items() if term in shown})


def _families(words: Sequence[tuple[str, int]], analysis: TermAnalysis) -> list[list[tuple[str, int]]]:
    """Words of one stem together, the most frequent first, of equally frequent ones the shortest."""
    if not analysis.stem_words:
        return [[entry] for entry in words]
    stemmable = [word for word, _ in words if word.isalpha()]
    stems = dict(zip(stemmable, word_stems(stemmable, analysis.language), strict=True))
    families: dict[str, list[tuple[str, int]]] = {}
    for word, count in words:
        families.setdefault(stems.get(word, word), []).append((word, count))
    return [sorted(family, key=lambda entry: (-entry[1], len(entry[0]), entry[0])) for family in families.values()]
