"""The yardstick: a Starlette route that reads JSON and answers JSON, on the settings of the server."""

import sys

import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


async def answer(request: Request) -> Response:
    """Reads the body, answers two numbers."""
    orjson.loads(await request.body())
    return Response(orjson.dumps({"probabilities": [0.1, 0.9]}), media_type="application/json")


if __name__ == "__main__":
    app = Starlette(routes=[Route("/bare", answer, methods=["POST"])])
    config = uvicorn.Config(
        app, port=int(sys.argv[1]), loop="uvloop", http="httptools", log_config=None, access_log=False, lifespan="off"
    )
    uvicorn.Server(config).run()
