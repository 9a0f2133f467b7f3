"""The GraphQL endpoint: an ASGI application for HTTP, event streams and WebSockets, independent of any resource."""

from collections.abc import AsyncGenerator, Iterable

from graphql.language import OperationType
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.http.websocket_origin import normalize_allowed_origins
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError

from graph.execution.errors import RequestRefused
from graph.execution.masking import public_error
from graph.execution.operation import Operation
from graph.execution.schema import GraphSchema
from graph.http.access import ContextSource, may_open_socket
from graph.http.encoding import formatted, response_body
from graph.http.negotiation import GRAPHQL_RESPONSE, JSON, Accepted, accepted
from graph.http.problem import HTTPProblem, refusal_headers, refusal_status
from graph.http.reading import read_request
from graph.http.response import JSONAnswer
from graph.http.socket_messages import POLICY_VIOLATION
from graph.http.sockets import Socket
from graph.http.streams import EventStream, OpenStreams

_METHODS = "GET, HEAD, POST, OPTIONS"
_PAGE_HEADERS = {
    "cache-control": "no-cache",
    "content-security-policy": (
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src data:; "
        "connect-src 'self' ws: wss:; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
}


class GraphQLView:
    """Serves one schema.

    `get_context` makes the context of each operation from its connection. `page` is what browsers get that ask for
    HTML and send no query, with `{base}` for the address of the endpoint. Sockets are accepted from pages of the same
    origin and of `allowed_origins`. Bodies and socket messages may have `body_limit` bytes, a socket `operations`
    running at a time and `initialisation_seconds` to introduce itself; an idle event stream sends a comment every
    `keep_alive` seconds.
    """

    def __init__(
        self,
        schema: GraphSchema,
        *,
        get_context: ContextSource,
        page: str | None = None,
        allowed_origins: Iterable[str] = (),
        body_limit: int = 8 * 1024 * 1024,
        operations: int = 100,
        initialisation_seconds: float = 10.0,
        keep_alive: float = 12.0,
    ) -> None:
        self._schema = schema
        self._get_context = get_context
        self._page = page
        self._allowed_origins = normalize_allowed_origins(tuple(allowed_origins))
        self._body_limit = body_limit
        self._operations = operations
        self._initialisation_seconds = initialisation_seconds
        self._keep_alive = keep_alive
        self._open_streams = OpenStreams()

    def close(self) -> None:
        """End all event streams and sockets: a server that stops would otherwise wait for them."""
        self._open_streams.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request or serve one socket."""
        if scope["type"] == "websocket":
            await self._serve_socket(WebSocket(scope, receive, send))
            return
        response = await self._respond(Request(scope, receive))
        await response(scope, receive, send)

    async def _serve_socket(self, websocket: WebSocket) -> None:
        if not may_open_socket(websocket, self._allowed_origins):
            # Before the handshake is accepted: the server makes 403 of it.
            await websocket.close(POLICY_VIOLATION)
            return
        socket = Socket(
            websocket,
            self._schema,
            get_context=self._get_context,
            operations=self._operations,
            initialisation_seconds=self._initialisation_seconds,
            message_limit=self._body_limit,
        )
        await socket.serve(self._open_streams)

    async def _respond(self, request: Request) -> ASGIApp:
        wanted = accepted(",".join(request.headers.getlist("accept")))
        try:
            return await self._answer(request, wanted)
        except HTTPProblem as problem:
            body = {"errors": formatted(problem.errors)}
            return JSONAnswer(body, wanted.json or JSON, status=problem.status, headers=problem.headers)
        except RequestRefused as refusal:
            return self._refused(refusal, wanted)
        except Exception as exception:
            return self._refused(RequestRefused([public_error(exception)]), wanted)

    async def _answer(self, request: Request, wanted: Accepted) -> ASGIApp:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers={"allow": _METHODS})
        if request.method not in {"GET", "HEAD", "POST"}:
            raise HTTPProblem(405, f"{request.method} is not supported.", headers={"allow": _METHODS})
        if request.method != "POST" and wanted.html and self._page and not request.query_params:
            return _page(self._page, request)
        if wanted.json is None and not wanted.stream:
            raise HTTPProblem(406, f"Answers are {GRAPHQL_RESPONSE}, {JSON} or text/event-stream.")

        # Who asks comes before what is asked: strangers get nothing parsed.
        context = await self._get_context(request)
        read = await read_request(request, body_limit=self._body_limit)
        if not read.query and "persistedQuery" not in (read.extensions or {}):
            raise HTTPProblem(400, "The request has no `query`.")
        operation = self._schema.prepare(read, context)
        _check_method(request, operation, wanted)
        if operation.kind is OperationType.SUBSCRIPTION or wanted.prefers_stream:
            return self._events(self._schema.run_stream(operation, context=context))
        result = await self._schema.run(operation, context=context)
        if isinstance(result, PreExecutionError):
            raise RequestRefused(result.errors or (), result.extensions)
        return JSONAnswer(response_body(result), wanted.json or JSON)

    def _refused(self, refusal: RequestRefused, wanted: Accepted) -> ASGIApp:
        result = PreExecutionError(None, refusal.errors, refusal.extensions)
        status = refusal_status(refusal.errors)
        if status is None and wanted.prefers_stream:
            return self._events(_only(result))
        kind = wanted.json or JSON
        # Plain JSON clients read a body only where the status is 200 (GraphQL over HTTP, section 6.4.1).
        ordinary = 200 if kind == JSON else 400
        headers = refusal_headers(status, refusal.errors)
        return JSONAnswer(response_body(result), kind, status=status or ordinary, headers=headers)

    def _events(self, results: AsyncGenerator[ExecutionResult]) -> EventStream:
        return EventStream(results, open_streams=self._open_streams, keep_alive=self._keep_alive)


def _check_method(request: Request, operation: Operation, wanted: Accepted) -> None:
    if operation.kind is OperationType.MUTATION and request.method != "POST":
        raise HTTPProblem(405, "Mutations must be sent with POST.", headers={"allow": "POST"})
    if operation.kind is OperationType.SUBSCRIPTION and not wanted.stream:
        message = "Subscriptions are answered as an event stream (Accept: text/event-stream) or over a WebSocket."
        raise HTTPProblem(406, message)
    streams = operation.kind is OperationType.SUBSCRIPTION or wanted.prefers_stream
    if request.method == "HEAD" and streams:
        raise HTTPProblem(405, "An event stream has no HEAD.", headers={"allow": "GET, POST"})


def _page(template: str, request: Request) -> Response:
    # Relative links, so that the page may stand behind any prefix, with or without a slash at the end.
    path = request.url.path
    base = "." if path.endswith("/") else path.rsplit("/", 1)[-1]
    response = HTMLResponse(template.replace("{base}", base), headers=_PAGE_HEADERS)
    if request.method == "HEAD":
        response.body = b""
    return response


async def _only(result: ExecutionResult) -> AsyncGenerator[ExecutionResult]:
    yield result
