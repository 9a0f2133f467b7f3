"""How operations are executed: prepared once, held against limits, planned, and with errors masked."""

from graph.execution.errors import ErrorCode, PublicError, RequestRefused
from graph.execution.limits import Limits
from graph.execution.operation import Operation, OperationRequest
from graph.execution.schema import GraphSchema, make_schema

__all__ = [
    "ErrorCode",
    "GraphSchema",
    "Limits",
    "Operation",
    "OperationRequest",
    "PublicError",
    "RequestRefused",
    "make_schema",
]
