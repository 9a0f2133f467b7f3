"""Files that come as forms: the file goes straight to where contents are kept, the texts become arguments.

Source: BigML.io API documentation, sources, creating a source using a local file.
"""

from collections.abc import AsyncIterator
from typing import Any

import orjson

from graph.resolvers.source import store
from graph.rest.arguments import Arguments, MissingArgument, text
from graph.rest.dialect import Call, Document
from graph.rest.multipart import read_form
from models.blob import Stored
from models.errors import InvalidInput

WORDS = {"True": True, "False": False, "None": None}
"""How Python clients write what JSON writes as true, false and null."""


async def read_upload(call: Call, arguments: Arguments) -> Document:
    """The arguments of a form with a part `file`; its content is `stored`. Raises MissingArgument without a file."""
    _ = call.context.caller

    async def keep(chunks: AsyncIterator[bytes]) -> Stored:
        return await store(call.context, chunks)

    form = await read_form(call.request, keep)
    file = form.files.get("file")
    if file is None:
        raise MissingArgument("one part of the form must be a file", ("file",))
    if file.kept.size == 0:
        raise InvalidInput("is empty", ("file",))
    document: Document = {name: _value(name, given, arguments) for name, given in form.texts.items()}
    content_type = file.content_type.partition(";")[0].strip()
    return {**document, "stored": file.kept, "file_name": file.name[:500], "content_type": content_type}


def _value(name: str, given: str, arguments: Arguments) -> Any:
    """What the text of a part means: numbers, lists and objects come as JSON, booleans as Python writes them."""
    argument = arguments.get(name)
    if argument is not None and argument.read is text:
        return given
    if given in WORDS:
        return WORDS[given]
    try:
        return orjson.loads(given)
    except orjson.JSONDecodeError:
        return given
