import socket
import threading

import numpy as np
import pytest

from graph.jobs.frame import FrameBuffer, encode, receive

VALUES = [{"text": "ü" * 3}, {}, {"number": 1.5, "none": None, "list": [1, 2]}]
STREAM = b"".join(map(encode, VALUES))


def test_a_frame_is_the_length_and_the_json():
    assert encode({"a": 1}) == b'\x00\x00\x00\x07{"a":1}'


def test_numbers_of_numpy_are_numbers_and_what_is_no_number_is_null():
    value = {"a": np.float32(0.5), "b": np.arange(2), "c": float("nan")}

    assert encode(value)[4:] == b'{"a":0.5,"b":[0,1],"c":null}'


def test_what_is_no_json_is_refused():
    with pytest.raises(TypeError):
        encode({"a": object()})


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 16, 1000])
def test_frames_are_put_together_from_pieces_of_any_size(size):
    buffer = FrameBuffer()
    pieces = [STREAM[start : start + size] for start in range(0, len(STREAM), size)]

    assert [value for piece in pieces for value in buffer.feed(piece)] == VALUES


def test_a_frame_is_not_given_twice_when_its_reader_stops():
    buffer = FrameBuffer()
    frames = buffer.feed(STREAM)
    assert next(frames) == VALUES[0]
    frames.close()

    assert list(buffer.feed(b"")) == VALUES[1:]


def test_an_object_is_received_whole():
    ours, theirs = socket.socketpair()
    value = {"text": "x" * 5_000_000}
    with ours, theirs:
        sending = threading.Thread(target=theirs.sendall, args=(encode(value),))
        sending.start()
        received = receive(ours)
        sending.join()

    assert received == value


@pytest.mark.parametrize(
    "sent", [b"", STREAM[:2], STREAM[:10]], ids=["nothing", "part of the length", "part of the value"]
)
def test_nothing_is_received_from_a_closed_end(sent):
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            theirs.sendall(sent)
        assert receive(ours) is None
