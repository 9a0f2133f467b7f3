"""Bytes in and out besides GraphQL: uploads become sources, results are fetched as files."""

from collections.abc import AsyncIterator
from typing import Any

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from graph.context import Context, Services
from graph.credentials import context_of
from graph.resolvers import reading
from graph.resolvers import resource as resolvers
from graph.spec import Spec
from models.errors import InvalidInput, LimitReached, ResourceError
from models.model import Model

STATUS = {
    "INVALID_INPUT": 400,
    "UNAUTHENTICATED": 401,
    "NOT_PERMITTED": 403,
    "NOT_FOUND": 404,
    "CONFLICT": 409,
    "LIMIT_REACHED": 413,
    "UNAVAILABLE": 503,
}
"""HTTP statuses of domain errors at these two addresses."""


def routes(services: Services, source: Spec, downloadable: dict[str, Spec]) -> list[Route]:
    """`POST /upload` and `GET /download/<id>`, which for a model takes `?format=json|bigml|cbm|onnx|python`.

    The body of an upload is the file itself; `name`, `file_name` and `project` come in the query string. It answers
    201 with the id of the new source. Errors are `{"code", "message", "path"}`.
    """

    async def upload(request: Request) -> Response:
        return await _answer(_upload(services, source, request))

    async def download(request: Request) -> Response:
        return await _answer(_download(services, downloadable, request))

    return [
        Route("/upload", upload, methods=["POST"]),
        Route("/download/{kind}/{digits}", download, methods=["GET"]),
    ]


async def _answer(work: Any) -> Response:
    try:
        response: Response = await work
    except ResourceError as problem:
        body = {"code": problem.code, "message": problem.message, "path": [str(step) for step in problem.path]}
        headers = {"www-authenticate": "Bearer"} if problem.code == "UNAUTHENTICATED" else {}
        return _json(body, STATUS[problem.code], headers)
    return response


def _json(body: Any, status: int, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps(body), status, headers, "application/json; charset=utf-8")


async def _upload(services: Services, source: Spec, request: Request) -> Response:
    context = await context_of(services, request)
    _ = context.caller
    limit = services.settings.upload_limit_bytes
    length = request.headers.get("content-length")
    if length is not None and length.isdigit() and int(length) > limit:
        raise LimitReached(f"an upload may have {limit} bytes at most", ("body",))
    try:
        stored = await services.blobs.put_stream(_body(request), limit=limit)
    except OverflowError as problem:
        raise LimitReached(f"an upload may have {limit} bytes at most", ("body",)) from problem
    if stored.size == 0:
        raise InvalidInput("the body is empty", ("body",))
    query = request.query_params
    file_name = query.get("file_name") or query.get("fileName") or query.get("name") or "upload"
    values: dict[str, Any] = {"stored": stored, "file_name": file_name, "name": query.get("name") or file_name}
    values["content_type"] = request.headers.get("content-type", "")
    if query.get("project"):
        values["project_id"] = query["project"]
    row = await resolvers.create(context, source, values)
    body = {"id": row.id, "jobId": row.job_id, "name": row.name, "size": row.size, "state": row.state.value}
    return _json(body, 201)


async def _body(request: Request) -> AsyncIterator[bytes]:
    try:
        async for chunk in request.stream():
            yield chunk
    except ClientDisconnect as problem:
        raise InvalidInput("the connection broke off in the middle of the body", ("body",)) from problem


async def _download(services: Services, downloadable: dict[str, Spec], request: Request) -> Response:
    context: Context = await context_of(services, request)
    kind = request.path_params["kind"]
    id = f"{kind}/{request.path_params['digits']}"
    spec = downloadable.get(kind)
    if spec is None:
        raise InvalidInput(f"a {kind} cannot be downloaded", ("id",))
    row = await resolvers.require(context, spec, id)
    if isinstance(row, Model):
        found = await reading.exported(context, row, request.query_params.get("format", "json"))
        headers = {"content-disposition": f'attachment; filename="{reading.file_stem(row.name)}.{found.suffix}"'}
        return Response(found.content, headers=headers, media_type=found.media_type)
    path, media_type, file_name = await reading.download(context, row)
    return FileResponse(path, media_type=media_type, filename=file_name)
