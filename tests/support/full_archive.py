"""An archive with rows in every table."""

from __future__ import annotations

import importlib.util
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from PIL import ExifTags, Image

from cercafoto import Library, Question, Settings
from cercafoto.archive.local.catalog import Catalog
from cercafoto.indexing.folder_choices import FolderChoices
from cercafoto.labels.label_file import Label
from cercafoto.models import things_model
from cercafoto.results.collections import ALWAYS
from cercafoto.results.texts import ReadText, TextLine
from tests.conftest import PAINT
from tests.photos.test_metadata import bag, packet
from tests.support.clips import GREEN, RED, make_clip

IPTC = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
PLACES = {"rosso": (43.3188, 11.3308), "blu": (48.8566, 2.3522)}


def make_full_archive(home: Path, tiny: Path, tiny_things: Path, film: bool = False) -> Settings:
    """Make an archive of photos in `home`/foto, and return its settings. Its catalogue is one file,
    without a log. film: add a video, if this machine can read one."""
    (home / "models").mkdir()
    (home / "models" / "tiny").symlink_to(tiny)
    settings = Settings(home / "archive", home / "models", "tiny", offline=True)
    folder = home / "foto"
    for number, (name, colour) in enumerate(PAINT.items(), start=1):
        _photo(folder / f"Gita {number}" / f"{name}.jpg", number, colour, PLACES.get(name))
    (folder / "rotta.jpg").write_bytes(b"\xff\xd8\xff nothing")
    if film and importlib.util.find_spec("av"):
        make_clip(folder / "film.mp4", [RED, GREEN], 2)
    library = Library(settings)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(things_model, "EMBEDDED_PATH", tiny_things)
        library.index([folder], choices=FolderChoices(exclude=("bozze",)))
    library.labels.tag([Label(colour) for colour in PAINT], "/e.txt")
    library.labels.give([folder / "Gita 1"], add=["vacanze", "famiglia"])
    library.labels.give([folder / "Gita 2"], add=["scelta"])
    library.labels.give([folder / "Gita 2"], remove=["scelta"])
    library.collections.keep("Rosse", Question(("rosso",)))
    library.collections.say("Rosse", [folder / "Gita 1" / "rosso.jpg"], ALWAYS)
    library.collections.refresh_folder(home / "Raccolte")
    with Catalog.create(settings.catalog) as catalog, catalog.transaction():
        for content in range(1, 4):
            lines = [TextLine(words, (0.1,) * 8, 0.9) for words in (f"Bar {content}", "Trattoria")]
            catalog.texts.write(content, ReadText("prova 1", tuple(lines)))
        catalog.quality.write(1, "sfocata", None, 0.08)
        catalog.quality.write(2, "nitida", "scura", 0.31)
        catalog.unread.write("testi", 4, "Non si legge")
        catalog.execute("INSERT INTO stale_labels(content_id, label_file) VALUES (2, '/vecchie')")
    with closing(sqlite3.connect(settings.catalog)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert db.execute("PRAGMA journal_mode=DELETE").fetchone() == ("delete",)
    return settings


def _photo(
    path: Path, number: int, colour: tuple[int, int, int], place: tuple[float, float] | None
) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Model] = f"X{number}00"
    details = exif.get_ifd(ExifTags.IFD.Exif)
    details[ExifTags.Base.DateTimeOriginal] = f"2019:08:1{number} 10:30:05"
    details[ExifTags.Base.LensModel] = f"EF{number}0mm f/1.8"
    if place:
        north, east = place
        gps = {1: "N", 2: (north, 0, 0), 3: "E", 4: (east, 0, 0)}
        exif.get_ifd(ExifTags.IFD.GPSInfo).update(gps)
    words = bag("dc:subject", f"merenda{number}") + bag("Iptc4xmpExt:PersonInImage", "Zia Pina")
    xmp = packet(words, f'xmlns:Iptc4xmpExt="{IPTC}"')
    path.parent.mkdir(parents=True)
    Image.new("RGB", (60, 40), colour).save(path, exif=exif, xmp=xmp)
