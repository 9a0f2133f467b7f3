"""What all BigML resources have in common: members of their documents, arguments, and properties of lists.

Source: BigML.io API documentation: the tables of properties and arguments that all resource types share.
"""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from graph.rest.arguments import Argument, Arguments, Path, an_object, boolean, list_of, text, whole
from graph.rest.bigml.listing import Properties, constant, integers, members, moments, statement
from graph.rest.bigml.listing import text as texts
from graph.rest.bigml.noun import Seen
from graph.rest.bigml.problem import unsupported
from graph.rest.bigml.status import http_code_in, status_of
from graph.rest.bigml.wire import moment, reference
from graph.rest.dialect import Document
from graph.rest.shape import ABSENT, Compute
from models.errors import InvalidInput
from models.query import Not, Operator, Where
from models.resource import Resource, Visibility
from models.webhook import Delivery


def shown_hook(seen: Seen) -> Any:
    """The webhook with how far its message has come; absent when there is none, and for those who may only read."""
    if seen.hook is None or not seen.is_own:
        return ABSENT
    hook, sent = seen.hook
    found: Document = {"url": hook.url}
    if hook.secret:
        found["secret"] = hook.secret
    if sent is None:
        return {**found, "delivery": {"method": "queue", "status": "pending"}}
    status = sent.status.value.lower()
    found |= {"event": sent.event, "timestamp": moment(sent.created_at)}
    if sent.signature:
        found["signature"] = sent.signature
    if sent.status is Delivery.PENDING:
        return {**found, "delivery": {"method": "queue", "status": status}}
    return {**found, "delivery": {"confirmation_id": sent.id, "method": "queue", "status": status}}


def _shared(name: str, value: Callable[[Resource], Any]) -> dict[str, Compute[Seen]]:
    """A member that only shared resources have, for those who may change them or know the word already."""

    def find(seen: Seen) -> Any:
        return value(seen.row) if seen.row.share_token and (seen.is_own or seen.is_by_word) else ABSENT

    return {name: find}


def _sharing_key(row: Resource) -> str:
    return hashlib.sha1(f"sharing key of {row.id} {row.share_token}".encode(), usedforsecurity=False).hexdigest()


COLUMNS: Mapping[str, str] = {
    "resource": "id",
    "name": "name",
    "description": "description",
    "tags": "tags",
    "category": "category",
    "size": "size",
    "project": "project_id",
}

COMPUTED: Mapping[str, Compute[Seen]] = {
    "code": lambda seen: http_code_in(seen.row, seen.code),
    "status": lambda seen: status_of(seen.row, seen.job),
    "created": lambda seen: moment(seen.row.created_at),
    "updated": lambda seen: moment(seen.row.updated_at),
    "creator": lambda seen: seen.context.services.directory.name_of(seen.row.creator_id),
    "private": lambda seen: seen.row.visibility is Visibility.PRIVATE,
    "shared": lambda seen: seen.row.share_token is not None,
    **_shared("shared_hash", lambda row: row.share_token),
    **_shared("sharing_key", _sharing_key),
    **_shared("shared_clonable", lambda row: row.is_clonable),
    "origin": lambda seen: seen.row.origin_id or ABSENT,
    "webhook": shown_hook,
}

CONSTANTS: Mapping[str, Any] = {
    "type": 0,
    "credits": 0,
    "price": 0,
    "subscription": True,
    "configuration": None,
    "configuration_status": False,
}
"""Nothing costs anything here, and there are no configurations."""

PROPERTIES: Properties = {
    "resource": texts("id"),
    "name": texts("name"),
    "description": texts("description"),
    "tags": members("tags"),
    "category": integers("category"),
    "size": integers("size"),
    "project": texts("project_id"),
    "created": moments("created_at"),
    "updated": moments("updated_at"),
    "creator": texts("creator_id"),
    "private": statement(Where("visibility", Operator.EQ, Visibility.PRIVATE), "visibility"),
    "shared": statement(Not(Where("share_token", Operator.EQ, None)), "share_token"),
    "type": constant(0),
    "credits": constant(0),
    "price": constant(0),
    "subscription": constant(True),
}


def read_hook(value: Any, path: Path) -> Document:
    """A webhook: `{"url", "secret"}`, the secret being optional."""
    given = an_object(value, path)
    if given.get("url") is None:
        raise InvalidInput("needs a url", path)
    secret = given.get("secret")
    return {
        "url": text(given["url"], (*path, "url")),
        "secret": None if secret is None else text(secret, (*path, "secret")),
    }


LABELS: Arguments = {
    "name": Argument(text, "name", "A short label for people."),
    "description": Argument(text, "description", "What it is and where it comes from."),
    "category": Argument(whole(low=-1), "category", "A number that classifies it, 0 when nothing is said."),
    "tags": Argument(list_of(text), "tags", "Words to find it by."),
    "project": Argument(reference("project"), "project_id", "The project that it belongs to.", is_nullable=True),
    "private": Argument(boolean, "also.private", "Whether only its owners may read it."),
}

CREATE: Arguments = {
    **LABELS,
    "project": Argument(reference("project"), "project_id", "The project that it belongs to; its parent's by default."),
    "webhook": Argument(read_hook, "also.webhook", "The url that is told when it is ready, and the key of signatures."),
    "configuration": Argument(unsupported(), description="Not supported."),
}

UPDATE: Arguments = LABELS

SHARE: Arguments = {
    "shared": Argument(boolean, "also.shared", "Whether it can be read at a secret address."),
    "shared_clonable": Argument(boolean, "also.shared_clonable", "Whether those who know that address may copy it."),
}
