"""Automatic persisted queries: a client sends the SHA-256 of a text it has sent before in place of the text.

The wire format is Apollo's: `extensions.persistedQuery = {"version": 1, "sha256Hash": …}`.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from graph.execution.bounded import BoundedStore
from graph.execution.errors import ErrorCode, PublicError, RequestRefused

_VERSION = 1


class PersistedQueries:
    """The texts that clients have registered, the least recently used forgotten first."""

    def __init__(self, *, entries: int, characters: int) -> None:
        self._texts: BoundedStore[str] = BoundedStore(entries=entries, weight=characters)

    def text(self, query: str | None, extensions: Mapping[str, Any] | None) -> str | None:
        """The text to run: what was sent, or what its hash stands for.

        Raises `RequestRefused` when the hash is unknown (the client then sends both), malformed, or not that of the
        text beside it.
        """
        asked = (extensions or {}).get("persistedQuery")
        if asked is None:
            return query
        digest = _digest(asked)
        if query is None or query == "":
            known = self._texts.get(digest)
            if known is None:
                raise RequestRefused([PublicError("PersistedQueryNotFound", code=ErrorCode.PERSISTED_QUERY_NOT_FOUND)])
            return known
        if sha256(query.encode("utf-8", "surrogatepass")).hexdigest() != digest:
            raise RequestRefused(
                [PublicError("The hash is not that of the query.", code=ErrorCode.PERSISTED_QUERY_MISMATCH)]
            )
        self._texts.put(digest, query, weight=len(query))
        return query


def _digest(asked: object) -> str:
    if isinstance(asked, dict) and asked.get("version") == _VERSION and isinstance(asked.get("sha256Hash"), str):
        return str(asked["sha256Hash"]).lower()
    raise RequestRefused(
        [
            PublicError(
                "`persistedQuery` must have `version` 1 and a `sha256Hash`.",
                code=ErrorCode.BAD_USER_INPUT,
                path=["extensions", "persistedQuery"],
            )
        ]
    )
