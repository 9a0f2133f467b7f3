"""Messages of webhooks as BigML sends them. The rest of a webhook is not this vendor's."""

import hashlib
import hmac
import json
from collections.abc import Container
from datetime import UTC
from typing import ClassVar

from graph.messages import Rendered
from models.webhook import WebhookDelivery

STYLE = "bigml"


class BigmlStyle:
    """BigML's messages: signed with HMAC-SHA1, and confirmed by the status 201 alone.

    Source: BigML.io API documentation, requests, webhooks.
    """

    accepted: ClassVar[Container[int]] = frozenset({201})

    def render(self, delivery: WebhookDelivery, *, secret: str | None) -> Rendered:
        """One line of JSON with sorted keys; the signature covers exactly these bytes."""
        document = {
            "event": delivery.event,
            "message": delivery.message,
            "resource": delivery.resource_id,
            "timestamp": delivery.created_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S GMT"),
        }
        body = json.dumps(document, sort_keys=True).encode()
        headers = {
            "User-Agent": "BigML.io",
            "Content-Type": "application/json;charset=utf-8",
            "X-BigML-Delivery": delivery.id,
        }
        signature = None
        if secret:
            signature = f"sha1={hmac.new(secret.encode(), body, hashlib.sha1).hexdigest()}"
            headers["X-BigML-Signature"] = signature
        return Rendered(headers, body, signature)
