"""Conditions that rows must meet, written as an s-expression or as the same in nested JSON arrays."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from ml.condition import (
    COMPARISONS,
    Call,
    Expression,
    FieldValue,
    Literal,
    checked,
    truth,
)
from ml.errors import ArgumentError
from ml.fields import Field

DEPTH_LIMIT = 100
SIZE_LIMIT = 200_000
"""How deep an expression may be nested, and how many parts it may have."""

_TOKEN = re.compile(r"""\s*(?:(?P<paren>[()])|(?P<text>"(?:[^"\\]|\\.)*")|(?P<word>[^\s()"]+))""", re.DOTALL)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_WORDS = {"true": True, "false": False, "nil": None, "null": None}
_FIELD_FUNCTIONS = ("f", "field")
_ARITIES: dict[str, tuple[int, int | None]] = {
    **dict.fromkeys(COMPARISONS, (2, None)),
    **dict.fromkeys(("and", "or"), (0, None)),
    **dict.fromkeys(("+", "-", "*", "/"), (1, None)),
    "not": (1, 1),
    "missing?": (1, 1),
    "row-number": (0, 0),
}
"""How many arguments each function takes, at least and at most."""


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition on rows of known fields. `columns` are the ids of the fields that it needs."""

    expression: Expression
    columns: tuple[str, ...]

    def keeps(self, rows: pa.RecordBatch, *, first_row: int) -> pa.Array:
        """Whether each row meets the condition, without nulls. `first_row` is the number of the first one, from 1.

        A missing value equals only a missing value, and is neither less nor greater than anything.
        """
        return truth(self.expression, rows, first_row)


@dataclass(frozen=True, slots=True)
class _Word:
    """A bare word of an s-expression, which is a function's or a field's name."""

    text: str


def parse_lisp(text: str) -> Expression:
    """The expression that an s-expression such as `(and (> (f "age") 30) (not (missing? "000002")))` writes.

    Raises ArgumentError with the path `lisp_filter` when it is not one.
    """
    tokens = _tokens(text)
    if not tokens:
        raise _unreadable("lisp_filter", "it is empty")
    form, end = _form(tokens, 0, depth=0)
    if end != len(tokens):
        raise _unreadable("lisp_filter", "there is something after its end")
    return _expression(form, "lisp_filter", depth=0)


def parse_json(value: Any) -> Expression:  # Any: JSON from a client, in which anything may stand
    """The expression that nested arrays such as `["=", ["field", "species"], "virginica"]`, or their text, write.

    Raises ArgumentError with the path `json_filter` when they are none.
    """
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (json.JSONDecodeError, RecursionError) as problem:
            raise _unreadable("json_filter", "it is not JSON") from problem
    if not isinstance(value, list):
        raise _unreadable("json_filter", "it is not an array")
    return _expression(value, "json_filter", depth=0)


def bind(expression: Expression, fields: Sequence[Field], *, argument: str = "lisp_filter") -> Filter:
    """The filter that an expression is for these fields, which it may name by id, by name or by column number.

    Raises ArgumentError with `argument` as path for an unknown field, and for types that do not go together.
    """
    # Later entries win: an id is never taken for a name, and of equal names the first column's counts.
    known = {str(field.column_number): field for field in fields}
    known |= {field.name: field for field in sorted(fields, key=lambda field: -field.column_number)}
    known |= {field.id: field for field in fields}
    bound = checked(expression, known, argument)
    return Filter(bound, tuple(dict.fromkeys(_columns(bound))))


def _tokens(text: str) -> list[Any]:  # Any: brackets, words and literals
    tokens: list[Any] = []
    position, end = 0, len(text.rstrip())
    while position < end:
        found = _TOKEN.match(text, position)
        if found is None:
            raise _unreadable("lisp_filter", f"there is an open quote in {text[position : position + 20]!r}")
        position = found.end()
        if found["paren"]:
            tokens.append(_Word(found["paren"]))
        elif found["text"]:
            try:
                tokens.append(json.loads(found["text"], strict=False))
            except json.JSONDecodeError as problem:
                raise _unreadable("lisp_filter", f"the text {found['text'][:40]} is broken") from problem
        else:
            tokens.append(_Word(found["word"]))
        if len(tokens) > SIZE_LIMIT:
            raise _unreadable("lisp_filter", "it is too long")
    return tokens


def _form(tokens: Sequence[Any], start: int, *, depth: int) -> tuple[Any, int]:  # Any: nested lists of tokens
    """The list or token that begins at `start`, and where the next one begins."""
    token = tokens[start]
    if token == _Word(")"):
        raise _unreadable("lisp_filter", "a bracket closes that was not opened")
    if token != _Word("("):
        return token, start + 1
    if depth > DEPTH_LIMIT:
        raise _unreadable("lisp_filter", "it is nested too deep")
    form: list[Any] = []
    position = start + 1
    while position < len(tokens) and tokens[position] != _Word(")"):
        inner, position = _form(tokens, position, depth=depth + 1)
        form.append(inner)
    if position == len(tokens):
        raise _unreadable("lisp_filter", "a bracket is not closed")
    return form, position + 1


def _expression(form: Any, argument: str, *, depth: int) -> Expression:  # Any: nested lists from either notation
    if depth > DEPTH_LIMIT:
        raise _unreadable(argument, "it is nested too deep")
    if isinstance(form, _Word):
        return _literal(form, argument)
    if form is None or isinstance(form, str | bool | int | float):
        return Literal(float(form) if isinstance(form, int) and not isinstance(form, bool) else form)
    if not isinstance(form, list) or not form:
        raise _unreadable(argument, "there is an empty list or an object in it")
    name = form[0].text if isinstance(form[0], _Word) else form[0]
    if not isinstance(name, str):
        raise _unreadable(argument, f"{name!r} is not the name of a function")
    if name in _FIELD_FUNCTIONS:
        return _field(form, argument)
    if name not in _ARITIES:
        raise _unreadable(argument, f"the function {name!r} is not known")
    least, most = _ARITIES[name]
    given = form[1:]
    if len(given) < least or (most is not None and len(given) > most):
        raise _unreadable(argument, f"{name!r} cannot take {len(given)} arguments")
    if name == "missing?":
        inner = given[0]
        return Call(
            name,
            (_expression(inner, argument, depth=depth + 1) if isinstance(inner, list) else _field(form, argument),),
        )
    return Call(name, tuple(_expression(inner, argument, depth=depth + 1) for inner in given))


def _field(form: list[Any], argument: str) -> FieldValue:  # Any: as above
    if len(form) != 2:
        raise _unreadable(argument, "a field is named by one name or id")
    name = form[1].text if isinstance(form[1], _Word) else form[1]
    if isinstance(name, bool) or not isinstance(name, str | int):
        raise _unreadable(argument, f"{name!r} does not name a field")
    return FieldValue(str(name))


def _literal(word: _Word, argument: str) -> Literal:
    if _NUMBER.fullmatch(word.text):
        return Literal(float(word.text))
    if word.text not in _WORDS:
        raise _unreadable(argument, f"{word.text!r} is neither a number nor a text in quotes")
    return Literal(_WORDS[word.text])


def _columns(expression: Expression) -> Iterator[str]:
    match expression:
        case FieldValue(field=name):
            yield name
        case Call(arguments=arguments):
            for inner in arguments:
                yield from _columns(inner)
        case Literal():
            return


def _unreadable(argument: str, reason: str) -> ArgumentError:
    return ArgumentError(f"The {argument} cannot be read: {reason}.", (argument,))
