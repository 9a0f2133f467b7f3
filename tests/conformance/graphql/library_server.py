"""The library schema on a free port of this machine, with the server and the protocols that `serve` uses.

Prints `ready <base url>` once it answers, as the real server does.
"""

import asyncio
import socket

from uvicorn import Config, Server

from tests.graph.http.library_app import library_app


async def main() -> None:
    """Serve until a signal says stop."""
    bound = socket.create_server(("127.0.0.1", 0))
    config = Config(library_app(), http="httptools", ws="websockets-sansio", lifespan="off", log_level="warning")
    server = Server(config)
    serving = asyncio.create_task(server.serve([bound]))
    while not server.started:
        await asyncio.sleep(0.01)
    print(f"ready http://127.0.0.1:{bound.getsockname()[1]}", flush=True)
    await serving


if __name__ == "__main__":
    asyncio.run(main())
