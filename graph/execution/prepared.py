"""Documents that were parsed, checked, validated and priced once, kept by their text."""

from collections.abc import Mapping
from dataclasses import dataclass

from graphql import GraphQLError, GraphQLSchema, GraphQLSyntaxError, parse, validate
from graphql.language import DocumentNode, OperationType
from graphql.validation import (
    ASTValidationRule,
    MaxIntrospectionDepthRule,
    NoSchemaIntrospectionCustomRule,
    specified_rules,
)
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from graph.execution.bounded import BoundedStore
from graph.execution.cost import Cost, operation_costs
from graph.execution.errors import ErrorCode, PublicError, RequestRefused, with_code
from graph.execution.limits import Limits, shape_errors
from graph.execution.planned import Plans

#: Validation stops here: nobody reads more, and an error may take long to word.
_MOST_ERRORS = 10


@dataclass(frozen=True, slots=True)
class PreparedOperation:
    """One operation of a document: what it does and what it costs."""

    kind: OperationType
    cost: Cost


@dataclass(frozen=True, slots=True)
class PreparedDocument:
    """A document that is ready to run, or the errors for which it is not.

    `plans` are shared by all requests for a document without directives: nothing in it depends on variables but the
    values of arguments.
    """

    document: DocumentNode | None
    operations: Mapping[str | None, PreparedOperation]
    errors: tuple[GraphQLError, ...] = ()
    plans: Plans | None = None

    def operation(self, name: str | None) -> PreparedOperation:
        """The operation of that name, or the only one. Raises `RequestRefused` with the errors of the document."""
        if self.errors:
            raise RequestRefused(self.errors)
        if name is None and len(self.operations) == 1:
            return next(iter(self.operations.values()))
        if name is not None and name in self.operations:
            return self.operations[name]
        if name is not None:
            message = f"The document has no operation named {name!r}."
        elif self.operations:
            message = "The document has several operations: name the one to run in `operationName`."
        else:
            message = "The document has no operation."
        raise RequestRefused([PublicError(message, code=ErrorCode.BAD_USER_INPUT)])


class PreparedDocuments:
    """Prepares documents for one schema and keeps them, the least recently used forgotten first."""

    def __init__(self, schema: GraphQLSchema, limits: Limits, *, introspection: bool) -> None:
        self._schema = schema
        self._limits = limits
        self._introspection = introspection
        self._rules: tuple[type[ASTValidationRule], ...] = (
            *specified_rules,
            MaxIntrospectionDepthRule,
            MaybeNullValidationRule,
            OneOfInputValidationRule,
            *(() if introspection else (NoSchemaIntrospectionCustomRule,)),
        )
        self._kept: BoundedStore[PreparedDocument] = BoundedStore(
            entries=limits.documents, weight=limits.document_characters
        )

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, query: str) -> PreparedDocument:
        """The document of a text, good or bad, prepared now or before."""
        known = self._kept.get(query)
        if known is None:
            known = self._prepare(query)
            self._kept.put(query, known, weight=len(query))
        return known

    def _prepare(self, query: str) -> PreparedDocument:
        limits = self._limits
        try:
            document = parse(
                query,
                max_lexical_tokens=limits.tokens,
                max_comments=limits.tokens,
                max_source_length=limits.characters,
            )
        except GraphQLSyntaxError as error:
            return PreparedDocument(None, {}, (_without_trace(error, ErrorCode.PARSE_FAILED),))
        # Before validation, whose time is bounded by nothing else.
        if beyond := shape_errors(document, limits):
            return PreparedDocument(None, {}, tuple(beyond))
        invalid = validate(
            self._schema, document, self._rules, max_errors=_MOST_ERRORS, hide_suggestions=not self._introspection
        )
        if invalid:
            errors = tuple(_without_trace(error, ErrorCode.VALIDATION_FAILED) for error in invalid)
            return PreparedDocument(None, {}, errors)
        operations = {
            node.name.value if node.name else None: PreparedOperation(node.operation, cost)
            for node, cost in operation_costs(self._schema, document, limits)
        }
        # A sign in a string or a comment only costs a little speed.
        return PreparedDocument(document, operations, plans=None if "@" in query else Plans())


def _without_trace(error: GraphQLError, code: ErrorCode) -> GraphQLError:
    """The error ready to be kept: with its code, without the frames it was raised in."""
    return with_code(error.with_traceback(None), code)
