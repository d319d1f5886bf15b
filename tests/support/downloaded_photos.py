"""Photos that were downloaded, named as each source names them."""

from __future__ import annotations

import hashlib
from pathlib import Path

from cercafoto.training.data.sources.downloaded import Downloaded


def sha(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()


def photo(path: Path, content: bytes = b"photo") -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path.name


def hashed(folder: Path, *urls: str) -> Downloaded:
    for url in urls:
        photo(folder / f"{sha(url)}.jpg", url.encode())
    folder.mkdir(exist_ok=True)
    return Downloaded(folder)
