"""Contents as files named by their digest, and who refers to them."""

import asyncio
import errno
import hashlib
import os
import secrets
import shutil
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from sqlmodel import Field

from models.row import Row

CHUNK = 1 << 20
GRACE_SECONDS = 3600
"""How long a content may lie without a reference before it is collected: longer than any transaction takes."""


DERIVED_SECONDS = 86_400


class BlobReference(Row, table=True):
    """Says that a resource, or one of its revisions, needs a content. Gone with the resource."""

    __tablename__ = "blob_reference"

    owner_id: str = Field(primary_key=True)
    digest: str = Field(primary_key=True, index=True)


@dataclass(frozen=True, slots=True)
class Stored:
    """A content that is safely stored: its SHA-256, its MD5, and its size in bytes."""

    digest: str
    size: int
    md5: str = ""


class Remote(Protocol):
    """Another place that keeps contents: what `BlobStore` needs of it."""

    def put(self, path: Path, digest: str) -> None:
        """Keeps a copy of a file under a digest."""

    def get(self, digest: str, path: Path) -> None:
        """Writes a content to a file. Raises FileNotFoundError when there is none."""

    def ages(self) -> Iterator[tuple[str, float]]:
        """All digests, with the seconds since each was put."""

    def remove(self, digest: str) -> None:
        """Forgets a content."""


class BlobStore:
    """Contents in a folder of this machine, or behind any address that fsspec knows, with a local copy of what is used.

    A content is written under a temporary name, synced, and then renamed to its digest: it is there whole or not at
    all, also after a loss of power. Several server processes may share the folder.
    """

    def __init__(self, folder: Path, url: str | None = None) -> None:
        self.folder = folder
        self.incoming = folder / "incoming"
        self.derived = folder / "derived"
        """For files that can be made again from contents: they are cleared a day after they were made."""
        self._remote = _remote(url) if url else None

    def open(self) -> None:
        """Makes the folders, and clears what a killed server left half written."""
        for folder in (self.incoming, self.derived):
            folder.mkdir(parents=True, exist_ok=True)
        self._clear()

    def path(self, digest: str) -> Path:
        """Where a content lies on this machine, fetched there first when it lives elsewhere.

        Raises FileNotFoundError when there is no such content.
        """
        local = self._local(digest)
        if not local.exists():
            self._fetch(digest, local)
        return local

    def read(self, digest: str) -> bytes:
        """The whole content. Raises FileNotFoundError when there is none."""
        return self.path(digest).read_bytes()

    def put_bytes(self, content: bytes) -> Stored:
        """Stores a content that is in memory."""
        with self._temporary() as temporary:
            sums = _Sums()
            with temporary.open("wb") as file:
                sums.write(file, content)
                _sync(file)
            return self._keep(temporary, sums)

    def put_file(self, path: Path) -> Stored:
        """Takes over a file; afterwards it is gone from where it was."""
        sums = _Sums()
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                sums.add(chunk)
            os.fsync(file.fileno())
        try:
            return self._keep(path, sums)
        except OSError as problem:
            if problem.errno != errno.EXDEV:
                raise
        with self._temporary() as temporary:  # from another file system: a rename works beside the target only
            with path.open("rb") as source, temporary.open("wb") as file:
                shutil.copyfileobj(source, file, CHUNK)
                _sync(file)
            stored = self._keep(temporary, sums)
        path.unlink()
        return stored

    async def put_stream(self, chunks: AsyncIterator[bytes], *, limit: int) -> Stored:
        """Stores what arrives piece by piece. Raises OverflowError, keeping nothing, beyond `limit` bytes."""
        sums, waiting = _Sums(), bytearray()
        with self._temporary() as temporary, temporary.open("wb") as file:
            async for chunk in chunks:
                waiting += chunk
                if sums.size + len(waiting) > limit:
                    raise OverflowError(f"the content is larger than {limit} bytes")
                if len(waiting) >= CHUNK:  # the event loop has better things to do than to add up a megabyte
                    await asyncio.to_thread(sums.write, file, bytes(waiting))
                    waiting.clear()
            sums.write(file, bytes(waiting))
            await asyncio.to_thread(_sync, file)
            return await asyncio.to_thread(self._keep, temporary, sums)

    def collect(self, referenced: Iterable[str]) -> int:
        """Removes contents that nobody refers to and that are older than the grace period; says how many.

        `referenced` is read before: what is put again meanwhile is young, and stays.
        """
        keep, removed = set(referenced), set()
        if self._remote is not None:
            for digest, age in self._remote.ages():
                if digest not in keep and age > GRACE_SECONDS:
                    self._remote.remove(digest)
                    removed.add(digest)
        for path in self.folder.glob("??/*"):
            if path.name not in keep and self._remove_old(path):
                removed.add(path.name)
        self._clear()
        return len(removed)

    def _local(self, digest: str) -> Path:
        return self.folder / digest[:2] / digest

    @contextmanager
    def _temporary(self) -> Iterator[Path]:
        path = self.incoming / secrets.token_hex(8)
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)

    def _keep(self, path: Path, sums: "_Sums") -> Stored:
        stored = sums.stored()
        target = self._local(stored.digest)
        self._move(path, target)
        if self._remote is not None:
            self._remote.put(target, stored.digest)
        return stored

    def _move(self, path: Path, target: Path) -> None:
        if not target.parent.exists():
            target.parent.mkdir(exist_ok=True)
            _sync_folder(self.folder)
        os.utime(path)  # young again, however old the file was, before anybody can see it under its new name
        path.replace(target)
        _sync_folder(target.parent)

    def _fetch(self, digest: str, local: Path) -> None:
        if self._remote is None:
            raise FileNotFoundError(digest)
        with self._temporary() as temporary:
            self._remote.get(digest, temporary)
            with temporary.open("rb") as file:
                os.fsync(file.fileno())
            self._move(temporary, local)

    def _remove_old(self, path: Path) -> bool:
        """Removes a content unless it is young, also when somebody puts it again at this very moment."""
        if _age(path) <= GRACE_SECONDS:
            return False
        with self._temporary() as aside:
            path.replace(aside)
            is_old = _age(aside) > GRACE_SECONDS
            if not is_old:
                aside.replace(path)
        return is_old

    def _clear(self) -> None:
        """Removes half written files, unless somebody may still be writing them, and derived ones of yesterday."""
        for folder, seconds in ((self.incoming, GRACE_SECONDS), (self.derived, DERIVED_SECONDS)):
            for path in folder.iterdir():
                with suppress(FileNotFoundError):  # it has just been finished
                    if _age(path) > seconds:
                        path.unlink()


class _Sums:
    """The digests and the size of what was added so far."""

    def __init__(self) -> None:
        self.size = 0
        self._sha = hashlib.sha256()
        self._md5 = hashlib.md5(usedforsecurity=False)

    def add(self, chunk: bytes) -> None:
        self.size += len(chunk)
        self._sha.update(chunk)
        self._md5.update(chunk)

    def write(self, file: BinaryIO, chunk: bytes) -> None:
        self.add(chunk)
        file.write(chunk)

    def stored(self) -> Stored:
        return Stored(digest=self._sha.hexdigest(), size=self.size, md5=self._md5.hexdigest())


def _remote(url: str) -> Remote:
    from models.remote import FsspecRemote  # nobody else needs the library

    return FsspecRemote(url)


def _age(path: Path) -> float:
    return time.time() - path.stat().st_mtime


def _sync(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
