"""The header of an ARFF text (Weka's attribute-relation format): what its attributes are called and what they hold."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ml.errors import ArgumentError, UnreadableError
from ml.fields import Optype
from ml.reading.table import Column
from ml.timeformat import time_format

DATE_FORMAT = "yyyy-MM-dd'T'HH:mm:ss"

_QUOTED = r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\""
_ATTRIBUTE = re.compile(rf"\s*(?P<name>{_QUOTED}|[^\s{{'\"][^\s{{]*)\s*(?P<kind>.*)$", re.DOTALL)
_LISTED = re.compile(rf"\s*(?P<value>{_QUOTED}|[^,'\"\s][^,]*|)\s*(?P<end>,|$)", re.DOTALL)
_DATE = re.compile(rf"date\s*(?P<form>{_QUOTED}|\S*)\s*$", re.IGNORECASE)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r"}
_NUMERIC_KINDS = ("numeric", "real", "integer")


@dataclass(frozen=True, slots=True)
class ArffHeader:
    """The attributes as columns, and the number of lines up to and with `@data`."""

    columns: tuple[Column, ...]
    lines: int


def parse_header(lines: Iterator[str]) -> ArffHeader:
    """The header of an ARFF text, whose lines are taken up to `@data`.

    Raises UnreadableError with the number of the first line that is not understood.
    """
    columns: list[Column] = []
    number = 0
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if not text or text.startswith("%"):
            continue
        keyword, rest = _keyword(text)
        if keyword == "@data":
            if not columns:
                raise UnreadableError(f"The ARFF header has no attribute before @data in line {number}.")
            return ArffHeader(tuple(columns), number)
        if keyword == "@attribute":
            columns.append(_attribute(rest, number))
        elif keyword != "@relation":
            raise UnreadableError(f"The ARFF header has {text[:40]!r} in line {number}, which is no declaration.")
    raise UnreadableError(f"The ARFF header has no @data in its {number} lines.")


def unquote(text: str) -> str:
    """A name or value without its quotes and escapes."""
    if len(text) >= 2 and text[0] in "'\"" and text[-1] == text[0]:
        text = text[1:-1]
    elif "\\" not in text:
        return text
    return _ESCAPE.sub(lambda found: _unescape(found[1]), text)


def _keyword(text: str) -> tuple[str, str]:
    word = re.match(r"\S+", text)
    found = word[0] if word else ""
    return found.lower(), text[len(found) :]


def _attribute(text: str, number: int) -> Column:
    found = _ATTRIBUTE.match(text)
    if found is None or not found["kind"]:
        raise UnreadableError(f"The ARFF attribute in line {number} has no name or no type: {text.strip()[:60]!r}.")
    name, kind = unquote(found["name"]), found["kind"]
    if kind.startswith("{"):
        if not kind.endswith("}"):
            raise UnreadableError(f"The ARFF attribute {name!r} in line {number} has values without a closing brace.")
        return Column(name, Optype.CATEGORICAL, "string", _values(kind[1:-1], name, number))
    date = _DATE.match(kind)
    if date:
        pattern = unquote(date["form"]) or DATE_FORMAT
        try:
            time_format(pattern)
        except ArgumentError as unknown:
            raise UnreadableError(f"The ARFF attribute {name!r} in line {number}: {unknown}") from unknown
        return Column(name, Optype.DATETIME, "string", time_formats=(pattern,))
    lowered = kind.lower()
    if lowered in _NUMERIC_KINDS:
        return Column(name, Optype.NUMERIC, None if lowered == "integer" else "double")
    if lowered == "string":
        return Column(name, Optype.TEXT, "string")
    raise UnreadableError(f"The ARFF attribute {name!r} in line {number} has an unknown type {kind[:40]!r}.")


def _values(text: str, name: str, number: int) -> tuple[str, ...]:
    values: list[str] = []
    position = 0
    while position <= len(text):
        found = _LISTED.match(text, position)
        if found is None:
            raise UnreadableError(f"The ARFF attribute {name!r} in line {number} has broken quotes in its values.")
        if found["value"] or not (found["end"] == "" and not values):
            values.append(unquote(found["value"].rstrip()))
        if found["end"] == "":
            break
        position = found.end()
    return tuple(dict.fromkeys(values))


def _unescape(text: str) -> str:
    return chr(int(text[1:], 16)) if len(text) == 5 else _ESCAPED.get(text, text)
