"""A load of HTTP requests from a process of its own: connections that ask again as soon as they are answered."""

import asyncio
import json
import sys
import time

import uvloop


class Connection(asyncio.Protocol):
    """One keep-alive connection; counts its answers and notes how long each took."""

    def __init__(self, request: bytes, latencies: list[float], until: float) -> None:
        self.request, self.latencies, self.until = request, latencies, until
        self.done = asyncio.get_running_loop().create_future()
        self.buffer = b""
        self.failed = 0

    def connection_made(self, transport) -> None:
        self.transport = transport
        self.send()

    def send(self) -> None:
        self.began = time.perf_counter()
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, found, body = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return
        lower = head.lower()
        at = lower.index(b"content-length:") + 15
        length = int(lower[at:].split(b"\r\n", 1)[0])
        if len(body) < length:
            return
        if not head.startswith((b"HTTP/1.1 200", b"HTTP/1.1 201")):
            self.failed += 1
        self.buffer = b""
        now = time.perf_counter()
        self.latencies.append(now - self.began)
        if now >= self.until:
            self.transport.close()
        else:
            self.send()

    def connection_lost(self, _problem) -> None:
        if not self.done.done():
            self.done.set_result(self.failed)


async def load(host: str, port: int, request: bytes, *, connections: int, seconds: float) -> dict[str, float]:
    """Requests a second, and percentiles of the latency in milliseconds."""
    loop = asyncio.get_running_loop()
    latencies: list[float] = []
    began = time.perf_counter()
    made = [
        await loop.create_connection(lambda: Connection(request, latencies, began + seconds), host, port)
        for _ in range(connections)
    ]
    failed = sum([await protocol.done for _, protocol in made])
    elapsed = time.perf_counter() - began
    latencies.sort()
    return {
        "rps": len(latencies) / elapsed,
        "p50": latencies[len(latencies) // 2] * 1e3,
        "p99": latencies[int(len(latencies) * 0.99)] * 1e3,
        "failed": failed,
    }


if __name__ == "__main__":
    order = json.load(sys.stdin)
    request = order.pop("request").encode()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(runner.run(load(request=request, **order))))
