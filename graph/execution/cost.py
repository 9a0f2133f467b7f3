"""What an operation costs before it runs: a point for an object, a tenth for a leaf, times the sizes of pages.

The price is worked out once from the document and kept as data. Where a page size is a variable, what is kept is a
short list of sums that is filled in with the variables of each request; otherwise it is one number.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLArgument, GraphQLField, GraphQLNamedType, GraphQLSchema
from graphql.language import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
)
from graphql.type import (
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
    is_leaf_type,
)
from graphql.utilities import value_from_ast_untyped

from graph.execution.limits import INTROSPECTION_FIELDS, Limits

_TYPENAME = "__typename"
#: No page is larger than the largest Int.
_MOST_ITEMS = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Size:
    """How many items a field yields: the first of `sources` that is a size (a number, or a variable that holds one)."""

    sources: tuple[float | str, ...]
    default: float

    @property
    def is_known(self) -> bool:
        """Whether no variable has a say."""
        return not self.sources or not isinstance(self.sources[0], str)

    def items(self, variables: Mapping[str, Any]) -> float:
        """The number of items with these variables; what is not a size counts as absent."""
        for source in self.sources:
            size = _size_of(variables.get(source)) if isinstance(source, str) else source
            if size is not None:
                return size
        return self.default


@dataclass(frozen=True, slots=True)
class Sum:
    """A number, and earlier sums of the same cost each times a size."""

    points: float
    parts: tuple[tuple[Size, int], ...]


@dataclass(frozen=True, slots=True)
class Cost:
    """The price of an operation: the last of `sums`, or `fixed` where no variable matters."""

    fixed: float
    sums: tuple[Sum, ...] = ()
    defaults: tuple[tuple[str, Any], ...] = ()

    def points(self, variables: Mapping[str, Any] | None) -> float:
        """The price with these variables, an upper bound: what is skipped or shared is counted in full."""
        if not self.sums:
            return self.fixed
        known = {**dict(self.defaults), **(variables or {})}
        values: list[float] = []
        for line in self.sums:
            values.append(line.points + sum(size.items(known) * values[index] for size, index in line.parts))
        return values[-1]


@dataclass(slots=True)
class _Tally:
    """A sum in the making."""

    points: float
    parts: list[tuple[Size, int]]


_ONE = Size((1.0,), 1.0)


class _Pricing:
    """Prices the selection sets of one document; each fragment once for each type and page it is spread in."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, limits: Limits) -> None:
        self._schema = schema
        self._limits = limits
        self._fragments = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self._spread: dict[tuple[str, Size], _Tally] = {}
        self._sums: list[Sum] = []

    def operation(self, node: OperationDefinitionNode) -> Cost:
        """The cost of one operation of a valid document."""
        self._spread.clear()
        self._sums = []
        root = self._schema.get_root_type(node.operation)
        tally = self._selections(node.selection_set, root, _ONE)
        if not tally.parts:
            return Cost(tally.points)
        self._sums.append(Sum(tally.points, tuple(tally.parts)))
        defaults = tuple(
            (definition.variable.name.value, value_from_ast_untyped(definition.default_value))
            for definition in node.variable_definitions or ()
            if definition.default_value is not None
        )
        return Cost(0.0, tuple(self._sums), defaults)

    def _selections(self, selection_set: SelectionSetNode, parent: GraphQLNamedType | None, page: Size) -> _Tally:
        tally = _Tally(0.0, [])
        for selection in selection_set.selections:
            if isinstance(selection, FieldNode):
                self._add(tally, *self._field(selection, parent, page))
            elif isinstance(selection, FragmentSpreadNode):
                self._add(tally, _ONE, self._fragment(selection.name.value, page))
            elif isinstance(selection, InlineFragmentNode):
                condition = selection.type_condition
                on = self._schema.get_type(condition.name.value) if condition else parent
                self._add(tally, _ONE, self._selections(selection.selection_set, on, page))
        return tally

    def _fragment(self, name: str, page: Size) -> _Tally:
        key = (name, page)
        known = self._spread.get(key)
        if known is None:
            definition = self._fragments[name]
            on = self._schema.get_type(definition.type_condition.name.value)
            known = self._selections(definition.selection_set, on, page)
            if known.parts:
                known = _Tally(0.0, [(_ONE, self._keep(known))])
            self._spread[key] = known
        return known

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None, page: Size) -> tuple[Size, _Tally]:
        name = node.name.value
        if name == _TYPENAME:
            return _ONE, _Tally(0.0, [])
        if name in INTROSPECTION_FIELDS or not isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
            return _ONE, _Tally(self._limits.object_cost, [])
        definition = parent.fields[name]
        named = get_named_type(definition.type)
        own = self._limits.field_costs.get(f"{parent.name}.{name}")
        if own is None:
            own = self._limits.leaf_cost if is_leaf_type(named) else self._limits.object_cost
        size = self._size(node, definition)
        if node.selection_set is None:
            tally = _Tally(own, [])
        else:
            tally = self._selections(node.selection_set, named, size or _ONE)
            tally.points += own
        if not _is_list(definition):
            return _ONE, tally
        # The lists directly below a connection are its page; any other list says its size or counts once.
        return size or page, tally

    def _size(self, node: FieldNode, definition: GraphQLField) -> Size | None:
        """The page size that the arguments of a field ask for, or nothing where it takes none."""
        sizing = [name for name in self._limits.size_arguments if name in definition.args]
        if not sizing:
            return None
        given = {argument.name.value: argument.value for argument in node.arguments or ()}
        sources = [_source(given[name]) for name in sizing if name in given]
        sources += [_default(definition.args[name]) for name in sizing]
        return Size(tuple(source for source in sources if source is not None), float(self._limits.page_size))

    def _add(self, total: _Tally, size: Size, item: _Tally) -> None:
        """Add an item as many times as its size says."""
        if not item.parts and size.is_known:
            total.points += size.items({}) * item.points
        elif size is _ONE:
            total.points += item.points
            total.parts += item.parts
        else:
            total.parts.append((size, self._keep(item)))

    def _keep(self, tally: _Tally) -> int:
        self._sums.append(Sum(tally.points, tuple(tally.parts)))
        return len(self._sums) - 1


def operation_costs(
    schema: GraphQLSchema, document: DocumentNode, limits: Limits
) -> list[tuple[OperationDefinitionNode, Cost]]:
    """The operations of a valid document, each with its cost."""
    pricing = _Pricing(schema, document, limits)
    return [
        (node, pricing.operation(node)) for node in document.definitions if isinstance(node, OperationDefinitionNode)
    ]


def _is_list(definition: GraphQLField) -> bool:
    kind = definition.type
    return isinstance(kind.of_type if isinstance(kind, GraphQLNonNull) else kind, GraphQLList)


def _default(argument: GraphQLArgument) -> float | str | None:
    """The default of an argument as a size: Strawberry gives the value, SDL a literal."""
    default = argument.default
    if default is None:
        return _size_of(argument.default_value)
    return _size_of(default.value) if default.literal is None else _source(default.literal)


def _source(node: ValueNode) -> float | str | None:
    if isinstance(node, VariableNode):
        return node.name.value
    if isinstance(node, IntValueNode):
        return _size_of(int(node.value))
    if isinstance(node, ListValueNode):
        return float(len(node.values))
    return None


def _size_of(value: Any) -> float | None:
    """A value as a number of items: of a list its length, of a number itself, never below zero; else nothing."""
    if isinstance(value, list | tuple):
        return float(len(value))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(min(value, _MOST_ITEMS)) if value > 0 else 0.0
    return None
