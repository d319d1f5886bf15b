"""Find photos that the user downloaded by the URL that they came from.

A folder may hold what img2dataset writes (a photo beside a .json with its "url", in a folder or a
tar), files named by the SHA-256 or MD5 of the URL, and what a list says, also together.
"""

from __future__ import annotations

import hashlib
import json
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from cercafoto.training.data.pairs import MEMBER_MARK
from cercafoto.training.data.tables import opened
from cercafoto.training.training_errors import InputError

# The formats that the sources hold and Pillow reads; a WIT vector drawing (.svg) is none.
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".tif", ".tiff", ".bmp")
_HEX = frozenset("0123456789abcdef")
_HASH_LENGTHS = {32, 64}  # digits of an MD5 and of a SHA-256


class Downloaded:
    """The photos of a folder, by the URL that they came from.

    The folder is listed once, here; no photo is opened. Raises InputError for a missing folder or
    list, and for a damaged tar.
    """

    def __init__(self, folder: Path, listing: Path | None = None) -> None:
        if not folder.is_dir():
            raise InputError(f"{folder}: no such folder of photos")
        self.folder = folder
        self._by_url: dict[str, str] = {}
        self._by_hash: dict[str, str] = {}
        for file in _files(folder):
            stem, suffix = file.stem.lower(), file.suffix.lower()
            path = file.relative_to(folder).as_posix()
            if suffix == ".json":
                self._beside(file)
            elif suffix == ".tar":
                self._by_url.update(_in_shard(file, path))
            elif suffix in SUFFIXES and len(stem) in _HASH_LENGTHS and _HEX.issuperset(stem):
                self._by_hash[stem] = path
        if listing is not None:
            self._by_url.update(_listed(listing))

    def find(self, url: str) -> str | None:
        """Return a photo's path relative to the folder, or None; lists go before hashes."""
        if url in self._by_url:
            return self._by_url[url]
        for digest in (hashlib.sha256(url.encode()), hashlib.md5(url.encode())):
            if digest.hexdigest() in self._by_hash:
                return self._by_hash[digest.hexdigest()]
        return None

    def __len__(self) -> int:
        return len(self._by_url) + len(self._by_hash)

    def _beside(self, sidecar: Path) -> None:
        with sidecar.open("rb") as stream:
            url = _url(stream)
        if url is None:
            return
        for suffix in SUFFIXES:
            photo = sidecar.with_suffix(suffix)
            if photo.is_file():
                self._by_url[url] = photo.relative_to(self.folder).as_posix()
                return


def _files(folder: Path) -> Iterator[Path]:
    for where, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            yield Path(where) / name


def _in_shard(shard: Path, path: str) -> dict[str, str]:
    """Return the member of each URL: the photos of a tar that have a .json with their URL."""
    photos: dict[str, str] = {}
    urls: dict[str, str] = {}
    try:
        with tarfile.open(shard, "r:") as tar:
            for member in tar:
                key, suffix = os.path.splitext(member.name)  # noqa: PTH122 - not a path here
                if suffix.lower() in SUFFIXES:
                    photos[key] = f"{path}{MEMBER_MARK}{member.name}"
                elif suffix == ".json" and (stream := tar.extractfile(member)):
                    urls[key] = _url(stream) or ""
    except tarfile.TarError as error:
        raise InputError(f"{shard}: not an uncompressed tar, or damaged ({error})") from error
    return {url: photos[key] for key, url in urls.items() if url and key in photos}


def _url(stream: IO[bytes]) -> str | None:
    """Return the "url" of a .json; None for other JSON, such as img2dataset's statistics."""
    try:
        url = json.loads(stream.read()).get("url")
    except (ValueError, AttributeError):
        return None
    return url if isinstance(url, str) else None


def _listed(listing: Path) -> dict[str, str]:
    paths = {}
    with opened(listing) as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            url, tab, path = line.rstrip("\r\n").partition("\t")
            if not tab or not path:
                raise InputError(f"{listing}, line {number}: not url<TAB>path")
            paths[url] = path
    return paths
