"""How types reach each other: by id, all that one request needs of a moment in one look-up."""

from collections.abc import Sequence
from typing import Any, cast

import strawberry
from strawberry.dataloader import DataLoader

from graph.context import Context
from graph.resolvers.resource import nodes

Info = strawberry.Info[Context, None]
"""What resolvers of fields get."""


async def related(info: Info, id: str | None) -> Any:
    """The resource with that id, if there is one that the caller may see."""
    return None if id is None else await _loader(info.context).load(id)


async def related_many(info: Info, ids: Sequence[str]) -> list[Any]:
    """Those of the resources that the caller may see, in that order."""
    return [row for row in await _loader(info.context).load_many(list(ids)) if row is not None]


def _loader(context: Context) -> DataLoader[str, Any]:
    loader = context.loaded.get("nodes")
    if loader is None:

        async def load(ids: list[str]) -> Sequence[Any]:
            return await nodes(context, ids)

        loader = context.loaded["nodes"] = DataLoader(load)
    return cast("DataLoader[str, Any]", loader)
