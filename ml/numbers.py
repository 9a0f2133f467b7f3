"""Texts to numbers and back: what counts as a number in a locale, and how a column of numbers was written."""

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

DOTTED = -1
"""The `decimals` of a column written in the shortest form with at least one decimal: `3.0` and `2.25`."""

EXACT_DIGITS = 15
"""Decimal digits that a double keeps whatever they are; a text of no more characters is its value's shortest form,
but for zeros at its end."""

_EXPONENT_FROM = 1e14
_PROBED = 100

_COMMA_LANGUAGES = frozenset({
    "af", "az", "be", "bg", "bs", "ca", "cs", "da", "de", "el", "es", "et", "eu", "fi", "fo", "fr", "gl", "hr", "hu",
    "hy", "id", "is", "it", "ka", "kk", "lt", "lv", "mk", "nb", "nl", "nn", "no", "pl", "pt", "ro", "ru", "sk", "sl",
    "sq", "sr", "sv", "tr", "uk", "uz", "vi",
})  # fmt: skip
_SPACE_LANGUAGES = frozenset({
    "be", "bg", "cs", "et", "fi", "fr", "hu", "hy", "ka", "kk", "lt", "lv", "nb", "nn", "no", "pl", "ru", "sk", "sq",
    "sv", "uk", "uz",
})  # fmt: skip
_POINT_TERRITORIES = frozenset({
    "es_MX", "es_US", "es_PR", "es_GT", "es_HN", "es_NI", "es_PA", "es_PE", "es_SV", "es_DO",
})  # fmt: skip
_APOSTROPHE_TERRITORIES = frozenset({"de_CH", "it_CH", "de_LI"})
_SPACES = " \u00a0\u202f"


@dataclass(frozen=True, slots=True)
class NumberStyle:
    """Which sign ends the whole part of a number, and which ones may group its digits by three."""

    decimal: str = "."
    thousands: str = ","


@lru_cache(maxsize=256)
def number_style(locale: str) -> NumberStyle:
    """How numbers are written in a locale such as `es_ES`, `fr` or `de_DE.UTF-8`; unknown ones are read as `en_US`."""
    name = re.split(r"[.@]", locale.replace("-", "_"))[0]
    language, _, territory = name.partition("_")
    language = language.lower()
    full = f"{language}_{territory.upper()}"
    if full in _APOSTROPHE_TERRITORIES:
        return NumberStyle(".", "'’")
    if language not in _COMMA_LANGUAGES or full in _POINT_TERRITORIES:
        return NumberStyle()
    return NumberStyle(",", _SPACES) if language in _SPACE_LANGUAGES else NumberStyle(",", ".")


def parse_numbers(texts: pa.Array, style: NumberStyle) -> pa.Array:
    """Doubles for an array of strings; null for null and for every text that is not a finite number in that style.

    Accepted are digits with an optional sign, grouping marks between groups of three, decimals and an exponent.
    """
    if style.decimal == ".":
        try:
            return _finite(pc.cast(texts, pa.float64()))
        except pa.ArrowInvalid:
            plain = pc.match_substring_regex(texts, r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$")
            numbers = _finite(pc.cast(pc.if_else(plain, texts, None), pa.float64()))
            if numbers.null_count == texts.null_count:
                return numbers
            return pc.coalesce(numbers, _localised(texts, style))
    return _localised(texts, style)


def format_numbers(values: pa.Array, decimals: int | None) -> pa.Array:
    """The texts of an array of doubles: with so many decimals, in the shortest form (None), or as `DOTTED` says.

    The shortest form is the fewest digits that give back the same double, with an exponent from 1e14 on. Numbers too
    big for the asked number of decimals are written in the shortest form.
    """
    if decimals is None:
        return pc.cast(values, pa.string())
    if decimals == DOTTED:
        shortest = pc.cast(values, pa.string())
        whole = pc.and_(pc.equal(values, pc.floor(values)), pc.less(pc.abs(values), _EXPONENT_FROM))
        return pc.if_else(whole, pc.binary_join_element_wise(shortest, ".0", ""), shortest)
    try:
        if decimals == 0:
            return pc.cast(pc.cast(pc.round(values), pa.int64()), pa.string())
        return pc.cast(pc.cast(values, pa.decimal128(38, decimals)), pa.string())
    except pa.ArrowInvalid:
        return pc.cast(values, pa.string())


def integer_type(values: pa.Array, texts: pa.Array) -> str:
    """The datatype of a column of numbers: the smallest of int8 to int64 that holds it, or `double`."""
    if len(values) == 0:
        return "double"
    for part in (texts.slice(0, _PROBED), texts):
        if not pc.all(pc.match_substring_regex(part, r"^[+-]?[0-9]+$")).as_py():
            return "double"
    low, high = pc.min_max(values).as_py().values()
    for bits in (8, 16, 32, 64):
        bound = 2.0 ** (bits - 1)
        if -bound <= low and high < bound:
            return f"int{bits}"
    return "double"


class NumberFormat:
    """Learns, text by text, which `decimals` gives every text of a column back exactly.

    Show it all texts with their values through `see`; then `decimals` is the answer, if `is_faithful`.
    """

    def __init__(self) -> None:
        self._fixed: int | None = None
        self._shortest = True
        self._dotted = True
        self._is_new = True

    @property
    def is_faithful(self) -> bool:
        """Whether one number of decimals still reproduces everything seen."""
        return self._fixed is not None or self._shortest or self._dotted

    @property
    def decimals(self) -> int | None:
        """What to give to `format_numbers`; the number of decimals that all texts share wins over the shortest form."""
        if self._fixed is not None:
            return self._fixed
        return DOTTED if self._dotted and not self._shortest else None

    def see(self, texts: pa.Array, values: pa.Array) -> None:
        """Compares texts with their values: arrays of one length, null in the same places."""
        if len(texts) == texts.null_count or not self.is_faithful:
            return
        if self._is_new:
            self._is_new = False
            self._fixed = _decimals_of(texts[int(pc.index(pc.is_valid(texts), True).as_py())].as_py())
        if self._fixed is not None:
            if _same(format_numbers(values, self._fixed), texts):
                self._narrow(texts, values)
                return
            self._fixed = None
        if self._shortest or self._dotted:
            self._see_shortest(texts, values)

    def _narrow(self, texts: pa.Array, values: pa.Array) -> None:
        """What a match with fixed decimals says about the other forms, mostly without formatting again."""
        if self._fixed == 0:
            self._dotted = False
            self._shortest = self._shortest and pc.max(pc.abs(values)).as_py() < _EXPONENT_FROM
        elif pc.any(pc.ends_with(texts, "0")).as_py():
            self._shortest = False
            self._dotted = self._dotted and self._fixed == 1
        elif (self._shortest or self._dotted) and pc.max(pc.binary_length(texts)).as_py() > EXACT_DIGITS:
            self._see_shortest(texts, values)

    def _see_shortest(self, texts: pa.Array, values: pa.Array) -> None:
        shortest = format_numbers(values, None)
        differs = pc.not_equal(shortest, texts)
        whole = pc.and_(pc.equal(values, pc.floor(values)), pc.less(pc.abs(values), _EXPONENT_FROM))
        if not pc.any(differs).as_py():
            self._dotted = self._dotted and not pc.any(whole).as_py()
            return
        self._shortest = False
        if self._dotted:
            # Each whole number must be what differs, and be written with a decimal that is zero.
            dotted = pc.binary_join_element_wise(shortest.filter(whole), ".0", "")
            self._dotted = _same(differs, whole) and _same(dotted, texts.filter(whole))


def _localised(texts: pa.Array, style: NumberStyle) -> pa.Array:
    decimal, thousands = re.escape(style.decimal), f"[{re.escape(style.thousands)}]"
    number = (
        rf"^[+-]?(([0-9]+|[0-9]{{1,3}}({thousands}[0-9]{{3}})+)({decimal}[0-9]*)?|{decimal}[0-9]+)([eE][+-]?[0-9]+)?$"
    )
    found = pc.if_else(pc.match_substring_regex(texts, number), texts, None)
    bare = pc.replace_substring_regex(found, thousands, "")
    return _finite(pc.cast(pc.replace_substring(bare, style.decimal, "."), pa.float64()))


def _finite(values: pa.Array) -> pa.Array:
    raw = values.fill_null(0).to_numpy(zero_copy_only=False) if values.null_count else values.to_numpy()
    finite = np.isfinite(raw)
    return values if finite.all() else pc.if_else(pa.array(finite), values, None)


def _same(left: pa.Array, right: pa.Array) -> bool:
    return bool(pc.all(pc.equal(left, right)).as_py())


def _decimals_of(text: str) -> int | None:
    plain = re.fullmatch(r"-?[0-9]+(?:\.([0-9]+))?", text)
    return len(plain[1] or "") if plain else None
