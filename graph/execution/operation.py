"""A request in GraphQL's own terms, before and after it was found fit to run."""

from dataclasses import dataclass
from typing import Any

from graphql.language import OperationType

from graph.execution.prepared import PreparedDocument


@dataclass(frozen=True, slots=True)
class OperationRequest:
    """What a client sent, by whatever way: any of it may be missing, none of it is trusted."""

    query: str | None = None
    variables: dict[str, Any] | None = None
    operation_name: str | None = None
    extensions: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation that passed validation and all limits, ready to run once."""

    prepared: PreparedDocument
    kind: OperationType
    cost: float
    request: OperationRequest
