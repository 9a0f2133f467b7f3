"""Files of resources. Source: BigML.io API documentation, and what its Python bindings need to save a file.

The content type must be anything but JSON, and the length must be known; a resource that is not ready answers its
status as JSON, upon which clients ask again.
"""

from starlette.responses import FileResponse, Response

from graph.resolvers import reading
from graph.resolvers import resource as resolvers
from graph.resolvers.job import job_of
from graph.rest.bigml.noun import Noun
from graph.rest.bigml.status import status_of
from graph.rest.bigml.wire import dumps, full_id
from graph.rest.dialect import Action, Call
from models.errors import Conflict

NOT_READY = "application/json"
"""Exactly this content type says that the body is a status."""


def download(noun: Noun) -> Action:
    """Answers the file of a resource."""

    async def action(call: Call) -> Response:
        row = await resolvers.require(call.context, noun.spec, full_id(noun.kind, call.path["id"]))
        if not row.state.is_final:
            body = dumps({"status": status_of(row, await job_of(call.context, row))})
            return Response(body, headers={"content-type": NOT_READY})
        try:
            path, media_type, file_name = await reading.download(call.context, row)
        except Conflict as problem:
            raise Conflict(f"{row.id} is faulty: there is nothing to download") from problem
        return FileResponse(path, media_type=media_type, filename=file_name)

    return action
