import gzip

import pyarrow as pa
import pytest

from ml.errors import UnreadableError
from ml.reading.bytestream import ByteStream, TextStream, detect_compression
from ml.reading.options import Compression
from tests.ml.tables import written

TEXT = b"a,b\n1,2\n" * 1000
PACKED = {
    Compression.NONE: TEXT,
    Compression.GZIP: gzip.compress(TEXT),
    Compression.ZSTD: pa.compress(TEXT, codec="zstd", asbytes=True),
}


def text_of(path, encoding="utf-8", *, size=7, limit=None, by_line=True) -> bytes:
    source = ByteStream(path, compression=detect_compression(path), limit=limit)
    with TextStream(source, encoding, by_line=by_line) as stream:
        return b"".join(iter(lambda: stream.read(size), b""))


@pytest.mark.parametrize("compression", Compression)
def test_files_are_unpacked(tmp_path, compression):
    path = written(tmp_path, PACKED[compression])

    assert detect_compression(path) is compression
    assert text_of(path, size=1000) == TEXT
    assert text_of(path, size=-1) == TEXT


@pytest.mark.parametrize("compression", [Compression.GZIP, Compression.ZSTD])
def test_a_broken_package_is_refused(tmp_path, compression):
    path = written(tmp_path, PACKED[compression][:-6])

    with pytest.raises(UnreadableError, match=f"The {compression} data is damaged"):
        text_of(path)


def test_packages_one_after_the_other_are_one_file(tmp_path):
    assert text_of(written(tmp_path, PACKED[Compression.GZIP] * 2), size=1000) == TEXT * 2


@pytest.mark.parametrize(
    ("content", "encoding", "text"),
    [
        ("ä,ö\n".encode("latin-1"), "latin-1", "ä,ö\n"),
        ("ä,ö\n".encode("utf-16"), "utf-16", "ä,ö\n"),
        ("ä,ö\n".encode("utf-8-sig"), "utf-8", "ä,ö\n"),
        (b"a,\xff\n", "utf-8", "a,\ufffd\n"),
        (b"a,\x00b\n", "utf-8", "a,b\n"),
        (b"a,b", "utf-8", "a,b\n"),
        (b"a,b\r", "utf-8", "a,b\r"),
        (b"", "utf-8", ""),
    ],
)
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_every_text_comes_as_utf8(tmp_path, content, encoding, text, size):
    assert text_of(written(tmp_path, content), encoding, size=size).decode() == text


@pytest.mark.parametrize(
    ("limit", "text"),
    [
        (1, b""),
        (3, b""),
        (4, b"a,b\n"),
        (5, b"a,b\n"),
        (8, b"a,b\n1,2\n"),
        (11, b"a,b\n1,2\n3,4\n"),
        (99, b"a,b\n1,2\n3,4\n"),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 1000])
def test_a_limit_leaves_whole_lines(tmp_path, limit, text, size):
    assert text_of(written(tmp_path, b"a,b\n1,2\n3,4"), size=size, limit=limit) == text


def test_a_limit_can_also_cut_anywhere(tmp_path):
    assert text_of(written(tmp_path, b"[1,2,3]"), limit=3, by_line=False) == b"[1,\n"


def test_blocks_are_as_long_as_asked_for_until_the_end(tmp_path):
    path = written(tmp_path, "é" * 1000)
    with TextStream(ByteStream(path, compression=Compression.NONE), "utf-8") as stream:
        sizes = [len(block) for block in iter(lambda: stream.read(300), b"")]

    assert sizes == [300] * 6 + [201]


def test_the_share_read_is_told(tmp_path):
    path = written(tmp_path, TEXT)
    with ByteStream(path, compression=Compression.NONE) as stream:
        stream.read(len(TEXT) // 2)

        assert stream.share == 0.5
