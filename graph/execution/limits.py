"""How much one request may ask for, and the check of a document's shape. What it costs to answer is in `cost`."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from graphql.language import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from graph.execution.errors import ErrorCode, PublicError

#: Answered from the schema alone and bounded by a validation rule of its own, therefore exempt from depth and cost.
INTROSPECTION_FIELDS = frozenset({"__schema", "__type"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds on a document, on its cost, on how fast one caller may spend, and on what is kept prepared."""

    #: Levels of fields on the longest path from the root; a leaf counts as one.
    depth: int = 12
    #: Aliased fields of a document, those of a fragment counted where it is spread.
    aliases: int = 30
    #: Lexical tokens of a document.
    tokens: int = 2_000
    #: Characters of a document.
    characters: int = 100_000
    #: Fields of an operation at the root, fragments included.
    root_fields: int = 20
    #: Fields with sub-fields or arguments that a document may select under one name: validation compares all pairs.
    repeated_fields: int = 50

    #: The most that one operation may cost, in points.
    cost: float = 10_000.0
    object_cost: float = 1.0
    leaf_cost: float = 0.1
    #: Items in a page when the operation does not say.
    page_size: int = 20
    #: Arguments that say how many items a field yields: a number, or a list of as many values.
    size_arguments: tuple[str, ...] = ("first", "last", "ids")
    #: Points of particular fields, by "Type.field", in place of `object_cost` or `leaf_cost`.
    field_costs: Mapping[str, float] = field(default_factory=dict)

    #: Points that one caller may spend at once, and that come back each second. No rate is kept when it is zero.
    rate_burst: float = 1_000_000.0
    rate_per_second: float = 100_000.0

    #: Documents kept parsed and validated, and how much text of theirs.
    documents: int = 500
    document_characters: int = 500_000
    #: Texts kept for automatic persisted queries, and how much of it.
    persisted_queries: int = 1_000
    persisted_characters: int = 2_000_000


@dataclass(frozen=True, slots=True)
class _Shape:
    """Size of a selection set with its fragments spread out."""

    depth: int
    aliases: int
    fields: int


class _Measure:
    """Measures selection sets; each fragment once, so that nested spreads cost no more than their text."""

    def __init__(self, document: DocumentNode) -> None:
        self._fragments = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self._measured: dict[str, _Shape] = {}

    def __call__(self, selection_set: SelectionSetNode) -> _Shape:
        depth = aliases = fields = 0
        for selection in selection_set.selections:
            if isinstance(selection, FieldNode):
                shape = self._field(selection)
                fields += 1
            elif isinstance(selection, FragmentSpreadNode):
                shape = self._fragment(selection.name.value)
                fields += shape.fields
            else:
                shape = self(selection.selection_set)  # type: ignore[attr-defined]  # only inline fragments are left
                fields += shape.fields
            depth = max(depth, shape.depth)
            aliases += shape.aliases
        return _Shape(depth, aliases, fields)

    def _field(self, node: FieldNode) -> _Shape:
        aliased = 1 if node.alias else 0
        if node.selection_set is None:
            return _Shape(1, aliased, 1)
        below = self(node.selection_set)
        depth = 1 if node.name.value in INTROSPECTION_FIELDS else below.depth + 1
        return _Shape(depth, below.aliases + aliased, 1)

    def _fragment(self, name: str) -> _Shape:
        shape = self._measured.get(name)
        if shape is not None:
            return shape
        # Cycles and unknown names are for validation to report; here they only must end.
        self._measured[name] = _Shape(0, 0, 0)
        definition = self._fragments.get(name)
        if definition is not None:
            self._measured[name] = self(definition.selection_set)
        return self._measured[name]


def shape_errors(document: DocumentNode, limits: Limits) -> list[PublicError]:
    """The limits that a parsed document exceeds, at most one error for each; cheap, and safe before validation."""
    measure = _Measure(document)
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    shapes = [measure(node.selection_set) for node in operations]
    found = {
        "depth": (max((shape.depth for shape in shapes), default=0), limits.depth, "levels of fields"),
        "aliases": (sum(shape.aliases for shape in shapes), limits.aliases, "aliases"),
        "rootFields": (max((shape.fields for shape in shapes), default=0), limits.root_fields, "fields at the root"),
        "repeatedFields": (
            max(Counter(_compared_names(document)).values(), default=0),
            limits.repeated_fields,
            "selections of one field",
        ),
    }
    return [
        PublicError(
            f"The document has {size} {noun}; {allowed} are allowed.",
            code=ErrorCode.QUERY_TOO_COMPLEX,
            limit=name,
            requested=size,
            allowed=allowed,
        )
        for name, (size, allowed, noun) in found.items()
        if size > allowed
    ]


def _compared_names(document: DocumentNode) -> Iterator[str]:
    """Response names of all fields that have sub-fields or arguments, as they stand in the text."""
    waiting: list[SelectionSetNode] = [
        definition.selection_set
        for definition in document.definitions
        if isinstance(definition, OperationDefinitionNode | FragmentDefinitionNode)
    ]
    while waiting:
        for selection in waiting.pop().selections:
            nested: SelectionSetNode | None = getattr(selection, "selection_set", None)
            if nested is not None:
                waiting.append(nested)
            if isinstance(selection, FieldNode) and (nested is not None or selection.arguments):
                yield (selection.alias or selection.name).value
