"""GraphQL over HTTP, event streams and WebSockets, and GraphiQL for browsers."""

from graph.http.access import ContextSource
from graph.http.encoding import encode_json
from graph.http.routes import graphiql_page, routes
from graph.http.view import GraphQLView

__all__ = ["ContextSource", "GraphQLView", "encode_json", "graphiql_page", "routes"]
