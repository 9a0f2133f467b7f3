"""Messages to receivers of webhooks: taken from the database, posted, tried again, and kept as a log.

The transaction that ends a job writes what is to be sent; here it is only delivered, so no message is lost when the
server stops in between. A message may arrive twice; its delivery id is the same then.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from urllib.parse import urlsplit

from sqlalchemy import func, select
from sqlmodel import Session

from graph.addresses import post
from graph.context import Services
from graph.messages import OWN_STYLE, OwnStyle, Renderer
from models.columns import now
from models.errors import InvalidInput, ResourceError
from models.webhook import Delivery, Webhook, WebhookDelivery

CONCURRENCY = 16
"""Messages under way at once."""
PER_RECEIVER = 2
"""Messages under way at once to one scheme, host and port, so that a slow receiver holds up only its own."""
TIMEOUT = 10.0
"""Seconds that a receiver has for its answer, the look-up of its name included."""
BACK_OFF = (1.0, 5.0)
"""Seconds between the tries; after one more try than it has members a message is given up."""
LEASE = timedelta(seconds=60)
"""How long a message that is under way is left alone by other server processes."""
LOOK_SECONDS = 30.0
"""How often the database is looked at without being asked to."""
RESOLVER_THREADS = 4
CLOSING_SECONDS = 1.0
TIMER_SLACK = 0.01
"""Seconds that a timer may be early."""

DELIVERY = WebhookDelivery.__table__.c  # type: ignore[attr-defined]  # a table has it
HOOK = Webhook.__table__.c  # type: ignore[attr-defined]  # likewise

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Parcel:
    """A delivery with its webhook, and the receiver that it goes to: scheme, host and port as they are spelled."""

    delivery: WebhookDelivery
    hook: Webhook | None
    receiver: str


class Deliverer:
    """Posts the pending messages of the database. `renderers` adds styles to Modelgraph's own."""

    def __init__(
        self,
        services: Services,
        renderers: Mapping[str, Renderer],
        *,
        back_off: Sequence[float] = BACK_OFF,
        timeout: float = TIMEOUT,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        self._services = services
        self._renderers: dict[str, Renderer] = {OWN_STYLE: OwnStyle(), **renderers}
        self._back_off = back_off
        self._timeout = timeout
        self._look_seconds = look_seconds
        self._wake = asyncio.Event()
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._busy: Counter[str] = Counter()
        self._loop: asyncio.Task[None] | None = None
        self._resolver = ThreadPoolExecutor(RESOLVER_THREADS, thread_name_prefix="webhook-resolver")

    async def start(self) -> None:
        """Begins to deliver, with what an earlier process left."""
        if self._services.database.is_sqlite:
            # There is no other process: what an earlier one had under way was not confirmed.
            await self._services.write(_make_due)
        self._loop = asyncio.create_task(self._deliver(), name="webhooks")
        self._wake.set()

    async def close(self) -> None:
        """Stops, after a moment for what is under way; what is not confirmed by now is delivered by the next start."""
        if self._loop is not None:
            self._loop.cancel()
            await asyncio.gather(self._loop, return_exceptions=True)
        if tasks := list(self._under_way.values()):
            _, unfinished = await asyncio.wait(tasks, timeout=CLOSING_SECONDS)
            for task in unfinished:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        self._resolver.shutdown(wait=False, cancel_futures=True)

    def wake(self) -> None:
        """Looks for new messages soon."""
        self._wake.set()

    async def _deliver(self) -> None:
        while True:
            try:
                await self._take()
            except Exception:
                log.exception("messages of webhooks could not be read; it will be tried again")
            try:
                async with asyncio.timeout(self._look_seconds):
                    await self._wake.wait()
            except TimeoutError:
                continue
            finally:
                self._wake.clear()

    async def _take(self) -> None:
        """Starts deliveries until all places are taken or nothing is due that may start now."""
        while (free := CONCURRENCY - len(self._under_way)) > 0:
            full = [receiver for receiver, count in self._busy.items() if count >= PER_RECEIVER]
            due = await self._services.read(partial(_due, known=list(self._under_way), full=full, limit=free))
            chosen: list[_Parcel] = []
            for parcel in due:
                if self._busy[parcel.receiver] < PER_RECEIVER:
                    self._busy[parcel.receiver] += 1
                    chosen.append(parcel)
            claimed = await self._claim(chosen) if chosen else set()
            for parcel in chosen:
                if parcel.delivery.id in claimed:
                    self._start(parcel)
                else:
                    self._release(parcel)
            if not claimed:
                return

    async def _claim(self, parcels: Sequence[_Parcel]) -> set[str]:
        try:
            return await self._services.write(partial(_claim, ids=[parcel.delivery.id for parcel in parcels]))
        except BaseException:
            for parcel in parcels:
                self._release(parcel)
            raise

    def _start(self, parcel: _Parcel) -> None:
        task = asyncio.create_task(self._send(parcel), name=f"webhook {parcel.delivery.id}")
        self._under_way[parcel.delivery.id] = task
        task.add_done_callback(partial(self._ended, parcel))

    def _ended(self, parcel: _Parcel, task: asyncio.Task[None]) -> None:
        self._under_way.pop(parcel.delivery.id, None)
        self._release(parcel)
        self._wake.set()
        if not task.cancelled() and (problem := task.exception()) is not None:
            log.error("webhook delivery %s could not be made", parcel.delivery.id, exc_info=problem)

    def _release(self, parcel: _Parcel) -> None:
        self._busy[parcel.receiver] -= 1
        if not self._busy[parcel.receiver]:
            del self._busy[parcel.receiver]

    async def _send(self, parcel: _Parcel) -> None:
        delivery, hook = parcel.delivery, parcel.hook
        if hook is None or not hook.is_enabled:
            error = "the webhook was deleted" if hook is None else "the webhook is switched off"
            return await self._conclude(delivery, error=error, is_final=True)
        renderer = self._renderers.get(hook.style)
        if renderer is None:
            return await self._conclude(delivery, error=f"there is no style {hook.style!r}", is_final=True)
        message = renderer.render(delivery, secret=hook.secret)
        error, is_final = "", False
        try:
            status = await post(
                hook.url,
                headers=message.headers,
                body=message.body,
                timeout=self._timeout,
                allow_private=self._services.settings.allow_private_urls,
                resolver=self._resolver,
            )
        except ResourceError as problem:
            error, is_final = problem.message, isinstance(problem, InvalidInput)
        else:
            if status not in renderer.accepted:
                error = f"the receiver answered {status}"
        return await self._conclude(delivery, error=error, signature=message.signature, is_final=is_final)

    async def _conclude(
        self, delivery: WebhookDelivery, *, error: str, is_final: bool, signature: str | None = None
    ) -> None:
        """Writes down how a try ended, and sees to the next one."""
        attempts = delivery.attempts + 1
        gives_up = is_final or attempts > len(self._back_off)
        pause = 0.0 if not error or gives_up else self._back_off[attempts - 1]

        def unit(session: Session) -> None:
            row = session.get(WebhookDelivery, delivery.id)
            if row is None:
                return
            row.attempts, row.error, row.signature = attempts, error or None, signature
            row.next_attempt_at = None
            if not error:
                row.status, row.delivered_at = Delivery.DELIVERED, now()
            elif gives_up:
                row.status = Delivery.FAILED
            else:
                row.next_attempt_at = now() + timedelta(seconds=pause)
            session.add(row)

        await self._services.write(unit)
        if error:
            log.warning("webhook delivery %s, try %d: %s", delivery.id, attempts, error)
        if pause:
            asyncio.get_running_loop().call_later(pause + TIMER_SLACK, self._wake.set)


def _receiver(delivery: WebhookDelivery, hook: Webhook | None) -> str:
    if hook is None:
        return delivery.id
    try:
        parts = urlsplit(hook.url)
    except ValueError:
        return hook.url.lower()
    return f"{parts.scheme}://{parts.netloc}".lower()


def _due(session: Session, *, known: Sequence[str], full: Sequence[str], limit: int) -> list[_Parcel]:
    """The messages that have waited longest, without those under way and those to receivers that are busy."""
    statement = (
        select(WebhookDelivery, Webhook)
        .outerjoin(Webhook, DELIVERY.webhook_id == HOOK.id)
        .where(DELIVERY.status == Delivery.PENDING, DELIVERY.next_attempt_at <= now(), DELIVERY.id.not_in(known))
        .order_by(DELIVERY.next_attempt_at, DELIVERY.id)
        .limit(limit)
    )
    for receiver in full:
        statement = statement.where(~func.coalesce(HOOK.url, "").istartswith(receiver, autoescape=True))
    return [_Parcel(delivery, hook, _receiver(delivery, hook)) for delivery, hook in session.execute(statement)]


def _claim(session: Session, ids: Sequence[str]) -> set[str]:
    """Takes messages for this process: nobody else does before the lease ends. Says which it got."""
    statement = select(WebhookDelivery).where(
        DELIVERY.id.in_(ids), DELIVERY.status == Delivery.PENDING, DELIVERY.next_attempt_at <= now()
    )
    rows = list(session.scalars(statement.with_for_update(skip_locked=True)))
    for row in rows:
        row.next_attempt_at = now() + LEASE
        session.add(row)
    return {row.id for row in rows}


def _make_due(session: Session) -> None:
    for row in session.scalars(select(WebhookDelivery).where(DELIVERY.status == Delivery.PENDING)):
        row.next_attempt_at = now()
        session.add(row)
