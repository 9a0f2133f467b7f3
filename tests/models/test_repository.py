import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import Session

from models.database import Database
from models.dataset import Dataset
from models.errors import Conflict, NotFound
from models.evaluation import Evaluation
from models.identity import Membership, Role, User
from models.ids import new_id
from models.job import Event, EventKind, Job
from models.prediction import Prediction
from models.registry import TABLES
from models.repository import (
    append,
    assign,
    at_revision,
    delete,
    get,
    get_many,
    insert,
    patch,
    record,
    restore,
    revise,
    revisions,
    snapshot,
)
from models.resource import State, Visibility
from models.revision import Change, Revision
from models.webhook import Webhook, WebhookDelivery
from tests.models.factories import dataset, everything, inserting, prediction

MOMENT = dt.datetime(2024, 2, 29, 23, 59, 59, 999999, tzinfo=dt.UTC)


async def stored(database: Database, **values: Any) -> Dataset:
    row = dataset(**values)
    await database.write(inserting(row))
    return row


async def test_an_insert_makes_the_first_revision_and_an_event(database: Database) -> None:
    row = await stored(database, name="iris", project_id="project/p", creator_id="user/a")

    [revision] = await database.read(lambda session: revisions(session, row.id))
    [event] = await database.read(everything(Event))

    assert (revision.number, revision.change, revision.author_id) == (1, Change.CREATED, "user/a")
    assert (revision.snapshot, revision.is_frozen, revision.changed) == (None, False, [])
    assert (event.sequence, event.kind, event.resource_id) == (1, EventKind.CREATED, row.id)
    assert (event.project_id, event.creator_id, event.actor_id) == ("project/p", "user/a", "user/a")


async def test_what_was_inserted_is_found_by_the_same_unit(database: Database) -> None:
    row = dataset()

    def unit(session: Session) -> bool:
        insert(session, row, author_id=None)
        return get(session, Dataset, row.id) is row

    assert await database.write(unit)


async def test_many_rows_are_found_by_their_ids(database: Database) -> None:
    rows = [dataset() for _ in range(1100)]
    await database.append(rows)
    ids = [row.id for row in rows]

    found = await database.read(lambda session: get_many(session, Dataset, [*ids, "dataset/none"]))

    assert sorted(found) == sorted(ids)
    assert await database.read(lambda session: get_many(session, Dataset, [])) == {}


async def test_a_patch_begins_a_revision_and_keeps_the_state_before(database: Database) -> None:
    row = await stored(database, name="before", tags=["a"])

    def unit(session: Session) -> tuple[bool, Dataset]:
        found = session.get_one(Dataset, row.id)
        changes = {"name": "after", "tags": ["a"], "objective_id": "000001"}
        return patch(session, found, changes, author_id="user/b", message="why"), found

    is_changed, after = await database.write(unit)
    first, second = await database.read(lambda session: revisions(session, row.id))
    before = await database.read(lambda session: at_revision(session, session.get_one(Dataset, row.id), 1))
    events = await database.read(everything(Event))

    assert is_changed
    assert (after.name, after.objective_id, after.revision) == ("after", "000001", 2)
    assert after.updated_at > row.updated_at
    assert (second.change, second.changed, second.message) == (Change.PATCHED, ["name", "objective_id"], "why")
    assert (second.author_id, second.snapshot) == ("user/b", None)
    assert first.snapshot is not None
    assert before.model_dump() == row.model_dump()
    assert [(event.kind, event.message) for event in events][1:] == [(EventKind.PATCHED, "why")]


async def test_a_patch_that_changes_nothing_leaves_no_trace(database: Database) -> None:
    row = await stored(database, name="same")

    def unit(session: Session) -> bool:
        return patch(session, session.get_one(Dataset, row.id), {"name": "same"}, author_id=None)

    assert await database.write(unit) is False
    assert len(await database.read(everything(Revision))) == 1
    assert len(await database.read(everything(Event))) == 1
    assert (await database.read(lambda session: session.get_one(Dataset, row.id))).updated_at == row.updated_at


@pytest.mark.parametrize("change", [patch, revise])
async def test_a_change_of_an_older_revision_is_a_conflict(database: Database, change: Any) -> None:
    row = await stored(database)

    def unit(session: Session) -> None:
        change(session, session.get_one(Dataset, row.id), {"name": "x"}, author_id=None, if_revision=2)

    with pytest.raises(Conflict) as refused:
        await database.write(unit)
    assert refused.value.path == ("ifRevision",)
    assert (await database.read(lambda session: session.get_one(Dataset, row.id))).name == ""


async def test_a_frozen_revision_never_changes(database: Database) -> None:
    row = await stored(database, name="draft")

    def unit(session: Session) -> None:
        found = session.get_one(Dataset, row.id)
        revise(session, found, {"name": "final"}, author_id="user/a", message="release")
        assign(session, found, {"row_count": 7})

    await database.write(unit)
    await database.write(
        lambda session: patch(session, session.get_one(Dataset, row.id), {"name": "next"}, author_id=None)
    )

    def read(session: Session) -> list[tuple[str, int, int]]:
        current = session.get_one(Dataset, row.id)
        states = [at_revision(session, current, number) for number in (1, 2, 3)]
        return [(state.name, state.row_count, state.revision) for state in states]

    assert await database.read(read) == [("draft", 0, 1), ("final", 0, 2), ("next", 7, 3)]
    history = await database.read(lambda session: revisions(session, row.id))
    assert [(each.change, each.is_frozen) for each in history] == [
        (Change.CREATED, False),
        (Change.REVISED, True),
        (Change.PATCHED, False),
    ]


async def test_the_newest_revision_is_read_as_it_was_frozen(database: Database) -> None:
    row = await stored(database)

    def unit(session: Session) -> int:
        found = session.get_one(Dataset, row.id)
        revise(session, found, {}, author_id=None)
        assign(session, found, {"row_count": 7})
        return at_revision(session, found, 2).row_count

    assert await database.write(unit) == 0


async def test_unknown_revisions_are_not_found(database: Database) -> None:
    row = await stored(database)

    def unit(session: Session) -> None:
        for number in (0, -1, 2, 2**31, 2**70):
            with pytest.raises(NotFound):
                at_revision(session, session.get_one(Dataset, row.id), number)

    await database.read(unit)


async def test_an_appended_row_gets_its_history_with_its_first_change(database: Database) -> None:
    row = prediction(name="first", creator_id="user/a", output="yes")
    await database.append([row])

    def unit(session: Session) -> list[tuple[int, Change, str | None]]:
        found = session.get_one(Prediction, row.id)
        patch(session, found, {"name": "second"}, author_id="user/b")
        assert at_revision(session, found, 1).name == "first"
        return [(each.number, each.change, each.author_id) for each in revisions(session, row.id)]

    assert await database.write(unit) == [(1, Change.CREATED, "user/a"), (2, Change.PATCHED, "user/b")]


async def test_deleting_takes_along_all_that_belongs_to_a_row(database: Database) -> None:
    row, other = dataset(content="a" * 64, job_id="job/x"), dataset(content="a" * 64)
    job = Job(id="job/x", function="f", resource_id=row.id)

    def make(session: Session) -> None:
        for each in (row, other):
            insert(session, each, author_id=None)
        session.add(job)

    await database.write(make)
    await database.write(lambda session: delete(session, session.get_one(Dataset, row.id), author_id="user/a"))

    assert [each.id for each in await database.read(everything(Dataset))] == [other.id]
    assert [each.resource_id for each in await database.read(everything(Revision))] == [other.id]
    assert await database.read(everything(Job)) == []
    event = (await database.read(everything(Event)))[-1]
    assert (event.kind, event.resource_id, event.job_id) == (EventKind.DELETED, row.id, "job/x")
    assert event.actor_id == "user/a"


async def test_deleting_a_user_or_a_webhook_takes_along_roles_and_messages(database: Database) -> None:
    user = User(id=new_id("user"), handle="a")
    hook = Webhook(id=new_id("webhook"))

    def unit(session: Session) -> None:
        session.add_all([user, hook])
        session.add(Membership(user_id=user.id, project_id="project/p", role=Role.EDITOR))
        session.add(Membership(user_id="user/b", project_id="project/p", role=Role.EDITOR))
        session.add(WebhookDelivery(id="1", webhook_id=hook.id, resource_id="dataset/x", event="finished"))
        session.flush()
        delete(session, user, author_id=None)
        delete(session, hook, author_id=None)

    await database.write(unit)

    assert [each.user_id for each in await database.read(everything(Membership))] == ["user/b"]
    assert await database.read(everything(WebhookDelivery)) == []


async def test_events_wait_in_the_session_for_whoever_sends_them(database: Database) -> None:
    row = dataset()

    def unit(session: Session) -> list[tuple[int, EventKind]]:
        insert(session, row, author_id=None)
        record(session, EventKind.LOG, row, message="line")
        return [(event.sequence, event.kind) for event in session.info["events"]]

    assert await database.write(unit) == [(1, EventKind.CREATED), (2, EventKind.LOG)]


async def test_sequence_numbers_grow_over_deletions(database: Database) -> None:
    row = dataset()
    await database.write(inserting(row))
    await database.write(lambda session: [session.delete(each) for each in session.scalars(select(Event))])
    await database.write(inserting(dataset()))

    [event] = await database.read(everything(Event))
    assert event.sequence == 2


async def test_rows_are_appended_within_a_unit(database: Database) -> None:
    rows = [prediction(), dataset(), prediction()]

    def unit(session: Session) -> None:
        append(session, [])
        append(session, rows)

    await database.write(unit)

    assert len(await database.read(everything(Prediction))) == 2
    assert len(await database.read(everything(Dataset))) == 1
    assert await database.read(everything(Event)) == []


SAMPLES: dict[type, Any] = {
    str: "text", int: 7, float: 0.1, bool: True, dt.datetime: MOMENT, list: ["a", "b"], dict: {"a": [1, None]},
}  # fmt: skip


def sample(table: type) -> Any:
    """A row whose every column has a value that is not its default."""
    values: dict[str, Any] = {}
    for column in table.__table__.c:  # type: ignore[attr-defined]
        kind = getattr(column.type, "enum_class", None)
        if kind is not None:
            values[column.key] = list(kind)[-1]
            continue
        annotation = str(table.model_fields[column.key].annotation)  # type: ignore[attr-defined]
        if annotation.startswith("list[dict"):
            values[column.key] = [SAMPLES[dict]]
            continue
        python = next(each for each in (dict, list, dt.datetime, bool, float, int, str) if each.__name__ in annotation)
        values[column.key] = SAMPLES[python]
    return table(**values)


async def test_a_snapshot_restores_every_column_of_every_table(database: Database) -> None:
    tables = [table for table in TABLES.values() if table.__module__.startswith("models.")]
    rows = [sample(table) for table in tables]
    await database.append(rows)
    await database.append(
        [Revision(resource_id=row.kind, number=7, change=Change.REVISED, snapshot=snapshot(row)) for row in rows]
    )

    def unit(session: Session) -> None:
        for table, row in zip(tables, rows, strict=True):
            values = session.get_one(Revision, (table.kind, 7)).snapshot
            assert values is not None
            assert restore(table, values).model_dump() == row.model_dump()
            assert session.get_one(table, row.id).model_dump() == row.model_dump()

    await database.read(unit)


def test_a_snapshot_of_another_version_is_restored_with_defaults() -> None:
    row = restore(Evaluation, {"id": "evaluation/x", "state": "FAILED", "gone": 1, "performance": None})

    assert (row.id, row.state, row.visibility, row.performance) == (
        "evaluation/x",
        State.FAILED,
        Visibility.PRIVATE,
        None,
    )
