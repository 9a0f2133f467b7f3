"""Users and keys made from the command line, straight in the database, whether a server runs on it or not."""

from sqlmodel import Session

from graph.bootstrap import check_name
from graph.resolvers.directory import add_key, add_user, find_user
from graph.settings import Settings
from models.database import Unit, make_database
from models.errors import NotFound


async def create_user(settings: Settings, name: str, *, is_admin: bool) -> str:
    """Makes a user and returns its first key. Raises InvalidInput for a bad name, Conflict for one that is taken."""
    check_name(name)

    def unit(session: Session) -> str:
        return add_key(session, add_user(session, name, is_admin=is_admin))[1]

    return await _write(settings, unit)


async def create_key(settings: Settings, name: str) -> str:
    """Makes one more key for a user and returns it. Raises NotFound when there is no such user."""

    def unit(session: Session) -> str:
        user = find_user(session, name)
        if user is None:
            raise NotFound(f"there is no user {name}", ("name",))
        return add_key(session, user)[1]

    return await _write(settings, unit)


async def _write(settings: Settings, unit: Unit[str]) -> str:
    database = make_database(settings.database)
    await database.open()
    try:
        return await database.write(unit)
    finally:
        await database.close()
