"""The whole graph: the root fields of every registered type, and those that belong to no type."""

from collections.abc import AsyncGenerator, Sequence
from typing import Annotated, Any

import strawberry
from strawberry.scalars import JSON
from strawberry.tools import create_type

from graph.context import Context
from graph.derive import BIG_INT, BigInt, given, input_of, input_type
from graph.execution import GraphSchema, Limits, make_schema
from graph.resolvers import job as jobs
from graph.resolvers import prediction, project
from graph.resolvers import resource as resolvers
from graph.resolvers import user as users
from graph.resolvers.arguments import PredictionOptions
from graph.roots import mutation_fields, outcome, query_fields
from graph.settings import Settings
from graph.spec import Spec, checked
from graph.types import batch_prediction, dataset, evaluation, job, model, source, user, webhook
from graph.types import prediction as prediction_type
from graph.types import project as project_type
from graph.types.job import Event, Job
from graph.types.outcome import Outcome, outcome_of
from graph.types.problem import PROBLEMS, result_union
from graph.types.project import Project
from graph.types.relation import Info
from graph.types.resource import Resource, Role
from graph.types.user import ApiKey, NewApiKey, User
from ml.predictor import option_path
from models.errors import InvalidInput, ResourceError

SPECS: tuple[Spec, ...] = (
    project_type.SPEC,
    source.SPEC,
    dataset.SPEC,
    model.SPEC,
    prediction_type.SPEC,
    evaluation.SPEC,
    batch_prediction.SPEC,
    job.SPEC,
    user.SPEC,
    user.API_KEY,
    webhook.SPEC,
)
"""Every resource type: the one list that the schema, the dialects and the job runner are made from."""

JobResult = result_union("JobResult", Job)
NewApiKeyResult = result_union("NewApiKeyResult", NewApiKey)
OutcomeResult = result_union("OutcomeResult", Outcome)
ProjectRoleResult = result_union("ProjectRoleResult", Project)

ROWS_PER_REQUEST = 1000

OPTIONS = input_of(PredictionOptions, partial=True)
API_KEY_CREATE = input_type(user.API_KEY.create_fields, name="ApiKeyCreateInput", description="What a new key needs.")


def _options(value: Any) -> PredictionOptions | None:
    return None if value is None else PredictionOptions(**checked(PredictionOptions, given(value)))


@strawberry.type
class CommonQuery:
    """Root fields that belong to no type."""

    @strawberry.field(description="Any resource, by its id.")
    async def node(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")]
    ) -> Resource | None:
        """The resource, if the caller may see it."""
        return await resolvers.node(info.context, id)

    @strawberry.field(description="Any resources, by their ids, in that order.")
    async def nodes(
        self,
        info: Info,
        ids: Annotated[list[strawberry.ID], strawberry.argument(description="Their ids, 200 at most.")],
    ) -> list[Resource | None]:
        """The resources; null for each that the caller may not see."""
        return await resolvers.nodes(info.context, resolvers.few(ids))

    @strawberry.field(description="The user behind the request.")
    async def viewer(self, info: Info) -> User | None:
        """Who asks."""
        return await resolvers.node(info.context, info.context.caller.user_id)

    @strawberry.field(description="What a model says about one row. Nothing is kept.")
    async def predict(
        self,
        info: Info,
        model: Annotated[strawberry.ID, strawberry.argument(description="The id of the model.")],
        input: Annotated[JSON, strawberry.argument(description="The values, by field name or id.")],
        options: Annotated[OPTIONS | None, strawberry.argument(description="How.")] = None,
    ) -> OutcomeResult:
        """One outcome; rows asked for at the same time are scored together."""
        return await outcome(_predict(info.context, model, input, options))

    @strawberry.field(description="What a model says about several rows, scored together. Nothing is kept.")
    async def predict_many(
        self,
        info: Info,
        model: Annotated[strawberry.ID, strawberry.argument(description="The id of the model.")],
        rows: Annotated[
            list[JSON],
            strawberry.argument(description=f"The rows, {ROWS_PER_REQUEST} at most, each by field name or id."),
        ],
        options: Annotated[OPTIONS | None, strawberry.argument(description="How.")] = None,
    ) -> list[Outcome]:
        """One outcome a row."""
        rows = resolvers.few(rows, limit=ROWS_PER_REQUEST, path="rows")
        for index, row in enumerate(rows):
            resolvers.require_object(row, ("rows", index))
        try:
            found = await prediction.predict_many(info.context, model, rows, _options(options))
        except InvalidInput as problem:
            is_row = problem.path[1:2] == ("input_data",)
            raise _renamed(problem, ("rows", problem.path[0], *problem.path[2:]) if is_row else None) from problem
        return [outcome_of(scored) for scored in found]


async def _predict(context: Context, model: str, values: Any, options: Any) -> Outcome:
    resolvers.require_object(values, ("input",))
    try:
        return outcome_of(await prediction.predict(context, model, values, _options(options)))
    except InvalidInput as problem:
        is_row = problem.path[:1] == ("input_data",)
        raise _renamed(problem, ("input", *problem.path[1:]) if is_row else None) from problem


def _renamed(problem: InvalidInput, path: tuple[str | int, ...] | None) -> InvalidInput:
    """The same problem with the names that its arguments have at these root fields."""
    return InvalidInput(problem.message, option_path(problem.path) if path is None else path)


@strawberry.type
class CommonMutation:
    """Root fields that belong to no type."""

    @strawberry.mutation(description="Cancels a job; answers when its process has ended.")
    async def cancel_job(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The id of the job.")]
    ) -> JobResult:
        """The canceled job."""
        return await outcome(jobs.cancel(info.context, id))

    @strawberry.mutation(description="Queues a failed or canceled job once more.")
    async def retry_job(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The id of the job.")]
    ) -> JobResult:
        """The queued job."""
        return await outcome(jobs.retry(info.context, id))

    @strawberry.mutation(description="Gives a user a role in a project, or takes it away when the role is null.")
    async def set_project_role(
        self,
        info: Info,
        project_id: Annotated[strawberry.ID, strawberry.argument(description="The project.")],
        user_id: Annotated[strawberry.ID, strawberry.argument(description="The user.")],
        role: Annotated[Role | None, strawberry.argument(description="The role.")],
    ) -> ProjectRoleResult:
        """The project."""
        return await outcome(project.set_role(info.context, project_id, user_id, role))

    @strawberry.mutation(description="Makes an API key; its secret is shown only now.")
    async def create_api_key(
        self,
        info: Info,
        input: Annotated[
            API_KEY_CREATE,
            strawberry.argument(description="The values."),
        ],
    ) -> NewApiKeyResult:
        """The key and its secret."""
        return await outcome(_create_key(info.context, given(input)))


async def _create_key(context: Context, values: Any) -> NewApiKey:
    row, secret = await users.create_key(context, user.API_KEY.check_create(values))
    return NewApiKey(secret=secret, api_key=row)


@strawberry.type(description="What can be listened to.")
class Subscription:
    """Streams of events."""

    @strawberry.subscription(description="What happens to a job, up to the event that ends it.")
    async def job_events(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The id of the job.")],
        after: Annotated[
            BigInt | None,
            strawberry.argument(description="Begin behind this sequence number; with the newest event when left out."),
        ] = None,
    ) -> AsyncGenerator[Event, None]:
        """Stored events first, then new ones; the last one has a final state."""
        async for event in jobs.job_events(info.context, id, after=after):
            yield event

    @strawberry.subscription(description="What happens to the resources that you may see.")
    async def resource_events(
        self,
        info: Info,
        project: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only what belongs to this project.")
        ] = None,
        kinds: Annotated[
            list[str] | None, strawberry.argument(description="Only these kinds, by the word that ids begin with.")
        ] = None,
        after: Annotated[
            BigInt | None,
            strawberry.argument(description="Begin behind this sequence number; with new events when left out."),
        ] = None,
    ) -> AsyncGenerator[Event, None]:
        """Stored events first, then new ones, without an end."""
        stream = jobs.resource_events(info.context, project_id=project, kinds=kinds, after=after)
        async for event in stream:
            yield event


def build_schema(settings: Settings, specs: Sequence[Spec] = SPECS) -> GraphSchema:
    """The schema of a server, with its limits."""
    query: dict[str, Any] = {}
    mutation: dict[str, Any] = {}
    for spec in specs:
        query.update(query_fields(spec))
        mutation.update(mutation_fields(spec))
    return make_schema(
        _root("Query", CommonQuery, query, "What can be read."),
        _root("Mutation", CommonMutation, mutation, "What can be changed."),
        Subscription,
        types=[*(spec.graph_type for spec in specs), *PROBLEMS.values()],
        limits=Limits(cost=settings.query_cost_limit),
        scalar_map={BigInt: BIG_INT},
        introspection=settings.introspection,
        rate_key=lambda context: None if context.identity is None else context.identity.user_id,
    )


def sdl() -> str:
    """The schema in the schema definition language, sorted."""
    return build_schema(Settings()).as_str()


def _root(name: str, common: type, fields: dict[str, Any], description: str) -> type:
    named = []
    for field_name, field in fields.items():
        field.base_resolver.wrapped_func.__name__ = field_name
        field.python_name = field_name
        named.append(field)
    derived = create_type(f"Derived{name}", named)
    return strawberry.type(type(name, (common, derived), {}), name=name, description=description)


__all__ = ["SPECS", "ApiKey", "ResourceError", "build_schema", "sdl"]
