"""Jobs and events in the graph."""

from typing import Annotated

import strawberry
from strawberry.scalars import JSON

from graph.derive import add_columns, enumeration, resource
from graph.jobs.runner import elapsed_ms
from graph.spec import Spec
from graph.types.problem import camel_path
from graph.types.relation import Info, related
from graph.types.resource import Resource
from models.job import EVENT_MEANINGS, EventKind
from models.job import Event as EventRow
from models.job import Job as Row

enumeration(EventKind, EVENT_MEANINGS)


@resource(Row)
class Job(Resource):
    """A computation that makes one resource."""

    metrics: JSON | None = strawberry.field(description="The newest figures that it reported, by name.")

    @strawberry.field(description="What it makes.")
    async def resource(self, info: Info) -> Resource | None:
        """The row that the job fills."""
        return await related(info, self.resource_id)

    @strawberry.field(description="Which argument made it fail, from the outside in.")
    def error_path(self) -> list[str]:
        """The path of the bad argument."""
        return camel_path(self.error_path or [])

    @strawberry.field(description="For how many milliseconds it has been running, or ran.")
    def elapsed_milliseconds(self) -> int:
        """The time since the last start."""
        return min(elapsed_ms(self), 2**31 - 1)


class Event:
    """Something that happened."""

    metrics: JSON | None = strawberry.field(description="Figures that the computation reported, by name.")

    @strawberry.field(description="What it is about; null when it is gone.")
    async def resource(self, info: Info) -> Resource | None:
        """The row that the event is about, as it is now."""
        return await related(info, self.resource_id)

    @strawberry.field(description="The job that it comes from.")
    async def job(self, info: Info) -> Annotated["Job", strawberry.lazy("graph.types.job")] | None:
        """The job, as it is now."""
        return await related(info, self.job_id)

    @strawberry.field(description="Who made it happen.")
    async def actor(self, info: Info) -> Annotated["User", strawberry.lazy("graph.types.user")] | None:  # noqa: F821
        """The user."""
        return await related(info, self.actor_id)


add_columns(Event, EventRow)
Event.is_type_of = classmethod(lambda _cls, value, _info: isinstance(value, EventRow))
Event = strawberry.type(Event, description="Something that happened; stored before it is told.")

SPEC = Spec(
    table=Row,
    graph_type=Job,
    plural="jobs",
    is_creatable=False,
    is_patchable=False,
    is_revisable=False,
    is_deletable=False,
)
