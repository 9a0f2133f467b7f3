import asyncio
import ssl
import time

import pytest

from graph.addresses import Downloaded, download, post
from graph.settings import Settings
from graph.tls import certificate
from models.errors import InvalidInput, LimitReached, Unavailable
from tests.graph.receiver import Answer, free_port, receiving
from tests.graph.test_destination import resolve_to

ROWS = b"a,b\n" + b"1,2\n" * 50_000


@pytest.fixture
def receiver():
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def target(tmp_path):
    return tmp_path / "file"


def fetch(url, to, **options):
    return download(url, to, **{"limit_bytes": 1_000_000, "timeout": 5, "allow_private": True, **options})


def test_a_download_keeps_every_byte_and_says_what_it_got(receiver, target):
    receiver.answer = lambda _: Answer(headers={"Content-Type": "Text/CSV; charset=utf-8"}, body=ROWS)
    seen = []

    got = fetch(receiver.url("/data/ir%20is.csv?x=1"), target, progress=lambda done, total: seen.append((done, total)))

    assert got == Downloaded("ir is.csv", "text/csv", len(ROWS))
    assert target.read_bytes() == ROWS
    assert seen[-1] == (len(ROWS), len(ROWS))
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    (asked,) = receiver.asked
    assert (asked.method, asked.path) == ("GET", "/data/ir%20is.csv?x=1")
    assert asked.headers["Accept-Encoding"] == "identity"
    assert asked.headers["User-Agent"] == "Modelgraph"


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('attachment; filename="rows.csv"', "rows.csv"),
        ("attachment; filename*=UTF-8''gr%C3%B6%C3%9Fe.csv", "größe.csv"),
        ('attachment; filename="../../etc/passwd"', "passwd"),
        ('attachment; filename="C:\\\\data\\\\a.csv"', "a.csv"),
        ('attachment; filename=".."', ""),
        (f'attachment; filename="{"a" * 300}"', "a" * 200),
        ("inline", "path.csv"),
    ],
)
def test_the_name_of_a_download_is_never_a_path(receiver, target, disposition, name):
    receiver.answer = lambda _: Answer(headers={"Content-Disposition": disposition})

    assert fetch(receiver.url("/a/path.csv"), target).file_name == name


def test_a_download_without_a_length_reports_no_total(receiver, target):
    receiver.answer = lambda _: Answer(body=b"abc", chunked=True)
    seen = []

    fetch(receiver.url("/"), target, progress=lambda done, total: seen.append((done, total)))

    assert seen == [(3, None)]


@pytest.mark.parametrize("chunked", [False, True])
def test_a_download_beyond_the_limit_leaves_nothing(receiver, target, chunked):
    receiver.answer = lambda _: Answer(body=b"0123456789a", chunked=chunked)

    with pytest.raises(LimitReached):
        fetch(receiver.url(), target, limit_bytes=10)

    assert not target.exists()


def test_a_download_of_exactly_the_limit_is_kept(receiver, target):
    receiver.answer = lambda _: Answer(body=b"0123456789")

    assert fetch(receiver.url(), target, limit_bytes=10).size == 10


def test_a_download_that_breaks_off_leaves_nothing(receiver, target):
    receiver.answer = lambda _: Answer(headers={"Content-Length": "100"}, body=b"abc")

    with pytest.raises(Unavailable) as broken:
        fetch(receiver.url(), target)

    assert broken.value.message == "the connection to 127.0.0.1 broke"
    assert not target.exists()


@pytest.mark.parametrize(
    ("status", "error"), [(404, InvalidInput), (401, InvalidInput), (429, Unavailable), (503, Unavailable)]
)
def test_a_refused_download_tells_the_status(receiver, target, status, error):
    receiver.answer = lambda _: Answer(status, body=b"no")

    with pytest.raises(error, match=f"127.0.0.1 answered {status}"):
        fetch(receiver.url("/?api_key=secret"), target)

    assert not target.exists()


def test_a_host_that_does_not_listen_is_unavailable(target):
    with pytest.raises(Unavailable) as refused:
        fetch(f"http://127.0.0.1:{free_port()}/", target)

    assert refused.value.message == "127.0.0.1 cannot be reached"


def test_a_host_that_is_silent_is_unavailable(receiver, target):
    receiver.answer = lambda _: Answer(delay=1.0)

    with pytest.raises(Unavailable) as silent:
        fetch(receiver.url(), target, timeout=0.2)

    assert silent.value.message == "127.0.0.1 did not answer in time"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed(receiver, target, status):
    receiver.answer = lambda asked: (
        Answer(body=b"there") if asked.path == "/b/c.csv" else Answer(status, {"Location": "../b/c.csv"})
    )

    assert fetch(receiver.url("/a/x.csv"), target).file_name == "c.csv"
    assert target.read_bytes() == b"there"


@pytest.mark.parametrize(("hops", "follows"), [(5, True), (6, False)])
def test_redirects_end_after_five(receiver, target, hops, follows):
    def answer(asked):
        done = int(asked.path[1:])
        return Answer(body=b"end") if done == hops else Answer(302, {"Location": f"/{done + 1}"})

    receiver.answer = answer

    if follows:
        assert fetch(receiver.url("/0"), target).size == 3
    else:
        with pytest.raises(InvalidInput, match="more than 5 times"):
            fetch(receiver.url("/0"), target)
    assert len(receiver.asked) == 6


@pytest.mark.parametrize("location", ["http://127.0.0.1:{port}/", "http://localhost:{port}/", "file:///etc/passwd"])
def test_a_redirect_to_what_may_not_be_fetched_is_refused(receiver, target, location):
    with receiving() as secret:
        receiver.answer = lambda _: Answer(302, {"Location": location.format(port=secret.port)})

        with pytest.raises(InvalidInput):
            fetch(receiver.url(), target, allow_private=False, own_origins=[receiver.url("")])

        assert len(receiver.asked) == 1
        assert secret.asked == []


def test_a_name_is_resolved_once_and_stays_in_the_host_header(receiver, target, monkeypatch):
    asked = resolve_to(monkeypatch, moving_example=["127.0.0.1"])

    fetch(receiver.url(host="moving.example"), target)

    assert asked == ["moving.example"]
    assert receiver.asked[0].headers["Host"] == f"moving.example:{receiver.port}"


def test_the_next_address_is_tried_when_one_does_not_listen(receiver, target, monkeypatch):
    resolve_to(monkeypatch, two_example=["127.0.0.9", "127.0.0.1"])

    assert fetch(receiver.url(host="two.example"), target).size == 0


def test_certificates_are_checked_against_the_name_that_was_asked_for(tmp_path, target, monkeypatch):
    shown = certificate(Settings(data_dir=tmp_path, tls="auto", public_url="https://good.example"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(shown.chain, shown.key)
    resolve_to(monkeypatch, good_example=["127.0.0.1"], bad_example=["127.0.0.1"])

    with receiving(context) as receiver:
        receiver.answer = lambda _: Answer(body=b"safe")
        assert fetch(receiver.url(host="good.example"), target, certificate=shown.chain).size == 4
        with pytest.raises(Unavailable, match=r"the certificate of bad.example is not valid: Hostname mismatch"):
            fetch(receiver.url(host="bad.example"), target, certificate=shown.chain)
        with pytest.raises(Unavailable, match=r"the certificate of good.example is not valid: self-signed"):
            fetch(receiver.url(host="good.example"), target)


async def send(url, **options):
    return await post(url, **{"headers": {}, "body": b"{}", "timeout": 5, "allow_private": True, **options})


@pytest.mark.parametrize("status", [200, 201, 302, 404, 500])
async def test_a_post_sends_the_exact_bytes_and_returns_the_status(receiver, status):
    receiver.answer = lambda _: Answer(status, {"Location": "/elsewhere"}, b"ignored")

    assert await send(receiver.url("/hook?a=b"), headers={"User-Agent": "X", "X-Y": "z"}, body=b'{"a": 1}') == status

    (asked,) = receiver.asked
    assert (asked.method, asked.path, asked.body) == ("POST", "/hook?a=b", b'{"a": 1}')
    assert asked.headers["User-Agent"] == "X"
    assert asked.headers["X-Y"] == "z"
    assert asked.headers["Host"] == f"127.0.0.1:{receiver.port}"


async def test_a_post_to_a_private_address_is_refused(receiver):
    with pytest.raises(InvalidInput, match=r"127.0.0.1 is not a public address"):
        await send(receiver.url(), allow_private=False)

    assert receiver.asked == []


async def test_a_post_has_one_time_for_everything():
    async def drip(_reader, writer):
        while not writer.is_closing():
            writer.write(b"H")
            await asyncio.sleep(0.05)

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    began = time.monotonic()

    with pytest.raises(Unavailable) as late:
        await send(f"http://127.0.0.1:{port}/", timeout=0.3)

    assert late.value.message == "there was no answer within 0.3 s"
    assert time.monotonic() - began < 1
    server.close()
    await asyncio.sleep(0.1)


async def test_a_post_to_nobody_is_unavailable():
    with pytest.raises(Unavailable, match=r"127.0.0.1 cannot be reached"):
        await send(f"http://127.0.0.1:{free_port()}/")
