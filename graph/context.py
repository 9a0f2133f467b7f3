"""The two lifetimes: services live as long as the app, a context as long as a request."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from sqlmodel import Session

from graph.jobs.bus import Bus
from graph.settings import Settings
from models.blob import BlobStore
from models.database import Database
from models.errors import Unauthenticated
from models.identity import Identity
from models.job import Event, EventKind
from models.resource import State

if TYPE_CHECKING:
    from graph.jobs.runner import Runner
    from graph.resolvers.directory import Directory
    from graph.resolvers.predictors import Predictors
    from graph.webhooks import Deliverer

T = TypeVar("T")


@dataclass(eq=False)
class Services:
    """What every request shares: storage, jobs, caches. Made in the app's lifespan."""

    settings: Settings
    database: Database
    blobs: BlobStore
    bus: Bus
    directory: Directory = field(init=False)
    predictors: Predictors = field(init=False)
    runner: Runner = field(init=False)
    webhooks: Deliverer = field(init=False)

    async def read(self, unit: Callable[[Session], T]) -> T:
        """What a unit of work finds."""
        return await self.database.read(unit)

    async def write(self, unit: Callable[[Session], T]) -> T:
        """What a unit of work returns, after its commit; its events are then sent and its jobs looked at.

        A caller that goes away meanwhile changes nothing of that: what is committed is also told.
        """
        return await asyncio.shield(asyncio.ensure_future(self._write(unit)))

    async def _write(self, unit: Callable[[Session], T]) -> T:
        def run(session: Session) -> tuple[T, Sequence[Event]]:
            value = unit(session)
            session.flush()
            return value, session.info.pop("events", ())

        value, events = await self.database.write(run)
        self.bus.publish(events)
        states = {event.state for event in events if event.kind is EventKind.STATE and event.state is not None}
        if any(state.is_final or state in (State.WAITING, State.QUEUED) for state in states):
            self.runner.wake()
        if any(state.is_final for state in states):
            self.webhooks.wake()
        return value


@dataclass(eq=False)
class Context:
    """One request: who asks, and what was already looked up for it."""

    services: Services
    identity: Identity | None = None
    loaded: dict[Any, Any] = field(default_factory=dict)

    @property
    def caller(self) -> Identity:
        """Who asks. Raises Unauthenticated when nobody has said."""
        if self.identity is None:
            raise Unauthenticated("this needs an API key")
        return self.identity
