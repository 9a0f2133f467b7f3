import asyncio
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosedError

from graph.serve import StartError, bind

SERVER = "tests.graph.tiny_server"


@contextmanager
def started(folder, **settings):
    """A server process, its address once it answers; what it printed is in files of the folder."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "MODELGRAPH_DATA_DIR": str(folder / "data"),
        "MODELGRAPH_PORT": "0",
        **{f"MODELGRAPH_{name.upper()}": value for name, value in settings.items()},
    }
    output, errors = folder / "output", folder / "errors"
    with output.open("wb") as out, errors.open("wb") as err:
        process = subprocess.Popen([sys.executable, "-m", SERVER], stdout=out, stderr=err, env=environment, cwd=folder)
        try:
            until = time.monotonic() + 20
            while not output.read_text().endswith("\n") and process.poll() is None and time.monotonic() < until:
                time.sleep(0.02)
            yield process, output.read_text().strip().removeprefix("ready ")
        finally:
            process.kill()
            process.wait()


async def test_a_server_from_its_start_to_its_end(tmp_path):
    with started(tmp_path) as (process, url):
        port = int(url.rpartition(":")[2])
        assert url == f"http://127.0.0.1:{port}"

        async with httpx2.AsyncClient(base_url=url) as client, connect(url.replace("http", "ws") + "/echo") as echo:
            assert (await client.get("/?api_key=topsecret")).text == f"port {port}"
            assert (await client.get("/loud?api_key=topsecret")).status_code == 500
            await echo.send("hello")
            assert await echo.recv() == "hello"
            slow = asyncio.create_task(client.get("/slow"))
            endless = asyncio.create_task(client.get("/endless"))
            await asyncio.sleep(0.3)

            process.send_signal(signal.SIGTERM)
            began = time.monotonic()
            assert (await slow).text == "done"
            with pytest.raises(ConnectionClosedError):
                await echo.recv()
            with pytest.raises(httpx2.RemoteProtocolError):
                await endless
            assert await asyncio.to_thread(process.wait, 10) == 0

        assert time.monotonic() - began < 3
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))
    errors = (tmp_path / "errors").read_text()
    assert (tmp_path / "output").read_text() == f"ready {url}\n"
    assert "admin key f00\n" in errors
    assert "somebody prints" in errors
    assert "failed with api_key=***" in errors
    assert "closed in order" in errors
    assert "topsecret" not in errors
    assert "CancelledError" not in errors


def test_a_folder_belongs_to_one_server_until_it_ends_in_whatever_way(tmp_path):
    with started(tmp_path, bootstrap="a:b") as (first, _):
        (tmp_path / "second").mkdir()
        with started(tmp_path / "second", data_dir=str(tmp_path / "data")) as (second, url):
            assert (second.wait(5), url) == (1, "")
        expected = f"the data folder {tmp_path / 'data'} is in use by another server (process {first.pid})\n"
        assert (tmp_path / "second" / "errors").read_text() == expected

        first.kill()
        first.wait()
    with started(tmp_path, bootstrap="a:b") as (third, url):
        assert url.startswith("http://127.0.0.1:")
        third.send_signal(signal.SIGINT)
        assert third.wait(5) == 0
    assert "admin key" not in (tmp_path / "errors").read_text()


def test_an_end_that_is_stuck_is_cut_off(tmp_path, monkeypatch):
    monkeypatch.setenv("STOP_SECONDS", "1")
    with started(tmp_path, bootstrap="stuck:x") as (process, _):
        process.send_signal(signal.SIGTERM)
        assert process.wait(6) == 0
    assert "it took longer than 1 s to stop" in (tmp_path / "errors").read_text()


def test_an_app_that_cannot_start_ends_the_server(tmp_path):
    with started(tmp_path, bootstrap="broken:x") as (process, url):
        assert process.wait(5) == 3
        assert url == ""
    assert "the start failed" in (tmp_path / "errors").read_text()


def test_tls_auto_serves_with_the_certificate_of_the_folder(tmp_path):
    with started(tmp_path, tls="auto", host="localhost") as (_, url):
        trusted = ssl.create_default_context(cafile=tmp_path / "data" / "tls" / "certificate.pem")

        assert url.startswith("https://localhost:")
        assert httpx2.get(url, verify=trusted).status_code == 200


def test_all_addresses_of_a_host_share_a_port():
    sockets = bind("localhost", 0)

    assert sockets[0].family == socket.AF_INET
    assert len({each.getsockname()[1] for each in sockets}) == 1
    for each in sockets:
        each.close()


def test_a_port_in_use_is_named():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(StartError) as refused:
            bind("localhost", port)

    assert str(refused.value) == f"cannot listen on localhost port {port}: Address already in use"


@pytest.mark.parametrize(
    ("host", "message"),
    [
        ("no such host", "the host no such host cannot be found"),
        ("192.0.2.1", "cannot listen on 192.0.2.1 port 0: Cannot assign requested address"),
    ],
)
def test_a_host_that_is_not_this_machine_is_named(host, message):
    with pytest.raises(StartError) as refused:
        bind(host, 0)

    assert str(refused.value).startswith(message)
