import datetime as dt
import hashlib
import hmac

import pytest

from graph.rest.bigml.webhook import BigmlStyle
from models.webhook import WebhookDelivery

DELIVERY = WebhookDelivery(
    id="dd04ace6-c2c7-4c62-afff-d6514c016ad7",
    webhook_id="webhook/1",
    resource_id="model/5ba2ccc54e172745a0000000",
    event="finished",
    message="The model has been created",
    created_at=dt.datetime(2018, 9, 19, 22, 25, 11, 536000, dt.UTC),
)


def test_the_body_is_one_line_of_json_with_sorted_keys():
    rendered = BigmlStyle().render(DELIVERY, secret=None)

    assert rendered.body == (
        b'{"event": "finished", "message": "The model has been created", '
        b'"resource": "model/5ba2ccc54e172745a0000000", "timestamp": "2018-09-19 22:25:11 GMT"}'
    )
    assert rendered.headers == {
        "User-Agent": "BigML.io",
        "Content-Type": "application/json;charset=utf-8",
        "X-BigML-Delivery": "dd04ace6-c2c7-4c62-afff-d6514c016ad7",
    }
    assert rendered.signature is None


@pytest.mark.parametrize("secret", ["mysecret", "größer ✓"])
def test_the_signature_covers_the_exact_body(secret):
    rendered = BigmlStyle().render(DELIVERY, secret=secret)

    expected = f"sha1={hmac.new(secret.encode(), rendered.body, hashlib.sha1).hexdigest()}"
    assert rendered.signature == expected
    assert rendered.headers["X-BigML-Signature"] == expected


def test_the_signature_is_the_one_that_the_vendors_client_accepts():
    assert BigmlStyle().render(DELIVERY, secret="mysecret").signature == "sha1=15af3c7b7248e9db267350af3af96f9030ceb9b2"


def test_the_time_is_given_in_utc():
    zone = dt.timezone(dt.timedelta(hours=2))
    moved = DELIVERY.model_copy(update={"created_at": DELIVERY.created_at.astimezone(zone)})

    assert BigmlStyle().render(moved, secret=None).body == BigmlStyle().render(DELIVERY, secret=None).body


def test_text_beyond_ascii_is_escaped():
    named = DELIVERY.model_copy(update={"message": "größer\n✓"})

    assert b'"message": "gr\\u00f6\\u00dfer\\n\\u2713"' in BigmlStyle().render(named, secret=None).body


def test_only_201_confirms_a_message():
    assert [status for status in range(100, 600) if status in BigmlStyle.accepted] == [201]
