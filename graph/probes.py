"""Whether the server lives, whether it is ready, and what it is doing, for probes and for Prometheus."""

import time
from collections.abc import Awaitable, Callable

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from sqlalchemy import func, select, text
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graph.context import Services
from models.job import Job
from models.resource import State

STATE = Job.__table__.c.state  # type: ignore[attr-defined]  # a table has it


class Meters:
    """The figures of one server process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "modelgraph_requests_total", "Requests by place and status.", ["place", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "modelgraph_request_seconds", "Seconds until the answer began.", ["place"], registry=self.registry
        )
        self.jobs = Gauge("modelgraph_jobs", "Jobs by state.", ["state"], registry=self.registry)
        self.listeners = Gauge("modelgraph_subscribers", "Open subscriptions.", registry=self.registry)


class Measured:
    """Counts requests and how long their answers take; the first segment of the path is their place."""

    def __init__(self, app: ASGIApp, meters: Meters, places: frozenset[str]) -> None:
        self._app = app
        self._meters = meters
        self._places = places

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        first = scope["path"].lstrip("/").partition("/")[0]
        place = first if first in self._places else "other"

        async def measured(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._meters.requests.labels(place, message["status"]).inc()
                self._meters.seconds.labels(place).observe(time.perf_counter() - began)
            await send(message)

        await self._app(scope, receive, measured)


def routes(services: Callable[[], Services], meters: Meters) -> list[Route]:
    """`/healthz`, `/readyz` and `/metrics`."""

    async def alive(_request: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def ready(_request: Request) -> Response:
        await services().read(lambda session: session.execute(text("SELECT 1")).scalar())
        return PlainTextResponse("ready\n")

    async def metrics(_request: Request) -> Response:
        counts = await services().read(_jobs_by_state)
        for state in State:
            meters.jobs.labels(state.value).set(counts.get(state, 0))
        meters.listeners.set(services().bus.listener_count)
        return Response(generate_latest(meters.registry), media_type=CONTENT_TYPE_LATEST)

    handlers: dict[str, Callable[[Request], Awaitable[Response]]] = {
        "/healthz": alive,
        "/readyz": ready,
        "/metrics": metrics,
    }
    return [Route(path, handler, methods=["GET"]) for path, handler in handlers.items()]


def _jobs_by_state(session: Session) -> dict[State, int]:
    return dict(session.execute(select(STATE, func.count()).group_by(STATE)).all())
