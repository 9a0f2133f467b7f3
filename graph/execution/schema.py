"""The schema with everything of this package plugged in: limits, prepared documents, planned execution, masking."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from contextlib import aclosing
from copy import copy
from inspect import isawaitable
from typing import Any

import strawberry
from graphql import ExecutionResult as CoreResult
from graphql import lexicographic_sort_schema
from graphql.execution import create_source_event_stream, map_source_to_response_event
from graphql.language import OperationType
from strawberry.execution import optimized_is_awaitable
from strawberry.printer import print_schema
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType as AllowedType
from strawberry.types.scalar import ScalarDefinition

from graph.execution.errors import ErrorCode, PublicError, RequestRefused, with_code
from graph.execution.limits import Limits
from graph.execution.masking import public_error, public_errors
from graph.execution.operation import Operation, OperationRequest
from graph.execution.persisted import PersistedQueries
from graph.execution.planned import PlannedExecutor
from graph.execution.prepared import PreparedDocuments
from graph.execution.rate import TokenBuckets

# The context and the root value are the application's own and pass through here unseen.
Context = Any


class GraphSchema(strawberry.Schema):
    """A Strawberry schema whose requests go through `prepare` and then `run` or `run_stream`.

    Strawberry's own entry points (`execute`, `execute_sync`, `stream`, `subscribe`) do the same in one call. Schema
    extensions and custom directives have no place in this path.
    """

    def __init__(
        self,
        query: type,
        *,
        limits: Limits,
        introspection: bool,
        rate_key: Callable[[Context], str | None] | None,
        **declarations: Any,  # further arguments of strawberry.Schema
    ) -> None:
        super().__init__(query, **declarations)
        self.limits = limits
        self._hide_suggestions = not introspection
        self._rate_key = rate_key
        self._documents = PreparedDocuments(self._schema, limits, introspection=introspection)
        self._persisted = PersistedQueries(entries=limits.persisted_queries, characters=limits.persisted_characters)
        self._buckets = TokenBuckets(burst=limits.rate_burst, per_second=limits.rate_per_second)

    def prepare(self, request: OperationRequest, context: Context = None) -> Operation:
        """Find the document and the operation, and hold both against the limits.

        Raises `RequestRefused` with errors for the client: unknown hash, syntax, validation, an unclear operation
        name, too complex, too costly, or more than the caller's rate (`THROTTLED`, with `retryAfter` in seconds).
        """
        query = self._persisted.text(request.query, request.extensions)
        if not query:
            raise RequestRefused([PublicError("The request has no query.", code=ErrorCode.BAD_USER_INPUT)])
        prepared = self._documents.get(query)
        chosen = prepared.operation(request.operation_name)
        operation = Operation(prepared, chosen.kind, chosen.cost.points(request.variables), request)
        self._check_cost(operation)
        self._check_rate(operation, context)
        return operation

    async def run(self, operation: Operation, *, context: Context = None, root: Any = None) -> ExecutionResult:
        """The answer to a query or a mutation; a `PreExecutionError` where the variables do not fit."""
        try:
            result = self._started(operation, context, root)
            return self._answer(await result if isawaitable(result) else result, operation)
        except RequestRefused as refusal:
            return _refused(refusal)
        except Exception as exception:
            return PreExecutionError(None, [public_error(exception)], self._report(operation))

    async def run_stream(
        self, operation: Operation, *, context: Context = None, root: Any = None
    ) -> AsyncGenerator[ExecutionResult]:
        """The answers to a subscription as they come, or the one answer to a query or a mutation."""
        if operation.kind is not OperationType.SUBSCRIPTION:
            yield await self.run(operation, context=context, root=root)
            return
        has_begun = False
        try:
            executor = self._executor(operation, context, root)
            source = create_source_event_stream(executor)
            if isawaitable(source):
                source = await source
            if isinstance(source, CoreResult):
                raise RequestRefused(public_errors(source.errors or ()), self._report(operation))
            async with aclosing(map_source_to_response_event(executor, source)) as results:
                async for result in results:
                    has_begun = True
                    yield self._answer(result, operation)
        except RequestRefused as refusal:
            yield _refused(refusal)
        except Exception as exception:
            # The source itself broke off: there is no field to blame, and nothing more will come.
            errors = [public_error(exception)]
            broken_off = ExecutionResult if has_begun else PreExecutionError
            yield broken_off(None, errors, self._report(operation))

    async def execute(
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Context = None,
        root_value: Any = None,
        operation_name: str | None = None,
        allowed_operation_types: Iterable[AllowedType] | None = None,
        operation_extensions: dict[str, Any] | None = None,
    ) -> ExecutionResult:
        """Prepare and run a query or a mutation; what is refused is answered, not raised."""
        request = OperationRequest(query, variable_values, operation_name, operation_extensions)
        try:
            operation = self._prepare_allowed(request, context_value, allowed_operation_types)
        except RequestRefused as refusal:
            return _refused(refusal)
        return await self.run(operation, context=context_value, root=root_value)

    def execute_sync(
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Context = None,
        root_value: Any = None,
        operation_name: str | None = None,
        allowed_operation_types: Iterable[AllowedType] | None = None,
        operation_extensions: dict[str, Any] | None = None,
    ) -> ExecutionResult:
        """As `execute`, for operations whose resolvers are all synchronous; others raise `RuntimeError`."""
        request = OperationRequest(query, variable_values, operation_name, operation_extensions)
        try:
            operation = self._prepare_allowed(request, context_value, allowed_operation_types)
            result = self._started(operation, context_value, root_value)
        except RequestRefused as refusal:
            return _refused(refusal)
        if isinstance(result, CoreResult):
            return self._answer(result, operation)
        result.close()  # type: ignore[attr-defined]  # a coroutine: closed so that nobody waits for it
        raise RuntimeError("The operation has asynchronous resolvers.")

    async def stream(
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Context = None,
        root_value: Any = None,
        operation_name: str | None = None,
        operation_extensions: dict[str, Any] | None = None,
        allowed_operation_types: Iterable[AllowedType] | None = None,
    ) -> AsyncGenerator[ExecutionResult]:
        """Prepare and run any operation; its answers as a stream, in which a refusal is the only one."""
        request = OperationRequest(query, variable_values, operation_name, operation_extensions)
        try:
            operation = self._prepare_allowed(request, context_value, allowed_operation_types)
        except RequestRefused as refusal:
            return _only(_refused(refusal))
        return self.run_stream(operation, context=context_value, root=root_value)

    def as_str(self) -> str:
        """The SDL, sorted. What is served keeps its own order: Strawberry cannot run enums and unions once sorted."""
        ordered = copy(self)
        ordered._schema = lexicographic_sort_schema(self._schema)
        return print_schema(ordered)

    __str__ = as_str

    def _prepare_allowed(
        self, request: OperationRequest, context: Context, allowed: Iterable[AllowedType] | None
    ) -> Operation:
        operation = self.prepare(request, context)
        if allowed is not None and operation.kind.value not in {kind.value for kind in allowed}:
            message = f"A {operation.kind.value} is not allowed here."
            raise RequestRefused([PublicError(message, code=ErrorCode.OPERATION_NOT_ALLOWED)])
        return operation

    def _check_cost(self, operation: Operation) -> None:
        if operation.cost > self.limits.cost:
            report = self._report(operation)
            message = f"The operation costs {report['cost']['requested']} points; {self.limits.cost} are allowed."
            error = PublicError(message, code=ErrorCode.QUERY_TOO_COMPLEX, **report)
            raise RequestRefused([error], report)

    def _check_rate(self, operation: Operation, context: Context) -> None:
        if self._rate_key is None or self.limits.rate_per_second <= 0:
            return
        key = self._rate_key(context)
        wait = self._buckets.take(key, operation.cost) if key is not None else 0.0
        if wait > 0:
            message = f"Too much at once. Try again in {wait:.1f} seconds."
            error = PublicError(message, code=ErrorCode.THROTTLED, retryAfter=round(wait, 3))
            raise RequestRefused([error], self._report(operation))

    def _started(self, operation: Operation, context: Context, root: Any) -> CoreResult | Awaitable[CoreResult]:
        executor = self._executor(operation, context, root)
        # Nothing can be deferred: the schema has no directives for that.
        return executor.execute_operation()  # type: ignore[return-value]

    def _executor(self, operation: Operation, context: Context, root: Any) -> PlannedExecutor:
        request = operation.request
        assert operation.prepared.document is not None
        executor = PlannedExecutor.build(
            self._schema,
            operation.prepared.document,
            root,
            context,
            request.variables,
            request.operation_name,
            is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type]  # a predicate not declared as a type guard
            hide_suggestions=self._hide_suggestions,
            operation_extensions=request.extensions,
            plans=operation.prepared.plans,
        )
        if isinstance(executor, PlannedExecutor):
            return executor
        assert isinstance(executor, list)
        errors = [with_code(error, ErrorCode.BAD_USER_INPUT) for error in executor]
        raise RequestRefused(errors, self._report(operation))

    def _answer(self, result: CoreResult, operation: Operation) -> ExecutionResult:
        errors = public_errors(result.errors) if result.errors else None
        return ExecutionResult(result.data, errors, self._report(operation))

    def _report(self, operation: Operation) -> dict[str, Any]:
        return {"cost": {"requested": round(operation.cost, 2), "limit": self.limits.cost}}


def make_schema(
    query: type,
    mutation: type | None = None,
    subscription: type | None = None,
    types: Iterable[Any] = (),
    *,
    limits: Limits,
    exception_handlers: Iterable[strawberry.ExceptionHandler[Any]] = (),
    scalar_map: Mapping[object, ScalarDefinition] | None = None,
    introspection: bool = True,
    rate_key: Callable[[Context], str | None] | None = None,
) -> GraphSchema:
    """A schema from its root types; its text is sorted, so that it depends on nothing but its content.

    `exception_handlers` turn domain errors into members of result unions; what they leave arrives as a top-level
    error. Without `introspection`, errors suggest no names either. `rate_key` says from the context whose points an
    operation spends; without it, or where it says nothing, no rate is kept.
    """
    return GraphSchema(
        query,
        mutation=mutation,
        subscription=subscription,
        types=types,
        config=StrawberryConfig(scalar_map=scalar_map or {}, disable_field_suggestions=not introspection),
        exception_handlers=exception_handlers,
        limits=limits,
        introspection=introspection,
        rate_key=rate_key,
    )


def _refused(refusal: RequestRefused) -> PreExecutionError:
    return PreExecutionError(data=None, errors=refusal.errors, extensions=refusal.extensions)


async def _only(result: ExecutionResult) -> AsyncGenerator[ExecutionResult]:
    yield result
