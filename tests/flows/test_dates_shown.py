"""The date shown for a photo comes from EXIF or names, never from its file's time."""

from __future__ import annotations

import json
import os
import re
import shutil
from datetime import datetime
from pathlib import Path

import pytest
from PIL import Image

from cercafoto import Settings
from cercafoto.photos import exif as tags
from tests.conftest import PAINT, Cli, paint
from tests.support.web_client import visitor

SAVED = datetime(2021, 3, 4, 12, 30)


@pytest.fixture
def folder(cli: Cli, tmp_path: Path) -> Path:
    """Return a folder of red photos dated by EXIF, file name, folder name, or only by file time."""
    found = tmp_path / "foto"
    found.mkdir()
    exif = Image.Exif()
    exif.get_ifd(tags.EXIF_IFD)[tags.DATETIME_ORIGINAL] = "2019:08:14 10:30:05"
    Image.new("RGB", (60, 40), PAINT["rosso"]).save(found / "scattata.jpg", exif=exif)
    paint(found / "IMG_20180703_101010.png", PAINT["rosso"], (50, 50))
    paint(found / "2018" / "anno.png", PAINT["rosso"], (52, 50))
    paint(found / "Agosto 2019" / "mese.png", PAINT["rosso"], (54, 50))
    paint(found / "copiata.png", PAINT["rosso"], (40, 60))
    paint(found / "prima.png", PAINT["rosso"], (42, 60))
    for photo in found.rglob("*.*"):
        os.utime(photo, (SAVED.timestamp(), SAVED.timestamp()))
    os.utime(found / "prima.png", (SAVED.timestamp() - 1000, SAVED.timestamp() - 1000))
    assert cli("index", found)[0] == 0
    return found


def stems(out: str) -> list[str]:
    return [Path(path).stem for path in out.splitlines()]


def test_every_answer_shows_the_same_dates(
    cli: Cli, folder: Path, tmp_path: Path, settings: Settings
) -> None:
    # The gallery.
    assert cli("cerca", "rosso", "--html", tmp_path / "g.html", "-n", "20")[0] == 0
    html = (tmp_path / "g.html").read_text("utf-8")
    days = re.findall('<p class="detto">(.*)</p>', html)
    assert sorted(days) == ["14 agosto 2019", "2018", "3 luglio 2018", "agosto 2019"]
    assert "<p>6 foto · 2018 – 14 agosto 2019</p>" in html and "marzo 2021" not in html
    # The page.
    with visitor(settings) as client:
        grid = client.get("/").text
        ids = re.findall(r'data-foto="(\d+)">\s*<img [^>]* alt="(\w+)\.', grid)
        said = {name: client.get(f"/foto/{number}").text for number, name in ids}
        years = re.findall(r'[?]da=([\d-]+).*?"numero">(\d+)<', client.get("/faccette").text)
    assert [name for _, name in ids] == [
        "scattata", "mese", "IMG_20180703_101010", "anno", "copiata", "prima"
    ]  # fmt: skip
    assert "<dt>Data</dt><dd>mercoledì 14 agosto 2019, ore 10:30</dd>" in said["scattata"]
    assert "(dal nome del file)" in said["IMG_20180703_101010"]
    assert "<dt>Data</dt><dd>2018 (dal nome della cartella)</dd>" in said["anno"]
    assert "<dt>Data</dt><dd>agosto 2019 (dal nome della cartella)</dd>" in said["mese"]
    assert "<dt>Data del file</dt><dd>giovedì 4 marzo 2021, ore 12:30</dd>" in said["copiata"]
    assert "<dt>Data</dt>" not in said["copiata"] and "Data del file" not in said["scattata"]
    assert years == [("2019", "2"), ("2018", "2")]
    # Questions about time.
    for question, expected in (
        ("nel 2021", []),
        ("nel 2019", ["scattata", "mese"]),
        ("ad agosto 2019", ["mese", "scattata"]),
        ("il 14 agosto 2019", ["scattata"]),
        ("nel 2018", ["IMG_20180703_101010", "anno"]),
        ("a luglio 2018", ["IMG_20180703_101010"]),
        ("nell'estate 2019", ["scattata", "mese"]),
        ("dal 2018 a luglio 2019", ["IMG_20180703_101010", "anno"]),
        ("foto scattate di mercoledì", ["scattata"]),
        ("foto scattate tra le 8 e le 23", ["scattata", "IMG_20180703_101010"]),
        ("foto di agosto", ["mese", "scattata"]),
    ):
        assert stems(cli("cerca", question, "--percorsi", "-n", "20")[1]) == expected, question
    # Programs and order have it.
    out = cli("cerca", "rosso", "--json", "-n", "20", "--tutte")[1]
    dates = {
        Path(h["path"]).stem: (h["taken_at"], h["date_source"]) for h in json.loads(out)["hits"]
    }
    assert dates == {
        "scattata": ("2019-08-14T10:30:05", "exif"),
        "IMG_20180703_101010": ("2018-07-03T10:10:10", "name"),
        "anno": ("2018", "folder"),
        "mese": ("2019-08", "folder"),
        "copiata": (None, None),
        "prima": (None, None),
    }
    latest = cli("cerca", "--formato", "png", "--percorsi", "-n", "20")[1]
    assert stems(latest) == ["mese", "IMG_20180703_101010", "anno", "copiata", "prima"]
    # Tables.
    lines = cli("cerca", "rosso", "--tutte", "-n", "20")[1].splitlines()
    shown = {
        Path(line).stem: re.findall(r"(?:\d\d/)*(?:2018|2019|2021)(?=  )", line)
        for line in lines[1:]
    }
    assert shown == {
        "scattata": ["14/08/2019"],
        "IMG_20180703_101010": ["03/07/2018"],
        "anno": ["2018"],
        "mese": ["08/2019"],
        "copiata": [],
        "prima": [],
    }
    assert lines[0].split() == ["Fiducia", "Data", "Foto"]
    shutil.copy2(folder / "copiata.png", folder / "doppia.png")
    assert cli("index")[0] == 0
    groups = cli("doppioni", "--esatti")[1]
    assert "copiata.png" in groups and "doppia.png" in groups and "2021" not in groups
