"""The page of `--html`: one file that contains everything it shows."""

from __future__ import annotations

import base64
import io
import os
import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote_to_bytes

import pytest
from PIL import Image

from cercafoto.cli.render import gallery as module
from cercafoto.library import Library
from cercafoto.question.query import Query
from cercafoto.settings import Settings
from tests.conftest import PAINT, Cli, paint


class Page(HTMLParser):
    """A parsed page: its elements with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture
def page(cli: Cli, photos: Path, tmp_path: Path) -> Page:
    assert cli("index", photos)[0] == 0
    (tmp_path / "etichette.txt").write_text("rosso\nverde\n", "utf-8")
    assert cli("tag", "--labels", tmp_path / "etichette.txt")[0] == 0
    code, _, err = cli("cerca", "rosso", "-n", "3", "--html", tmp_path / "g.html")
    assert code == 0 and "g.html" in err
    return Page((tmp_path / "g.html").read_text("utf-8"))


def test_the_page_has_the_photos_in_order_and_loads_nothing(page: Page, photos: Path) -> None:
    # The thumbnails are in the page in order.
    images = page.all("img")
    assert len(images) == 3
    data = (images[0]["src"] or "").removeprefix("data:image/webp;base64,")
    with Image.open(io.BytesIO(base64.b64decode(data, validate=True))) as picture:
        assert picture.format == "WEBP"
        assert picture.convert("RGB").getpixel((5, 5)) == pytest.approx(PAINT["rosso"], abs=12)
    links = [unquote_to_bytes((a["href"] or "").removeprefix("file://")) for a in page.all("a")]
    assert links[0] == os.fsencode(photos / "rosso.png")
    assert all(Path(os.fsdecode(link)).is_file() for link in links)
    # It is italian and describes its pictures.
    assert page.all("html") == [{"lang": "it"}]
    assert "Cerco: «rosso»" in page.text and "3 foto" in page.text
    # Confidence is shown as a word, without a figure, as in the tables.
    assert re.search(r"1\. rosso\.png\s+fiducia alta\b", page.text)
    alt = page.all("img")[0]["alt"] or ""
    assert "rosso.png" in alt and "etichette: rosso" in alt
    assert len({image["alt"] for image in page.all("img")}) == 3
    assert any("width=device-width" in (meta.get("content") or "") for meta in page.all("meta"))
    # The page loads nothing.
    for _, attributes in page.elements:
        assert not [name for name in attributes if name.startswith("on")]
        assert (attributes.get("src") or "data:").startswith("data:")
        assert (attributes.get("href") or "file:").startswith("file:")
    assert not page.all("script") and not page.all("link")
    (policy,) = [m["content"] for m in page.all("meta") if "http-equiv" in m]
    assert (policy or "").startswith("default-src 'none'")


def test_it_says_how_good_the_answer_is(cli: Cli, indexed: Path, tmp_path: Path) -> None:
    for words, said in (
        ("rosso", ""),
        ("marrone", " Risultati incerti: controlla tu."),
        ("nero", " Probabilmente non c’è: queste sono le più somiglianti."),
    ):
        assert cli("cerca", words, "-n", "3", "--html", tmp_path / f"{words}.html")[0] == 0
        assert f"\n3 foto.{said}\n" in Page((tmp_path / f"{words}.html").read_text("utf-8")).text


@pytest.mark.skipif(sys.platform == "win32", reason="no such names on Windows")
def test_names_and_words_are_not_markup(cli: Cli, tmp_path: Path) -> None:
    name = b"<b onclick=x>\"&'\xff.png"
    folder = tmp_path / "foto"
    photo = paint(folder / "a.png", PAINT["rosso"])
    os.rename(photo, os.path.join(os.fsencode(folder), name))
    assert cli("index", folder)[0] == 0
    assert cli("cerca", '"<script>rosso"', "--html", tmp_path / "g.html", "--tutte")[0] == 0
    page = Page((tmp_path / "g.html").read_text("utf-8"))
    assert not page.all("b") and not page.all("script")
    assert "<script>rosso" in page.text and "<b onclick=x>\"&'�.png" in page.text
    assert (page.all("a")[0]["href"] or "").endswith("%3Cb%20onclick%3Dx%3E%22%26%27%FF.png")


def test_the_page_has_a_maximum_of_photos(
    library: Library, settings: Settings, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.index([photos])
    result = library.search(Query.parse(["rosso"]), 5)
    monkeypatch.setattr(module, "MAX_PHOTOS", 2)
    page = Page(module.gallery(settings, result))
    assert len(page.all("li")) == 2
    assert re.findall(r"\d\. (\w+)\.png", page.text) == [
        Path(os.fsdecode(hit.path)).stem for hit in result.hits[:2]
    ]


def test_it_replaces_nothing_unasked(cli: Cli, photos: Path, tmp_path: Path) -> None:
    assert cli("index", photos)[0] == 0
    target = tmp_path / "g.html"
    target.write_text("mia")
    code, out, err = cli("cerca", "rosso", "--html", target)
    assert (code, out) == (2, "") and "c'è già" in err and target.read_text() == "mia"
    assert cli("cerca", "rosso", "--html", target, "--sovrascrivi")[0] == 0
    assert "rosso.png" in target.read_text("utf-8")
    assert (
        cli("cerca", "--come", photos / "rosso.png", "--html", tmp_path / "s.html", "-n", "1")[0]
        == 0
    )
    assert len(Page((tmp_path / "s.html").read_text("utf-8")).all("img")) == 1


def test_a_photo_that_is_gone_keeps_its_place(cli: Cli, photos: Path, tmp_path: Path) -> None:
    assert cli("index", photos)[0] == 0
    (photos / "rosso.png").unlink()
    assert cli("cerca", "rosso", "-n", "2", "--html", tmp_path / "g.html")[0] == 0
    page = Page((tmp_path / "g.html").read_text("utf-8"))
    assert len(page.all("img")) == 1 and len(page.all("li")) == 2
    assert "rosso.png: non esiste" in page.text
