"""Who besides its owners may read a resource: everybody, or those who know the word of its shared address."""

from dataclasses import dataclass
from typing import Any

from graph.context import Context
from graph.resolvers.cloning import by_token, is_public, new_token
from graph.resolvers.resource import require
from graph.spec import Spec, Values
from models.errors import NotFound
from models.resource import Resource, Visibility


@dataclass(frozen=True, slots=True)
class Openness:
    """What is to change; None leaves a thing as it is.

    `is_white_box` lets readers of a public model see its inside, `is_clonable` lets those who know the word copy it.
    """

    is_public: bool | None = None
    is_shared: bool | None = None
    is_clonable: bool | None = None
    is_white_box: bool | None = None


def opened(row: Resource, openness: Openness) -> Values:
    """The columns to set. A resource that is shared already keeps its word, one that no longer is loses it."""
    values: dict[str, Any] = {}
    if openness.is_public is not None:
        values["visibility"] = Visibility.PUBLIC if openness.is_public else Visibility.PRIVATE
    if openness.is_shared is not None:
        values["share_token"] = (row.share_token or new_token()) if openness.is_shared else None
        if not openness.is_shared:
            values["is_clonable"] = False
    if openness.is_clonable is not None:
        values["is_clonable"] = openness.is_clonable
    if openness.is_white_box is not None and "is_white_box" in type(row).model_fields:
        values["is_white_box"] = openness.is_white_box
    return values


async def require_public(context: Context, spec: Spec, id: str) -> Any:
    """The row with that id, if everybody may read it. Raises NotFound."""
    row = await require(context, spec, id)
    if not is_public(row):
        raise NotFound(f"there is no public {spec.kind} {id}", ("id",))
    return row


async def require_shared(context: Context, spec: Spec, token: str) -> Any:
    """The row that is shared under that word, whoever asks. Raises NotFound."""
    row = await context.services.read(lambda session: by_token(session, spec, token))
    if row is None:
        raise NotFound(f"there is no shared {spec.kind} {token}", ("id",))
    return row
