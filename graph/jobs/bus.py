"""Tells listeners of committed events. Events are stored first; whoever misses one here reads it from the database."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from models.job import Event

BACKLOG = 1000
"""Events kept for a slow listener; beyond it the listener is told to read the database again."""


class Listener:
    """The events that one subscriber has not taken yet. `overflowed` says that some were dropped."""

    def __init__(self, accepts: Callable[[Event], bool]) -> None:
        self.accepts = accepts
        self.overflowed = False
        self._events: deque[Event] = deque()
        self._arrived = asyncio.Event()

    def offer(self, event: Event) -> None:
        """Adds an event, unless the subscriber is too far behind."""
        if len(self._events) >= BACKLOG:
            self.overflowed = True
        else:
            self._events.append(event)
        self._arrived.set()

    def take(self) -> tuple[list[Event], bool]:
        """All that arrived, in order, and whether some events are missing after them."""
        events, overflowed = list(self._events), self.overflowed
        self._events.clear()
        self.overflowed = False
        self._arrived.clear()
        return events, overflowed

    async def wait(self, seconds: float) -> bool:
        """Waits for news, for so long at most; whether there is any."""
        try:
            async with asyncio.timeout(seconds):
                await self._arrived.wait()
        except TimeoutError:
            return False
        return True


class Bus:
    """All listeners of this process."""

    def __init__(self) -> None:
        self._listeners: set[Listener] = set()
        self._by_job: dict[str, set[Listener]] = {}
        self._hooks: list[Callable[[Sequence[Event]], None]] = []

    def call(self, hook: Callable[[Sequence[Event]], None]) -> None:
        """Calls `hook` with committed events before any listener hears of them: for caches that must not lag behind."""
        self._hooks.append(hook)

    @contextmanager
    def listen(
        self, *, job_id: str | None = None, accepts: Callable[[Event], bool] | None = None
    ) -> Iterator[Listener]:
        """A listener for one job, or for every event that `accepts` lets through."""
        listener = Listener(accepts or (lambda _event: True))
        group = self._listeners if job_id is None else self._by_job.setdefault(job_id, set())
        group.add(listener)
        try:
            yield listener
        finally:
            group.discard(listener)
            if job_id is not None and not group:
                self._by_job.pop(job_id, None)

    def publish(self, events: Sequence[Event]) -> None:
        """Offers committed events, in the order of their sequence numbers, to whoever wants them."""
        for hook in self._hooks:
            hook(events)
        for event in events:
            for listener in self._by_job.get(event.job_id or "", ()):
                listener.offer(event)
            for listener in self._listeners:
                if listener.accepts(event):
                    listener.offer(event)

    @property
    def listener_count(self) -> int:
        """How many subscribers listen."""
        return len(self._listeners) + sum(map(len, self._by_job.values()))
