"""A resource type, declared once: its table, its GraphQL type, and what is particular about making and changing it.

Inputs, filters, orders, connections, root fields and REST documents follow from this and from the columns.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, ValidationError, create_model
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from sqlmodel import Session

from models.columns import CREATE, FILTER, ORDER, PATCH, Use, columns
from models.errors import InvalidInput
from models.ids import new_id
from models.resource import Resource

if TYPE_CHECKING:
    from graph.context import Context
    from graph.jobs.kind import JobKind

Values = dict[str, Any]
"""Column names, or names of extra inputs, with the values that the caller gave."""


@dataclass(frozen=True, slots=True)
class JobDraft:
    """The work that makes or remakes a resource: what to compute, and what must be finished first."""

    function: str
    depends_on: Sequence[str] = ()
    arguments: Mapping[str, Any] = field(default_factory=dict)
    cores: int | None = None
    memory_mb: int | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A new row, the job that fills it, and rows that come with it."""

    row: Resource
    job: JobDraft | None = None
    companions: Sequence["Draft"] = ()


Extra = Mapping[str, tuple[Any, FieldInfo]]
"""Inputs that are no columns: a type and a pydantic Field with its description."""


class Inputs(BaseModel):
    """The base of derived input models: nothing unknown is accepted."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)


async def _as_given(_context: "Context", values: Values) -> Values:
    return values


def _build_row(_session: Session, context: "Context", values: Values, spec: "Spec") -> Draft:
    return Draft(spec.new_row(context, values))


def _change_nothing(_session: Session, _context: "Context", _row: Resource, changes: Values) -> "Changes":
    return Changes(changes)


def _nothing_else(_session: Session, _row: Resource) -> Sequence[Resource]:
    return ()


@dataclass(frozen=True, slots=True)
class Changes:
    """Columns to set on a row, and the job that remakes it, if any."""

    values: Values
    job: JobDraft | None = None


@dataclass(frozen=True, eq=False)
class Spec:
    """One resource type.

    `prepare` may wait (store bytes, fetch an address) before the transaction that `build` and the insert share.
    `record` makes a row that needs nothing of the database: such rows are appended together, without a history until
    somebody changes them. `change` checks a patch and may ask for a job. `cascade` names what is deleted with a row.
    `after` runs when a change is committed (the row, or None when it is gone). `jobs` are the kinds of work that fill
    rows of this type.
    """

    table: type[Resource]
    graph_type: type
    plural: str
    summary: str = ""
    extra_create: Extra = field(default_factory=dict)
    extra_patch: Extra = field(default_factory=dict)
    internal_create: Extra = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    prepare: Callable[["Context", Values], Any] = _as_given
    build: Callable[[Session, "Context", Values, "Spec"], Draft] = _build_row
    record: Callable[["Context", Values, "Spec"], Resource] | None = None
    change: Callable[[Session, "Context", Any, Values], Changes] = _change_nothing
    cascade: Callable[[Session, Any], Sequence[Resource]] = _nothing_else
    is_creatable: bool = True
    is_patchable: bool = True
    is_revisable: bool = True
    is_deletable: bool = True
    needs_admin: bool = False
    admin_only: frozenset[str] = frozenset()
    after: Callable[["Context", Any], Any] | None = None
    jobs: Sequence["JobKind"] = ()

    @property
    def kind(self) -> str:
        """The word that ids of this type begin with."""
        return self.table.kind

    @property
    def name(self) -> str:
        """The name of the GraphQL type."""
        return self.graph_type.__name__

    @cached_property
    def singular(self) -> str:
        """The name in snake case, as in `create_<singular>`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", self.name).lower()

    @cached_property
    def create_fields(self) -> dict[str, FieldInfo]:
        """What a create call may say: the marked columns, and the extra inputs."""
        return self._fields(CREATE, self.extra_create, self.required)

    @cached_property
    def patch_fields(self) -> dict[str, FieldInfo]:
        """What a patch call may say: the marked columns, and the extra inputs."""
        return self._fields(PATCH, self.extra_patch, frozenset())

    @cached_property
    def creating(self) -> type[Inputs]:
        """The model that checks the values of a create call, made when the first one comes."""
        return self._model("Create", {**self.create_fields, **described(self.internal_create)})

    @cached_property
    def patching(self) -> type[Inputs]:
        """The model that checks the values of a patch call, made when the first one comes."""
        return self._model("Patch", self.patch_fields)

    @cached_property
    def filters(self) -> dict[str, FieldInfo]:
        """The columns that lists can be filtered by."""
        return dict(columns(self.table, FILTER))

    @cached_property
    def orders(self) -> dict[str, FieldInfo]:
        """The columns that lists can be ordered by."""
        return dict(columns(self.table, ORDER))

    def new_row(self, context: "Context", values: Values) -> Resource:
        """A row of this type with a fresh id, owned by the caller, with the columns among `values`."""
        known = {name: value for name, value in values.items() if name in self.table.model_fields}
        creator = context.identity.user_id if context.identity else None
        return self.table(**{"id": new_id(self.kind), "creator_id": creator, **known})

    def check_create(self, values: Values) -> Values:
        """The values with their types settled. Raises InvalidInput naming the first that is wrong."""
        return checked(self.creating, values)

    def check_patch(self, values: Values) -> Values:
        """The values with their types settled. Raises InvalidInput naming the first that is wrong."""
        return checked(self.patching, values)

    def _fields(self, use: Use, extra: Extra, required: frozenset[str]) -> dict[str, FieldInfo]:
        fields: dict[str, FieldInfo] = {}
        for name, info in columns(self.table, use):
            fields[name] = column = copy(info)
            if name in required:
                column.default, column.default_factory = PydanticUndefined, None
        return fields | described(extra)

    def _model(self, verb: str, fields: Mapping[str, FieldInfo]) -> type[Inputs]:
        members: dict[str, Any] = {name: (info.annotation, info) for name, info in fields.items()}
        return create_model(f"{self.name}{verb}", __base__=Inputs, **members)


def described(extra: Extra) -> dict[str, FieldInfo]:
    """Extra inputs as fields that know their types."""
    return {name: FieldInfo.from_annotated_attribute(kind, info) for name, (kind, info) in extra.items()}


def checked(model: type[BaseModel], values: Values) -> Values:
    """The values that were given, in the types of the model. Raises InvalidInput naming the first wrong one."""
    for name, value in values.items():
        if name not in CONTENTS:
            _check_texts(value, (name,))
    try:
        instance = model.model_validate(values)
    except ValidationError as problem:
        first = problem.errors(include_url=False)[0]
        raise InvalidInput(_sentence(first), tuple(first["loc"])) from problem
    return {name: getattr(instance, name) for name in instance.model_fields_set}


CONTENTS = frozenset({"data"})
"""Inputs whose text becomes a content of its own: it may be anything, as it is not stored in the database."""


def _check_texts(value: Any, path: tuple[str | int, ...]) -> None:
    """Refuses what no database can store, wherever in the values it stands: NUL characters and halves of surrogates."""
    if isinstance(value, str):
        if "\0" in value or (not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value)):
            raise InvalidInput("a text may not have NUL characters or lone surrogates in it", path)
    elif isinstance(value, dict):
        for key, member in value.items():
            _check_texts(key, path)
            _check_texts(member, (*path, key))
    elif isinstance(value, list):
        for index, member in enumerate(value):
            _check_texts(member, (*path, index))


def _sentence(error: Any) -> str:
    path = ".".join(str(step) for step in error["loc"])
    if error["type"] == "missing":
        return f"{path} is required"
    if error["type"] == "extra_forbidden":
        return f"{path} is not known here"
    message = error["msg"].removeprefix("Value error, ")
    return f"{path}: {message[0].lower()}{message[1:]}"
