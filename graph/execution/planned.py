"""The executor: sub-trees of plain attributes are read in one tight loop, everything else as graphql-core does it.

A selection set is planned once. Where every value has the expected kind, the loop gives what graphql-core would give,
at a fraction of the price. Whatever surprises it (null where none may be, a value out of range, an object of another
type, an awaitable) is left to graphql-core, field by field, which then also finds the right place for the error.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from types import GeneratorType
from typing import Any, NamedTuple

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLError,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    GraphQLString,
    Undefined,
)
from graphql.execution.collect_fields import CollectedFields, FieldDetails
from graphql.pyutils import Path
from graphql.type.scalars import GRAPHQL_MAX_INT, GRAPHQL_MIN_INT
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.schema.schema_converter import GraphQLCoreConverter

# Values of resolvers may be of any type: that is what the executor finds out.
Complete = Callable[[Any], Any]
GroupedFields = dict[str, list[FieldDetails]]

_EXACT: dict[GraphQLScalarType, type] = {GraphQLString: str, GraphQLID: str, GraphQLBoolean: bool}


class _SurpriseError(Exception):
    """The value is not what the plan expects; graphql-core decides."""


class _Step(NamedTuple):
    """How one field is read: values of the type `exact` are final as they are, others go through `complete`."""

    key: str
    attribute: str
    exact: type | None
    complete: Complete


@dataclass(frozen=True, slots=True)
class Plan:
    """A selection set on one object type: the fields that are read in the loop, and those that are not."""

    fields: GroupedFields
    steps: tuple[_Step, ...]
    rest: GroupedFields


@dataclass(slots=True)
class Plans:
    """What was collected and planned so far; belongs to a document where that depends on no variable."""

    roots: dict[int, GroupedFields] = field(default_factory=dict)
    # The lists stand beside the values so that the identities in the keys stay taken.
    collected: dict[tuple[GraphQLObjectType, int], tuple[list[FieldDetails], CollectedFields]] = field(
        default_factory=dict
    )
    planned: dict[tuple[GraphQLObjectType, int], Plan] = field(default_factory=dict)


class PlannedExecutor(StrawberryGraphQLCoreExecutionContext):
    """Executes one operation; `plans` is shared by the requests of a document without directives."""

    def __init__(self, *args: Any, plans: Plans | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._plans = plans if plans is not None else Plans()
        self._may_plan = not (self.middleware_manager and self.middleware_manager.middlewares)

    def execute_collected_root_fields(
        self,
        root_type: GraphQLObjectType,
        root_value: Any,
        grouped_field_set: GroupedFields,
        serially: bool,
        new_defer_usages: Any,
    ) -> Any:
        """Run with the root fields of the first request of the document, so that plans are found by identity."""
        if not new_defer_usages:
            grouped_field_set = self._plans.roots.setdefault(id(self.operation), grouped_field_set)
        return super().execute_collected_root_fields(
            root_type, root_value, grouped_field_set, serially, new_defer_usages
        )

    def collect_subfields(
        self, return_type: GraphQLObjectType, field_details_list: list[FieldDetails]
    ) -> CollectedFields:
        """The fields selected below some nodes, collected once."""
        key = (return_type, id(field_details_list))
        known = self._plans.collected.get(key)
        if known is None:
            known = (field_details_list, super().collect_subfields(return_type, field_details_list))
            self._plans.collected[key] = known
        return known[1]

    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Path | None,
        grouped_field_set: GroupedFields,
        position_context: Any,
    ) -> Any:
        """The completed fields of one object, or an awaitable of them."""
        plan = self._plan(parent_type, grouped_field_set)
        if not plan.steps:
            return super().execute_fields(parent_type, source_value, path, grouped_field_set, position_context)
        done, rest = _read_what_goes(plan, source_value)
        if not rest:
            return done
        # Any: a mapping or an awaitable of one, which only the executor's own predicate tells apart.
        others: Any = super().execute_fields(parent_type, source_value, path, rest, position_context)
        if not self.is_awaitable(others):
            return _in_order(grouped_field_set, done, others)

        async def merged() -> dict[str, Any]:
            return _in_order(grouped_field_set, done, await others)

        return merged()

    def _plan(self, parent_type: GraphQLObjectType, fields: GroupedFields) -> Plan:
        key = (parent_type, id(fields))
        plan = self._plans.planned.get(key)
        if plan is None:
            steps = self._steps(parent_type, fields) if self._may_plan else []
            keys = {step.key for step in steps}
            rest = {name: details for name, details in fields.items() if name not in keys}
            plan = self._plans.planned[key] = Plan(fields, tuple(steps), rest)
        return plan

    def _steps(self, parent_type: GraphQLObjectType, fields: GroupedFields) -> list[_Step]:
        steps: list[_Step] = []
        for key, details in fields.items():
            try:
                step = self._step(parent_type, key, details)
            except GraphQLError:
                # A directive with an unusable variable somewhere below: an error of that field, not of this object.
                continue
            if step is not None:
                steps.append(step)
        return steps

    def _step(self, parent_type: GraphQLObjectType, key: str, details: list[FieldDetails]) -> _Step | None:
        """How a field is read, if it is a plain attribute all the way down."""
        name = details[0].node.name.value
        if name == "__typename":
            return _Step(key, "__class__", None, _always(parent_type.name))
        definition = parent_type.fields.get(name)
        if definition is None or definition.args:
            return None
        declared = definition.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
        if declared is None or not declared.is_basic_field or declared.default_resolver is not getattr:
            return None
        if not getattr(definition.resolve, "_is_default", False):
            return None
        found = self._completer(definition.type, details)
        return found and _Step(key, declared.python_name, *found)

    def _completer(self, kind: GraphQLOutputType, details: list[FieldDetails]) -> tuple[type | None, Complete] | None:
        """The type whose values are final, and how others are completed; nothing where that is not known ahead."""
        if isinstance(kind, GraphQLNonNull):
            found = self._completer_of_value(kind.of_type, details)
            return found and (found[0], _required(found[1]))
        found = self._completer_of_value(kind, details)
        return found and (found[0], _optional(found[1]))

    def _completer_of_value(
        self, kind: GraphQLOutputType, details: list[FieldDetails]
    ) -> tuple[type | None, Complete] | None:
        if isinstance(kind, GraphQLScalarType | GraphQLEnumType):
            return _EXACT.get(kind) if isinstance(kind, GraphQLScalarType) else None, _leaf(kind)
        if isinstance(kind, GraphQLList):
            item = self._completer(kind.of_type, details)
            return item and (None, _list(*item))
        if not isinstance(kind, GraphQLObjectType):
            return None
        collected = self.collect_subfields(kind, details)
        if collected.new_defer_usages:
            return None
        plan = self._plan(kind, collected.grouped_field_set)
        return None if plan.rest else (None, _object(kind, plan.steps))


def _read(steps: tuple[_Step, ...], source: Any) -> dict[str, Any]:
    result = {}
    for key, attribute, exact, complete in steps:
        value = getattr(source, attribute)
        result[key] = value if type(value) is exact else complete(value)
    return result


def _read_what_goes(plan: Plan, source: Any) -> tuple[dict[str, Any], GroupedFields]:
    """The planned fields as far as they hold no surprise, and the fields that are left to graphql-core."""
    try:
        return _read(plan.steps, source), plan.rest
    except Exception:
        # Whatever went wrong goes wrong again in graphql-core, which locates it.
        done: dict[str, Any] = {}
        for step in plan.steps:
            with suppress(Exception):
                done.update(_read((step,), source))
        # In the order of the selection, so that of several errors the same one comes first.
        return done, {key: details for key, details in plan.fields.items() if key not in done}


def _in_order(fields: GroupedFields, one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    both = {**one, **other}
    return {key: both[key] for key in fields if key in both}


@lru_cache(maxsize=4096)
def _is_ordinary(cls: type) -> bool:
    """Whether values of a class are just values: neither errors to raise nor something to wait for."""
    return not (issubclass(cls, Exception | GeneratorType) or hasattr(cls, "__await__"))


def _always(name: str) -> Complete:
    return lambda _value: name


def _required(complete: Complete) -> Complete:
    def completed(value: Any) -> Any:
        if value is None:
            raise _SurpriseError
        return complete(value)

    return completed


def _optional(complete: Complete) -> Complete:
    return lambda value: None if value is None else complete(value)


def _leaf(kind: GraphQLScalarType | GraphQLEnumType) -> Complete:
    coerce = kind.coerce_output_value

    def coerced(value: Any) -> Any:
        if not _is_ordinary(type(value)):  # type: ignore[arg-type]  # a class is hashable
            raise _SurpriseError
        result = coerce(value)
        if result is None or result is Undefined:
            raise _SurpriseError
        return result

    def integer(value: Any) -> Any:
        return value if type(value) is int and GRAPHQL_MIN_INT <= value <= GRAPHQL_MAX_INT else coerced(value)

    def number(value: Any) -> Any:
        # Infinities and NaN minus themselves are NaN, which equals nothing.
        return value if type(value) is float and value - value == 0.0 else coerced(value)

    return integer if kind is GraphQLInt else number if kind is GraphQLFloat else coerced


def _list(exact: type | None, complete: Complete) -> Complete:
    def completed(values: Any) -> Any:
        if not isinstance(values, list | tuple):
            raise _SurpriseError
        return [value if type(value) is exact else complete(value) for value in values]

    return completed


def _object(kind: GraphQLObjectType, steps: tuple[_Step, ...]) -> Complete:
    is_type_of = kind.is_type_of

    def completed(value: Any) -> Any:
        if not _is_ordinary(type(value)):  # type: ignore[arg-type]  # a class is hashable
            raise _SurpriseError
        # The predicate gets no info: one that asks for it raises, and graphql-core asks again.
        if is_type_of is not None and is_type_of(value, None) is not True:  # type: ignore[arg-type]
            raise _SurpriseError
        return _read(steps, value)

    return completed
