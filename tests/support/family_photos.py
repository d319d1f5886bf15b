"""The photos of a made-up family, as they lie on a disk after twenty years: folders called after
years, places and feasts, phones and cameras, copies, accents, scans and screenshots.

What a picture shows is its colour, by the tiny model's words (`SHOWS`).
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from PIL import Image

from cercafoto.photos import exif as tags
from tests.photos.test_metadata import bag, packet

# Words of the tiny model -> its colours. Every other word is grey to it, and so are people, nearly.
SHOWS = {
    "gatto": "viola", "gatti": "viola", "cane": "rosso", "cani": "rosso", "mare": "blu",
    "prato": "verde", "tramonto": "giallo", "neve": "azzurro",
}  # fmt: skip
PICTURES = {
    "gatto": (250, 10, 250), "cane": (250, 10, 10), "mare": (10, 10, 250), "prato": (10, 250, 10),
    "tramonto": (250, 250, 10), "neve": (10, 250, 250), "persone": (200, 120, 100),
}  # fmt: skip
PLACES = {
    "Roma": (41.8947, 12.4839), "Venezia": (45.4372, 12.3346), "Siena": (43.3188, 11.3308),
    "San Gimignano": (43.4677, 11.0432), "Sardegna": (39.2238, 9.1217),
}  # fmt: skip
CANON, NIKON, PHONE = ("Canon", "Canon EOS 80D"), ("NIKON CORPORATION", "NIKON D90"), (
    "Apple", "iPhone 14"
)  # fmt: skip
COPIED = datetime(2026, 1, 10, 12, 0)  # when all of it came to this disk


@dataclass(frozen=True)
class Photo:
    """A photo to write.

    day: "2019:05:01 10:30:00" of the camera's clock.
    upright: taller than wide.
    """

    path: str
    shows: str
    day: str = ""
    place: str = ""
    camera: tuple[str, str] | None = None
    upright: bool = False
    facts: str = ""  # of a sidecar


def _days(folder: str, stem: str, shows: list[str], day: str, **more: object) -> list[Photo]:
    """A series: a photo an hour from `day`, "2019:05:01 10", on."""
    date, hour = day.split()
    return [
        Photo(f"{folder}/{stem}{at:04}.jpg", each, f"{date} {int(hour) + at:02}:30:00", **more)  # type: ignore[arg-type]
        for at, each in enumerate(shows, start=1)
    ]


_STARS = "<xmp:Rating>5</xmp:Rating>"
_TITLE = (
    '<dc:title><rdf:Alt><rdf:li xml:lang="x-default">Torta di nonna</rdf:li></rdf:Alt></dc:title>'
)
PHOTOS = (
    *_days("2008/Vacanze al mare", "IMG_", ["mare"] * 5 + ["persone"], "2008:08:12 09",
           camera=CANON),
    Photo("2013 Settembre/IMG_20130901_100140.jpg", "cane"),
    Photo("2013 Settembre/DSC00091.jpg", "prato", "2013:09:05 15:00:00", camera=NIKON),
    *_days("2019/Roma", "IMG_", ["tramonto", "prato", "persone", "persone"], "2019:05:04 10",
           place="Roma", camera=CANON),
    *_days("2019/Natale 2019", "P10", ["tramonto"] * 4 + ["cane", "persone"], "2019:12:25 11"),
    *(Photo(f"Natale 2021/scatto {at}.png", "neve") for at in range(1, 5)),
    *_days("Venezia", "DSC_", ["mare", "mare", "persone"], "2017:06:10 17", place="Venezia",
           camera=NIKON),
    *_days("Toscana", "S", ["prato", "persone"], "2016:04:25 10", place="San Gimignano",
           camera=NIKON),
    *_days("Toscana", "T", ["tramonto", "persone"], "2016:04:26 18", place="Siena", camera=NIKON),
    *_days("Sardegna", "IMG_", ["mare", "mare", "prato"], "2018:08:05 10", place="Sardegna",
           camera=PHONE),
    *_days("2024 gatti", "IMG_", ["gatto"] * 5 + ["cane"], "2024:02:10 08", camera=PHONE),
    *(Photo(f"Vecchio computer/{at}.jpg", "prato") for at in range(1, 4)),
    *(Photo(f"WhatsApp Images/IMG-20190814-WA000{at}.jpg", "cane") for at in (1, 2)),
    Photo("Schermate/Screenshot_2019-08-14-10-30-05.png", "neve", upright=True),
    *_days("Compleanno nonna 2015", "N", ["persone"], "2015:11:03 16",
           facts=bag("dc:subject", "nonna", "torta")),
    *_days("Compleanno nonna 2015", "O", ["tramonto"], "2015:11:03 17", facts=_TITLE),
    *_days("Città di Perù", "PX", ["tramonto", "neve"], "2018:01:05 12", camera=PHONE),
    *_days("Macro", "M", ["prato"] * 3, "2020:06:01 09", camera=CANON, upright=True, facts=_STARS),
    Photo("Macro/M0004.jpg", "gatto", "2020:06:02 23:10:00", camera=CANON, upright=True),
)  # fmt: skip


def make_family_photos(root: Path) -> Path:
    """Write the photos, some copies of them and some scans into a folder that is not there yet."""
    rng = np.random.default_rng(5)
    for photo in PHOTOS:
        _write(root / photo.path, photo, rng)
    for at in (1, 2, 3):  # scans of prints: without colour, without a date
        grey = np.tile(np.linspace(0.2 * at, 0.9, 60), (40, 1))
        pixels = np.stack([(255 * grey).astype(np.uint8)] * 3, 2)
        _save(Image.fromarray(pixels), root / f"Scansioni/foglio {at}.jpg")
    (root / "Copie").mkdir()
    shutil.copy2(root / "2024 gatti/IMG_0001.jpg", root / "Copie/IMG_0001 (1).jpg")
    with Image.open(root / "2019/Roma/IMG_0001.jpg") as original:
        smaller = original.resize((30, 20))
        smaller.save(root / "Copie/roma piccola.jpg", exif=original.getexif(), quality=70)
    for path in sorted(root.rglob("*")):
        os.utime(path, (COPIED.timestamp(), COPIED.timestamp()))
    return root


def _write(path: Path, photo: Photo, rng: np.random.Generator) -> None:
    """Write a picture of nearly one colour, which no other one has to the last digit."""
    colour = np.clip(np.array(PICTURES[photo.shows]) + rng.integers(-9, 10, 3), 0, 255)
    height, width = (60, 40) if photo.upright else (40, 60)
    pixels = np.tile(colour.astype(np.uint8), (height, width, 1))
    if photo.shows == "persone":  # two colours, which make this one on the whole
        pixels[:, ::2] += np.array([40, -20, -40], np.int8).view(np.uint8)
        pixels[:, 1::2] -= np.array([40, -20, -40], np.int8).view(np.uint8)
    exif = Image.Exif()
    if photo.camera:
        exif[tags.MAKE], exif[tags.MODEL] = photo.camera
    if photo.day:
        exif.get_ifd(tags.EXIF_IFD)[tags.DATETIME_ORIGINAL] = photo.day
    if photo.place:
        north, east = PLACES[photo.place]
        where = {1: "N", 2: (north, 0, 0), 3: "E", 4: (east, 0, 0)}
        exif.get_ifd(tags.GPS_IFD).update(where)
    _save(Image.fromarray(pixels), path, exif)
    if photo.facts:
        path.with_name(f"{path.name}.xmp").write_bytes(packet(photo.facts))


def _save(picture: Image.Image, path: Path, exif: Image.Exif | None = None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if exif is not None:
        picture.save(path, exif=exif, quality=95)
    else:
        picture.save(path)
