"""What all BigML resources have in common: their members, their arguments, and how they are answered."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session
from starlette.responses import Response

from graph.context import Context
from graph.resolvers import resource as resolvers
from graph.resolvers.counting import Made, numbers_made
from graph.resolvers.resource import Also, AlsoChange
from graph.resolvers.sharing import Openness, opened
from graph.resolvers.webhook import attach, attached
from graph.rest.arguments import Argument, Arguments, Path, an_object, boolean, list_of, text, whole
from graph.rest.bigml.fields import ALL_FIELDS, FieldPage
from graph.rest.bigml.listing import (
    Properties,
    constant,
    integers,
    listing_of,
    members,
    meta,
    moments,
    statement,
)
from graph.rest.bigml.listing import text as texts
from graph.rest.bigml.problem import unsupported
from graph.rest.bigml.status import http_code_in, status_of
from graph.rest.bigml.webhook import STYLE
from graph.rest.bigml.wire import answer, dumps, flag, full_id, moment, reference
from graph.rest.crud import Listing, Manner
from graph.rest.dialect import Call, Document
from graph.rest.shape import ABSENT, Compute, Shape
from graph.spec import Draft, Values
from models.errors import InvalidInput
from models.job import Job
from models.query import Not, Operator, Where
from models.resource import BuiltResource, Resource, State, Visibility
from models.webhook import Delivery, Webhook, WebhookDelivery

KEPT = frozenset({"resource", "code", "status", "name", "description"})
"""Members that no caller can leave out of a document."""


@dataclass(eq=False, slots=True)
class Seen:
    """A row with what was looked up to show it.

    `code` is that of the answer. `related` holds the rows that it was made from, by their ids, and `content` whatever
    the type keeps outside the row; both are only there in full documents.
    """

    row: Any  # Any: a row of whatever type
    context: Context
    code: int = 200
    is_full: bool = True
    page: FieldPage = ALL_FIELDS
    job: Job | None = None
    hook: tuple[Webhook, WebhookDelivery | None] | None = None
    related: Mapping[str, Resource | None] = field(default_factory=dict)
    numbers: Mapping[str, int] = field(default_factory=dict)
    content: Any = None
    is_closed_box: bool = False

    def parent(self, id: str | None) -> Any:
        """The row with that id, if it is there and the caller may see it."""
        return None if id is None else self.related.get(id)


async def _nothing(_context: Context, _seen: Seen) -> Any:
    return None


def _no_parents(_row: Any) -> Sequence[str | None]:
    return ()


@dataclass(frozen=True, eq=False)
class Noun(Shape[Seen]):
    """One BigML resource type.

    `properties` is what lists can be filtered and ordered by. `parents` names the rows that a document speaks of,
    `made` the counters, and `load` reads what is kept outside the row; `is_large` says that rendering this takes so
    long that it is done beside the event loop.
    """

    properties: Properties = field(default_factory=dict)
    parents: Callable[[Any], Sequence[str | None]] = _no_parents
    made: Mapping[str, Made] = field(default_factory=dict)
    load: Callable[[Context, Seen], Awaitable[Any]] = _nothing
    is_large: bool = False


async def look_up(
    context: Context, noun: Noun, rows: Sequence[Any], *, code: int, is_full: bool, page: FieldPage = ALL_FIELDS
) -> list[Seen]:
    """Rows with all that their documents need, looked up for all of them together."""
    seen = [Seen(row, context, code, is_full, page) for row in rows]
    if not seen:
        return seen
    ids = {id for row in rows if (id := getattr(row, "job_id", None)) is not None}
    if is_full:
        ids |= {id for row in rows for id in noun.parents(row) if id is not None}
    found = dict(zip(ids, await resolvers.nodes(context, list(ids)), strict=True)) if ids else {}
    hooks = await attached(context, [row.id for row in rows])
    for each in seen:
        job = found.get(getattr(each.row, "job_id", None) or "")
        each.job = job if isinstance(job, Job) else None
        each.hook = hooks.get(each.row.id)
        each.related = found
        if is_full:
            if noun.made:
                counted = await numbers_made(context, list(noun.made.values()), each.row.id)
                each.numbers = dict(zip(noun.made, counted, strict=True))
            if not isinstance(each.row, BuiltResource) or each.row.state is State.FINISHED:
                each.content = await noun.load(context, each)
    return seen


def document(noun: Noun, seen: Seen) -> Document:
    """The document of one row."""
    left_out = seen.page.without - KEPT if seen.is_full else noun.heavy
    return noun.render(seen, without=left_out)


async def answer_row(
    call: Call, noun: Noun, row: Any, status: int, *, is_full: bool = True, page: FieldPage = ALL_FIELDS,
    headers: Mapping[str, str] | None = None, is_closed_box: bool = False,
) -> Response:  # fmt: skip
    """The answer that shows one row."""
    (seen,) = await look_up(call.context, noun, [row], code=status, is_full=is_full, page=page)
    seen.is_closed_box = is_closed_box
    if noun.is_large and seen.content is not None:
        return answer(await asyncio.to_thread(lambda: dumps(document(noun, seen))), status, headers)
    return answer(document(noun, seen), status, headers)


def is_full(call: Call) -> bool:
    """Whether a caller wants the whole document."""
    return flag(call.query, "full", default=True)


def location(call: Call, id: str) -> str:
    """The address of a resource."""
    base = call.context.services.settings.public_url or str(call.request.base_url)
    return f"{base.rstrip('/')}/andromeda/{id}"


def _id_of(call: Call, shape: Shape[Seen]) -> str:
    return full_id(shape.kind, call.path["id"])


async def _document(call: Call, _shape: Shape[Seen]) -> Document:
    return in_scope(call, await call.document())


async def _change(call: Call, _shape: Shape[Seen]) -> Document:
    return await call.document()


def in_scope(call: Call, given: Document) -> Document:
    """What a create call says, in the project of the connection unless it names another."""
    if given.get("project") is None and call.query.get("project"):
        return {**given, "project": call.query["project"]}
    return given


def _also(_call: Call, values: Values) -> Also | None:
    """Opening a new resource to readers, and its webhook."""
    more: Values = values.pop("also", {})
    openness, hook = _openness(more), more.get("webhook")
    if hook is None and openness == Openness():
        return None

    def also(session: Session, context: Context, draft: Draft) -> Draft:
        for name, value in opened(draft.row, openness).items():
            setattr(draft.row, name, value)
        if hook is None:
            return draft
        return attach(session, context, draft, **hook, style=STYLE, path=("webhook", "url"))

    return also


def _also_change(_call: Call, values: Values) -> AlsoChange | None:
    openness = _openness(values.pop("also", {}))
    return None if openness == Openness() else lambda _session, row: opened(row, openness)


def _openness(more: Values) -> Openness:
    private = more.get("private")
    return Openness(
        is_public=None if private is None else not private,
        is_shared=more.get("shared"),
        is_clonable=more.get("shared_clonable"),
        is_white_box=more.get("white_box"),
    )


def _listing(call: Call, shape: Shape[Seen]) -> Listing:
    assert isinstance(shape, Noun)
    directory = call.context.services.directory
    query = dict(call.query)
    for name in query.keys() & {"creator", "!creator", "creator__in", "!creator__in"}:
        names = query[name].split(",") if name.endswith("__in") else [query[name]]
        query[name] = ",".join(directory.id_of(each) or "nobody" for each in names)
    return listing_of(query, shape.properties)


async def _created(call: Call, shape: Shape[Seen], row: Any) -> Response:
    assert isinstance(shape, Noun)
    return await answer_row(call, shape, row, 201, headers={"location": location(call, row.id)})


async def _shown(call: Call, shape: Shape[Seen], row: Any) -> Response:
    assert isinstance(shape, Noun)
    return await answer_row(call, shape, row, 200, is_full=is_full(call), page=FieldPage.of(call.query))


async def _updated(call: Call, shape: Shape[Seen], row: Any) -> Response:
    assert isinstance(shape, Noun)
    return await answer_row(call, shape, row, 202)


async def _listed(call: Call, shape: Shape[Seen], listing: Listing, rows: Sequence[Any]) -> Response:
    assert isinstance(shape, Noun)
    total = await resolvers.total(call.context, shape.spec)
    matching = total if listing.where is None else await resolvers.total(call.context, shape.spec, where=listing.where)
    full = flag(call.query, "full", default=False)
    seen = await look_up(call.context, shape, rows, code=200, is_full=full)
    head = meta(call.query, call.request.url.path, listing, total=total, matching=matching)
    if full and shape.is_large:
        body = await asyncio.to_thread(
            lambda: dumps({"meta": head, "objects": [document(shape, each) for each in seen]})
        )
        return answer(body)
    return answer({"meta": head, "objects": [document(shape, each) for each in seen]})


def _deleted(_call: Call, _shape: Shape[Seen], _id: str) -> Response:
    return Response(status_code=204)


MANNER: Manner[Seen] = Manner(
    id_of=_id_of,
    document=_document,
    change=_change,
    also=_also,
    also_change=_also_change,
    listing=_listing,
    created=_created,
    shown=_shown,
    updated=_updated,
    listed=_listed,
    deleted=_deleted,
)


def made_numbers(names: Iterable[str]) -> dict[str, Compute[Seen]]:
    """Members that are counters."""

    def counter(name: str) -> Compute[Seen]:
        return lambda seen: seen.numbers.get(name, 0)

    return {name: counter(name) for name in names}


def constants(**values: Any) -> dict[str, Compute[Seen]]:
    """Members that are the same in all documents."""

    def always(value: Any) -> Compute[Seen]:
        return lambda _seen: value

    return {name: always(value) for name, value in values.items()}


def shown_hook(seen: Seen) -> Any:
    """The webhook with how far its message has come; absent when there is none."""
    if seen.hook is None:
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
    return {name: lambda seen: value(seen.row) if seen.row.share_token is not None else ABSENT}


def _sharing_key(row: Resource) -> str:
    import hashlib

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
    "type": lambda _seen: 0,
    "credits": lambda _seen: 0,
    "price": lambda _seen: 0,
    "subscription": lambda _seen: True,
    "configuration": lambda _seen: None,
    "configuration_status": lambda _seen: False,
}

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
