"""How a raw file is to be read: what a user may say about it, and what is filled in by looking at it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any, Self

from ml.errors import ArgumentError
from ml.fields import MISSING_TOKENS

WHOLE_LINE = ""
"""The separator of a file whose lines are one cell each."""

UNQUOTED = ""
"""The quote of a file in which no character quotes."""


class Format(StrEnum):
    """What kind of table the bytes of a file are."""

    CSV = "csv"
    ARFF = "arff"
    JSON = "json"
    PARQUET = "parquet"
    EXCEL = "excel"


class Compression(StrEnum):
    """What a file is packed with."""

    NONE = "none"
    GZIP = "gzip"
    ZSTD = "zstd"


@dataclass(frozen=True, slots=True)
class ParserOptions:
    """How to read a raw file; None lets the reader find out.

    `separator` is one character, or empty when a line is one cell; `quote` is one character, or empty when nothing
    quotes. Raises ArgumentError for longer ones, for a line end as either, and for an unknown encoding.
    """

    header: bool | None = None
    separator: str | None = None
    quote: str | None = None
    locale: str = "en_US"
    missing_tokens: tuple[str, ...] = MISSING_TOKENS
    trim: bool = True
    format: Format | None = None
    encoding: str | None = None

    def __post_init__(self) -> None:
        for name in ("separator", "quote"):
            value = getattr(self, name)
            if value is not None and (len(value) > 1 or (value and value in "\r\n\0")):
                raise ArgumentError(f"{name} must be a single character, not {value!r}.", (name,))
        if self.separator and self.separator == self.quote:
            raise ArgumentError("quote and separator must differ.", ("quote",))
        if self.encoding is not None:
            try:
                "".encode(self.encoding)
            except LookupError as unknown:
                raise ArgumentError(f"encoding {self.encoding!r} is not known.", ("encoding",)) from unknown

    def to_dict(self) -> dict[str, Any]:  # Any: the values of the fields above, as JSON has them
        """The options as plain JSON values; `from_dict` reads them back."""
        return {**asdict(self), "missing_tokens": list(self.missing_tokens)}

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> Self:  # Any: as above
        """The options that `to_dict` wrote. Raises ArgumentError for an unknown format."""
        tokens, kind = value.get("missing_tokens"), value.get("format")
        try:
            form = None if kind is None else Format(kind)
        except ValueError as unknown:
            raise ArgumentError(f"format {kind!r} is not one of {', '.join(Format)}.", ("format",)) from unknown
        return cls(
            **{**value, "format": form, "missing_tokens": MISSING_TOKENS if tokens is None else tuple(tokens)},
        )

    def with_(self, **changes: Any) -> Self:  # Any: the values of the fields above
        """A copy with some options changed."""
        return replace(self, **changes)
