"""Contents kept elsewhere: behind any address that fsspec knows, such as `s3://bucket/prefix`."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import fsspec

from models.columns import now, to_utc


class FsspecRemote:
    """A folder of some file system, with contents named by their digests."""

    def __init__(self, url: str) -> None:
        self._files, self._root = fsspec.core.url_to_fs(url)

    def put(self, path: Path, digest: str) -> None:
        """Keeps a copy of a file under a digest."""
        self._files.makedirs(f"{self._root}/{digest[:2]}", exist_ok=True)
        self._files.put_file(str(path), self._path(digest))

    def get(self, digest: str, path: Path) -> None:
        """Writes a content to a file. Raises FileNotFoundError when there is none."""
        self._files.get_file(self._path(digest), str(path))

    def ages(self) -> Iterator[tuple[str, float]]:
        """All digests, with the seconds since each was put."""
        self._files.invalidate_cache()
        for path in self._files.find(self._root):
            moment: dt.datetime = to_utc(self._files.modified(path))
            yield path.rpartition("/")[2], (now() - moment).total_seconds()

    def remove(self, digest: str) -> None:
        """Forgets a content."""
        self._files.rm_file(self._path(digest))

    def _path(self, digest: str) -> str:
        return f"{self._root}/{digest[:2]}/{digest}"
