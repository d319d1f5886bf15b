"""The files of photos: shown unchanged, saved, and sent as a ZIP file made on the fly."""

from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
import time
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from PIL import Image
from starlette.testclient import TestClient

from cercafoto import Library, Settings
from cercafoto.photos.opening import PhotoFolders
from cercafoto.photos.thumbnails import WHOLE_PHOTO
from cercafoto.results.photos import Tile
from cercafoto.web import original_files
from tests.conftest import paint
from tests.support.raw_file import SIZE, dng
from tests.support.waiting import PATIENCE, until
from tests.support.web_client import visitor
from tests.support.web_server import running


def ids(client: httpx.Client, home: str = "") -> dict[str, int]:
    text = client.get(f"{home}/").text
    found = re.findall(r'data-foto="(\d+)">\s*<img [^>]* alt="([^"]+)"', text)
    return {name: int(number) for number, name in found}


def sent(client: TestClient, *numbers: object) -> bytes:
    answer = client.post("/scarica", data={"foto": [str(number) for number in numbers]})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"].startswith("attachment")
    return answer.content


def unpacked(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as found:
        assert found.testzip() is None
        assert {entry.compress_type for entry in found.infolist()} <= {zipfile.ZIP_STORED}
        return {entry.filename: found.read(entry) for entry in found.infolist()}


def zipped(photos: list[Path]) -> Iterator[bytes]:
    tiles = []
    for number, photo in enumerate(photos):
        status = photo.stat()
        about = (b"", 1, 1, None, status.st_mtime_ns, status.st_size)
        tiles.append(Tile(number, os.fsencode(photo), *about))
    return original_files.zipped(PhotoFolders(dict), tiles)


# -- one file ----------------------------------------------------------------------------------


def test_a_file_is_shown_where_every_browser_can_and_else_saved(
    client: TestClient, library: Library, photos: Path
) -> None:
    shown_everywhere = ("jpeg", "png", "gif", "webp", "avif")
    for number, ending in enumerate((*shown_everywhere, "tif", "bmp")):
        paint(photos / f"la mia.{ending}", (10, 200, number))
    library.index([photos])
    found = ids(client)
    for photo in photos.glob("la mia.*"):
        ending = photo.suffix[1:]
        is_shown = ending in shown_everywhere
        kind = f"image/{ending}" if is_shown else "application/octet-stream"
        shown = "inline" if is_shown else "attachment"
        answer = client.get(f"/originale/{found[photo.name]}")
        assert answer.content == photo.read_bytes()
        assert answer.headers["content-type"] == kind
        assert answer.headers["x-content-type-options"] == "nosniff"
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy and ("; sandbox" in policy) == (shown == "inline")
        assert "script-src 'unsafe" not in policy
        assert answer.headers["content-disposition"].startswith(f"{shown}; ")
        assert f"la%20mia.{ending}" in answer.headers["content-disposition"]


@pytest.mark.parametrize("ending", ["tif", "heic", "dng", "bmp"])
def test_what_a_browser_saves_is_shown_from_a_large_copy(
    client: TestClient, settings: Settings, library: Library, photos: Path, ending: str
) -> None:
    """The copy has all pixels up to a limit, is kept, and changes with the file."""
    photo = photos / f"grande.{ending}"
    size = (WHOLE_PHOTO + 904, 1000)
    if ending == "dng":
        pytest.importorskip("rawpy", reason="the extra that develops RAW")
        size = SIZE
        photo.write_bytes(dng())
    elif ending == "heic":
        heif = pytest.importorskip("pillow_heif", reason="the extra that reads HEIC")
        heif.from_pillow(Image.new("RGB", size, (200, 10, 10))).save(photo)
    else:
        paint(photo, (200, 10, 10), size)
    library.index([photos])
    number = ids(client)[photo.name]
    text = client.get(f"/foto/{number}").text
    (address,) = set(re.findall(r'"(/grande/[^"]+)"', text))
    assert client.get(f"/apri/{number}").headers["location"] == address  # the key o in the grid
    assert f'data-intera="{address}"' in text and "Apri in grande" in text
    answer = client.get(address)
    assert answer.headers["content-type"] == "image/webp"
    assert "immutable" in answer.headers["cache-control"]
    shown = Image.open(io.BytesIO(answer.content))
    assert max(shown.size) == min(WHOLE_PHOTO, max(size))
    assert len(list(settings.thumbnails.rglob(f"*-{WHOLE_PHOTO}.webp"))) == 1
    etag = {"If-None-Match": answer.headers["etag"]}
    assert client.get(address, headers=etag).status_code == 304
    photo.unlink()
    assert client.get(address).content == answer.content  # it was kept
    assert client.get("/grande/999999/0123456789abcdef.webp").status_code == 404


def test_what_a_browser_shows_is_enlarged_from_its_own_file(
    client: TestClient, library: Library, photos: Path
) -> None:
    library.index([photos])
    number = ids(client)["verde.png"]
    text = client.get(f"/foto/{number}").text
    assert f'data-intera="/originale/{number}"' in text and "/grande/" not in text
    assert client.get(f"/apri/{number}").headers["location"] == f"/originale/{number}"
    assert client.get("/apri/999999").status_code == 404


def test_the_type_is_that_of_the_content_not_of_the_name(
    settings: Settings, library: Library, tmp_path: Path
) -> None:
    photo = tmp_path / "foto" / "pagina.png"
    photo.parent.mkdir()
    Image.new("RGB", (60, 40), (9, 9, 9)).save(photo, "JPEG")
    library.index([photo.parent])
    with visitor(settings) as client:
        number = ids(client)["pagina.png"]
        assert client.get(f"/originale/{number}").headers["content-type"] == "image/jpeg"
        # A file that later replaces it is no photo, and is not served as one.
        before = photo.stat()
        photo.write_bytes(b"<html><script>alert(1)</script></html>".ljust(before.st_size))
        answer = client.get(f"/originale/{number}")
        assert answer.status_code == 400
        assert "è cambiata dopo l’ultimo index" in answer.text
        os.utime(photo, ns=(before.st_atime_ns, before.st_mtime_ns))
        answer = client.get(f"/originale/{number}")
        assert answer.status_code == 400
        assert "non è più una foto" in answer.text and "alert(1)" not in answer.text


def test_only_photos_of_the_archive_are_served(
    client: TestClient, photos: Path, library: Library
) -> None:
    number = ids(client)["rosso.png"]
    for address in ("/originale/999", "/originale/0"):
        assert client.get(address).status_code == 404
    (photos / "rosso.png").unlink()
    answer = client.get(f"/originale/{number}")
    assert answer.status_code == 400 and "il file non c’è più" in answer.text
    library.index([photos])
    assert client.get(f"/originale/{number}").status_code == 404
    assert client.post("/scarica", data={"foto": str(number)}).status_code == 404


def test_a_part_of_a_file_can_be_asked_for(
    client: TestClient, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = ids(client)["blu.png"]
    whole = (photos / "blu.png").read_bytes()
    size = len(whole)

    def part(wanted: str, **headers: str) -> tuple[int, bytes, str | None]:
        answer = client.get(f"/originale/{number}", headers={"Range": wanted, **headers})
        return answer.status_code, answer.content, answer.headers.get("content-range")

    assert part("bytes=2-5") == (206, whole[2:6], f"bytes 2-5/{size}")
    assert part("bytes=2-") == (206, whole[2:], f"bytes 2-{size - 1}/{size}")
    assert part("bytes=-3") == (206, whole[-3:], f"bytes {size - 3}-{size - 1}/{size}")
    assert part(f"bytes=5-{10**17}") == (206, whole[5:], f"bytes 5-{size - 1}/{size}")
    for none in (f"bytes={size}-", "bytes=-0"):
        assert part(none) == (416, b"", f"bytes */{size}")
    for other in ("bytes=0-1,3-4", "bytes=5-2", "righe=1-2", "bytes=-", f"bytes={'9' * 26}-"):
        assert part(other) == (200, whole, None)
    etag = client.get(f"/originale/{number}").headers["etag"]
    assert part("bytes=2-5", **{"If-Range": etag})[0] == 206
    assert part("bytes=2-5", **{"If-Range": '"un\'altra"'}) == (200, whole, None)
    # One photo is saved as it is.
    answer = client.post("/scarica", data={"foto": str(ids(client)["verde.png"])})
    assert answer.content == (photos / "verde.png").read_bytes()
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["content-disposition"] == 'attachment; filename="verde.png"'
    # Files that are no photos are not served.
    for given in ("", "x", "-1", "1e3", "9" * 40, "٣", "/etc/passwd"):
        answer = client.post("/scarica", data={"foto": given})
        assert answer.status_code == 400
        assert "nessuna foto" in answer.text and "<h1>" in answer.text  # a page: a form asked
    # Too many photos are refused in words.
    found = [str(number) for number in ids(client).values()]
    monkeypatch.setattr(original_files, "MOST_PHOTOS", 3)
    answer = client.post("/scarica", data={"foto": found})
    assert answer.status_code == 400
    assert "al massimo 3 foto per volta, e queste sono 5" in answer.text
    monkeypatch.setattr(original_files, "MOST_PHOTOS", 1000)
    monkeypatch.setattr(original_files, "MOST_BYTES", 100)
    answer = client.post("/scarica", data={"foto": found})
    assert answer.status_code == 400 and "al massimo" in answer.text and "GB" in answer.text


# -- saving ------------------------------------------------------------------------------------


def test_several_photos_come_in_one_file_with_their_times(
    client: TestClient, library: Library, photos: Path
) -> None:
    os.utime(photos / "blu.png", (1_600_000_000, 1_600_000_000))
    os.utime(photos / "viola.png", (0, 0))  # before any moment that ZIP can say
    library.index([photos])
    before = {path.name: path.stat() for path in photos.iterdir()}
    found = ids(client)
    data = sent(client, *found.values())
    assert unpacked(data) == {path.name: path.read_bytes() for path in photos.iterdir()}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.getinfo("blu.png").date_time == (*time.localtime(1_600_000_000)[:6],)
        assert archive.getinfo("viola.png").date_time[0] == 1980
    for path in photos.iterdir():  # nothing was written, nor touched
        assert path.stat().st_mtime_ns == before[path.name].st_mtime_ns
        assert path.stat().st_mode == before[path.name].st_mode


def test_photos_of_one_name_keep_all_of_them(
    settings: Settings, library: Library, photos: Path
) -> None:
    for folder in ("a", "b"):
        (photos / folder).mkdir()
        shutil.copy(photos / "verde.png", photos / folder / "rosso.png")
    paint(photos / "c" / "ROSSO.png", (1, 2, 3))
    library.index([photos])
    with visitor(settings) as client:
        numbers = re.findall(r'data-foto="(\d+)"', client.get("/").text)
        found = unpacked(sent(client, *numbers))
        assert len(found) == 8 and len({name.casefold() for name in found}) == 8
        assert sorted(hashlib.sha256(data).digest() for data in found.values()) == sorted(
            hashlib.sha256(path.read_bytes()).digest() for path in photos.rglob("*.png")
        )


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        ([b"/a/x.jpg", b"/b/x.jpg", b"/c/X.JPG"], ["x.jpg", "x (2).jpg", "X (3).JPG"]),
        ([b"/a/x (2).jpg", b"/a/x.jpg", b"/b/x.jpg"], ["x (2).jpg", "x.jpg", "x (3).jpg"]),
        ([b"/a/foto", b"/b/foto"], ["foto", "foto (2)"]),
        ([b"/a/\xc3\xa8.jpg", b"/b/e\xcc\x80.jpg"], ["è.jpg", "e\u0300 (2).jpg"]),
        ([b"/a/..\\..\\etc.jpg", b'/a/a:"b?.jpg'], [".._.._etc.jpg", "a__b_.jpg"]),
        ([b"/a/\xff.jpg", b"/a/riga\nnuova.jpg"], ["�.jpg", "riga_nnuova.jpg"]),
    ],
)
def test_names_in_the_file_are_of_their_own_and_lead_nowhere_else(
    paths: list[bytes], names: list[str]
) -> None:
    assert original_files.unique_names(paths) == names


def test_photos_are_never_held_in_memory_whole(tmp_path: Path) -> None:
    photos = [tmp_path / f"{number}.jpg" for number in range(4)]
    for photo in photos:
        photo.write_bytes(b"\xff\xd8\xff" + os.urandom(1 << 20) * 24)
    total = 0
    tracemalloc.start()
    for piece in zipped(photos):
        total += len(piece)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert total > 96 << 20
    assert most < 8 << 20


def test_a_file_that_is_broken_off_is_told_and_its_photos_are_closed(
    library: Library, photos: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The browser reports a broken connection, the terminal the reason."""
    psutil = pytest.importorskip("psutil")
    big = [photos / f"grande{number}.png" for number in range(4)]
    for at, path in enumerate(big):
        paint(path, (at, at, at))
        with path.open("ab") as stream:
            stream.write(bytes(20 << 20))  # more than the system takes in advance
    library.index([photos])
    with running(library.settings) as address, httpx.Client(timeout=PATIENCE) as client:
        home, own = address.split("/?")[0], {"Sec-Fetch-Site": "same-origin"}
        client.get(address)
        numbers = [n for name, n in ids(client, home).items() if name.startswith("grande")]
        asked = {"data": {"foto": numbers}, "headers": own | {"Origin": home}}
        with client.stream("POST", f"{home}/scarica", **asked) as answer:
            assert answer.status_code == 200
            pieces = answer.iter_bytes()
            next(pieces)
            for path in big:
                path.unlink()
            with pytest.raises(httpx.RemoteProtocolError):
                list(pieces)
        told = capfd.readouterr().err
        assert "Scaricamento interrotto: " in told and "Traceback" not in told
        for path in big:
            paint(path, (9, 9, 9))
            with path.open("ab") as stream:
                stream.write(bytes(20 << 20))
        with client.stream("POST", f"{home}/scarica", **asked) as answer:
            next(answer.iter_bytes())

        def is_open() -> bool:
            files = psutil.Process().open_files()
            return any(Path(one.path).name.startswith("grande") for one in files)

        until(lambda: not is_open())  # the person went away
