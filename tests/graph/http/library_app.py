"""An application that serves the library schema; also what the live server of the foreign clients runs."""

from starlette.applications import Starlette
from starlette.requests import HTTPConnection

from graph.execution import GraphSchema
from graph.http import GraphQLView, graphiql_page, routes
from models.errors import NotPermitted, Unauthenticated, Unavailable
from tests.graph.execution.library import Reader, library_schema


async def reader_of(connection: HTTPConnection) -> Reader:
    """Who reads, by the Authorization header; nobody in particular without one."""
    scheme, _, key = connection.headers.get("authorization", "Bearer ada").partition(" ")
    if key == "wrong" or scheme.lower() not in {"bearer", "basic"}:
        raise Unauthenticated("That key is not known.")
    if key == "banned":
        raise NotPermitted("This reader is banned.")
    if key == "down":
        raise Unavailable("No readers can be looked up now.")
    if key == "bug":
        raise RuntimeError("password 123")
    return Reader(key)


def library_app(schema: GraphSchema | None = None, *, origins: tuple[str, ...] = (), **options: object) -> Starlette:
    """The application, with options of the view."""
    view = GraphQLView(
        schema or library_schema(),
        get_context=reader_of,
        page=graphiql_page(),
        allowed_origins=origins,
        **options,  # type: ignore[arg-type]  # keyword arguments of the view
    )
    app = Starlette(routes=routes(view, allowed_origins=origins))
    app.state.view = view
    return app
