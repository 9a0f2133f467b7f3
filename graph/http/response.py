"""The answer to one request as an ASGI response, made with as little as there is to it."""

from collections.abc import Mapping
from typing import Any

from starlette.types import Receive, Scope, Send

from graph.http.encoding import encode_json
from graph.http.negotiation import GRAPHQL_RESPONSE, JSON

# The type of an answer depends on Accept, which caches have to know.
_VARY = (b"vary", b"Accept")
_CONTENT_TYPES = {kind: (b"content-type", f"{kind}; charset=utf-8".encode()) for kind in (JSON, GRAPHQL_RESPONSE)}


class JSONAnswer:
    """A GraphQL response or a refusal, in one of the two JSON types; without its body for HEAD."""

    def __init__(
        self, body: dict[str, Any], kind: str, *, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> None:
        self._body = encode_json(body)
        self._status = status
        self._headers = [_CONTENT_TYPES[kind], (b"content-length", str(len(self._body)).encode()), _VARY]
        if headers:
            self._headers += [(name.encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Send it."""
        await send({"type": "http.response.start", "status": self._status, "headers": self._headers})
        body = b"" if scope["method"] == "HEAD" else self._body
        await send({"type": "http.response.body", "body": body, "more_body": False})
