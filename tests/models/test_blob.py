import asyncio
import errno
import hashlib
import os
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import fsspec
import pytest

from models.blob import CHUNK, DERIVED_SECONDS, GRACE_SECONDS, BlobReference, BlobStore, Stored
from models.database import Database
from models.dataset import Dataset
from models.repository import assign, delete, insert, patch, referenced
from tests.models.factories import dataset

CONTENT = b"sepal length,species\n5.1,setosa\n"
STORED = Stored(digest=hashlib.sha256(CONTENT).hexdigest(), size=len(CONTENT), md5=hashlib.md5(CONTENT).hexdigest())


@pytest.fixture(params=["local", "remote"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    url = None if request.param == "local" else f"memory://{tmp_path.name}"
    opened = BlobStore(tmp_path / "blobs", url)
    opened.open()
    return opened


@pytest.fixture
def local(tmp_path: Path) -> BlobStore:
    opened = BlobStore(tmp_path / "blobs")
    opened.open()
    return opened


async def pieces(content: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]
        await asyncio.sleep(0)


def grow_old(path: Path, seconds: float = GRACE_SECONDS + 10) -> None:
    moment = path.stat().st_mtime - seconds
    os.utime(path, (moment, moment))


def contents(store: BlobStore) -> list[str]:
    return sorted(path.name for path in store.folder.glob("??/*"))


def test_bytes_are_stored_under_their_digest(store: BlobStore) -> None:
    assert store.put_bytes(CONTENT) == STORED
    assert store.read(STORED.digest) == CONTENT
    assert store.path(STORED.digest).name == STORED.digest
    assert store.put_bytes(CONTENT) == STORED
    assert contents(store) == [STORED.digest]
    assert list(store.incoming.iterdir()) == []


def test_a_file_is_taken_over(store: BlobStore, tmp_path: Path) -> None:
    path = tmp_path / "given.csv"
    path.write_bytes(CONTENT)

    assert store.put_file(path) == STORED
    assert store.read(STORED.digest) == CONTENT
    assert not path.exists()


def test_a_file_of_another_file_system_is_taken_over(
    local: BlobStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "given.csv"
    path.write_bytes(CONTENT)
    replace = Path.replace

    def elsewhere(self: Path, target: Path) -> Path:
        if self == path:
            raise OSError(errno.EXDEV, "another file system")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", elsewhere)

    assert local.put_file(path) == STORED
    assert local.read(STORED.digest) == CONTENT
    assert not path.exists()
    assert list(local.incoming.iterdir()) == []


def test_a_file_that_cannot_be_stored_stays_where_it_is(
    local: BlobStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "given.csv"
    path.write_bytes(CONTENT)

    def full(self: Path, target: Path) -> Path:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(Path, "replace", full)

    with pytest.raises(OSError, match="full"):
        local.put_file(path)
    assert path.read_bytes() == CONTENT
    assert contents(local) == []


@pytest.mark.parametrize("size", [0, 1, 1000, CHUNK - 1, CHUNK, 2 * CHUNK + 5])
async def test_a_stream_is_stored_whole(local: BlobStore, size: int) -> None:
    content = os.urandom(size)

    stored = await local.put_stream(pieces(content, 70_001), limit=size)

    assert stored == Stored(digest=hashlib.sha256(content).hexdigest(), size=size, md5=hashlib.md5(content).hexdigest())
    assert local.read(stored.digest) == content
    assert list(local.incoming.iterdir()) == []


@pytest.mark.parametrize("size", [11, 3 * CHUNK])
async def test_a_stream_beyond_its_limit_leaves_nothing(local: BlobStore, size: int) -> None:
    with pytest.raises(OverflowError):
        await local.put_stream(pieces(bytes(size), 100_000), limit=size - 1)

    assert contents(local) == []
    assert list(local.incoming.iterdir()) == []


async def test_a_stream_that_breaks_off_leaves_nothing(local: BlobStore) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"begin"
        raise ConnectionError("gone")

    with pytest.raises(ConnectionError):
        await local.put_stream(broken(), limit=100)

    assert contents(local) == []
    assert list(local.incoming.iterdir()) == []


async def test_a_long_stream_leaves_the_event_loop_free(local: BlobStore) -> None:
    async def big() -> AsyncIterator[bytes]:
        for _ in range(16):
            yield bytes(CHUNK)

    storing = asyncio.create_task(local.put_stream(big(), limit=1 << 30))
    turns = 0
    while not storing.done():
        await asyncio.sleep(0)
        turns += 1

    assert turns >= 16
    assert (await storing).size == 16 * CHUNK


def test_everything_is_synced_before_it_gets_its_name(local: BlobStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rename that outlives the bytes would leave an empty content after a loss of power."""
    steps: list[str] = []
    fsync, replace, mkdir = os.fsync, Path.replace, Path.mkdir

    def note_sync(descriptor: int) -> None:
        name = Path(f"/proc/self/fd/{descriptor}").resolve()
        steps.append(f"sync {'file' if name.parent == local.incoming else name.relative_to(local.folder)}")
        fsync(descriptor)

    def note_rename(self: Path, target: Path) -> Path:
        steps.append("rename")
        return replace(self, target)

    def note_mkdir(self: Path, *arguments: object, **options: object) -> None:
        steps.append(f"mkdir {self.relative_to(local.folder)}")
        mkdir(self, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "fsync", note_sync)
    monkeypatch.setattr(Path, "replace", note_rename)
    monkeypatch.setattr(Path, "mkdir", note_mkdir)

    local.put_bytes(CONTENT)

    prefix = STORED.digest[:2]
    assert steps == ["sync file", f"mkdir {prefix}", "sync .", "rename", f"sync {prefix}"]


def test_what_is_not_there_is_not_found(store: BlobStore) -> None:
    with pytest.raises(FileNotFoundError):
        store.path("0" * 64)
    assert list(store.incoming.iterdir()) == []


def test_a_remote_content_is_fetched_where_it_is_not_known(tmp_path: Path) -> None:
    here, there = (BlobStore(tmp_path / name, f"memory://{tmp_path.name}") for name in ("here", "there"))
    here.open()
    there.open()
    here.put_bytes(CONTENT)

    assert there.read(STORED.digest) == CONTENT
    assert contents(there) == [STORED.digest]


def test_only_old_contents_without_a_reference_are_collected(store: BlobStore) -> None:
    needed, young, old = (store.put_bytes(name) for name in (b"needed", b"young", b"old"))
    for each in (needed, old):
        grow_old(store.path(each.digest))
    _age_remote(store, needed.digest, old.digest)

    assert store.collect([needed.digest]) == 1

    assert contents(store) == sorted([needed.digest, young.digest])
    with pytest.raises(FileNotFoundError):
        store.path(old.digest)


def test_a_remote_content_that_only_others_have_used_is_collected(tmp_path: Path) -> None:
    here, there = (BlobStore(tmp_path / name, f"memory://{tmp_path.name}") for name in ("here", "there"))
    here.open()
    there.open()
    here.put_bytes(CONTENT)
    _age_remote(here, STORED.digest)

    assert there.collect([]) == 1
    with pytest.raises(FileNotFoundError):
        there.path(STORED.digest)


def _age_remote(store: BlobStore, *digests: str) -> None:
    files = fsspec.filesystem("memory")
    for path, file in files.store.items():
        if path.rpartition("/")[2] in digests:
            file.modified = file.modified.replace(year=2020)


def test_a_content_that_is_put_again_is_young_again(local: BlobStore) -> None:
    local.put_bytes(CONTENT)
    grow_old(local.path(STORED.digest))

    local.put_bytes(CONTENT)

    assert local.collect([]) == 0


def test_a_content_that_is_put_while_it_is_collected_stays(local: BlobStore, monkeypatch: pytest.MonkeyPatch) -> None:
    local.put_bytes(CONTENT)
    grow_old(local.path(STORED.digest))
    replace = Path.replace

    def late(self: Path, target: Path) -> Path:
        if self.name == STORED.digest:
            os.utime(self)  # as if it were put between the look at its age and the removal
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", late)

    assert local.collect([]) == 0
    assert local.read(STORED.digest) == CONTENT


def test_collecting_and_putting_at_once_lose_nothing(local: BlobStore) -> None:
    wrong: list[str] = []

    def put() -> None:
        for number in range(40):
            content = b"%d" % (number % 3)
            stored = local.put_bytes(content)
            grow_old(local.folder / stored.digest[:2] / stored.digest)
            stored = local.put_bytes(content)
            if not (local.folder / stored.digest[:2] / stored.digest).exists():
                wrong.append(stored.digest)

    putting = threading.Thread(target=put)
    putting.start()
    while putting.is_alive():
        local.collect([])
    putting.join()

    assert len(wrong) <= 3, "a content is out of sight while it is put back, and no longer"
    assert local.read(local.put_bytes(b"0").digest) == b"0"


def test_opening_clears_what_a_killed_server_left(local: BlobStore) -> None:
    half, writing = local.incoming / "half", local.incoming / "writing"
    csv, fresh = local.derived / "old.csv", local.derived / "fresh.csv"
    for path in (half, writing, csv, fresh):
        path.write_bytes(b"x")
    grow_old(half)
    grow_old(csv, DERIVED_SECONDS + 10)

    BlobStore(local.folder).open()

    assert not half.exists()
    assert not csv.exists()
    assert writing.exists()
    assert fresh.exists()


async def test_contents_are_referred_to_as_long_as_the_row_lives(database: Database) -> None:
    row = dataset(content="a" * 64, summaries="a" * 64)
    await database.write(lambda session: insert(session, row, author_id=None))
    assert await database.read(referenced) == {"a" * 64}

    def change(session):
        found = session.get_one(Dataset, row.id)
        assign(session, found, {"content": "b" * 64})
        patch(session, found, {"summaries": "c" * 64}, author_id=None)
        return found

    await database.write(change)
    assert await database.read(referenced) == {"a" * 64, "b" * 64, "c" * 64}

    await database.write(lambda session: delete(session, session.get_one(Dataset, row.id), author_id=None))
    assert await database.read(referenced) == set()
    assert BlobReference.__tablename__ == "blob_reference"
