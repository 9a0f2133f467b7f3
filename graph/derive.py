"""GraphQL types from declarations: enums, object types from columns, inputs from models.

Every description comes from the column or the field that it belongs to, so it is written once.
"""

import datetime as dt
import enum
import inspect
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from typing import Any, TypeVar

import strawberry
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from strawberry.scalars import JSON

from models.columns import BIG, HIDDEN
from models.resource import Resource

T = TypeVar("T")

BigInt = typing.NewType("BigInt", int)
"""An integer beyond the 32 bits of Int; exact up to 2^53 in every client."""

BIG_LIMIT = 2**53


def whole_number(value: Any) -> int:
    """The number that a client wrote, digits in a string included. Raises ValueError for anything else."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and value == value // 1
    if not is_number and not (isinstance(value, str) and value.removeprefix("-").isdecimal()):
        raise ValueError("this is not a whole number")
    if abs(number := int(value)) > BIG_LIMIT:
        raise ValueError("this is beyond 2^53")
    return number


BIG_INT = strawberry.scalar(
    name="BigInt",
    description="A whole number that may be larger than an Int: up to 2^53 in size.",
    serialize=int,
    parse_value=whole_number,
)

ENUMS: dict[type[enum.Enum], type[enum.Enum]] = {}
_inputs: dict[type[BaseModel], type] = {}


def sentence(text: str | None) -> str:
    """The first paragraph of a docstring, on one line."""
    return " ".join((text or "").strip().split("\n\n")[0].split())


def enumeration(values: type[enum.Enum], meanings: Mapping[Any, str], *, name: str | None = None) -> type[enum.Enum]:
    """The GraphQL enum of a Python one; every value needs its meaning."""
    described = strawberry.enum(values, name=name, description=sentence(values.__doc__))
    definition = described.__strawberry_definition__
    for value in definition.values:
        member = next(m for m in values if m.name == value.name)
        value.description = meanings[member]
    ENUMS[values] = described
    return described


def resource(table: type[Resource], **options: Any) -> Callable[[type[T]], type[T]]:
    """Makes a class the GraphQL type of a table: its columns become fields, beside what the class itself adds."""

    def decorate(cls: type[T]) -> type[T]:
        add_columns(cls, table)
        cls.is_type_of = classmethod(lambda _cls, value, _info: isinstance(value, table))
        return strawberry.type(cls, description=sentence(table.__doc__), **options)

    return decorate


def add_columns(cls: type, table: type[BaseModel], *, names: Sequence[str] | None = None) -> None:
    """Adds fields for the columns of a table that the class does not define itself and that are not hidden."""
    annotations = inspect.get_annotations(cls)
    merged: dict[str, Any] = {}
    for name, info in table.model_fields.items():
        inherited = any(name in getattr(base, "__annotations__", {}) for base in cls.__mro__[1:-1])
        wanted = name in names if names is not None else HIDDEN not in info.metadata
        if not wanted or name in annotations or name in cls.__dict__ or inherited:
            continue
        merged[name] = output_type(info.annotation, info, name)
        setattr(cls, name, strawberry.field(description=info.description))
    cls.__annotations__ = {**merged, **annotations}


def output_type(annotation: Any, info: FieldInfo, name: str) -> Any:
    """The GraphQL type of a column."""
    if is_id(name):
        return _swap(annotation, str, strawberry.ID)
    if BIG in info.metadata:
        return _swap(annotation, int, BigInt)
    return _plain_type(annotation)


def input_of(model: type[BaseModel], *, name: str = "", partial: bool = False) -> type:
    """The GraphQL input of a model, described by its docstring; always the same one for the same model."""
    if model not in _inputs:
        name = name or f"{model.__name__}Input"
        _inputs[model] = input_type(model.model_fields, name=name, description=sentence(model.__doc__), partial=partial)
    return _inputs[model]


def input_type(fields: Mapping[str, FieldInfo], *, name: str, description: str, partial: bool = False) -> type:
    """The GraphQL input of these fields. What is not required, or anything when `partial`, may be left out."""
    cls = type(name, (), {"__module__": __name__})
    annotations: dict[str, Any] = {}
    for field_name, info in fields.items():
        inner = _input_annotation(info.annotation, field_name)
        optional = partial or not info.is_required()
        # Null is accepted wherever something may be left out; `given` says what it means.
        annotations[field_name] = strawberry.Maybe[typing.Optional[inner]] if optional else inner  # noqa: UP045
        if optional:
            setattr(cls, field_name, strawberry.field(description=_described(info), default=None))
        else:
            setattr(cls, field_name, strawberry.field(description=_described(info)))
    cls.__annotations__ = dict(sorted(annotations.items(), key=lambda item: getattr(cls, item[0]).default is None))
    cls.cleared = {
        field_name: info.get_default(call_default_factory=True)
        for field_name, info in fields.items()
        if _has_default(info)
    }
    return strawberry.input(cls, description=description)


def given(value: Any) -> Any:
    """An input as plain values: what the client left out is absent, and what it cleared has its default again."""
    if isinstance(value, strawberry.Some):
        return given(value.value)
    if isinstance(value, list):
        return [given(item) for item in value]
    if isinstance(value, dt.datetime) and value.tzinfo is None:
        return value.replace(tzinfo=dt.UTC)
    if not hasattr(value, "__strawberry_definition__") or isinstance(value, enum.Enum):
        return value
    defaults = getattr(type(value), "cleared", {})
    found: dict[str, Any] = {}
    for field in value.__strawberry_definition__.fields:
        name, member = field.python_name, getattr(value, field.python_name)
        if member is None and field.default is None:
            continue
        plain = given(member)
        found[name] = deepcopy(defaults.get(name)) if plain is None else plain
    return found


def _has_default(info: FieldInfo) -> bool:
    """Whether a value that must be there has one to go back to when a client clears it."""
    return not info.is_required() and not unwrap(info.annotation)[1]


def unwrap(annotation: Any) -> tuple[Any, bool]:
    """A type without its `| None`, and whether it had one."""
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        rest = [part for part in typing.get_args(annotation) if part is not type(None)]
        return rest[0], len(rest) < len(typing.get_args(annotation))
    return annotation, False


def _swap(annotation: Any, old: type, new: Any) -> Any:
    kind, nullable = unwrap(annotation)
    if typing.get_origin(kind) is list:
        return list[new]
    swapped = new if kind is old else kind
    return typing.Optional[swapped] if nullable else swapped  # noqa: UP045  # NewType has no `|` everywhere


def _plain_type(annotation: Any) -> Any:
    kind, nullable = unwrap(annotation)
    if typing.get_origin(kind) is list:
        (member,) = typing.get_args(kind)
        made: Any = list[_plain_type(_bare(member))]
    elif typing.get_origin(kind) is dict or kind is dict or kind is Any:
        made = JSON
    else:
        made = ENUMS.get(kind, kind)
    return typing.Optional[made] if nullable else made  # noqa: UP045


def _bare(annotation: Any) -> Any:
    """A type without the constraints of an Annotated."""
    return typing.get_args(annotation)[0] if typing.get_origin(annotation) is typing.Annotated else annotation


def _input_annotation(annotation: Any, name: str) -> Any:
    kind, nullable = unwrap(_bare(annotation))
    if typing.get_origin(kind) is list:
        (member,) = typing.get_args(kind)
        made: Any = list[_input_annotation(_bare(member), name)]
    elif isinstance(kind, type) and issubclass(kind, BaseModel):
        made = input_of(kind)
    elif is_id(name) and kind is str:
        made = strawberry.ID
    else:
        made = _plain_type(kind)
    return typing.Optional[made] if nullable else made  # noqa: UP045


def _described(info: FieldInfo) -> str | None:
    default = info.default
    if info.is_required() or default is None or isinstance(default, enum.Enum) or default in ("", 0, False):
        return info.description
    if isinstance(default, bool | int | float | str):
        return f"{info.description} Default: {str(default).lower() if isinstance(default, bool) else default}."
    return info.description


def is_id(name: str) -> bool:
    """Whether a column holds global ids, judged by its name."""
    return name in ("id", "user_id") or (name.endswith(("_id", "_ids")) and name not in NOT_GLOBAL_IDS)


NOT_GLOBAL_IDS = frozenset({"objective_id", "input_ids", "delivery_id", "field_id"})
"""Columns that end like ids and hold field ids or foreign ones."""
