"""What a server tidies up, and what it leaves alone."""

import datetime as dt
import os
import time
from pathlib import Path

from sqlalchemy import select
from sqlmodel import Session

from graph.app import make_services, running
from graph.housekeeping import Housekeeper
from graph.jobs.local import LocalExecutor
from graph.settings import Settings
from graph.upgrade import upgrade
from models.columns import now
from models.job import Event, EventKind
from models.project import Project
from models.repository import insert, record
from models.source import Source


async def test_only_what_nobody_needs_any_more_is_removed(tmp_path: Path) -> None:
    """Unreferenced contents, old progress and folders of ended jobs go; everything else stays."""
    settings = Settings(data_dir=tmp_path, bootstrap="admin:secret")
    upgrade(settings)
    services = make_services(settings, executor=LocalExecutor(functions=(), preload=()))
    async with running(services):
        needed, orphan, young = (services.blobs.put_bytes(content) for content in (b"needed", b"orphan", b"young"))
        old = time.time() - 100_000
        for stored in (needed, orphan):
            os.utime(services.blobs.path(stored.digest), (old, old))
        project = Project(id="project/000000000000000000000001", name="p")

        def fill(session: Session) -> None:
            insert(session, project, author_id=None)
            source = Source(id="source/000000000000000000000001", name="s", content=needed.digest)
            insert(session, source, author_id=None)
            for age in (1, 30):
                event = record(session, EventKind.PROGRESS, project, progress=0.5)
                event.created_at = now() - dt.timedelta(days=age)

        await services.write(fill)
        (tmp_path / "jobs" / "ended").mkdir(parents=True, exist_ok=True)

        removed = await Housekeeper(services, job_folder=tmp_path / "jobs").tidy()

        assert removed == 1
        assert services.blobs.read(needed.digest) == b"needed"
        assert services.blobs.read(young.digest) == b"young"
        assert not (services.blobs.folder / orphan.digest[:2] / orphan.digest).exists()
        kinds = await services.read(lambda session: [event.kind for event in session.scalars(select(Event))])
        assert kinds.count(EventKind.PROGRESS) == 1
        assert kinds.count(EventKind.CREATED) >= 3
        assert list((tmp_path / "jobs").iterdir()) == []
