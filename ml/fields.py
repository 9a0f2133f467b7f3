"""What a column is: its type, its place and how its text is read. No data and no statistics."""

from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any, Self

MISSING_TOKENS: tuple[str, ...] = (
    "", "NaN", "NULL", "N/A", "null", "-", "#REF!", "#VALUE!", "?", "#NULL!", "#NUM!", "#DIV/0",
    "n/a", "#NAME?", "NIL", "nil", "na", "#N/A", "NA",
)  # fmt: skip
"""The texts that mean "no value" unless a source names its own."""


class Optype(StrEnum):
    """How the values of a column behave."""

    NUMERIC = "numeric"
    CATEGORICAL = "categorical"
    TEXT = "text"
    ITEMS = "items"
    DATETIME = "datetime"


class TokenMode(StrEnum):
    """What counts as one term of a text."""

    TOKENS_ONLY = "tokens_only"
    FULL_TERMS_ONLY = "full_terms_only"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class TermAnalysis:
    """How a text column is cut into terms."""

    enabled: bool = True
    case_sensitive: bool = False
    stem_words: bool = True
    use_stopwords: bool = False
    language: str | None = None
    token_mode: TokenMode = TokenMode.ALL


@dataclass(frozen=True, slots=True)
class ItemAnalysis:
    """How a cell of an items column is cut into items: by `separator`, or by `separator_regexp` when given."""

    separator: str = ","
    separator_regexp: str | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a source or dataset, known by a six-digit hexadecimal id that never changes.

    `parent_id` is set on the numeric parts that a datetime column expands into; `datatype` then names the part.
    `decimals` remembers how a numeric column was written (`2` for `3.00`), so that its text can be given back
    exactly: `None` means the shortest form of each value, -1 the shortest one with at least one decimal (`3.0`).
    """

    id: str
    name: str
    optype: Optype
    column_number: int
    datatype: str = "string"
    order: int = 0
    preferred: bool = True
    label: str = ""
    description: str = ""
    parent_id: str | None = None
    generated: bool = False
    decimals: int | None = None
    locale: str | None = None
    missing_tokens: tuple[str, ...] | None = None
    time_formats: tuple[str, ...] = ()
    term_analysis: TermAnalysis | None = None
    item_analysis: ItemAnalysis | None = None
    custom: dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The field as plain JSON values; `from_dict` reads it back."""
        return asdict(self)

    @classmethod
    def from_dict(cls, value: dict[str, Any]) -> Self:
        """The field that `to_dict` wrote."""
        terms, items = value.get("term_analysis"), value.get("item_analysis")
        missing = value.get("missing_tokens")
        return cls(
            **{
                **value,
                "optype": Optype(value["optype"]),
                "missing_tokens": None if missing is None else tuple(missing),
                "time_formats": tuple(value.get("time_formats") or ()),
                "term_analysis": terms and TermAnalysis(**{**terms, "token_mode": TokenMode(terms["token_mode"])}),
                "item_analysis": items and ItemAnalysis(**items),
            }
        )

    def with_(self, **changes: Any) -> Self:  # Any: the values of any of the fields above
        """A copy with some attributes changed."""
        return replace(self, **changes)


def field_id(index: int) -> str:
    """The id of the column at `index`: six lower-case hexadecimal digits."""
    return f"{index:06x}"
