"""Public and shared resources, and copies of resources.

Source: BigML.io API documentation, datasets and models, and the addresses that its Python bindings ask for.
"""

from typing import Any

from starlette.responses import Response

from graph.resolvers.sharing import require_public, require_shared
from graph.rest.arguments import Argument, Arguments, Path, text
from graph.rest.bigml.manner import answer_row, wish_of
from graph.rest.bigml.noun import Noun
from graph.rest.bigml.wire import HASH, full_id, reference
from graph.rest.dialect import Action, Call
from models.errors import InvalidInput


def read_hash(value: Any, path: Path) -> str:
    """The word of a shared address."""
    if not HASH.fullmatch(text(value, path)):
        raise InvalidInput("must be the shared_hash of a resource", path)
    return str(value)


def cloning(kind: str) -> Arguments:
    """The arguments that make a copy of a resource of that type."""
    return {
        "origin": Argument(reference(kind), "origin_id", "What to make a copy of."),
        "shared_hash": Argument(read_hash, "origin_id", "The word of the shared address of what to copy."),
    }


def show_public(noun: Noun) -> Action:
    """Answers a public resource, whoever asks; the inside of a model only if its owner shows it, or to the owner."""

    async def action(call: Call) -> Response:
        row = await require_public(call.context, noun.spec, full_id(noun.kind, call.path["id"]))
        identity = call.context.identity
        is_own = identity is not None and identity.may_read(row)
        is_closed = not getattr(row, "is_white_box", True) and not is_own
        return await answer_row(call, noun, row, wish_of(call), is_closed_box=is_closed)

    return action


def show_shared(noun: Noun) -> Action:
    """Answers the resource that is shared under a secret word, whoever asks."""

    async def action(call: Call) -> Response:
        row = await require_shared(call.context, noun.spec, call.path["hash"])
        return await answer_row(call, noun, row, wish_of(call), is_by_word=True)

    return action
