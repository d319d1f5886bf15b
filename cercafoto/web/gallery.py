"""Make a gallery that can be sent: small and large copies of photos, and the page that shows them.

The copies hold pixels only: nothing of the metadata of the photos, and no names or paths, is in a
gallery unless it is asked for. The page needs no server and no network. Without its script, its
links open, turn and close the photos as well.
"""

from __future__ import annotations

import io
import re
from base64 import b64encode
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cercafoto.base.italian_counts import media
from cercafoto.base.paths import printable
from cercafoto.browse.photo_facts import say_date
from cercafoto.errors import ImageError
from cercafoto.photos.decoding.file_kind import is_video
from cercafoto.photos.decoding.small_copy import webp
from cercafoto.photos.opening import CHANGED
from cercafoto.photos.preprocessing import fitting
from cercafoto.photos.thumbnails import SMALL, WHOLE_PHOTO
from cercafoto.web.templating import pieces_of

if TYPE_CHECKING:
    from PIL import Image

    from cercafoto.photos.thumbnails import Shrinker

# Pixels of the longer side of the photos in a gallery.
USUAL_SIDE, LEAST_SIDE, MOST_SIDE = 2048, SMALL, WHOLE_PHOTO
QUALITY = 85  # of the large copies: some 500 kB for the usual side
LARGE_COPIES, SMALL_COPIES, PAGE = "foto", "miniature", "index.html"
# How the page of a gallery begins, by which one is recognised.
MARK = '<meta name="generator" content="cercafoto">'
_STATIC = Path(__file__).with_name("static")


@dataclass(frozen=True)
class Original:
    """What a gallery tells about the file of a photo, if that is asked for.

    address: of the file on this computer; "" if it is on another one.
    said: lines about the photo as found.
    """

    name: str
    path: str
    address: str
    said: tuple[str, ...]


@dataclass(frozen=True)
class Chosen:
    """A photo that shall be in a gallery.

    path, digest, taken_at, frame: see `Hit`.
    caption: shown under the photo; "" for none.
    """

    path: bytes
    digest: bytes
    taken_at: str | None
    frame: float | None = None
    caption: str = ""
    original: Original | None = None


class Copies(NamedTuple):
    """The copies of a photo: a JPEG file, and a small one in WebP. width, height: pixels of the
    large one."""

    large: bytes
    small: bytes
    width: int
    height: int


@dataclass(frozen=True)
class Shown:
    """A photo in a gallery. number: its place there, from 1 on. width, height: see `Copies`."""

    chosen: Chosen
    number: int
    width: int
    height: int

    @property
    def large(self) -> str:
        """The place of the large copy in the gallery's folder."""
        return f"{LARGE_COPIES}/{self.number:04}.jpg"

    @property
    def small(self) -> str:
        """The place of the small copy in the gallery's folder."""
        return f"{SMALL_COPIES}/{self.number:04}.webp"

    @property
    def is_video(self) -> bool:
        return is_video(self.chosen.path)

    @property
    def date(self) -> str:
        return say_date(self.chosen.taken_at)

    @property
    def shape(self) -> int:
        """Ten times the ratio width / height, 5 to 25."""
        return min(max(round(10 * self.width / self.height), 5), 25)


def copies_of(
    photos: Sequence[Chosen],
    shrinker: Shrinker,
    elsewhere: Callable[[bytes], bytes | None],
    threads: int,
) -> Generator[tuple[Chosen, Copies | ImageError], None, None]:
    """Yield each photo with its copies, or the error if it cannot be read or has changed.

    shrinker: decodes, and has the longer side of the large copies.
    elsewhere: see `Thumbnails`.
    threads: how many photos to work on at a time.

    Few copies are in memory at a time. Close the iterator to stop early.
    """

    def copied(photo: Chosen) -> Copies | ImageError:
        try:
            image = _pixels(photo, shrinker, elsewhere)
        except ImageError as error:
            return error
        large = io.BytesIO()
        image.save(large, "JPEG", quality=QUALITY, progressive=True)
        small = webp(image.resize(fitting(image.size, SMALL)))
        return Copies(large.getvalue(), small, image.width, image.height)

    with ThreadPoolExecutor(threads) as pool:
        ahead = deque(photos)
        working = deque((photo, pool.submit(copied, photo)) for photo in _taken(ahead, 2 * threads))
        try:
            while working:
                photo, future = working.popleft()
                made = future.result()
                working += ((each, pool.submit(copied, each)) for each in _taken(ahead, 1))
                yield photo, made
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _taken(queue: deque[Chosen], most: int) -> list[Chosen]:
    return [queue.popleft() for _ in range(min(most, len(queue)))]


def _pixels(
    photo: Chosen, shrinker: Shrinker, elsewhere: Callable[[bytes], bytes | None]
) -> Image.Image:
    try:
        made = shrinker(photo.path, photo.frame)
        if made.digest != photo.digest:  # nobody has seen what would be sent
            raise ImageError(f"{printable(photo.path)}: {CHANGED}.")
        return made.image
    except ImageError:
        copy = elsewhere(photo.digest)
        if copy is None:
            raise
        return shrinker.shrink(copy, "la miniatura").image


def page_of(
    title: str, photos: Sequence[Shown], address: Callable[[str], str], note: str = ""
) -> Iterator[str]:
    """Yield the page of a gallery in pieces.

    title: "" for the usual one.
    address: given the place of a copy in the gallery's folder, returns what the page calls it.
    note: a line under the title.
    """
    style, script = _style(), _script()
    yield from pieces_of(
        "galleria.html",
        title=title or "Foto",
        mark=MARK,
        photos=photos,
        address=address,
        has_files=address(PAGE) == PAGE,
        summary=" · ".join(filter(None, (_how_many(photos), _when(photos)))),
        note=note,
        style=style,
        script=script,
        policy=f"default-src 'none'; img-src 'self' file: data:; style-src {_hash(style)}; "
        f"script-src {_hash(script)}; base-uri 'none'; form-action 'none'",
    )


def embedded(folder: Path) -> Callable[[str], str]:
    """Return a function for `page_of` that puts the copies in `folder` into the page itself."""

    def address(place: str) -> str:
        if place == PAGE:
            return ""
        kind = "jpeg" if place.endswith(".jpg") else "webp"
        return f"data:image/{kind};base64,{b64encode((folder / place).read_bytes()).decode()}"

    return address


def _how_many(photos: Sequence[Shown]) -> str:
    return media(len(photos), sum(photo.is_video for photo in photos))


def _when(photos: Iterable[Shown]) -> str:
    """Return the days of the first and the last photo."""
    days = sorted(photo.chosen.taken_at[:10] for photo in photos if photo.chosen.taken_at)
    return " – ".join(dict.fromkeys(say_date(day) for day in (*days[:1], *days[-1:])))


@cache
def _style() -> str:
    ratios = "".join(f".r{shape} {{ --r: {shape / 10}; }}\n" for shape in range(5, 26))
    return f"\n{(_STATIC / 'galleria.css').read_text('utf-8')}{ratios}"


@cache
def _script() -> str:
    """Return the script of a gallery with the one that it imports: a page that is opened from a
    disk may not load a module."""
    zoom = (_STATIC / "ingrandisci.js").read_text("utf-8")
    names = ", ".join(re.findall(r"^export (?:const|function) (\w+)", zoom, re.M))
    zoom = re.sub(r"^export ", "", zoom, flags=re.M)
    line = 'import * as zoom from "./ingrandisci.js";\n'
    inside = f"const zoom = (() => {{\n{zoom}return {{ {names} }};\n}})();\n"
    return "\n" + (_STATIC / "galleria.js").read_text("utf-8").replace(line, inside)


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
