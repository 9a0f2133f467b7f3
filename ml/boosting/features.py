"""What CatBoost sees of a dataset: which column is a number, a category or a text, and columns made ready for it.

Missing numbers stay NaN, which CatBoost sends to the lower side of every split. It refuses missing categories, so they
become a category of their own, and missing texts become empty. Texts are cut into words here, by one function for
training and scoring, so that the engine only has to split at a blank (words) or at a separator (items).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import pyarrow as pa

from ml.errors import ArgumentError
from ml.fields import Field, ItemAnalysis, Optype
from ml.terms import items

MISSING_CATEGORY = "__missing__"
"""The category that stands for no value."""

ITEM_END = "\x1f"
"""What separates items in the text that CatBoost is given (the ASCII unit separator)."""

TERM_ROWS = 20_000
"""How many rows are read to decide whether a text column has terms that repeat."""

TERM_OCCURRENCES = 3
"""How often a term must occur to count; rarer ones say nothing about other rows."""

_WORD = re.compile(r"\w+")


class FeatureKind(StrEnum):
    """How CatBoost reads a column; a model has its columns in this order of kinds."""

    NUMERIC = "numeric"
    CATEGORY = "category"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Feature:
    """One column of the model, with the kind it has there and, for texts, whether pairs of words count as terms."""

    field: Field
    kind: FeatureKind
    pairs: bool = False

    def to_dict(self) -> dict[str, Any]:
        """The feature by its field id; `from_dict` reads it back."""
        return {"field": self.field.id, "kind": self.kind.value, "pairs": self.pairs}

    @classmethod
    def from_dict(cls, value: Mapping[str, Any], fields: Mapping[str, Field]) -> "Feature":
        """The feature that `to_dict` wrote, its field looked up by id."""
        return cls(field=fields[value["field"]], kind=FeatureKind(value["kind"]), pairs=value["pairs"])


def columns_of(inputs: Sequence[Field], fields: Mapping[str, Field]) -> list[Field]:
    """The stored columns behind input fields, each once: a date counts by its numeric parts, which are columns."""
    columns: dict[str, Field] = {}
    for field in inputs:
        if field.optype is Optype.DATETIME:
            columns |= {part.id: part for part in fields.values() if part.parent_id == field.id}
        else:
            columns[field.id] = field
    if not columns:
        raise ArgumentError("no input field has a column to learn from", ("input_fields",))
    return list(columns.values())


def numbers(column: pa.ChunkedArray | pa.Array) -> np.ndarray:
    """The column as doubles, a missing value as NaN."""
    if not pa.types.is_float64(column.type):
        column = column.cast(pa.float64())
    chunked = column if isinstance(column, pa.ChunkedArray) else pa.chunked_array([column])
    values: np.ndarray = chunked.to_numpy()
    return values


def texts(column: pa.Array, field: Field) -> pa.Array:
    """The column as CatBoost is given it: every cell `cut`, a missing one empty."""
    return pa.array([cut(cell, field) if cell else "" for cell in column.to_pylist()], pa.string())


def cut(text: str, field: Field) -> str:
    """The words of a text joined by blanks, in lower case unless case matters to the field; items by `ITEM_END`."""
    if field.optype is Optype.ITEMS:
        return ITEM_END.join(items(text, field.item_analysis or ItemAnalysis()))
    if field.term_analysis is None or not field.term_analysis.case_sensitive:
        text = text.lower()
    return " ".join(_WORD.findall(text))


def text_feature(field: Field, prepared: pa.Array) -> Feature | None:
    """The field as a text feature if it is to be analysed and terms repeat among the prepared texts of the first rows.

    CatBoost refuses a text column in which no term occurs often enough to enter its dictionary.
    """
    if field.term_analysis is not None and not field.term_analysis.enabled:
        return None
    end = ITEM_END if field.optype is Optype.ITEMS else " "
    sample = [text.split(end) for text in prepared[:TERM_ROWS].to_pylist()]
    if not _repeats(sample, 1):
        return None
    return Feature(field, FeatureKind.TEXT, pairs=field.optype is Optype.TEXT and _repeats(sample, 2))


def _repeats(sample: list[list[str]], length: int) -> bool:
    counts: dict[tuple[str, ...], int] = {}
    for terms in sample:
        words = [term for term in terms if term]
        for term in zip(*(words[start:] for start in range(length)), strict=False):
            counts[term] = counts.get(term, 0) + 1
            if counts[term] >= TERM_OCCURRENCES:
                return True
    return False


def text_processing(features: Sequence[Feature], *, classification: bool) -> dict[str, Any]:
    """CatBoost's settings for the text features in their order: dictionaries, and what is computed by them."""

    def dictionary(name: str, length: int) -> dict[str, str]:
        return {
            "dictionary_id": name,
            "token_level_type": "Word",
            "gram_order": str(length),
            "max_dictionary_size": "50000",
            "occurrence_lower_bound": str(TERM_OCCURRENCES),
        }

    def tokenizer(name: str, delimiter: str) -> dict[str, str]:
        return {"tokenizer_id": name, "separator_type": "ByDelimiter", "delimiter": delimiter, "skip_empty": "true"}

    processing: dict[str, list[dict[str, list[str]]]] = {}
    for index, feature in enumerate(feature for feature in features if feature.kind is FeatureKind.TEXT):
        cut = ["Items"] if feature.field.optype is Optype.ITEMS else ["Words"]
        dictionaries = ["One", "Two"] if feature.pairs else ["One"]
        steps = [{"dictionaries_names": dictionaries, "feature_calcers": ["BoW:top_tokens_count=2000"]}]
        if classification:
            steps.append({"dictionaries_names": ["One"], "feature_calcers": ["NaiveBayes", "BM25"]})
        processing[str(index)] = [{"tokenizers_names": cut, **step} for step in steps]
    return {
        "tokenizers": [tokenizer("Words", " "), tokenizer("Items", ITEM_END)],
        "dictionaries": [dictionary("One", 1), dictionary("Two", 2)],
        "feature_processing": processing,
    }
