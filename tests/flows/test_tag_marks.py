"""`cercafoto tag --stelle --colore`: written beside the photos, found at once, undone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Cli
from tests.flows.test_tag_xmp import exiftool, snapshot


def found(cli: Cli, *options: str) -> list[str]:
    hits = json.loads(cli("cerca", *options, "--json")[1])["hits"]
    return sorted(Path(hit["path"]).name for hit in hits)


def test_stars_and_colours_are_given_found_and_undone(cli: Cli, photos: Path) -> None:
    cli("index", photos)
    red, blue = photos / "rosso.png", photos / "blu.png"
    before = snapshot(photos)
    code, out, err = cli("tag", "--stelle", "4", "--colore", "rossa", red, blue)
    assert (code, out, err) == (0, "", "File .xmp: 2 scritti.\n")
    # Found without another `index`, which then finds nothing to do.
    assert found(cli, "--stelle", "4") == found(cli, "--colore", "rosso") == [blue.name, red.name]
    assert found(cli, "con 4 stelle e con etichetta rossa") == [blue.name, red.name]
    times = {path: path.stat().st_mtime_ns for path in photos.iterdir()}
    assert cli("index", photos)[0] == 0
    assert {path: path.stat().st_mtime_ns for path in photos.iterdir()} == times
    data = exiftool(Path(f"{red}.xmp"))
    assert (data["Rating"], data["Label"], data["ColorLabel"]) == (4, "Red", 1)
    code, out, err = cli("tag", "--stelle", "0", "--colore", "nessuno", red, photos / "verde.png")
    assert (code, err) == (0, "File .xmp: 1 scritto, 1 già a posto.\n")
    assert found(cli, "--stelle", "1") == [blue.name]
    assert json.loads(cli("tag", "--annulla", "--json")[1])["undone"] == (
        "tag --stelle 0 --colore nessuno"
    )
    assert found(cli, "--colore", "rosso") == [blue.name, red.name]
    code, out, err = cli("tag", "--annulla")
    assert out.startswith("Annullato «tag --stelle 4 --colore rosso» del ") and code == 0
    assert snapshot(photos) == before and found(cli, "--stelle", "1") == []


def test_what_exiftool_wrote_keeps_everything_else(cli: Cli, photos: Path) -> None:
    import subprocess

    sidecar = photos / "rosso.png.xmp"
    exiftool(photos / "rosso.png")  # skips where it is not installed
    given = ["-XMP:Rating=2", "-XMP:Label=Verde", "-XMP:Title=Al mare", "-XMP:Subject=gita"]
    subprocess.run(["exiftool", "-q", *given, "-o", sidecar, photos / "rosso.png"], check=True)
    cli("index", photos)
    assert found(cli, "--colore", "verde") == ["rosso.png"]
    assert cli("tag", "--stelle", "-1", "--colore", "viola", photos / "rosso.png")[0] == 0
    data = exiftool(sidecar)
    assert (data["Rating"], data["Label"], data["ColorLabel"]) == (-1, "Viola", 6)
    assert (data["Title"], data["Subject"]) == ("Al mare", "gita")
    # And back: another program changes it, and the next `index` reads that.
    subprocess.run(["exiftool", "-q", "-overwrite_original", "-XMP:Rating=5", sidecar], check=True)
    cli("index", photos)
    assert found(cli, "--stelle", "5") == ["rosso.png"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--stelle", "6", "{}"], "da 0 a 5"),
        (["--stelle", "3"], "vogliono almeno una foto"),
        (["--colore", "trasparente", "{}"], "non conosce"),
        (["--stelle", "3", "--aggiungi", "mare", "{}"], "vanno senza etichette"),
        (["--stelle", "3", "{}/manca.jpg"], "non è nell'archivio"),
    ],
)
def test_what_makes_no_sense_is_refused(
    cli: Cli, photos: Path, options: list[str], told: str
) -> None:
    cli("index", photos)
    code, _, err = cli("tag", *(each.format(photos) for each in options))
    assert code == 2 and told in err and not list(photos.glob("*.xmp"))


def test_a_rehearsal_shows_what_would_be_written(cli: Cli, photos: Path) -> None:
    cli("index", photos)
    code, out, err = cli("tag", "--stelle", "3", "--prova", photos / "blu.png")
    assert code == 0 and "+   <xmp:Rating" in out and err == "File .xmp: 1 da scrivere.\n"
    assert not list(photos.glob("*.xmp")) and found(cli, "--stelle", "1") == []
