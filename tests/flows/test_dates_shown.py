"""The day of a photo is shown where it is known, and the time of a file is never taken for it."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from PIL import Image

from cercafoto import Settings
from cercafoto.photos import exif as tags
from tests.conftest import PAINT, paint
from tests.support.web_client import visitor

Cli = Callable[..., tuple[int, str, str]]

SAVED = datetime(2021, 3, 4, 12, 30)


@pytest.fixture
def folder(cli: Cli, tmp_path: Path) -> Path:
    """Three red photos of which one was dated by a camera, one by its name, one by its file."""
    found = tmp_path / "foto"
    found.mkdir()
    exif = Image.Exif()
    exif.get_ifd(tags.EXIF_IFD)[tags.DATETIME_ORIGINAL] = "2019:08:14 10:30:05"
    Image.new("RGB", (60, 40), PAINT["rosso"]).save(found / "scattata.jpg", exif=exif)
    paint(found / "IMG_20180703_101010.png", PAINT["rosso"], (50, 50))
    paint(found / "copiata.png", PAINT["rosso"], (40, 60))
    for photo in found.iterdir():
        os.utime(photo, (SAVED.timestamp(), SAVED.timestamp()))
    assert cli("index", found)[0] == 0
    return found


def test_tables(cli: Cli, folder: Path) -> None:
    lines = cli("cerca", "rosso", "--tutte")[1].splitlines()
    shown = {Path(line.split()[-1]).stem: line.split()[2:-1] for line in lines[1:]}
    assert shown == {
        "scattata": ["14/08/2019"],
        "IMG_20180703_101010": ["03/07/2018"],
        "copiata": [],
    }
    assert lines[0].split() == ["Fiducia", "Data", "Foto"]
    shutil.copy2(folder / "copiata.png", folder / "doppia.png")
    assert cli("index")[0] == 0
    groups = cli("doppioni", "--esatti")[1]
    assert "copiata.png" in groups and "doppia.png" in groups and "2021" not in groups


def test_the_gallery(cli: Cli, folder: Path, tmp_path: Path) -> None:
    assert cli("cerca", "rosso", "--html", tmp_path / "g.html")[0] == 0
    html = (tmp_path / "g.html").read_text("utf-8")
    assert html.count("14/08/2019") == html.count("03/07/2018") == 2  # under the photo, and its alt
    assert "04/03/2021" not in html


def test_the_page(settings: Settings, folder: Path) -> None:
    with visitor(settings) as client:
        grid = client.get("/").text
        ids = re.findall(r'data-foto="(\d+)">\s*<img [^>]* alt="(\w+)\.', grid)
        said = {name: client.get(f"/foto/{number}").text for number, name in ids}
    assert "<dt>Data</dt><dd>mercoledì 14 agosto 2019, ore 10:30</dd>" in said["scattata"]
    assert "(dal nome del file)" in said["IMG_20180703_101010"]
    assert "<dt>Data del file</dt><dd>giovedì 4 marzo 2021, ore 12:30</dd>" in said["copiata"]
    assert "<dt>Data</dt>" not in said["copiata"] and "Data del file" not in said["scattata"]


def test_programs_order_and_conditions_have_it(cli: Cli, folder: Path) -> None:
    code, out, _ = cli("cerca", "rosso", "--da", "2021", "--json")
    (hit,) = json.loads(out)["hits"]
    assert code == 0 and hit["path"] == str(folder / "copiata.png")
    assert (hit["taken_at"], hit["date_source"]) == (SAVED.isoformat(), "file")
    latest = cli("cerca", "--da", "2000", "--percorsi")[1].splitlines()
    assert [Path(path).stem for path in latest] == [
        "copiata", "scattata", "IMG_20180703_101010"
    ]  # fmt: skip
