"""The webhook that a create call asks for."""

import hashlib
import hmac
import re

import pytest

from tests.graph.receiver import Answer, receiving
from tests.server import wait_for


def told(bigml, id, status="delivered"):
    return wait_for(lambda: bigml.get(id)["webhook"], lambda found: found["delivery"]["status"] == status, seconds=20)


def test_the_end_of_a_job_is_told_once_and_signed(bigml, receiver):
    made = bigml.create("source", data="a\n1\n", webhook={"url": receiver.url(), "secret": "mysecret"})
    assert made["webhook"] == {
        "url": receiver.url(), "secret": "mysecret", "delivery": {"method": "queue", "status": "pending"},
    }  # fmt: skip

    hook = told(bigml, made["resource"])

    (message,) = receiver.asked
    assert message.body.startswith(
        b'{"event": "finished", "message": "The source has been created", "resource": "source/'
    )
    signature = "sha1=" + hmac.new(b"mysecret", message.body, hashlib.sha1).hexdigest()
    assert message.headers["X-BigML-Signature"] == signature
    delivery = message.headers["X-BigML-Delivery"]
    timestamp = hook.pop("timestamp")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}", timestamp)
    assert hook == {
        "url": receiver.url(),
        "secret": "mysecret",
        "event": "finished",
        "signature": signature,
        "delivery": {"confirmation_id": delivery, "method": "queue", "status": "delivered"},
    }


def test_a_fault_is_told_as_an_error(bigml, receiver):
    id = bigml.create("source", data="\0\0\0\1", webhook={"url": receiver.url()})["resource"]

    assert told(bigml, id)["event"] == "error"
    assert b'"event": "error"' in receiver.asked[0].body
    assert "X-BigML-Signature" not in receiver.asked[0].headers


def test_what_is_finished_at_once_is_told_at_once(bigml, receiver, iris_dataset):
    id = bigml.create("dataset", origin=iris_dataset["resource"], webhook={"url": receiver.url()})["resource"]

    assert told(bigml, id)["event"] == "finished"
    assert f'"resource": "{id}"'.encode() in receiver.asked[0].body


def test_a_webhook_goes_with_its_resource(bigml, graph, receiver):
    id = bigml.create("project", webhook={"url": receiver.url()})["resource"]
    told(bigml, id)
    listed = "query($id: ID!) { webhooks(filter: {resourceId: {eq: $id}}) { totalCount } }"
    assert graph(listed, id=id)["totalCount"] == 1

    bigml.delete(id)

    assert graph(listed, id=id)["totalCount"] == 0


@pytest.fixture
def receiver():
    with receiving() as made:
        made.answer = lambda _asked: Answer(201)
        yield made
