"""What a server tidies up now and then: contents that nobody needs, old progress, old keys, folders of ended jobs."""

import asyncio
import datetime as dt
import logging
import shutil
from pathlib import Path

from sqlalchemy import delete, select
from sqlmodel import Session

from graph.context import Services
from graph.jobs.queue import ACTIVE
from models.columns import now
from models.identity import IdempotencyKey
from models.ids import digits
from models.job import Event, EventKind, Job
from models.repository import referenced
from models.webhook import Delivery, WebhookDelivery

INTERVAL_SECONDS = 3600.0
DETAIL_LIFETIME = dt.timedelta(days=7)
"""How long progress and log lines are kept; what changed a state is kept for good."""
KEY_LIFETIME = dt.timedelta(days=7)
DELIVERY_LIFETIME = dt.timedelta(days=90)

EVENT = Event.__table__.c  # type: ignore[attr-defined]  # a table has it
JOB = Job.__table__.c  # type: ignore[attr-defined]  # likewise
KEY = IdempotencyKey.__table__.c  # type: ignore[attr-defined]  # likewise
DELIVERY = WebhookDelivery.__table__.c  # type: ignore[attr-defined]  # likewise

log = logging.getLogger(__name__)


class Housekeeper:
    """Tidies up once an hour, for the first time an hour after the start."""

    def __init__(self, services: Services, *, job_folder: Path) -> None:
        self._services = services
        self._job_folder = job_folder
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins to wait for the next hour."""
        self._task = asyncio.create_task(self._often(), name="housekeeping")

    async def close(self) -> None:
        """Stops."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def tidy(self) -> int:
        """Tidies up once; says how many contents were removed."""
        await self._services.write(_forget)
        keep = await self._services.read(referenced)
        removed = await asyncio.to_thread(self._services.blobs.collect, keep)
        active = await self._services.read(_active_folders)
        await asyncio.to_thread(_clear, self._job_folder, active)
        return removed

    async def _often(self) -> None:
        while True:
            await asyncio.sleep(INTERVAL_SECONDS)
            try:
                await self.tidy()
            except Exception:
                log.exception("tidying up failed; it will be tried again in an hour")


def _forget(session: Session) -> None:
    """Removes records that have served their time."""
    details = EVENT.kind.in_((EventKind.PROGRESS, EventKind.LOG))
    session.execute(delete(Event).where(details, EVENT.created_at < now() - DETAIL_LIFETIME))
    session.execute(delete(IdempotencyKey).where(KEY.created_at < now() - KEY_LIFETIME))
    done = DELIVERY.status != Delivery.PENDING
    session.execute(delete(WebhookDelivery).where(done, DELIVERY.created_at < now() - DELIVERY_LIFETIME))


def _active_folders(session: Session) -> set[str]:
    return {digits(id) for id in session.scalars(select(JOB.id).where(JOB.state.in_(ACTIVE)))}


def _clear(folder: Path, active: set[str]) -> None:
    for each in folder.iterdir():
        if each.name not in active:
            shutil.rmtree(each, ignore_errors=True)
