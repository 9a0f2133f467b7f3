"""Who may do what: users, their keys, and their roles in projects."""

import datetime as dt
import enum
import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Annotated

from sqlalchemy import String
from sqlmodel import Field

from models.columns import CREATE, FILTER, HIDDEN, LOOKUP, ORDER, PATCH, UtcDateTime, words
from models.resource import Resource
from models.row import Row


class Role(enum.Enum):
    """What a user may do in a project."""

    VIEWER = "VIEWER"
    EDITOR = "EDITOR"
    ADMIN = "ADMIN"


ROLE_MEANINGS = {
    Role.VIEWER: "May read everything in the project.",
    Role.EDITOR: "May also make, change and delete what is in it.",
    Role.ADMIN: "May also change the project itself and give roles.",
}

RANKS = {Role.VIEWER: 1, Role.EDITOR: 2, Role.ADMIN: 3}


class User(Resource, table=True):
    """Somebody who may use the server; the name is what they log in with."""

    kind = "user"

    is_admin: Annotated[bool, CREATE, PATCH, FILTER] = Field(
        default=False, description="Whether they may do everything everywhere."
    )
    handle: Annotated[str, HIDDEN] = Field(
        default="", unique=True, description="The name in lower case; no two users share it."
    )


class ApiKey(Resource, table=True):
    """A secret that stands for a user. Only its hash is stored."""

    __tablename__ = "api_key"
    kind = "api_key"

    user_id: Annotated[str, HIDDEN, FILTER, LOOKUP] = Field(description="The id of the user that it stands for.")
    digest: Annotated[str, HIDDEN] = Field(unique=True, description="SHA-256 of the key.")
    prefix: str = Field(default="", description="The first characters of the key, to recognise it.")
    expires_at: Annotated[dt.datetime | None, CREATE, PATCH, ORDER] = Field(
        default=None, sa_type=UtcDateTime, description="When it stops working; never when null."
    )


class Membership(Row, table=True):
    """The role that a user has in a project."""

    user_id: str = Field(primary_key=True)
    project_id: str = Field(primary_key=True, index=True)
    role: Role = Field(sa_type=words(Role))


class IdempotencyKey(Row, table=True):
    """Remembers which resource a client's create call made, so that a repeated call makes no second one."""

    __tablename__ = "idempotency_key"

    user_id: str = Field(primary_key=True)
    key: str = Field(primary_key=True, max_length=200, sa_type=String)
    resource_id: str
    fingerprint: str = Field(description="SHA-256 of the input, to refuse the same key with another input.")
    created_at: dt.datetime = Field(sa_type=UtcDateTime)


@dataclass(frozen=True)
class Identity:
    """The user behind a request and what they may do."""

    user_id: str
    name: str
    is_admin: bool = False
    roles: dict[str, Role] = field(default_factory=dict)
    key_id: str | None = None

    def has_role(self, project_id: str | None, role: Role) -> bool:
        """Whether the user has at least `role` in that project."""
        if self.is_admin:
            return True
        held = self.roles.get(project_id) if project_id is not None else None
        return held is not None and RANKS[held] >= RANKS[role]

    def may_read(self, row: Resource) -> bool:
        """Whether the user may read that row, leaving its visibility aside."""
        return self.is_admin or row.creator_id == self.user_id or self.has_role(row.project_id, Role.VIEWER)

    def may_write(self, row: Resource) -> bool:
        """Whether the user may change or delete that row."""
        if self.is_admin:
            return True
        if row.project_id is None:
            return row.creator_id == self.user_id
        return self.has_role(row.project_id, Role.EDITOR)


def new_key() -> str:
    """A fresh secret of 40 hexadecimal digits."""
    return secrets.token_hex(20)


def hash_key(key: str) -> str:
    """SHA-256 of a key. Keys are random and long, so a fast hash keeps them safe."""
    return hashlib.sha256(key.encode()).hexdigest()
