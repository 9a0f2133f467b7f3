"""Who is behind a key: all keys and roles in memory, read again whenever one changes."""

import asyncio
import time
from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import Session

from models.columns import now
from models.database import Database
from models.errors import Conflict, Unauthenticated
from models.identity import ApiKey, Identity, Membership, Role, User, hash_key, new_key
from models.ids import new_id
from models.repository import insert

REFRESH_SECONDS = 5.0
"""How long a change made by another server process may stay unnoticed."""
UNKNOWN_SECONDS = 1.0
"""How soon an unknown key makes the directory look again: the command line may have made it a moment ago."""


@dataclass(frozen=True, slots=True)
class _Entry:
    identity: Identity
    handle: str
    expires: float | None


class Directory:
    """The users of a server by the hashes of their keys."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._entries: dict[str, _Entry] = {}
        self._names: dict[str, str] = {}
        self._read_at = 0.0
        self._lock = asyncio.Lock()

    async def refresh(self) -> None:
        """Reads all keys and roles again."""
        async with self._lock:
            self._entries, self._names = await self._database.read(_entries)
            self._read_at = time.monotonic()

    async def identify(self, key: str, username: str | None = None) -> Identity:
        """The user of a key. Raises Unauthenticated for an unknown or expired key, or one of somebody else."""
        age = time.monotonic() - self._read_at
        digest = hash_key(key)
        if (not self._database.is_sqlite and age > REFRESH_SECONDS) or (
            digest not in self._entries and age > UNKNOWN_SECONDS
        ):
            await self.refresh()
        entry = self._entries.get(digest)
        if entry is None or (entry.expires is not None and entry.expires < time.time()):
            raise Unauthenticated("the API key is not valid")
        if username is not None and username.lower() != entry.handle:
            raise Unauthenticated("the API key does not belong to that user")
        return entry.identity

    def name_of(self, user_id: str | None) -> str:
        """The name of a user; empty when there is none with that id."""
        return self._names.get(user_id or "", "")

    def id_of(self, name: str) -> str | None:
        """The id of the user of that name, whatever its case."""
        return next((id for id, known in self._names.items() if known.lower() == name.lower()), None)

    @property
    def is_empty(self) -> bool:
        """Whether nobody has a key."""
        return not self._entries


def _entries(session: Session) -> tuple[dict[str, _Entry], dict[str, str]]:
    roles: dict[str, dict[str, Role]] = {}
    for member in session.scalars(select(Membership)):
        roles.setdefault(member.user_id, {})[member.project_id] = member.role
    users = {user.id: user for user in session.scalars(select(User))}
    entries = {}
    for key in session.scalars(select(ApiKey)):
        user = users.get(key.user_id)
        if user is not None:
            identity = Identity(
                user_id=user.id, name=user.name, is_admin=user.is_admin, roles=roles.get(user.id, {}), key_id=key.id
            )
            expires = key.expires_at.timestamp() if key.expires_at is not None else None
            entries[key.digest] = _Entry(identity, user.handle, expires)
    return entries, {user.id: user.name for user in users.values()}


def add_user(session: Session, name: str, *, is_admin: bool = False, author_id: str | None = None) -> User:
    """A new user. Raises Conflict when the name is taken."""
    handle = name.lower()
    if session.scalars(select(User).where(User.__table__.c.handle == handle)).first() is not None:  # type: ignore[attr-defined]
        raise Conflict(f"there is a user {name} already", ("name",))
    user = User(id=new_id(User.kind), name=name, handle=handle, is_admin=is_admin, creator_id=author_id)
    insert(session, user, author_id=author_id)
    return user


def add_key(
    session: Session, user: User, *, key: str | None = None, name: str = "", author_id: str | None = None
) -> tuple[ApiKey, str]:
    """A new key of a user, and the secret itself, which is not stored."""
    secret = key or new_key()
    row = ApiKey(
        id=new_id(ApiKey.kind),
        name=name or f"key of {user.name}",
        user_id=user.id,
        digest=hash_key(secret),
        prefix=secret[:6],
        creator_id=author_id or user.id,
        created_at=now(),
    )
    insert(session, row, author_id=author_id)
    return row, secret


def find_user(session: Session, name: str) -> User | None:
    """The user of that name, whatever its case."""
    return session.scalars(select(User).where(User.__table__.c.handle == name.lower())).first()  # type: ignore[attr-defined]
