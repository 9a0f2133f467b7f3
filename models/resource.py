"""What every resource has: identity, labels, ownership, visibility; and what it has when a job makes it."""

import datetime as dt
import enum
from typing import Annotated, Any, ClassVar

from pydantic import StringConstraints
from sqlalchemy import BigInteger, String
from sqlmodel import Field

from models.columns import (
    BIG,
    CREATE,
    FILTER,
    HIDDEN,
    LOOKUP,
    ORDER,
    PATCH,
    Json,
    StringList,
    UtcDateTime,
    now,
    words,
)
from models.row import Row

Tag = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]*$")]


class State(enum.Enum):
    """Where a job, or the resource that it makes, is in its life."""

    WAITING = "WAITING"
    QUEUED = "QUEUED"
    STARTED = "STARTED"
    RUNNING = "RUNNING"
    CANCELING = "CANCELING"
    FINISHED = "FINISHED"
    FAILED = "FAILED"
    CANCELED = "CANCELED"

    @property
    def is_final(self) -> bool:
        """Whether nothing more will happen unless somebody asks for it."""
        return self in FINAL


FINAL = frozenset({State.FINISHED, State.FAILED, State.CANCELED})

STATE_MEANINGS = {
    State.WAITING: "Waits for the resources that it is made from.",
    State.QUEUED: "Ready to run, waits for a free worker.",
    State.STARTED: "A worker has taken it.",
    State.RUNNING: "The computation runs and reports progress.",
    State.CANCELING: "Somebody canceled it; its process has not ended yet.",
    State.FINISHED: "Done; the result is there.",
    State.FAILED: "Ended without a result; the message says why.",
    State.CANCELED: "Ended because somebody canceled it.",
}


class Visibility(enum.Enum):
    """Who may read a resource besides those who have a role in its project."""

    PRIVATE = "PRIVATE"
    PUBLIC = "PUBLIC"


class Resource(Row):
    """Anything that the graph stores, names and gives an id.

    The lengths of texts are checked where they come in, not by the one database of the two that could.
    """

    kind: ClassVar[str]

    id: str = Field(primary_key=True, description="The global id: kind, slash, 24 hexadecimal digits.")
    name: Annotated[str, CREATE, PATCH, FILTER, ORDER] = Field(
        default="", max_length=500, sa_type=String, description="A short label for people."
    )
    description: Annotated[str, CREATE, PATCH, FILTER] = Field(
        default="", max_length=100_000, sa_type=String, description="What it is and where it comes from, as free text."
    )
    tags: Annotated[list[Tag], CREATE, PATCH, FILTER] = Field(
        default_factory=list, max_length=100, sa_type=StringList, description="Labels to find it by."
    )
    category: Annotated[int, CREATE, PATCH, FILTER] = Field(
        default=0, ge=-1, le=10_000, description="A number that classifies it, 0 when nothing is said."
    )
    custom: Annotated[dict[str, Any], CREATE, PATCH] = Field(
        default_factory=dict, sa_type=Json, description="Free-form values that the owner keeps with it."
    )
    visibility: Annotated[Visibility, PATCH, FILTER] = Field(
        default=Visibility.PRIVATE,
        sa_type=words(Visibility),
        description="Who may read it besides those with a role in its project.",
    )
    share_token: Annotated[str | None, HIDDEN] = Field(
        default=None, description="The secret word of its shared address, when it is shared."
    )
    is_clonable: Annotated[bool, HIDDEN] = Field(
        default=False, description="Whether others who can read it may make a copy."
    )
    origin_id: Annotated[str | None, HIDDEN, FILTER] = Field(
        default=None, description="The id of the resource that it is a copy of."
    )
    project_id: Annotated[str | None, HIDDEN, CREATE, PATCH, FILTER, LOOKUP] = Field(
        default=None, description="The id of the project that it belongs to."
    )
    creator_id: Annotated[str | None, HIDDEN, FILTER, LOOKUP] = Field(
        default=None, description="The id of the user who made it."
    )
    created_at: Annotated[dt.datetime, FILTER, ORDER] = Field(
        default_factory=now, sa_type=UtcDateTime, description="When it was made."
    )
    updated_at: Annotated[dt.datetime, FILTER, ORDER] = Field(
        default_factory=now, sa_type=UtcDateTime, description="When it last changed."
    )
    revision: Annotated[int, FILTER] = Field(default=1, description="Grows by one with every change a client makes.")
    size: Annotated[int, FILTER, ORDER, BIG] = Field(default=0, sa_type=BigInteger, description="Bytes of its content.")


class BuiltResource(Resource):
    """A resource that a job makes; its state is the state of that job."""

    state: Annotated[State, FILTER, LOOKUP] = Field(
        default=State.FINISHED, sa_type=words(State), description="Where it is in its life."
    )
    state_message: str = Field(default="", description="What happened last, as a sentence.")
    job_id: Annotated[str | None, HIDDEN] = Field(default=None, description="The id of the job that makes it.")
