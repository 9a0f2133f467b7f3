"""What messages of webhooks look like: the form of every style, and Modelgraph's own. How they travel is elsewhere."""

import datetime as dt
import hashlib
import hmac
from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import ClassVar, Protocol

import orjson

from models.webhook import WebhookDelivery

OWN_STYLE = "modelgraph"


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message as it is sent: its headers, its exact body, and the signature among the headers, if it is signed."""

    headers: Mapping[str, str]
    body: bytes
    signature: str | None = None


class Renderer(Protocol):
    """How messages of one style are written, and which statuses of the answer confirm them."""

    accepted: ClassVar[Container[int]]

    def render(self, delivery: WebhookDelivery, *, secret: str | None) -> Rendered:
        """The message, signed when there is a secret."""


class OwnStyle:
    """Modelgraph's own messages: one JSON object, signed with HMAC-SHA256; every 2xx answer confirms them."""

    accepted: ClassVar[Container[int]] = range(200, 300)

    def render(self, delivery: WebhookDelivery, *, secret: str | None) -> Rendered:
        """`{"event", "message", "resource", "timestamp"}`; the signature covers the body bytes."""
        moment = delivery.created_at.astimezone(dt.UTC)
        body = orjson.dumps(
            {
                "event": delivery.event,
                "message": delivery.message,
                "resource": delivery.resource_id,
                "timestamp": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            }
        )
        headers = {"Content-Type": "application/json", "X-Modelgraph-Delivery": delivery.id}
        signature = None
        if secret:
            signature = f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"
            headers["X-Modelgraph-Signature"] = signature
        return Rendered(headers, body, signature)
