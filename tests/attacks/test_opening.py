"""A file that replaces a photo, or that a publisher names as a photo, is not read."""

from __future__ import annotations

import html
import io
import os
import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from cercafoto import Library, Settings
from cercafoto.archive.local.catalog import Catalog
from cercafoto.archive.shared.connection import connect
from cercafoto.archive.shared.mounts import Mounts
from cercafoto.indexing.folder_choices import FolderChoices
from cercafoto.photos.opening import CHANGED, LINKED, NO_FILE, Base, PhotoFolders, open_file
from cercafoto.web.templating import with_curly_apostrophes
from tests.conftest import Cli, paint
from tests.support.web_client import visitor

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="links and pipes of POSIX")

SECRET = b"\xff\xd8\xff la chiave di casa"  # by its first bytes it could be a photo


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "privato" / "chiave.jpg"
    path.parent.mkdir()
    path.write_bytes(SECRET)
    return path


def ids(client: TestClient) -> dict[str, int]:
    found = re.findall(r'data-foto="(\d+)">\s*<img [^>]* alt="([^"]+)"', client.get("/").text)
    return {name: int(number) for number, name in found}


def like(path: Path, size: int, mtime_ns: int) -> None:
    """Give a file the size and time of another one."""
    os.truncate(path, size)
    os.utime(path, ns=(mtime_ns, mtime_ns))


def link(photo: Path, secret: Path) -> None:
    photo.symlink_to(secret)


def link_of_folder(photo: Path, secret: Path) -> None:
    """Replace the photo's folder with a link."""
    shutil.rmtree(photo.parent)
    photo.parent.symlink_to(secret.parent)
    secret.rename(secret.parent / photo.name)


@pytest.mark.parametrize("replace", [link, link_of_folder])
def test_a_link_in_the_place_of_a_photo_is_not_served(
    library: Library, tmp_path: Path, secret: Path, replace: Callable[[Path, Path], None]
) -> None:
    photo = paint(tmp_path / "foto" / "mare" / "a.png", (1, 2, 3))
    paint(tmp_path / "foto" / "b.png", (200, 2, 3))
    library.index([tmp_path / "foto"])
    with visitor(library.settings) as client:
        found = ids(client)
        before = photo.stat()
        photo.unlink()
        like(secret, before.st_size, before.st_mtime_ns)
        replace(photo, secret)
        assert photo.read_bytes().startswith(SECRET)  # so the link does lead there
        one, both = client.get(f"/originale/{found['a.png']}"), {"foto": [*found.values()]}
        for answer in (one, client.post("/scarica", data=both)):
            assert answer.status_code == 400
            assert with_curly_apostrophes(LINKED) in html.unescape(answer.text)
            assert b"chiave di casa" not in answer.content


def test_a_file_that_was_replaced_is_not_served(client: TestClient, photos: Path) -> None:
    found = ids(client)
    (photos / "rosso.png").write_bytes(SECRET)
    both = {"foto": [found["rosso.png"], found["blu.png"]]}
    for answer in (
        client.get(f"/originale/{found['rosso.png']}"),
        client.post("/scarica", data=both),
    ):
        assert answer.status_code == 400
        assert with_curly_apostrophes(CHANGED) in html.unescape(answer.text)


def test_what_is_replaced_between_the_look_and_the_sending_breaks_the_file_off(
    client: TestClient, photos: Path, secret: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The photos are checked before sending, and each is opened again when its turn comes."""
    found = ids(client)
    opened = PhotoFolders.open_indexed
    looked: list[bytes] = []

    def open_indexed(self: PhotoFolders, path: bytes, size: int, mtime_ns: int) -> object:
        looked.append(path)
        if looked.count(path) == 2 and path.endswith(b"blu.png"):
            (photos / "blu.png").unlink()
            like(secret, size, mtime_ns)
            (photos / "blu.png").symlink_to(secret)
        return opened(self, path, size, mtime_ns)

    monkeypatch.setattr(PhotoFolders, "open_indexed", open_indexed)
    with pytest.raises(zipfile.BadZipFile):
        answer = client.post("/scarica", data={"foto": [*found.values()]})
        assert b"chiave di casa" not in answer.content
        zipfile.ZipFile(io.BytesIO(answer.content))


def test_no_preview_is_made_through_a_link(
    client: TestClient, photos: Path, tmp_path: Path
) -> None:
    number = ids(client)["rosso.png"]
    (photos / "rosso.png").unlink()
    (photos / "rosso.png").symlink_to(paint(tmp_path / "privato" / "a.png", (9, 9, 9)))
    for address in ("/miniatura/{}/0.webp", "/vista/{}/0.webp"):
        answer = client.get(address.format(number))
        assert answer.status_code >= 400 and "image" not in answer.headers["content-type"]


def test_nothing_is_indexed_through_a_link_that_was_none_when_it_was_found(
    library: Library, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cercafoto.indexing import workers

    other = paint(tmp_path / "privato" / "a.png", (9, 9, 9))
    (photos / "rosso.png.xmp").write_text("<x/>")
    real = workers.read_file

    def swapped(file: workers.FoundFile, *rest: object) -> workers.ReadFile:
        if file.path.endswith(b"rosso.png"):
            Path(os.fsdecode(file.path)).unlink()
            Path(os.fsdecode(file.path)).symlink_to(other)
        return real(file, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(workers, "read_file", swapped)
    library.index([photos])
    assert [(path, LINKED in why) for path, why in library.problems()] == [
        (os.fsencode(photos / "rosso.png"), True)
    ]


def test_a_copy_is_not_made_through_a_link(
    cli: Cli, library: Library, photos: Path, tmp_path: Path, secret: Path
) -> None:
    library.index([photos])
    (photos / "rosso.png").unlink()
    (photos / "rosso.png").symlink_to(secret)
    code, _, told = cli("cerca", "rosso", "--tutte", "--copia-in", tmp_path / "copie")
    assert code == 3 and LINKED in told
    assert not (tmp_path / "copie" / "rosso.png").exists()


def test_links_that_were_indexed_are_followed(
    settings: Settings, library: Library, tmp_path: Path
) -> None:
    outside = paint(tmp_path / "disco" / "a.png", (9, 9, 9))
    (tmp_path / "foto").mkdir()
    (tmp_path / "foto" / "disco").symlink_to(outside.parent)
    library.index([tmp_path / "foto"], choices=FolderChoices(follow_links=True))
    with visitor(settings) as client:
        answer = client.get(f"/originale/{ids(client)['a.png']}")
        assert answer.content == outside.read_bytes()
    # A link to a photo that the person names is indexed.
    link = tmp_path / "una.png"
    link.symlink_to(paint(tmp_path / "disco" / "a.png", (9, 9, 9)))
    assert library.index([link]).new == 1 and library.problems() == []


def test_another_photo_behind_a_link_that_was_indexed_is_not_shown(
    settings: Settings, library: Library, tmp_path: Path
) -> None:
    """The archive follows links; a link put there later would be followed too."""
    photo = paint(tmp_path / "foto" / "a.png", (9, 9, 9))
    library.index([photo.parent], choices=FolderChoices(follow_links=True))
    with visitor(settings) as client:
        number = ids(client)["a.png"]
        photo.unlink()
        photo.symlink_to(paint(tmp_path / "privato" / "a.png", (250, 9, 9)))
        for address in ("/miniatura/{}/0.webp", "/vista/{}/0.webp", "/originale/{}"):
            answer = client.get(address.format(number))
            assert answer.status_code >= 400 and "image" not in answer.headers["content-type"]


# -- the opener itself -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda path: os.mkfifo(path), NO_FILE),
        (lambda path: path.mkdir(), NO_FILE),
        (lambda path: path.symlink_to("/dev/zero"), LINKED),
        (lambda path: path.symlink_to("b.png"), LINKED),
    ],
)
def test_only_a_regular_file_is_opened_and_without_waiting(
    tmp_path: Path, make: Callable[[Path], object], why: str
) -> None:
    (tmp_path / "b.png").write_bytes(b"x")
    make(tmp_path / "a.png")
    folder = os.fsencode(tmp_path)
    with pytest.raises(OSError, match=why):
        open_file(os.path.join(folder, b"a.png"), Base(folder, False))


@pytest.mark.parametrize("name", [b"../b.png", b"x/../../b.png", b"./../b.png", b"x/./../../b.png"])
def test_no_path_leads_out_of_the_folder(tmp_path: Path, name: bytes) -> None:
    folder = tmp_path / "foto"
    (folder / "x").mkdir(parents=True)
    (tmp_path / "b.png").write_bytes(b"x")
    base = Base(os.fsencode(folder), False)
    with pytest.raises(OSError, match=LINKED):
        open_file(os.path.join(base.folder, name), base)


def test_a_folder_that_may_be_entered_need_not_be_readable(tmp_path: Path) -> None:
    photo = paint(tmp_path / "a" / "b" / "c.png", (1, 2, 3))
    for folder in (photo.parent, photo.parent.parent):
        folder.chmod(0o311)
    try:
        with open_file(os.fsencode(photo), Base(os.fsencode(tmp_path), False)) as stream:
            assert stream.read(4) == b"\x89PNG"
    finally:
        for folder in (photo.parent.parent, photo.parent):
            folder.chmod(0o755)


# -- publishing --------------------------------------------------------------------------------


def test_a_publisher_cannot_name_files_outside_of_its_folder(
    settings: Settings, library: Library, photos: Path, shared_address: str, secret: Path
) -> None:
    """A publisher can write anything into the tables: `..` in a path is not followed."""
    library.index([photos])
    library.sharing.publish(shared_address, "casa")
    inside = b"casa:" + os.fsencode(photos)
    with connect(shared_address) as db:
        hostile = inside + b"/../privato/chiave.jpg"
        db.execute(
            "UPDATE photos SET path = %s, size = %s, mtime_ns = %s WHERE path = %s",
            [hostile, len(SECRET), secret.stat().st_mtime_ns, inside + b"/rosso.png"],
        )
    shared = Settings(
        archive=settings.archive,
        models=settings.models,
        shared=shared_address,
        mounts=(f"casa={photos}",),
        offline=True,
    )
    with visitor(shared) as client:
        answers = [client.get(f"/originale/{number}") for number in ids(client).values()]
        assert sorted(answer.status_code for answer in answers) == [200] * 4 + [400]
        assert not any(b"chiave di casa" in answer.content for answer in answers)


@pytest.mark.parametrize("root", [b"../../etc", b"relativa", b"/a/../..", b""])
def test_roots_that_lead_elsewhere_are_passed_over(root: bytes) -> None:
    mounts = Mounts({"nas": [root, b"/foto"]}, ["nas=/mnt/nas"])
    assert mounts.shown(b"nas:/foto/a.jpg") == b"/mnt/nas/a.jpg"
    assert mounts.shown(b"nas:/foto/../a.jpg") == b"nas:/foto/../a.jpg"


def test_a_path_that_leads_elsewhere_is_not_published(
    library: Library, photos: Path, shared_address: str
) -> None:
    library.index([photos])
    hostile = os.fsencode(photos) + b"/../rosso.png"
    with Catalog.create(library.settings.catalog) as catalog, catalog.transaction():
        catalog.connection.execute(
            "UPDATE photos SET path = ? WHERE path = ?",
            (hostile, os.fsencode(photos / "rosso.png")),
        )
    report = library.sharing.publish(shared_address, "casa")
    assert report.refused == (hostile,) and report.counted.new == 4
