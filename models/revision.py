"""The append-only history of a resource."""

import datetime as dt
import enum
from typing import Annotated, Any

from sqlmodel import Field

from models.columns import HIDDEN, Json, StringList, UtcDateTime, now, words
from models.row import Row


class Change(enum.Enum):
    """What made a revision."""

    CREATED = "CREATED"
    PATCHED = "PATCHED"
    REVISED = "REVISED"


class Revision(Row, table=True):
    """One step in the history of a resource: what changed, by whom, when, and why.

    `snapshot` holds the stored columns as they were when the next revision began, or when this one was frozen. The
    newest revision that is not frozen has none: the row itself is its state.
    """

    resource_id: Annotated[str, HIDDEN] = Field(primary_key=True)
    number: int = Field(primary_key=True, description="Its number: 1 for the creation, then counting up.")
    change: Change = Field(sa_type=words(Change), description="What made this revision.")
    message: str = Field(default="", description="Why, in the words of who did it.")
    changed: list[str] = Field(
        default_factory=list, sa_type=StringList, description="The names of the columns that changed."
    )
    author_id: Annotated[str | None, HIDDEN] = Field(default=None)
    created_at: dt.datetime = Field(default_factory=now, sa_type=UtcDateTime, description="When it was made.")
    is_frozen: bool = Field(default=False, description="Whether its content is fixed for good.")
    snapshot: Annotated[dict[str, Any] | None, HIDDEN] = Field(default=None, sa_type=Json)
