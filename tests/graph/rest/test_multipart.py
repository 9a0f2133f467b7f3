"""Forms read as they arrive."""

import pytest
from starlette.requests import Request

from graph.rest import multipart
from graph.rest.dialect import BadBody
from graph.rest.multipart import is_form, read_form
from models.errors import LimitReached

BOUNDARY = "xyz"


def request(chunks, content_type=f"multipart/form-data; boundary={BOUNDARY}", disconnects=False):
    messages = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    messages.append({"type": "http.disconnect"} if disconnects else {"type": "http.request", "body": b""})

    async def receive():
        return messages.pop(0)

    scope = {"type": "http", "method": "POST", "path": "/", "headers": [(b"content-type", content_type.encode())]}
    return Request(scope, receive)


def part(name, content, file_name=None, content_type=None):
    lines = [f"--{BOUNDARY}", f'Content-Disposition: form-data; name="{name}"']
    if file_name is not None:
        lines[1] += f'; filename="{file_name}"'
    if content_type is not None:
        lines.append(f"Content-Type: {content_type}")
    return "\r\n".join([*lines, "", ""]).encode() + content + b"\r\n"


END = f"--{BOUNDARY}--\r\n".encode()


def keeper():
    seen = []

    async def keep(chunks):
        content = b""
        async for chunk in chunks:
            seen.append(len(chunk))
            content += chunk
        return content

    keep.seen = seen
    return keep


@pytest.mark.parametrize("size", [1, 7, 10_000])
async def test_parts_are_found_wherever_the_body_is_cut(size):
    body = (
        part("before", "größe".encode())
        + part("file", b"a,b\r\n--xy\n1,2\n", 'ñandú \\"x\\".csv', "text/csv")
        + part("after", b"[1, 2]")
        + END
        + b"epilogue"
    )
    keep = keeper()

    form = await read_form(request([body[at : at + size] for at in range(0, len(body), size)]), keep)

    assert form.texts == {"before": "größe", "after": "[1, 2]"}
    (file,) = form.files.values()
    assert (file.kept, file.content_type) == (b"a,b\r\n--xy\n1,2\n", "text/csv")
    assert file.name == 'ñandú "x".csv'


async def test_a_file_is_passed_on_in_pieces_while_it_arrives():
    keep = keeper()
    body = part("file", b"x" * 50_000, "f") + END

    await read_form(request([body[at : at + 1000] for at in range(0, len(body), 1000)]), keep)

    assert sum(keep.seen) == 50_000
    assert max(keep.seen) <= 1000


@pytest.mark.parametrize(
    ("chunks", "options"),
    [
        ([b"no form at all"], {}),
        ([part("a", b"1")], {}),
        ([part("file", b"1" * 10, "f")[:-5]], {}),
        ([part("file", b"1", "f")], {"disconnects": True}),
        ([part("a", b"1") + END], {"content_type": "multipart/form-data"}),
        ([part("a", b"\xff") + END], {}),
        ([b"--xyz\r\nContent-Type: text/plain\r\n\r\nx\r\n" + END], {}),
    ],
    ids=["no form", "no end", "cut off", "disconnected", "no boundary", "not UTF-8", "no name"],
)
async def test_a_broken_form_is_refused(chunks, options):
    with pytest.raises(BadBody):
        await read_form(request(chunks, **options), keeper())


async def test_texts_and_parts_are_bounded(monkeypatch):
    monkeypatch.setattr(multipart, "TEXT_LIMIT", 10)
    monkeypatch.setattr(multipart, "PART_LIMIT", 2)

    with pytest.raises(LimitReached):
        await read_form(request([part("a", b"x" * 6) + part("b", b"x" * 6) + END]), keeper())
    with pytest.raises(LimitReached):
        await read_form(request([part("a", b"") + part("b", b"") + part("c", b"") + END]), keeper())


def test_only_multipart_forms_are_forms():
    assert is_form(request([], "Multipart/Form-Data; boundary=x"))
    assert not is_form(request([], "application/json"))
