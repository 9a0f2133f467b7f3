"""Forms with files in them, read as they arrive: a file goes piece by piece to wherever it is kept."""

from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect, Request

from graph.rest.dialect import BadBody
from models.errors import LimitReached

T = TypeVar("T")

TEXT_LIMIT = 4_000_000
"""Bytes that all texts of a form may have together."""
PART_LIMIT = 200

Keep = Callable[[AsyncIterator[bytes]], Awaitable[T]]
"""Takes the content of a file and says what became of it."""


@dataclass(frozen=True, slots=True)
class Upload(Generic[T]):
    """A file of a form: its name and media type as the sender says, and what became of its content."""

    name: str
    content_type: str
    kept: T


@dataclass(frozen=True, slots=True)
class Form(Generic[T]):
    """The parts of a form by their names."""

    texts: dict[str, str] = field(default_factory=dict)
    files: dict[str, Upload[T]] = field(default_factory=dict)


def is_form(request: Request) -> bool:
    """Whether the body is a multipart form."""
    return request.headers.get("content-type", "").lower().lstrip().startswith("multipart/form-data")


async def read_form(request: Request, keep: Keep[T]) -> Form[T]:
    """The form in a body. Raises BadBody when it is none, LimitReached for too many or too large texts."""
    _, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get(b"boundary")
    if not boundary:
        raise BadBody("the form has no boundary", ("body",))
    parts = _Parts(request, boundary)
    form: Form[T] = Form()
    size = count = 0
    while (headers := await parts.next()) is not None:
        count += 1
        if count > PART_LIMIT:
            raise LimitReached(f"a form may have {PART_LIMIT} parts at most", ("body",))
        name, file_name = _names(headers.get(b"content-disposition", b""))
        if file_name is not None:
            kept = await keep(parts.content())
            content_type = headers.get(b"content-type", b"").decode("latin-1")
            form.files[name] = Upload(file_name, content_type, kept)
            continue
        chunks = []
        async for chunk in parts.content():
            size += len(chunk)
            if size > TEXT_LIMIT:
                raise LimitReached(f"the texts of a form may have {TEXT_LIMIT} bytes at most", ("body",))
            chunks.append(chunk)
        form.texts[name] = _decoded(b"".join(chunks), name)
    return form


class _Parts:
    """What the parser finds in the body, in order; reads on only as far as is asked for."""

    def __init__(self, request: Request, boundary: bytes) -> None:
        self._stream = request.stream()
        self._found: deque[dict[bytes, bytes] | bytes | None] = deque()
        self._headers: dict[bytes, bytes] = {}
        self._header = [b"", b""]
        self._is_ended = False
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._headers_begin,
                "on_header_field": lambda data, start, end: self._header_part(0, data[start:end]),
                "on_header_value": lambda data, start, end: self._header_part(1, data[start:end]),
                "on_header_end": self._header_end,
                "on_headers_finished": lambda: self._found.append(self._headers),
                "on_part_data": lambda data, start, end: self._found.append(bytes(data[start:end])),
                "on_part_end": lambda: self._found.append(None),
                "on_end": self._end,
            },
        )

    async def next(self) -> dict[bytes, bytes] | None:
        """The headers of the next part, by lower-case names; None after the last one."""
        while (found := await self._take()) is not _END:
            if isinstance(found, dict):
                return found
        return None

    async def content(self) -> AsyncIterator[bytes]:
        """The content of the part whose headers came last."""
        while isinstance(found := await self._take(), bytes):
            yield found

    async def _take(self) -> "dict[bytes, bytes] | bytes | _End | None":
        while not self._found:
            if self._is_ended:
                return _END
            try:
                chunk = await anext(self._stream, b"")
                if not chunk:
                    raise BadBody("the form ends too early", ("body",))
                self._parser.write(chunk)
            except ClientDisconnect as problem:
                raise BadBody("the connection broke off in the middle of the form", ("body",)) from problem
            except FormParserError as problem:
                raise BadBody(f"the form cannot be read: {problem}", ("body",)) from problem
        return self._found.popleft()

    def _headers_begin(self) -> None:
        self._headers = {}

    def _header_part(self, place: int, data: bytes) -> None:
        self._header[place] += bytes(data)

    def _header_end(self) -> None:
        self._headers[self._header[0].lower()] = self._header[1]
        self._header = [b"", b""]

    def _end(self) -> None:
        self._is_ended = True


class _End:
    """What comes after everything."""


_END = _End()


def _names(disposition: bytes) -> tuple[str, str | None]:
    _, options = parse_options_header(disposition)
    file_name = options.get(b"filename")
    if b"name" not in options:
        raise BadBody("a part of the form has no name", ("body",))
    name = _decoded(options[b"name"], "body")
    return name, None if file_name is None else _decoded(file_name, name)


def _decoded(value: bytes, name: str) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError as problem:
        raise BadBody("must be UTF-8 text", (name,)) from problem
