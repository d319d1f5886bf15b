"""The gallery of `--html`: a folder or a file that shows photos and tells nothing else of them."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from getpass import getuser
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import pytest
from PIL import Image

from cercafoto import Settings
from cercafoto.base.atomic_file import PARTIAL
from cercafoto.base.paths import file_address
from cercafoto.cli import gallery_files
from cercafoto.library import Library
from cercafoto.web import gallery
from tests.conftest import PAINT, Cli, paint
from tests.support.clips import GREEN, RED, make_clip
from tests.support.optional_packages import needs


class Page(HTMLParser):
    """A parsed page: its elements with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._inside = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._inside = tag

    def handle_data(self, data: str) -> None:
        if self._inside not in ("style", "script"):
            self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def page_of(path: Path) -> Page:
    return Page(path.read_text("utf-8"))


def pictures(path: Path) -> list[tuple[str, bytes]]:
    """Return (media type, bytes) of the pictures in a file, or in the folder of one."""
    found = list[tuple[str, bytes]]()
    for image in page_of(path).all("img"):
        source = image["src"] or ""
        if source.startswith("data:"):
            kind, _, data = source.removeprefix("data:").partition(";base64,")
            found.append((kind, base64.b64decode(data, validate=True)))
        else:
            kind = {".jpg": "image/jpeg", ".webp": "image/webp"}[Path(source).suffix]
            found.append((kind, (path.parent / source).read_bytes()))
    return found


def everything(target: Path) -> Iterator[bytes]:
    """Yield each byte that is sent: names, files, and pictures that are inside a file."""
    files = [target] if target.is_file() else sorted(target.rglob("*"))
    for path in files:
        yield os.fsencode(path.relative_to(target.parent))
        if path.is_file():
            yield path.read_bytes()
    for _, picture in pictures(target if target.is_file() else target / "index.html"):
        yield picture


GONE = 2**22 + 1  # no process has this number
NAMES = ["galleria.html", "galleria"]


@pytest.mark.parametrize("name", NAMES)
def test_the_photos_in_order_and_nothing_loaded_from_elsewhere(
    cli: Cli, indexed: Path, tmp_path: Path, name: str
) -> None:
    target = tmp_path / name
    code, _, err = cli("cerca", "rosso", "-n", "3", "--html", target)
    assert code == 0 and f"La galleria è in {target}: 3 foto, " in err
    assert target.is_file() == name.endswith(".html")
    path = target if target.is_file() else target / "index.html"
    page = page_of(path)
    shown = pictures(path)
    assert [kind for kind, _ in shown] == ["image/webp", "image/jpeg"] * 3
    for kind, data in shown[:2]:
        with Image.open(io.BytesIO(data)) as picture:
            assert picture.get_format_mimetype() == kind
            assert picture.convert("RGB").getpixel((5, 5)) == pytest.approx(PAINT["rosso"], abs=12)
    # It is Italian and describes its pictures; without a script the links turn the photos.
    assert page.all("html") == [{"lang": "it"}] and "3 foto" in page.text
    assert [image["alt"] for image in page.all("img")][::2] == ["foto 1", "foto 2", "foto 3"]
    links = [str(a["href"]) for a in page.all("a") if "download" not in a]
    assert links[:4] == ["#foto-1", "#foto-2", "#posto-1", "#foto-2"]
    ids = {f"#{attributes.get('id')}" for _, attributes in page.elements}
    assert set(links) <= ids
    # The page loads nothing but its pictures, and runs only its own script.
    for _, attributes in page.elements:
        assert not [name for name in attributes if name.startswith("on")]
        assert re.match(r"data:|foto/|miniature/", attributes.get("src") or "data:")
    assert not page.all("link")
    html = path.read_text("utf-8")
    assert "import " not in html and "http:" not in html and "https:" not in html
    (policy,) = [m["content"] or "" for m in page.all("meta") if "http-equiv" in m]
    assert policy.startswith("default-src 'none'; img-src 'self' file: data:; ")
    for tag in ("style", "script"):
        (text,) = re.findall(rf"<{tag}[^>]*>(.*?)</{tag}>", html, re.S)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


@pytest.fixture
def private(cli: Cli, tmp_path: Path) -> Path:
    """A folder of photos whose names, folders and metadata tell much."""
    folder = tmp_path / "casa di Anna" / "Visita medica"
    folder.mkdir(parents=True)
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x013B] = "Marcamia", "Modellomio", "Anna Rossini"
    exif[0x010E] = "Dal dottor Segretini"
    exif.get_ifd(0x8769).update({0xA431: "SERIALE-4711", 0x9003: "2019:08:14 10:30:00"})
    exif.get_ifd(0x8825).update({1: "N", 2: (45.0, 39.0, 7.5), 3: "E", 4: (13.0, 46.0, 9.5)})
    packet = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><!-- Segretini 45,39 --></x:xmpmeta>"
    for number, ending in enumerate(("jpg", "png", "webp", "tif")):
        image = Image.new("RGB", (90 + number, 60), PAINT["rosso"])
        keep: dict[str, Any] = {} if ending == "png" else {"xmp": packet}
        image.save(folder / f"referto {number}.{ending}", exif=exif, **keep)
    assert cli("index", folder)[0] == 0
    return folder


@pytest.mark.parametrize("name", NAMES)
def test_no_byte_tells_who_sent_it_or_what_the_originals_tell(
    cli: Cli, private: Path, tmp_path: Path, home: Path, name: str
) -> None:
    (private / "referto 0.jpg").with_suffix(".jpg.xmp").write_text("Segretini")
    target = tmp_path / "da inviare" / name
    target.parent.mkdir()
    assert cli("cerca", "rosso", "--in", private, "--tutte", "--html", target)[0] == 0
    told = [
        *("Anna", "Visita", "medica", "referto", "Rossini", "Segretini", "Marcamia", "Modellomio"),
        *("SERIALE", "4711", "rosso", "file://", str(home), home.name, str(tmp_path)),
        *([getuser()] if len(getuser()) > 4 else []),
    ]
    sent = list(everything(target))
    assert sum(data.startswith(b"\xff\xd8") for data in sent) >= 4
    for data in sent:
        for word in told:
            assert word.lower().encode() not in data.lower(), word
        for mark in (b"Exif\0", b"EXIF", b"xmpmeta", b"ns.adobe.com", b"GPS", b"ICC_PROFILE"):
            assert mark not in data
    for _, data in pictures(target if target.is_file() else target / "index.html"):
        with Image.open(io.BytesIO(data)) as picture:
            assert not picture.getexif() and not picture.info.keys() & {"exif", "xmp", "comment"}
    # The same words are there for the person who asks for them.
    mine = tmp_path / "mia.html"
    options = ("--con-percorsi", "--didascalie")
    assert cli("cerca", "rosso", "--in", private, *options, "--html", mine)[0] == 0
    text = page_of(mine).text
    assert all(word in text for word in ("referto 0.jpg", str(private), "dottor Segretini"))
    assert b"SERIALE" not in b"".join(everything(mine))


def test_with_paths_it_links_to_the_originals_and_says_how_good_the_answer_is(
    cli: Cli, indexed: Path, photos: Path, tmp_path: Path
) -> None:
    (tmp_path / "etichette.txt").write_text("rosso\nverde\n", "utf-8")
    assert cli("tag", "--labels", tmp_path / "etichette.txt")[0] == 0
    for words, said in (
        ("rosso", ""),
        ("marrone", "Risultati incerti: controlla tu."),
        ("nero", "Probabilmente non c’è: queste sono le più somiglianti."),
    ):
        target = tmp_path / f"{words}.html"
        assert cli("cerca", words, "-n", "3", "--html", target, "--con-percorsi")[0] == 0
        page = page_of(target)
        assert f"Cerco: «{words}»\n3 foto\n{said}\n".replace("\n\n", "\n") in page.text
        links = [str(a["href"]) for a in page.all("a") if str(a["href"]).startswith("file:")]
        paths = [unquote_to_bytes(link.removeprefix("file://")) for link in links]
        assert len(paths) == 3 and all(Path(os.fsdecode(path)).is_file() for path in paths)
        if words == "rosso":
            assert paths[0] == os.fsencode(photos / "rosso.png")
            assert re.search(r"rosso\.png\s+fiducia alta\s+rosso\s", page.text)


def test_an_original_on_another_computer_is_no_link() -> None:
    path = b"casa:/foto/a.jpg"  # in a shared archive
    original = gallery.Original("a.jpg", path.decode(), file_address(path), ())
    chosen = gallery.Chosen(path, b"", None, original=original)
    page = "".join(gallery.page_of("", [gallery.Shown(chosen, 1, 4, 3)], str))
    assert '<p class="detto">casa:/foto/a.jpg</p>' in page


def test_what_does_not_answer_is_not_put_into_it(cli: Cli, indexed: Path, tmp_path: Path) -> None:
    code, _, err = cli("cerca", "nero", "--html", tmp_path / "g", "--apri")
    assert code == 0 and not (tmp_path / "g").exists()
    assert "Nessuna è stata messa nella galleria; se le vuoi lo stesso, aggiungi --tutte." in err
    assert cli("cerca", "nero", "--html", tmp_path / "g", "--tutte")[0] == 0
    code, _, err = cli("cerca", "rosso", "--da", "2050", "--html", tmp_path / "h")
    assert code == 0 and "Nessuna foto corrisponde." in err and not (tmp_path / "h").exists()


def test_title_size_and_captions(cli: Cli, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010E] = "Il <b>faro</b>\ndi sera"
    exif.get_ifd(0x8769)[0x9003] = "2019:08:14 10:30:00"
    folder = tmp_path / "foto"
    folder.mkdir()
    Image.new("RGB", (3000, 2000), PAINT["rosso"]).save(folder / "a.jpg", exif=exif)
    paint(folder / "b.png", PAINT["rosso"], (700, 1400))
    assert cli("index", folder)[0] == 0

    def made(*options: object) -> tuple[Page, list[tuple[int, int]]]:
        target = tmp_path / "g.html"
        asked = ("cerca", "rosso", "--html", target, "--sovrascrivi")
        assert cli(*asked, *options)[0] == 0
        sizes = []
        for _, data in pictures(target):
            with Image.open(io.BytesIO(data)) as picture:
                sizes.append(picture.size)
        return page_of(target), sorted(sizes)

    page, sizes = made()
    assert sizes == [(240, 480), (480, 320), (700, 1400), (2048, 1365)]
    assert "14 agosto 2019" in page.text and "faro" not in page.text
    assert page.text.split()[:1] == ["Foto"]
    page, sizes = made("--lato", "600", "--titolo", " Il <i>mare ", "--didascalie")
    assert sizes == [(240, 480), (300, 600), (480, 320), (600, 400)]
    assert page.text.count("Il <b>faro</b> di sera") == 2 and not page.all("b")
    assert page.text.split()[:2] == ["Il", "<i>mare"] and not page.all("i")
    for side in ("479", "4097", "-3"):
        code, _, err = cli("cerca", "rosso", "--html", tmp_path / "h", "--lato", side)
        assert code == 2 and "da 480 a 4096" in err
    for alone in (["--titolo", "x"], ["--lato", "900"], ["--didascalie"], ["--con-percorsi"]):
        code, _, err = cli("cerca", "rosso", *alone)
        assert code == 2 and "vogliono --html" in err


@pytest.mark.skipif(sys.platform == "win32", reason="no such names on Windows")
def test_names_and_words_are_not_markup(cli: Cli, tmp_path: Path) -> None:
    name = b"<b onclick=x>\"&'\xff.png"
    folder = tmp_path / "foto"
    photo = paint(folder / "a.png", PAINT["rosso"])
    os.rename(photo, os.path.join(os.fsencode(folder), name))
    assert cli("index", folder)[0] == 0
    asked = ("cerca", '"<script>rosso"', "--html", tmp_path / "g.html", "--tutte")
    assert cli(*asked, "--con-percorsi")[0] == 0
    page = page_of(tmp_path / "g.html")
    assert not page.all("b") and len(page.all("script")) == 1
    assert "<script>rosso" in page.text and "<b onclick=x>\"&'�.png" in page.text
    assert str(page.all("a")[1]["href"]).endswith("%3Cb%20onclick%3Dx%3E%22%26%27%FF.png")


def test_a_file_has_a_maximum_of_photos_and_a_folder_has_not(
    cli: Cli, indexed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gallery_files, "MOST_IN_FILE", 2)
    code, _, err = cli("cerca", "rosso", "-n", "5", "--html", tmp_path / "g.html")
    assert code == 0 and "Sono le prime 2 foto di 5" in err
    assert len(page_of(tmp_path / "g.html").all("li")) == 2
    code, _, err = cli("cerca", "rosso", "-n", "5", "--html", tmp_path / "g")
    assert code == 0 and "Sono le prime" not in err
    assert len(page_of(tmp_path / "g" / "index.html").all("li")) == 5


@needs("av")
def test_of_a_video_there_is_a_picture_and_both_sides_are_told(
    cli: Cli, photos: Path, tmp_path: Path
) -> None:
    make_clip(photos / "film.mp4", [RED, GREEN], 2)
    assert cli("index", photos)[0] == 0
    code, _, err = cli("cerca", "verde", "--solo-video", "--html", tmp_path / "g")
    assert code == 0 and "g: 1 video, " in err and "Dei video c'è soltanto un'immagine" in err
    page = page_of(tmp_path / "g" / "index.html")
    assert "del video c’è soltanto un’immagine" in page.text
    assert not list((tmp_path / "g").rglob("*.mp4"))
    (_, small), _ = pictures(tmp_path / "g" / "index.html")
    with Image.open(io.BytesIO(small)) as picture:
        red, green, _ = picture.convert("RGB").getpixel((9, 9))  # type: ignore[misc]
    assert green > red


def test_photos_that_are_gone_or_changed_are_left_out_and_told(
    cli: Cli, indexed: Path, photos: Path, tmp_path: Path
) -> None:
    (photos / "rosso.png").unlink()
    paint(photos / "verde.png", (1, 2, 3))
    code, _, err = cli("cerca", "rosso", "-n", "5", "--html", tmp_path / "g")
    assert code == 3 and "g: 3 foto, " in err
    assert re.search(r"rosso\.png: non esiste.*\. Saltata\.", err)
    assert "verde.png: è cambiata dopo l'ultimo index. Saltata." in err
    numbers = [path.name for path in sorted((tmp_path / "g" / "foto").iterdir())]
    assert numbers == ["0001.jpg", "0002.jpg", "0003.jpg"]
    shutil.rmtree(photos)
    code, _, err = cli("cerca", "rosso", "-n", "5", "--html", tmp_path / "h")
    assert code == 1 and "la galleria sarebbe vuota" in err and not (tmp_path / "h").exists()


# -- what is there ----------------------------------------------------------------------------


def test_a_file_is_replaced_only_if_asked(cli: Cli, indexed: Path, tmp_path: Path) -> None:
    target = tmp_path / "g.html"
    target.write_text("mia")
    code, out, err = cli("cerca", "rosso", "--html", target)
    assert (code, out) == (2, "") and "c'è già" in err and target.read_text() == "mia"
    assert cli("cerca", "rosso", "--html", target, "--sovrascrivi")[0] == 0
    assert gallery.MARK in target.read_text("utf-8")


def put(path: Path, text: str = "mia") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.mark.parametrize(
    "prepare",
    [
        lambda folder: put(folder / "vacanze.jpg"),
        lambda folder: put(folder / "foto" / "0001.jpg"),  # without our page
        lambda folder: put(folder / "index.html"),  # somebody else's page
        lambda folder: (put(folder / "index.html", gallery.MARK), put(folder / "foto" / "io.jpg")),
        lambda folder: (put(folder / "index.html", gallery.MARK), (folder / "mie").mkdir()),
        lambda folder: put(folder),  # a file of that name
        lambda folder: folder.symlink_to(folder.parent / "altrove"),
    ],
)
def test_a_folder_that_is_not_a_gallery_is_never_replaced(
    cli: Cli, indexed: Path, tmp_path: Path, prepare: Callable[[Path], object]
) -> None:
    folder = tmp_path / "qui" / "g"
    folder.parent.mkdir()
    prepare(folder)

    def there() -> dict[str, str]:
        files = [path for path in folder.parent.rglob("*") if path.is_file() or path.is_symlink()]
        return {str(path): path.read_text() if path.is_file() else "link" for path in files}

    before = there()
    assert before
    for more in ([], ["--sovrascrivi"]):
        code, out, err = cli("cerca", "rosso", "--html", folder, *more)
        assert (code, out) == (2, "") and (("non è una galleria" if more else "c'è già") in err)
        assert there() == before


def test_a_gallery_is_replaced_if_asked_and_comes_back_if_that_fails(
    cli: Cli, indexed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "qui" / "g"
    folder.parent.mkdir()
    assert cli("cerca", "rosso", "-n", "4", "--html", folder)[0] == 0
    if sys.platform != "win32":
        assert folder.stat().st_mode & 0o777 == folder.parent.stat().st_mode & 0o777
    put(folder / ".DS_Store")
    assert cli("cerca", "rosso", "-n", "2", "--html", folder)[0] == 2
    assert cli("cerca", "rosso", "-n", "2", "--html", folder, "--sovrascrivi")[0] == 0
    assert len(list((folder / "foto").iterdir())) == 2
    rename = Path.rename

    def refused(path: Path, target: Path) -> Path:
        if target == folder and path.name.endswith(PARTIAL):
            raise OSError(5, "Input/output error")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", refused)
    assert cli("cerca", "rosso", "-n", "3", "--html", folder, "--sovrascrivi")[0] == 1
    assert len(list((folder / "foto").iterdir())) == 2
    assert [path.name for path in folder.parent.iterdir()] == ["g"]


def test_what_was_put_there_while_the_copies_were_made_stays(
    cli: Cli, indexed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, folder = gallery_files.copies_of, tmp_path / "g"

    def disturbed(*given: Any) -> Iterator[Any]:
        yield from made(*given)
        put(folder / "vacanze.jpg")

    monkeypatch.setattr(gallery_files, "copies_of", disturbed)
    for overwrite in ([], ["--sovrascrivi"]):
        code, _, err = cli("cerca", "rosso", "--html", folder, *overwrite)
        assert code == 2 and str(folder) in err
        assert [path.name for path in folder.iterdir()] == ["vacanze.jpg"]
        (folder / "vacanze.jpg").unlink()
        folder.rmdir()


@pytest.mark.parametrize("name", NAMES)
def test_an_interrupted_one_leaves_nothing(
    cli: Cli, indexed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    target = tmp_path / "qui" / name
    target.parent.mkdir()
    made = gallery_files.copies_of
    with_folder = list[str]()

    def interrupted(*given: Any) -> Iterator[Any]:
        copies = made(*given)
        yield next(copies)
        yield next(copies)
        with_folder.extend(path.name for path in target.parent.iterdir())
        copies.close()
        raise KeyboardInterrupt

    monkeypatch.setattr(gallery_files, "copies_of", interrupted)
    assert cli("cerca", "rosso", "-n", "4", "--html", target)[0] == 130
    assert len(with_folder) == 1 and with_folder[0].endswith(PARTIAL)
    assert list(target.parent.iterdir()) == []


def test_what_a_killed_one_left_is_removed(cli: Cli, indexed: Path, tmp_path: Path) -> None:
    left = tmp_path / f".cercafoto-{GONE}-abcdefgh{PARTIAL}"
    put(left / "foto" / "0001.jpg")
    own = tmp_path / f".cercafoto-{os.getpid()}-abcdefgh{PARTIAL}"
    put(own / "foto" / "0001.jpg")
    assert cli("cerca", "rosso", "--html", tmp_path / "g")[0] == 0
    assert not left.exists() and (own / "foto" / "0001.jpg").exists()


def test_few_copies_are_in_memory_at_a_time(library: Library, settings: Settings) -> None:
    """The copies are made a few ahead, however many photos there are."""
    asked = list[bytes]()

    class Counting:
        def __call__(self, path: bytes, at: float | None) -> Any:
            asked.append(path)
            image = Image.new("RGB", (8, 8))
            return type("Made", (), {"digest": path, "image": image})()

    photos = [gallery.Chosen(b"%d" % n, b"%d" % n, None) for n in range(50)]
    copies = gallery.copies_of(photos, Counting(), lambda digest: None, 2)  # type: ignore[arg-type]
    first = [next(copies)[0] for _ in range(3)]
    assert first == photos[:3] and len(asked) <= 3 + 4
    copies.close()
    assert len(asked) <= 3 + 4
