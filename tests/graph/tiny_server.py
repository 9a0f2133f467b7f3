"""Runs the server process with an app of a few routes: settings come from the environment."""

import asyncio
import contextlib
import os
import sys

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route, WebSocketRoute

import graph.serve
from graph.errors import OperatorError
from graph.logs import configure
from graph.settings import Settings


def make_app(settings):
    async def hello(_request):
        return PlainTextResponse(f"port {settings.port}")

    async def slow(_request):
        await asyncio.sleep(0.5)
        return PlainTextResponse("done")

    async def endless(_request):
        async def body():
            while True:
                yield b"x"
                await asyncio.sleep(0.05)

        return StreamingResponse(body())

    async def loud(_request):
        print("somebody prints")
        raise RuntimeError("failed with api_key=topsecret")

    async def echo(socket):
        await socket.accept()
        async for text in socket.iter_text():
            await socket.send_text(text)

    @contextlib.asynccontextmanager
    async def lifespan(app):
        if settings.bootstrap == "broken:x":
            raise RuntimeError("the start failed")
        app.state.first_key = None if settings.bootstrap else "f00"
        yield
        print("closed in order", file=sys.stderr)
        if settings.bootstrap == "stuck:x":
            await asyncio.sleep(60)

    paths = {"/": hello, "/slow": slow, "/endless": endless, "/loud": loud}
    routes = [*(Route(path, run) for path, run in paths.items()), WebSocketRoute("/echo", echo)]
    return Starlette(routes=routes, lifespan=lifespan)


if __name__ == "__main__":
    graph.serve.REQUEST_GRACE_SECONDS, graph.serve.STOP_SECONDS = 1, int(os.environ.get("STOP_SECONDS", "5"))
    configure("info", is_json=False)
    try:
        graph.serve.serve(Settings.from_environment(), make_app, prepare=lambda _settings: None)
    except OperatorError as problem:
        sys.exit(str(problem))
