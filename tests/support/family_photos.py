"""Write the photos of a made-up family as they lie on a disk after many years.

A family is data: photos, and copies of some of them. What a picture shows is its colour, by the
tiny model's words (`SHOWS`). Of the two families, this module has the one of phones and cameras;
`grandfather_photos` has the one of an archive of prints.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from pathlib import Path

import numpy as np
import pillow_heif
from PIL import Image, ImageDraw, ImageFont

from cercafoto.photos import exif as tags
from cercafoto.photos import exposure
from tests.photos.test_metadata import bag, packet
from tests.support.clips import make_clip
from tests.support.iptc import with_iptc
from tests.support.scenes import moved, scene

# Words of the tiny model -> its colours. Every other word is grey to it; people are nearly grey.
SHOWS = {
    "gatto": "viola", "gatti": "viola", "cane": "rosso", "cani": "rosso", "mare": "blu",
    "prato": "verde", "tramonto": "giallo", "neve": "azzurro",
}  # fmt: skip
PICTURES = {
    "gatto": (250, 10, 250), "cane": (250, 10, 10), "mare": (10, 10, 250), "prato": (10, 250, 10),
    "tramonto": (250, 250, 10), "neve": (10, 250, 250), "persone": (200, 120, 100),
    "stampa": (128, 128, 128),
    # Far from all words, and from grey, the colour of unknown words.
    "gente": (240, 101, 48), "seppia": (101, 48, 240), "carta": (48, 240, 101),
}  # fmt: skip
PLACES = {
    "Roma": (41.8947, 12.4839), "Venezia": (45.4372, 12.3346), "Siena": (43.3188, 11.3308),
    "San Gimignano": (43.4677, 11.0432), "Sardegna": (39.2238, 9.1217),
    "Grado": (45.6780, 13.3950), "Lisbona": (38.7223, -9.1393), "Garda": (45.5760, 10.7090),
    "Trento": (46.0679, 11.1211), "Bolzano": (46.4983, 11.3548), "Amalfi": (40.6340, 14.6027),
}  # fmt: skip
CANON, NIKON, PHONE = ("Canon", "Canon EOS 80D"), ("NIKON CORPORATION", "NIKON D90"), (
    "Apple", "iPhone 14"
)  # fmt: skip
SCANNER = ("EPSON", "Perfection V600")
# Of all photos by the Canon.
EXPOSURE = {
    exposure.FOCAL_LENGTH: 50.0, exposure.ISO: 400, exposure.F_NUMBER: 8.0,
    exposure.EXPOSURE_TIME: 1 / 60, exposure.FLASH: 1,
}  # fmt: skip
FRONT = "iPhone 14 front TrueDepth camera 2.69mm f/1.9"
_PEOPLE = 'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"'
COPIED = datetime(2026, 1, 10, 12, 0)  # when all of it came to this disk


@dataclass(frozen=True)
class Photo:
    """A photo to write, or a video of one second, by its name.

    day: "2019:05:01 10:30:00" of the camera's clock.
    upright: taller than wide. wide: three times as wide as tall.
    facts: elements of its XMP, in a sidecar; with `inside`, in the file.
    iptc: records of its IPTC, (number, value).
    detail: number of the blobs that the picture has; 0: it is of one colour, and is never taken
        for a copy.
    moment: number of what moved since the first shot of a series with the same `detail`.
    lines: words on a paper, which are stored as read.
    """

    path: str
    shows: str
    day: str = ""
    place: str = ""
    camera: tuple[str, str] | None = None
    lens: str = ""
    upright: bool = False
    wide: bool = False
    facts: str = ""
    inside: bool = False
    iptc: tuple[tuple[int, str], ...] = ()
    detail: int = 0
    moment: int = 0
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Copy:
    """A copy of a photo of the family: the same bytes, or the picture saved again.

    scale: of its sides, if saved again. exif: whether it then keeps the EXIF.
    """

    path: str
    of: str
    scale: float | None = None
    exif: bool = True


@dataclass(frozen=True)
class Family:
    """The photos of a family.

    labels: labels given by hand -> paths.
    kept: collections -> the question that each is.
    """

    photos: tuple[Photo, ...]
    copies: tuple[Copy, ...]
    labels: dict[str, tuple[str, ...]]
    kept: dict[str, str] = field(default_factory=dict)

    @property
    def texts(self) -> dict[str, tuple[str, ...]]:
        """Return the words on papers by the name of the file."""
        return {Path(each.path).name: each.lines for each in self.photos if each.lines}


def series(folder: str, stem: str, shows: list[str], day: str, **more: object) -> list[Photo]:
    """Return one photo an hour from `day` on, for example "2019:05:01 10"."""
    date, hour = day.split()
    return [
        Photo(f"{folder}/{stem}{at:04}.jpg", each, f"{date} {int(hour) + at:02}:30:00", **more)  # type: ignore[arg-type]
        for at, each in enumerate(shows, start=1)
    ]


def title(text: str) -> str:
    return f'<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{text}</rdf:li></rdf:Alt></dc:title>'


_STARS = "<xmp:Rating>5</xmp:Rating><xmp:Label>Red</xmp:Label>"
PHONES_AND_CAMERAS = Family(
    photos=(
        *series("2008/Vacanze al mare", "IMG_", ["mare"] * 5 + ["persone"], "2008:08:12 09",
                camera=CANON),
        Photo("2013 Settembre/IMG_20130901_100140.jpg", "cane"),
        Photo("2013 Settembre/DSC00091.jpg", "prato", "2013:09:05 15:00:00", camera=NIKON),
        *series("2019/Roma", "IMG_", ["tramonto", "prato", "persone", "persone"], "2019:05:04 10",
                place="Roma", camera=CANON),
        *series("2019/Natale 2019", "P10", ["tramonto"] * 4 + ["cane", "persone"],
                "2019:12:25 11"),
        *(Photo(f"Natale 2021/scatto {at}.png", "neve") for at in range(1, 5)),
        *series("Venezia", "DSC_", ["mare", "mare", "persone"], "2017:06:10 17", place="Venezia",
                camera=NIKON),
        *series("Toscana", "S", ["prato", "persone"], "2016:04:25 10", place="San Gimignano",
                camera=NIKON),
        *series("Toscana", "T", ["tramonto", "persone"], "2016:04:26 18", place="Siena",
                camera=NIKON),
        *series("Sardegna", "IMG_", ["mare", "mare", "prato"], "2018:08:05 10", place="Sardegna",
                camera=PHONE),
        *series("2024 gatti", "IMG_", ["gatto"] * 5 + ["cane"], "2024:02:10 08", camera=PHONE),
        *(Photo(f"Vecchio computer/{at}.jpg", "prato") for at in range(1, 4)),
        *(Photo(f"WhatsApp Images/IMG-20190814-WA000{at}.jpg", "cane") for at in (1, 2)),
        Photo("Schermate/Screenshot_2019-08-14-10-30-05.png", "neve", upright=True),
        *series("Compleanno nonna 2015", "N", ["persone"], "2015:11:03 16",
                facts=bag("dc:subject", "nonna", "torta")),
        *series("Compleanno nonna 2015", "O", ["tramonto"], "2015:11:03 17",
                facts=title("Torta di nonna")),
        *series("Città di Perù", "PX", ["tramonto", "neve"], "2018:01:05 12", camera=PHONE),
        *series("Macro", "M", ["prato"] * 3, "2020:06:01 09", camera=CANON, upright=True,
                facts=_STARS),
        Photo("Macro/M0004.jpg", "gatto", "2020:06:02 23:10:00", camera=CANON, upright=True),
        *(Photo(f"Scansioni/foglio {at}.jpg", "stampa", detail=at) for at in (1, 2, 3)),
    ),
    copies=(
        Copy("Copie/IMG_0001 (1).jpg", of="2024 gatti/IMG_0001.jpg"),
        Copy("Copie/roma piccola.jpg", of="2019/Roma/IMG_0001.jpg", scale=0.5),
    ),
    labels={"zia Pina": ("2019/Roma/IMG_0003.jpg", "Compleanno nonna 2015/N0001.jpg")},
)  # fmt: skip


def make_family_photos(root: Path, family: Family = PHONES_AND_CAMERAS) -> Path:
    """Write the photos and copies of a family into a new folder."""
    rng = np.random.default_rng(5)
    for photo in family.photos:
        _write(root / photo.path, photo, rng)
    for copy in family.copies:
        _copy(root / copy.path, root / copy.of, copy)
    for path in sorted(root.rglob("*")):
        os.utime(path, (COPIED.timestamp(), COPIED.timestamp()))
    return root


def _write(path: Path, photo: Photo, rng: np.random.Generator) -> None:
    if photo.facts and not photo.inside:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_name(f"{path.name}.xmp").write_bytes(packet(photo.facts, _PEOPLE))
    if path.suffix == ".mp4":
        day = photo.day.replace(":", "-", 2).replace(" ", "T")
        make_clip(path, [PICTURES[photo.shows]], metadata={"creation_time": day})
        return
    exif = Image.Exif()
    if photo.lens:
        exif.get_ifd(tags.EXIF_IFD)[tags.LENS_MODEL] = photo.lens
    if photo.camera:
        exif[tags.MAKE], exif[tags.MODEL] = photo.camera
    if photo.camera == CANON:
        exif.get_ifd(tags.EXIF_IFD).update(EXPOSURE)
    if photo.day:
        exif.get_ifd(tags.EXIF_IFD)[tags.DATETIME_ORIGINAL] = photo.day
    if photo.place:
        north, east = PLACES[photo.place]
        where = {1: "N", 2: (north, 0, 0), 3: "E" if east > 0 else "W", 4: (abs(east), 0, 0)}
        exif.get_ifd(tags.GPS_IFD).update(where)
    inside = {"xmp": packet(photo.facts)} if photo.inside else {}
    picture = _paper(photo) if photo.lines else _picture(photo, rng)
    _save(picture, path, exif=exif, **inside)
    if photo.iptc:
        records = [(number, value.encode()) for number, value in photo.iptc]
        path.write_bytes(with_iptc(path.read_bytes(), *records))


def _picture(photo: Photo, rng: np.random.Generator) -> Image.Image:
    """Draw a picture of nearly one colour; no two pictures are equal in every pixel."""
    colour = np.clip(np.array(PICTURES[photo.shows]) + rng.integers(-9, 10, 3), 0, 255)
    if photo.detail:
        return _blobs(photo, colour)
    if photo.shows == "stampa":
        colour = colour[[0, 0, 0]]
    height, width = (60, 40) if photo.upright else (40, 120 if photo.wide else 60)
    pixels = np.tile(colour.astype(np.uint8), (height, width, 1))
    if photo.shows == "persone":  # two colours, which make this one on the whole
        pixels[:, ::2] += np.array([40, -20, -40], np.int8).view(np.uint8)
        pixels[:, 1::2] -= np.array([40, -20, -40], np.int8).view(np.uint8)
    return Image.fromarray(pixels)


def _blobs(photo: Photo, colour: np.ndarray) -> Image.Image:
    """Draw a detailed picture whose mean is nearly a colour; a print has no colours."""
    drawn = scene(photo.detail, (240, 160))
    if photo.moment:
        drawn = moved(drawn, 0.3, np.random.default_rng(photo.moment))
    grey = np.asarray(drawn.convert("L"), np.float32)[..., None] - 128.0
    mean = colour[[0, 0, 0]] if photo.shows == "stampa" else colour
    return Image.fromarray(np.clip(mean + 0.6 * grey, 0, 255).astype(np.uint8))


def _paper(photo: Photo) -> Image.Image:
    """Draw the words of a paper, one line below the other."""
    image = Image.new("RGB", (240, 340) if photo.upright else (340, 240), PICTURES["carta"])
    draw = ImageDraw.Draw(image)
    for at, line in enumerate(photo.lines):
        draw.text((16, 14 + 26 * at), line, (20, 20, 20), ImageFont.load_default(15))
    return image


def _copy(path: Path, original: Path, copy: Copy) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if copy.scale is None:
        shutil.copy2(original, path)
        return
    with Image.open(original) as picture:
        size = round(picture.width * copy.scale), round(picture.height * copy.scale)
        exif = picture.getexif() if copy.exif else Image.Exif()
        _save(picture.resize(size), path, exif=exif, quality=80)


def _save(picture: Image.Image, path: Path, quality: int = 95, **parts: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".heic":
        pillow_heif.register_heif_opener()
    written = BytesIO()
    picture.save(written, Image.registered_extensions()[path.suffix], quality=quality, **parts)
    path.write_bytes(written.getvalue())
