"""Downloaded photos are found by their URL."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from pathlib import Path

import pytest

from cercafoto.training.data.photo_store import PhotoStore
from cercafoto.training.data.sources.downloaded import Downloaded
from cercafoto.training.training_errors import InputError
from tests.support.downloaded_photos import photo, sha


def test_img2dataset_files_are_found_by_url(tmp_path: Path) -> None:
    for number, suffix in ((0, "jpg"), (1, "webp")):
        photo(tmp_path / "00000" / f"00000000{number}.{suffix}")
        sidecar = {"url": f"https://x.org/{number}", "key": "000000001", "status": "success"}
        (tmp_path / "00000" / f"00000000{number}.json").write_text(json.dumps(sidecar, indent=4))
    (tmp_path / "00000" / "000000002.json").write_text('{"url": "https://x.org/2"}')  # no photo
    (tmp_path / "00000_stats.json").write_text('{"count": 3, "successes": 2}')
    (tmp_path / "00001.json").write_text("{damaged")
    photos = Downloaded(tmp_path)
    assert photos.find("https://x.org/0") == "00000/000000000.jpg"
    assert photos.find("https://x.org/1") == "00000/000000001.webp"
    assert photos.find("https://x.org/2") is None
    assert len(photos) == 2


def test_img2dataset_shards_are_found_by_url(tmp_path: Path) -> None:
    def add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
        info = tarfile.TarInfo(name)
        info.size = len(data)
        tar.addfile(info, io.BytesIO(data))

    with tarfile.open(tmp_path / "00000.tar", "w") as tar:
        add(tar, "000000000.json", b'{"url": "https://x.org/a"}')
        add(tar, "000000000.jpg", b"photo a")
        add(tar, "000000001.json", b'{"url": "https://x.org/b"}')
    photos = Downloaded(tmp_path)
    path = photos.find("https://x.org/a")
    assert path == "00000.tar::000000000.jpg"
    assert PhotoStore(tmp_path).read(path) == b"photo a"
    assert photos.find("https://x.org/b") is None
    (tmp_path / "00001.tar").write_bytes((tmp_path / "00000.tar").read_bytes()[:700])
    with pytest.raises(InputError, match=r"00001\.tar"):
        Downloaded(tmp_path)


def test_files_named_by_a_hash_are_found_at_any_depth(tmp_path: Path) -> None:
    url = "https://x.org/perché?a=1"
    photo(tmp_path / "ab" / f"{sha(url)}.PNG")
    other = "https://x.org/b"
    photo(tmp_path / f"{hashlib.md5(other.encode()).hexdigest().upper()}.jpg")
    photo(tmp_path / "not-a-hash.jpg")
    photos = Downloaded(tmp_path)
    assert photos.find(url) == f"ab/{sha(url)}.PNG"
    assert photos.find(other) is not None
    assert len(photos) == 2


def test_a_list_goes_before_a_hash(tmp_path: Path) -> None:
    url = "https://x.org/a"
    photo(tmp_path / "photos" / f"{sha(url)}.jpg")
    listing = tmp_path / "list.tsv"
    listing.write_text(f"{url}\tmine/a b.jpg\r\n\nhttps://x.org/c\tc.jpg\n", "utf-8")
    photos = Downloaded(tmp_path / "photos", listing)
    assert photos.find(url) == "mine/a b.jpg"
    listing.write_text(f"{url}\tmine/a.jpg\nhttps://x.org/c c.jpg\n", "utf-8")
    with pytest.raises(InputError, match=r"list\.tsv, line 2"):
        Downloaded(tmp_path / "photos", listing)
    with pytest.raises(InputError, match="no such folder"):
        Downloaded(tmp_path / "absent")
