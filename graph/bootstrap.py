"""The first user: without one nobody could use a new server. Further users are made by it, or on the command line."""

import re

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from graph.context import Services
from graph.resolvers.directory import add_key, add_user
from models.errors import InvalidInput
from models.identity import User

ADMINISTRATOR = "admin"

_NAME = re.compile(r"[^\s:;&\x00-\x1f\x7f]{1,100}")


def check_name(name: str) -> str:
    """The name, when a user can have it. Raises InvalidInput: with a colon, for one, it could not be used in Basic."""
    if not _NAME.fullmatch(name):
        raise InvalidInput("a user name has 1 to 100 characters, without spaces, colons, semicolons and ampersands")
    return name


def parse(text: str) -> tuple[str, str]:
    """Name and key of `user:apikey`. Raises InvalidInput when it is not of that form."""
    name, _, key = text.partition(":")
    if not key:
        raise InvalidInput("MODELGRAPH_BOOTSTRAP must have the form user:apikey")
    return check_name(name), key


async def bootstrap(services: Services) -> str | None:
    """Makes an administrator when the database holds no user, and reads the directory.

    It is the one that the settings name; without them it is `admin`, with a fresh key, which is returned to be shown
    this once. Raises InvalidInput for settings that are not of the form `user:apikey`.
    """
    given = services.settings.bootstrap
    name, key = parse(given) if given else (ADMINISTRATOR, None)

    def unit(session: Session) -> str | None:
        if session.scalars(select(User).limit(1)).first() is not None:
            return None
        user = add_user(session, name, is_admin=True)
        _, secret = add_key(session, user, key=key)
        return None if given else secret

    try:
        shown = await services.write(unit)
    except IntegrityError:  # another server process on the same database was faster
        shown = None
    await services.directory.refresh()
    return shown
