"""The five things that can be done with any resource type, whatever a vendor calls them: create, show, list, update,
delete.

A dialect says how it spells ids, lists and answers; the shape of a type says the rest.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from starlette.responses import Response

from graph.resolvers import resource as resolvers
from graph.resolvers.resource import Also, AlsoChange
from graph.rest.arguments import Arguments, renamed
from graph.rest.dialect import Action, Call, Document
from graph.rest.shape import Shape, View
from graph.spec import Values
from models.errors import ResourceError
from models.page import Window
from models.query import Condition, Order

V = TypeVar("V", bound=View)


@dataclass(frozen=True, slots=True)
class Listing:
    """Which rows a caller wants to see: a condition, an order, and where the page begins."""

    window: Window
    where: Condition | None = None
    orders: Sequence[Order] = ()


@dataclass(frozen=True, slots=True)
class Manner(Generic[V]):
    """How a dialect spells what all its resource types have in common.

    `id_of` reads the id out of the path; `document` and `change` read what a create call and an update say. `also` and
    `also_change` take out of the inputs what concerns all types alike, and say what it does. `listing` reads a query
    string; `created`, `shown`, `updated`, `listed` and `deleted` make the answers.
    """

    id_of: Callable[[Call, Shape[V]], str]
    document: Callable[[Call, Shape[V]], Awaitable[Document]]
    change: Callable[[Call, Shape[V]], Awaitable[Document]]
    also: Callable[[Call, Values], Also | None]
    also_change: Callable[[Call, Values], AlsoChange | None]
    listing: Callable[[Call, Shape[V]], Listing]
    created: Callable[[Call, Shape[V], Any, Document], Awaitable[Response]]
    shown: Callable[[Call, Shape[V], Any], Awaitable[Response]]
    updated: Callable[[Call, Shape[V], Any], Awaitable[Response]]
    listed: Callable[[Call, Shape[V], Listing, Sequence[Any]], Awaitable[Response]]
    deleted: Callable[[Call, Shape[V], str], Response]


def create(manner: Manner[V], shape: Shape[V]) -> Action:
    """Makes a new resource from what the caller sent."""

    async def action(call: Call) -> Response:
        document = await manner.document(call, shape)
        values = shape.create_values(document)
        also = manner.also(call, values)
        row = await _in_their_words(resolvers.create(call.context, shape.spec, values, also=also), shape.create)
        return await manner.created(call, shape, row, document)

    return action


def show(manner: Manner[V], shape: Shape[V]) -> Action:
    """Answers one resource."""

    async def action(call: Call) -> Response:
        row = await resolvers.require(call.context, shape.spec, manner.id_of(call, shape))
        return await manner.shown(call, shape, row)

    return action


def list_page(manner: Manner[V], shape: Shape[V]) -> Action:
    """Answers a page of resources."""

    async def action(call: Call) -> Response:
        listing = manner.listing(call, shape)
        page = await resolvers.page(
            call.context, shape.spec, listing.window, where=listing.where, orders=listing.orders
        )
        return await manner.listed(call, shape, listing, page.rows)

    return action


def update(manner: Manner[V], shape: Shape[V]) -> Action:
    """Changes what the caller names of a resource and leaves the rest."""

    async def action(call: Call) -> Response:
        id = manner.id_of(call, shape)
        values = shape.update_values(await manner.change(call, shape))
        also = manner.also_change(call, values)
        row = await _in_their_words(resolvers.patch(call.context, shape.spec, id, values, also=also), shape.update)
        return await manner.updated(call, shape, row)

    return action


def delete(manner: Manner[V], shape: Shape[V]) -> Action:
    """Removes a resource."""

    async def action(call: Call) -> Response:
        id = await resolvers.delete(call.context, shape.spec, manner.id_of(call, shape))
        return manner.deleted(call, shape, id)

    return action


async def _in_their_words(work: Awaitable[Any], arguments: Arguments) -> Any:
    """What a resolver gives; its problems name the vendor's arguments."""
    try:
        return await work
    except ResourceError as problem:
        raise renamed(problem, arguments) from problem
