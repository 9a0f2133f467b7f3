import asyncio
import datetime as dt
import hashlib
import hmac
import threading
import time

import orjson
import pytest
from sqlmodel import SQLModel

from graph.context import Services
from graph.jobs.bus import Bus
from graph.messages import OwnStyle
from graph.rest.bigml.webhook import STYLE, BigmlStyle
from graph.settings import Settings
from graph.webhooks import PER_RECEIVER, Deliverer
from models.blob import BlobStore
from models.columns import now
from models.database import make_database
from models.ids import new_id
from models.webhook import Delivery, Webhook, WebhookDelivery
from tests.graph.receiver import Answer, free_port, receiving

WHEN = dt.datetime(2026, 1, 2, 3, 4, 5, 678901, dt.UTC)


@pytest.fixture
async def services(tmp_path):
    database = make_database(f"sqlite:///{tmp_path}/test.db")
    await database.open()
    await database.write(lambda session: SQLModel.metadata.create_all(session.connection()))
    settings = Settings(data_dir=tmp_path, allow_private_urls=True)
    yield Services(settings, database, BlobStore(tmp_path / "blobs"), Bus())
    await database.close()


@pytest.fixture
async def deliverer(services):
    deliverer = Deliverer(services, {STYLE: BigmlStyle()}, back_off=(0.05, 0.1), timeout=2.0)
    await deliverer.start()
    yield deliverer
    await deliverer.close()


@pytest.fixture
def receiver():
    with receiving() as receiver:
        yield receiver


async def hook(services, url, **values):
    row = Webhook(id=new_id("webhook"), url=url, **values)
    await services.write(lambda session: session.add(row))
    return row.id


async def message(services, webhook_id, id, **values):
    row = WebhookDelivery(
        **{
            "id": id,
            "webhook_id": webhook_id,
            "resource_id": "model/5ba2ccc54e172745a0000000",
            "event": "finished",
            "message": "The model has been created",
            "created_at": WHEN,
            "next_attempt_at": now(),
            **values,
        }
    )
    await services.write(lambda session: session.add(row))
    return row.id


async def ended(services, id, seconds=5.0):
    """The delivery once it is not pending any more."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        row = await services.read(lambda session: session.get(WebhookDelivery, id))
        if row.status is not Delivery.PENDING:
            return row
        await asyncio.sleep(0.01)
    raise AssertionError(f"{id} is still pending: {row}")


async def test_a_message_in_our_own_style_is_posted_once(services, deliverer, receiver):
    await message(services, await hook(services, receiver.url("/hook"), secret="mysecret"), "d1")

    deliverer.wake()
    row = await ended(services, "d1")

    (asked,) = receiver.asked
    assert asked.path == "/hook"
    assert orjson.loads(asked.body) == {
        "event": "finished",
        "message": "The model has been created",
        "resource": "model/5ba2ccc54e172745a0000000",
        "timestamp": "2026-01-02T03:04:05.678Z",
    }
    signature = f"sha256={hmac.new(b'mysecret', asked.body, hashlib.sha256).hexdigest()}"
    assert asked.headers["X-Modelgraph-Signature"] == signature
    assert asked.headers["X-Modelgraph-Delivery"] == "d1"
    assert asked.headers["Content-Type"] == "application/json"
    assert (row.status, row.attempts, row.signature, row.error) == (Delivery.DELIVERED, 1, signature, None)
    assert row.delivered_at is not None
    assert row.next_attempt_at is None


def test_a_message_without_a_secret_is_not_signed():
    rendered = OwnStyle().render(WebhookDelivery(id="d", created_at=WHEN), secret=None)

    assert rendered.signature is None
    assert set(rendered.headers) == {"Content-Type", "X-Modelgraph-Delivery"}


async def test_what_is_pending_at_the_start_is_delivered(services, receiver):
    later = now() + dt.timedelta(hours=1)
    await message(services, await hook(services, receiver.url()), "d1", next_attempt_at=later, attempts=1)
    deliverer = Deliverer(services, {})

    await deliverer.start()
    row = await ended(services, "d1")
    await deliverer.close()

    assert (row.status, row.attempts) == (Delivery.DELIVERED, 2)


async def test_what_is_under_way_at_the_end_is_delivered_by_the_next_start(services, receiver, monkeypatch):
    monkeypatch.setattr("graph.webhooks.CLOSING_SECONDS", 0.05)
    receiver.answer = lambda _: Answer(delay=0.5)
    webhook_id = await hook(services, receiver.url())
    first = Deliverer(services, {})
    await first.start()
    await message(services, webhook_id, "d1")
    first.wake()
    while not receiver.asked:
        await asyncio.sleep(0.01)

    await first.close()
    left = await services.read(lambda session: session.get(WebhookDelivery, "d1"))
    receiver.answer = lambda _: Answer()
    second = Deliverer(services, {})
    await second.start()
    row = await ended(services, "d1")
    await second.close()

    assert (left.status, left.attempts) == (Delivery.PENDING, 0)
    assert (row.status, row.attempts) == (Delivery.DELIVERED, 1)
    assert {asked.headers["X-Modelgraph-Delivery"] for asked in receiver.asked} == {"d1"}


async def test_an_end_waits_a_moment_for_answers(services, receiver):
    receiver.answer = lambda _: Answer(delay=0.2)
    await message(services, await hook(services, receiver.url()), "d1")
    deliverer = Deliverer(services, {})
    await deliverer.start()
    while not receiver.asked:
        await asyncio.sleep(0.01)

    await deliverer.close()

    row = await services.read(lambda session: session.get(WebhookDelivery, "d1"))
    assert row.status is Delivery.DELIVERED


async def test_a_refused_message_is_tried_three_times(services, deliverer, receiver):
    times = []

    def answer(_asked):
        times.append(time.monotonic())
        return Answer(500)

    receiver.answer = answer
    await message(services, await hook(services, receiver.url()), "d1")

    deliverer.wake()
    row = await ended(services, "d1")

    assert (row.status, row.attempts, row.error) == (Delivery.FAILED, 3, "the receiver answered 500")
    assert row.delivered_at is None
    assert len(times) == 3
    assert times[1] - times[0] >= 0.05
    assert times[2] - times[1] >= 0.1


async def test_a_message_is_delivered_when_a_later_try_succeeds(services, deliverer, receiver):
    receiver.answer = lambda _: Answer(204 if len(receiver.asked) == 3 else 503)
    await message(services, await hook(services, receiver.url()), "d1")

    deliverer.wake()
    row = await ended(services, "d1")

    assert (row.status, row.attempts, row.error) == (Delivery.DELIVERED, 3, None)


@pytest.mark.parametrize(("status", "attempts"), [(201, 1), (200, 3), (202, 3), (302, 3)])
async def test_bigml_messages_are_confirmed_by_201_alone(services, deliverer, receiver, status, attempts):
    receiver.answer = lambda _: Answer(status, {"Location": receiver.url("/other")})
    await message(services, await hook(services, receiver.url(), style="bigml", secret="s"), "d1")

    deliverer.wake()
    row = await ended(services, "d1")

    assert row.status is (Delivery.DELIVERED if status == 201 else Delivery.FAILED)
    assert row.attempts == attempts
    assert {asked.path for asked in receiver.asked} == {"/"}
    assert receiver.asked[0].headers["X-BigML-Signature"] == row.signature


async def test_a_receiver_that_does_not_listen_is_tried_again(services, deliverer):
    await message(services, await hook(services, f"http://127.0.0.1:{free_port()}/"), "d1")

    deliverer.wake()
    row = await ended(services, "d1")

    assert (row.status, row.attempts, row.error) == (Delivery.FAILED, 3, "127.0.0.1 cannot be reached")


async def test_a_private_receiver_is_refused_at_once(services, receiver):
    services.settings = Settings(data_dir=services.settings.data_dir)
    deliverer = Deliverer(services, {})
    await message(services, await hook(services, receiver.url()), "d1")

    await deliverer.start()
    row = await ended(services, "d1")
    await deliverer.close()

    assert (row.status, row.attempts, row.error) == (Delivery.FAILED, 1, "127.0.0.1 is not a public address")
    assert receiver.asked == []


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"is_enabled": False}, "the webhook is switched off"),
        ({"style": "unknown"}, "there is no style 'unknown'"),
    ],
)
async def test_what_cannot_be_sent_is_given_up_at_once(services, deliverer, receiver, values, error):
    await message(services, await hook(services, receiver.url(), **values), "d1")

    deliverer.wake()
    row = await ended(services, "d1")

    assert (row.status, row.attempts, row.error) == (Delivery.FAILED, 1, error)
    assert receiver.asked == []


async def test_messages_of_a_deleted_webhook_are_given_up(services, deliverer):
    for number in range(5):
        await message(services, "webhook/gone", f"d{number}")

    deliverer.wake()

    assert (await ended(services, "d4")).error == "the webhook was deleted"


async def test_a_slow_receiver_does_not_hold_up_the_others(services, deliverer, receiver):
    release = threading.Event()
    under_way, most = 0, 0
    counting = threading.Lock()

    def slow(_asked):
        nonlocal under_way, most
        with counting:
            under_way += 1
            most = max(most, under_way)
        release.wait(5)
        with counting:
            under_way -= 1
        return Answer()

    receiver.answer = slow
    with receiving() as quick:
        slow_hook, quick_hook = await hook(services, receiver.url("/slow")), await hook(services, quick.url("/quick"))
        for number in range(30):
            await message(services, slow_hook, f"slow{number}")
        for number in range(5):
            await message(services, quick_hook, f"quick{number}")

        deliverer.wake()
        for number in range(5):
            assert (await ended(services, f"quick{number}")).status is Delivery.DELIVERED
        assert len(receiver.asked) == PER_RECEIVER

        release.set()
        for number in range(30):
            assert (await ended(services, f"slow{number}")).status is Delivery.DELIVERED
    assert most == PER_RECEIVER
    assert len(receiver.asked) == 30


async def test_the_database_is_looked_at_without_being_asked_to(services, receiver):
    webhook_id = await hook(services, receiver.url())
    deliverer = Deliverer(services, {}, look_seconds=0.05)
    await deliverer.start()

    await message(services, webhook_id, "d1")
    row = await ended(services, "d1")
    await deliverer.close()

    assert row.status is Delivery.DELIVERED


async def test_two_servers_on_one_database_send_a_message_once(services, receiver):
    webhook_id = await hook(services, receiver.url())
    both = [Deliverer(services, {}), Deliverer(services, {})]
    for deliverer in both:
        await deliverer.start()
    for number in range(20):
        await message(services, webhook_id, f"d{number}")

    for deliverer in both:
        deliverer.wake()
    for number in range(20):
        await ended(services, f"d{number}")
    for deliverer in both:
        await deliverer.close()

    assert len(receiver.asked) == 20
