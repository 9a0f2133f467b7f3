"""Work that takes longer than a request, and what happens to it."""

import datetime as dt
import enum
from typing import Annotated, Any

from sqlalchemy import BigInteger, Index, Integer
from sqlmodel import Field

from models.columns import BIG, FILTER, HIDDEN, LOOKUP, ORDER, Json, StringList, UtcDateTime, now, words
from models.resource import Resource, State
from models.row import Row


class Job(Resource, table=True):
    """A computation that makes one resource, in a process of its own."""

    kind = "job"

    state: Annotated[State, FILTER, LOOKUP] = Field(
        default=State.WAITING, sa_type=words(State), description="Where it is in its life."
    )
    function: Annotated[str, FILTER] = Field(description="What is computed, such as `dataset.build`.")
    resource_id: Annotated[str, HIDDEN, FILTER, LOOKUP] = Field(description="The id of the resource that it makes.")
    depends_on: Annotated[list[str], HIDDEN] = Field(
        default_factory=list, sa_type=StringList, description="Ids of the resources that must be finished first."
    )
    arguments: Annotated[dict[str, Any], HIDDEN] = Field(
        default_factory=dict, sa_type=Json, description="What the computation was asked."
    )
    progress: float = Field(default=0.0, description="The share that is done, from 0 to 1.")
    metrics: Annotated[dict[str, Any] | None, HIDDEN] = Field(
        default=None, sa_type=Json, description="The newest figures that it reported."
    )
    message: str = Field(default="", description="What happened last, as a sentence.")
    error_code: str | None = Field(default=None, description="Why it failed, as a stable word.")
    error_path: Annotated[list[str], HIDDEN] = Field(
        default_factory=list, sa_type=StringList, description="The argument that made it fail."
    )
    attempt: int = Field(default=0, description="How often it was started.")
    attempts_allowed: int = Field(default=3, description="How often it may be started before it fails for good.")
    cores: int | None = Field(default=None, description="The processor cores that it may use.")
    memory_mb: int | None = Field(default=None, description="The memory that it may use, in megabytes.")
    worker: Annotated[str | None, HIDDEN] = Field(default=None, description="The server process that runs it.")
    lease_until: Annotated[dt.datetime | None, HIDDEN] = Field(
        default=None, sa_type=UtcDateTime, description="Until when that server has promised to report."
    )
    started_at: Annotated[dt.datetime | None, ORDER] = Field(
        default=None, sa_type=UtcDateTime, description="When it was last started."
    )
    ended_at: Annotated[dt.datetime | None, ORDER] = Field(
        default=None, sa_type=UtcDateTime, description="When it ended."
    )


class EventKind(enum.Enum):
    """What an event tells."""

    CREATED = "CREATED"
    PATCHED = "PATCHED"
    REVISED = "REVISED"
    DELETED = "DELETED"
    STATE = "STATE"
    PROGRESS = "PROGRESS"
    LOG = "LOG"


EVENT_MEANINGS = {
    EventKind.CREATED: "The resource was made.",
    EventKind.PATCHED: "Some of its values changed.",
    EventKind.REVISED: "A revision of it was frozen.",
    EventKind.DELETED: "It is gone.",
    EventKind.STATE: "The job that makes it entered another state.",
    EventKind.PROGRESS: "The job that makes it went on.",
    EventKind.LOG: "The job that makes it said something.",
}


class Event(Row, table=True):
    """Something that happened, stored before anybody is told of it. Sequence numbers grow and are never reused."""

    __table_args__ = (
        Index("ix_event_job_sequence", "job_id", "sequence"),
        Index("ix_event_resource_sequence", "resource_id", "sequence"),
        {"sqlite_autoincrement": True},
    )

    sequence: Annotated[int | None, BIG] = Field(
        default=None,
        primary_key=True,
        sa_type=BigInteger().with_variant(Integer(), "sqlite"),
        description="Its place in the one order of all events.",
    )
    kind: EventKind = Field(sa_type=words(EventKind), description="What it tells.")
    resource_id: str = Field(description="The id of the resource that it is about.")
    job_id: str | None = Field(default=None, description="The id of the job that it comes from.")
    project_id: Annotated[str | None, HIDDEN] = Field(default=None, description="The project of the resource.")
    creator_id: Annotated[str | None, HIDDEN] = Field(default=None, description="The owner of the resource.")
    actor_id: Annotated[str | None, HIDDEN] = Field(default=None, description="The user who made it happen.")
    state: State | None = Field(default=None, sa_type=words(State), description="The state of the job from here on.")
    progress: float | None = Field(default=None, description="The share of the job that is done, from 0 to 1.")
    metrics: Annotated[dict[str, Any] | None, HIDDEN] = Field(
        default=None, sa_type=Json, description="Figures that the computation reported."
    )
    message: str = Field(default="", description="A sentence or a log line.")
    created_at: dt.datetime = Field(default_factory=now, sa_type=UtcDateTime, description="When it happened.")
