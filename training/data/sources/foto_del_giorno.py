"""Make pairs of La Foto del Giorno of Il Post, from saved pages or a JSON dump.

Nothing is downloaded. If a page names a photo by a path, the photo is looked for there (a browser
saves a "complete page" so); if by a URL, among the user's downloads.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from cercafoto.training.data.captions import clean
from cercafoto.training.data.pairs import Pair, moved
from cercafoto.training.data.sources.by_url import joined
from cercafoto.training.data.sources.downloaded import Downloaded
from cercafoto.training.data.tables import opened
from cercafoto.training.data.tally import Tally
from cercafoto.training.training_errors import InputError

SOURCE = "foto-del-giorno"
NO_PHOTO = "page without a photo"
PAGES = (".html", ".htm")

# Where WordPress keeps a photo and its caption: HTML5 and older themes.
CONTAINERS = {"wp-caption", "gallery-item"}
CAPTION = "wp-caption-text"
# Pages that load photos late leave a placeholder in "src".
ADDRESSES = ("data-src", "data-lazy-src", "data-original", "src")
LINES = frozenset({"br", "p", "div", "li"})


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
    reader = _Reader()
    reader.feed(path.read_text(encoding="utf-8", errors="replace"))
    reader.close()
    return [WebPhoto(address, clean(caption), path.parent) for address, caption in reader.photos()]


class _Reader(HTMLParser):
    """Collects (address, caption) of each photo's element, else of og:image and og:description."""

    def __init__(self) -> None:
        super().__init__()
        # Tag, is a container, is a caption. A tag that is never closed (img) leaves with the one
        # around it.
        self.open: list[tuple[str, bool, bool]] = []
        self.address = ""
        self.caption = ""
        self.contained: list[tuple[str, str]] = []
        self.properties: dict[str, str] = {}

    def photos(self) -> Iterator[tuple[str, str]]:
        if self.contained:
            yield from self.contained
        elif address := self.properties.get("og:image"):
            yield address, self.properties.get("og:description", "")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        classes = set(values.get("class", "").split())
        if tag == "meta" and "property" in values:
            self.properties.setdefault(values["property"], values.get("content", ""))
        elif tag == "img" and self._inside(1) and not self.address:
            self.address = next(
                (v for n in ADDRESSES if (v := values.get(n, "")) and not v.startswith("data:")), ""
            )
        if tag in LINES and self._inside(2):
            self.caption += " "
        container = tag == "figure" or bool(classes & CONTAINERS)
        if container:
            self._take()
        caption = tag == "figcaption" or CAPTION in classes
        self.open.append((tag, container, caption))

    def handle_endtag(self, tag: str) -> None:
        if not any(name == tag for name, _, _ in self.open):
            return
        closed = False
        # What was left open inside is closed with it, as browsers do.
        while True:
            name, container, _ = self.open.pop()
            closed = closed or container
            if name == tag:
                break
        # A figure inside a container may have its caption outside, and galleries hold figures.
        if closed and (self.caption.strip() or not self._inside(1)):
            self._take()

    def handle_data(self, data: str) -> None:
        if self._inside(1) and self._inside(2) and self.open[-1][0] not in {"script", "style"}:
            self.caption += data

    def close(self) -> None:
        super().close()
        self._take()  # of a page cut short

    def _take(self) -> None:
        if self.address:
            self.contained.append((self.address, self.caption))
        self.address = self.caption = ""

    def _inside(self, which: int) -> bool:
        return any(element[which] for element in self.open)
