"""The application: makes the services, and puts GraphQL, the dialects and the probes at their places."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import HTTPConnection
from starlette.routing import BaseRoute

from graph import probes, transfer
from graph.bootstrap import bootstrap
from graph.context import Context, Services
from graph.credentials import context_of
from graph.housekeeping import Housekeeper
from graph.http import GraphQLView, graphiql_page
from graph.http import routes as graphql_routes
from graph.jobs.bus import Bus
from graph.jobs.executor import Executor
from graph.jobs.local import PRELOAD, LocalExecutor
from graph.jobs.runner import Runner
from graph.resolvers.directory import Directory
from graph.resolvers.predictors import Predictors
from graph.rest.bigml.dialect import BIGML
from graph.rest.bigml.webhook import STYLE as BIGML_STYLE
from graph.rest.bigml.webhook import BigmlStyle
from graph.rest.router import Router
from graph.schema import SPECS, build_schema
from graph.settings import Settings
from graph.webhooks import Deliverer
from models.blob import BlobStore
from models.database import make_database

log = logging.getLogger(__name__)

JOB_KINDS = {kind.name: kind for spec in SPECS for kind in spec.jobs}
DOWNLOADABLE = {spec.kind: spec for spec in SPECS if spec.kind in ("source", "dataset", "model", "batchprediction")}
DIALECTS = (BIGML,)
WEBHOOK_STYLES = {BIGML_STYLE: BigmlStyle()}
SOURCE = next(spec for spec in SPECS if spec.kind == "source")


def make_services(settings: Settings, *, executor: Executor | None = None) -> Services:
    """The services of a server, not yet started; jobs run on this machine unless another executor is given."""
    services = Services(
        settings=settings,
        database=make_database(settings.database),
        blobs=BlobStore(settings.data_dir / "blobs", settings.blob_url or None),
        bus=Bus(),
    )
    services.directory = Directory(services.database)
    services.predictors = Predictors(services.blobs, memory_mb=settings.predictor_memory_mb)
    services.bus.call(services.predictors.forget)
    services.webhooks = Deliverer(services, WEBHOOK_STYLES)
    services.runner = Runner(
        services,
        executor or local_executor(),
        JOB_KINDS,
        slots=settings.job_slots,
        folder=settings.data_dir / "jobs",
    )
    return services


def local_executor() -> LocalExecutor:
    """Runs the registered kinds of jobs on this machine, with their modules loaded beforehand."""
    functions = {kind.work for kind in JOB_KINDS.values()}
    modules = sorted({function.partition(":")[0] for function in functions})
    return LocalExecutor(functions=functions, preload=(*PRELOAD, *modules))


@asynccontextmanager
async def running(services: Services) -> AsyncIterator[str | None]:
    """Starts the services and ends them in order; gives the key of a first administrator that was just made."""
    housekeeper = Housekeeper(services, job_folder=services.settings.data_dir / "jobs")
    services.settings.data_dir.mkdir(parents=True, exist_ok=True)
    services.blobs.open()
    await services.database.open()
    try:
        key = await bootstrap(services)
        await services.runner.start()
        await services.webhooks.start()
        housekeeper.start()
        yield key
    finally:
        await housekeeper.close()
        await services.webhooks.close()
        await services.runner.close()
        await services.database.close()


def make_app(settings: Settings) -> Starlette:
    """The server as an ASGI application."""
    services = make_services(settings)
    schema = build_schema(settings)

    async def get_context(connection: HTTPConnection) -> Context:
        return await context_of(services, connection)

    view = GraphQLView(schema, get_context=get_context, page=graphiql_page(), body_limit=settings.body_limit_bytes)
    meters = probes.Meters()

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with running(services) as key:
            app.state.first_key = key
            yield

    routes: list[BaseRoute] = [
        *graphql_routes(view),
        *transfer.routes(services, SOURCE, DOWNLOADABLE),
        *probes.routes(lambda: services, meters),
    ]
    app = Starlette(routes=routes, lifespan=lifespan)
    app.state.services = services
    app.state.end_streams = view.close
    app.router.redirect_slashes = False
    # Dialects come before the routes, which are looked through one after the other.
    app.add_middleware(Router, services=services, dialects=DIALECTS)
    app.add_middleware(probes.Measured, meters=meters, places=frozenset({"graphql", "upload", "download"}))
    return app
