"""Addresses that want to know when something ends."""

import datetime as dt
import enum
from typing import Annotated

from sqlalchemy import String
from sqlmodel import Field

from models.columns import CREATE, FILTER, HIDDEN, LOOKUP, PATCH, UtcDateTime, now, words
from models.resource import Resource
from models.row import Row


class Delivery(enum.Enum):
    """How far the newest message to an address has come."""

    PENDING = "PENDING"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"


DELIVERY_MEANINGS = {
    Delivery.PENDING: "Nothing has happened yet, or it is being tried again.",
    Delivery.DELIVERED: "The receiver has confirmed it.",
    Delivery.FAILED: "The receiver did not confirm it in any of the tries.",
}


class Webhook(Resource, table=True):
    """An address that gets a signed message when a resource is finished or has failed."""

    kind = "webhook"

    url: Annotated[str, CREATE] = Field(
        default="", max_length=2000, sa_type=String, description="Where the message is posted."
    )
    secret: Annotated[str | None, HIDDEN] = Field(default=None, description="The key of the signature.")
    resource_id: Annotated[str | None, HIDDEN, CREATE, FILTER, LOOKUP] = Field(
        default=None,
        description="The one resource that it is about; null for every resource of the project.",
    )
    is_enabled: Annotated[bool, CREATE, PATCH, FILTER] = Field(default=True, description="Whether messages are sent.")
    style: Annotated[str, HIDDEN] = Field(default="modelgraph", description="How the message is written.")


class WebhookDelivery(Row, table=True):
    """One message to one address: kept until it is confirmed or given up, then as a log."""

    __tablename__ = "webhook_delivery"

    id: str = Field(primary_key=True, description="A UUID; the receiver sees it as the delivery id.")
    webhook_id: Annotated[str, HIDDEN] = Field(index=True)
    resource_id: str = Field(index=True, description="The id of the resource that the message is about.")
    event: str = Field(description="`finished` or `error`.")
    message: str = Field(default="", description="The sentence that it carries.")
    created_at: dt.datetime = Field(default_factory=now, sa_type=UtcDateTime, description="When it happened.")
    status: Delivery = Field(
        default=Delivery.PENDING, sa_type=words(Delivery), index=True, description="How far it has come."
    )
    attempts: int = Field(default=0, description="How often it was tried.")
    next_attempt_at: Annotated[dt.datetime | None, HIDDEN] = Field(default=None, sa_type=UtcDateTime)
    delivered_at: dt.datetime | None = Field(
        default=None, sa_type=UtcDateTime, description="When the receiver confirmed it."
    )
    signature: str | None = Field(default=None, description="The signature that was sent.")
    error: str | None = Field(default=None, description="Why the newest try failed.")
