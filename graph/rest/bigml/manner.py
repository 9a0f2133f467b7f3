"""How this dialect spells what all its resource types share: ids, lists, answers, webhooks and openness."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session
from starlette.responses import Response

from graph.context import Context
from graph.resolvers import resource as resolvers
from graph.resolvers.resource import Also, AlsoChange
from graph.resolvers.sharing import Openness, opened
from graph.resolvers.webhook import attach
from graph.rest.bigml.fields import FieldPage
from graph.rest.bigml.listing import listing_of, meta
from graph.rest.bigml.noun import Noun, Seen, Wish, document, look_up
from graph.rest.bigml.webhook import STYLE
from graph.rest.bigml.wire import answer, dumps, flag, full_id
from graph.rest.crud import Listing, Manner
from graph.rest.dialect import Call, Document
from graph.rest.shape import Shape
from graph.spec import Draft, Values


async def answer_row(
    call: Call,
    noun: Noun,
    row: Any,
    wish: Wish,
    *,
    headers: Mapping[str, str] | None = None,
    is_closed_box: bool = False,
    is_by_word: bool = False,
) -> Response:
    """The answer that shows one row."""
    (seen,) = await look_up(call.context, noun, [row], wish)
    seen.is_closed_box, seen.is_by_word = is_closed_box, is_by_word
    if noun.is_large and seen.content is not None:
        return answer(await asyncio.to_thread(lambda: dumps(document(noun, seen))), wish.code, headers)
    return answer(document(noun, seen), wish.code, headers)


def wish_of(call: Call) -> Wish:
    """How much of a document the caller wants."""
    return Wish(is_full=flag(call.query, "full", default=True), page=FieldPage.of(call.query))


def location(call: Call, id: str) -> str:
    """The address of a resource."""
    base = call.context.services.settings.public_url.rstrip("/")
    if not base:
        scope = call.request.scope
        base = f"{scope['scheme']}://{call.request.headers.get('host') or 'localhost'}"
    return f"{base}/andromeda/{id}"


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
    more: Values | None = values.pop("also", None)
    if not more:
        return None
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
    return listing_of(query, shape.properties, scope=shape.scope)


async def _created(call: Call, shape: Shape[Seen], row: Any, given: Document) -> Response:
    assert isinstance(shape, Noun)
    wish = Wish(code=201, has_hook=given.get("webhook") is not None)
    return await answer_row(call, shape, row, wish, headers={"location": location(call, row.id)})


async def _shown(call: Call, shape: Shape[Seen], row: Any) -> Response:
    assert isinstance(shape, Noun)
    return await answer_row(call, shape, row, wish_of(call))


async def _updated(call: Call, shape: Shape[Seen], row: Any) -> Response:
    assert isinstance(shape, Noun)
    return await answer_row(call, shape, row, Wish(code=202))


async def _listed(call: Call, shape: Shape[Seen], listing: Listing, rows: Sequence[Any]) -> Response:
    assert isinstance(shape, Noun)
    total = await resolvers.total(call.context, shape.spec, where=shape.scope)
    is_all = listing.where == shape.scope
    matching = total if is_all else await resolvers.total(call.context, shape.spec, where=listing.where)
    head = meta(call.query, call.request.scope["path"], listing, total=total, matching=matching)
    wish = Wish(is_full=flag(call.query, "full", default=False), is_one=False)
    seen = await look_up(call.context, shape, rows, wish)

    def body() -> bytes:
        return dumps({"meta": head, "objects": [document(shape, each) for each in seen]})

    return answer(await asyncio.to_thread(body) if wish.is_full and shape.is_large else body())


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
