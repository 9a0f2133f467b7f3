"""Where the endpoint stands: one path for HTTP and WebSocket, and GraphiQL with its files below it."""

from collections.abc import Iterable
from pathlib import Path

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from graph.http.view import GraphQLView

_STATIC = Path(__file__).parent / "static"
_DAY = 24 * 60 * 60


class _Assets(StaticFiles):
    """Files whose names carry their version never change; our own are asked for again after a day."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        age = f"{365 * _DAY}, immutable" if ".min." in path else str(_DAY)
        response.headers["cache-control"] = f"public, max-age={age}"
        return response


def graphiql_page() -> str:
    """The page that starts GraphiQL, for the view to serve; its files come from the routes below."""
    return (_STATIC / "page.html").read_text("utf-8")


def routes(view: GraphQLView, *, path: str = "/graphql", allowed_origins: Iterable[str] = ()) -> list[BaseRoute]:
    """The routes of a view at `path`; pages of `allowed_origins` may send it requests with credentials in headers."""
    origins = list(allowed_origins)
    cors = [
        Middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["GET", "POST"],
            allow_headers=["authorization", "content-type"],
            max_age=600,
        )
    ]
    middleware = cors if origins else None
    # Both spellings are answered in place: a redirect would lose the body of a POST with some clients.
    return [
        Route(path, view, middleware=middleware),
        Route(f"{path}/", view, middleware=middleware),
        WebSocketRoute(path, view),
        WebSocketRoute(f"{path}/", view),
        Mount(f"{path}/static", _Assets(directory=_STATIC)),
    ]
