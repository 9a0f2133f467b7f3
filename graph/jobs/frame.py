"""How the processes of the local executor talk over a stream socket: JSON values, each behind its length.

A frame is four bytes, the length of the rest as an unsigned big-endian number, and that many bytes of JSON in
UTF-8. So a message of any size arrives whole or not at all, however the socket cuts it.
"""

import socket
import struct
from collections.abc import Iterator
from typing import Any

import orjson

from graph.jobs.executor import Json

_LENGTH = struct.Struct("!I")


class FrameTooLargeError(ValueError):
    """The value takes more bytes of JSON than a frame can announce (4 GiB)."""


def encode(value: Any) -> bytes:  # Any: every JSON value, numpy's numbers and arrays included
    """Return the value as one frame; not-a-number becomes null. Raises TypeError for what JSON cannot hold."""
    body = orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY)
    if len(body) >= 1 << 32:
        raise FrameTooLargeError(f"A message of {len(body)} bytes does not fit into one frame.")
    return _LENGTH.pack(len(body)) + body


class FrameBuffer:
    """Puts the frames of a stream together from the pieces in which it arrives."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def feed(self, piece: bytes) -> Iterator[Json]:
        """Take a piece of the stream and give every object that is complete with it, in order."""
        self._bytes += piece
        start = 0
        try:
            while len(self._bytes) - start >= _LENGTH.size:
                (length,) = _LENGTH.unpack_from(self._bytes, start)
                end = start + _LENGTH.size + length
                if len(self._bytes) < end:
                    return
                body = bytes(self._bytes[start + _LENGTH.size : end])
                start = end
                yield orjson.loads(body)
        finally:
            del self._bytes[:start]


def receive(channel: socket.socket) -> Json | None:
    """Wait for one object on a blocking socket; None when the other end has closed it."""
    header = _receive_exactly(channel, _LENGTH.size)
    if header is None:
        return None
    body = _receive_exactly(channel, _LENGTH.unpack(header)[0])
    value: Json | None = None if body is None else orjson.loads(body)
    return value


def _receive_exactly(channel: socket.socket, count: int) -> bytes | None:
    piece = bytearray()
    while len(piece) < count:
        more = channel.recv(min(count - len(piece), 1 << 20))
        if not more:
            return None
        piece += more
    return bytes(piece)
