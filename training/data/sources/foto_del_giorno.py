"""Make pairs of La Foto del Giorno of Il Post, from saved pages or a JSON dump.

Nothing is downloaded. If a page names a photo by a path, the photo is looked for there (a browser
saves a "complete page" so); if by a URL, among the user's downloads.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from cercafoto.training.data.captions import clean
from cercafoto.training.data.pairs import Pair, moved
from cercafoto.training.data.sources.by_url import joined
from cercafoto.training.data.sources.downloaded import Downloaded
from cercafoto.training.data.tables import opened
from cercafoto.training.data.tally import Tally
from cercafoto.training.training_errors import InputError

if TYPE_CHECKING:
    from bs4 import Tag

SOURCE = "foto-del-giorno"
NO_PHOTO = "page without a photo"
PAGES = (".html", ".htm")

# Where WordPress keeps a photo and its caption: HTML5 and older themes.
CONTAINERS = {"wp-caption", "gallery-item"}
CAPTION = "wp-caption-text"
# Pages that load photos late leave a placeholder in "src".
ADDRESSES = ("data-src", "data-lazy-src", "data-original", "src")
LINES = ["br", "p", "div", "li"]


@dataclass(frozen=True)
class WebPhoto:
    """A photo as a page or a dump names it.

    address: a URL, or a path relative to `folder`.
    """

    address: str
    caption: str
    folder: Path


def from_pages(folder: Path, photos: Downloaded | None = None) -> tuple[list[Pair], Tally]:
    """Return pairs of the photos of every page under `folder`, with paths relative to it.

    A photo that several pages show makes one pair. Raises InputError for a folder without pages.
    """
    pages = sorted(p for p in folder.rglob("*") if p.suffix.lower() in PAGES and p.is_file())
    if not pages:
        raise InputError(f"{folder}: no saved pages ({', '.join(PAGES)})")
    return _pairs((_page(page) for page in pages), folder, photos)


def from_dump(dump: Path, photos: Downloaded | None = None) -> tuple[list[Pair], Tally]:
    """Return pairs of a JSON list, or JSON lines, of {"image": URL or path, "caption": text}.

    Paths in the dump and in the pairs are relative to the folder of the dump.
    """
    with opened(dump) as text:
        content = text.read()
    try:
        if content.lstrip().startswith("["):
            rows = json.loads(content)
        else:
            rows = [json.loads(line) for line in content.split("\n") if line.strip()]
        shown = [[WebPhoto(str(r["image"]), clean(r.get("caption")), dump.parent)] for r in rows]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{dump}: not a list of image and caption ({error!r})") from error
    return _pairs(shown, dump.parent, photos)


def _pairs(
    pages: Iterable[list[WebPhoto]], root: Path, photos: Downloaded | None
) -> tuple[list[Pair], Tally]:
    tally = Tally(SOURCE)
    rows = ((shown, (shown.caption,)) for page in pages for shown in _counted(page, tally))
    return joined(rows, lambda shown: _file(shown, root, photos), tally), tally


def _counted(page: list[WebPhoto], tally: Tally) -> list[WebPhoto]:
    """Return the photos of a page; count the page itself if it has none."""
    if not page:
        tally.read += 1
        tally.leave_out(NO_PHOTO)
    return page


def _file(shown: WebPhoto, root: Path, photos: Downloaded | None) -> str | None:
    """Return a photo's path relative to `root`, None if it is not on this machine."""
    address = urlsplit(shown.address)
    if address.scheme in {"http", "https"}:
        if photos is None:
            return None
        bare = address._replace(query="", fragment="").geturl()  # "?w=980": the same photo
        path = photos.find(shown.address) or photos.find(bare)
        return moved(path, photos.folder, root) if path else None
    # A dump's path is a path; a page's is an address, with %20 and perhaps ?ver=1.
    for path in (shown.address, unquote(address.path)):
        if path and (shown.folder / path).is_file():
            return moved(path, shown.folder, root)
    return None


def _page(path: Path) -> list[WebPhoto]:
    from bs4 import BeautifulSoup

    page = BeautifulSoup(path.read_bytes(), "html.parser", from_encoding="utf-8")
    shown = [found for frame in page.find_all(_is_frame) if (found := _framed(frame))]
    if not shown:
        cards = (page.find("meta", property=f"og:{name}") for name in ("image", "description"))
        address, said = (str(card.get("content", "")) if card else "" for card in cards)
        shown = [(address, said)] if address else []
    return [WebPhoto(address, clean(caption), path.parent) for address, caption in shown]


def _is_frame(tag: Tag) -> bool:
    return tag.name == "figure" or bool(CONTAINERS & set(tag.get_attribute_list("class")))


def _is_caption(tag: Tag) -> bool:
    return tag.name == "figcaption" or CAPTION in tag.get_attribute_list("class")


def _framed(frame: Tag) -> tuple[str, str] | None:
    """Return address and caption of the photo of a frame, None if frames inside it have it.

    A figure inside a frame of its own may have its caption outside, and galleries hold figures.
    """
    photo = frame.find("img")
    if photo is None or photo.find_parent(_is_frame) is not frame:
        return None
    said, outer = frame.find(_is_caption), frame.find_parent(_is_frame)
    while said is None and outer is not None and len(outer.find_all("img")) == 1:
        said, outer = outer.find(_is_caption), outer.find_parent(_is_frame)
    addresses = (str(photo.get(name, "")) for name in ADDRESSES)
    address = next((a for a in addresses if a and not a.startswith("data:")), "")
    if said is None:
        return address, ""
    for line in said.find_all(LINES):
        line.insert_before(" ")
    return address, said.get_text()
