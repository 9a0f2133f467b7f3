"""Who sends a request: the API key in its Authorization header."""

import base64
import binascii

from starlette.requests import HTTPConnection

from graph.context import Context, Services
from models.errors import Unauthenticated


async def context_of(services: Services, connection: HTTPConnection) -> Context:
    """The context of a request: anonymous without credentials. Raises Unauthenticated when they are wrong.

    A key is taken as `Bearer <key>`, or as the password of `Basic`, whose user name must then be that of the key.
    """
    header = connection.headers.get("authorization")
    if header is None:
        return Context(services)
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "bearer" and value.strip():
        return Context(services, await services.directory.identify(value.strip()))
    if scheme.lower() == "basic":
        name, key = _basic(value)
        return Context(services, await services.directory.identify(key, name or None))
    raise Unauthenticated("the Authorization header must hold a Bearer key, or Basic with a user name and a key")


def _basic(value: str) -> tuple[str, str]:
    try:
        name, _, key = base64.b64decode(value.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as problem:
        raise Unauthenticated("the Basic credentials cannot be read") from problem
    return name, key
