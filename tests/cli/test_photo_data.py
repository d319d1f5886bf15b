"""All that is known of photos: `dati`, and the rows of `cerca --json` and --json-righe."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from cercafoto import Library, Question, as_json
from cercafoto.question.filters.filter import Filters
from cercafoto.search import photo_album
from tests.conftest import PAINT, Cli, paint
from tests.support.clips import GREEN, RED, make_clip
from tests.support.optional_packages import needs
from tests.support.read_texts import write_texts

SIDECAR = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF
 xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description
 xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:tiff="http://ns.adobe.com/tiff/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 exif:GPSLatitude="45,40.626N" exif:GPSLongitude="13,23.472E" tiff:Make="Canon"
 tiff:Model="EOS 80D" xmp:Rating="4" exif:DateTimeOriginal="2019-08-14T10:30:05">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">Sul molo</rdf:li></rdf:Alt></dc:title>
<dc:subject><rdf:Bag><rdf:li>mare</rdf:li></rdf:Bag></dc:subject>
</rdf:Description></rdf:RDF></x:xmpmeta>"""
GRADO = {
    "comune": "Grado",
    "provincia": "Gorizia",
    "regione": "Friuli Venezia Giulia",
    "paese": "Italia",
}


@pytest.fixture
def photo(cli: Cli, photos: Path, library: Library) -> Path:
    """An indexed photo with metadata of every kind."""
    red = photos / "rosso.png"
    (photos / "rosso.png.xmp").write_text(SIDECAR, "utf-8")
    shutil.copy(red, photos / "copia.png")
    assert cli("index", photos)[0] == 0
    library.labels.give([red], ["zia Pina"])
    write_texts(library, {"rosso.png": ["Trattoria", "da Gigi"]})
    assert cli("cerca", "--da", "2019", "--salva", "Gite")[0] == 0
    return red


def test_all_that_is_known_of_a_photo_is_shown(cli: Cli, photo: Path) -> None:
    code, out, _ = cli("dati", photo)
    rows = dict(line.strip().split("  ", 1) for line in out.splitlines()[1:])
    shown = {name: value.strip() for name, value in rows.items()}
    assert (code, out.splitlines()[0]) == (0, str(photo))
    expected = {
        "Titolo": "Sul molo",
        "Data": "mercoledì 14 agosto 2019, ore 10:30 (dai dati XMP)",
        "Luogo": "Grado, Gorizia, Friuli Venezia Giulia, Italia",
        "Latitudine": "45,67710",
        "Longitudine": "13,39120",
        "Fotocamera": "Canon EOS 80D",
        "Stelle": "★★★★",
        "Parole chiave": "mare",
        "Etichette tue": "zia Pina",
        "Raccolte": "Gite",
        "Testo": "Trattoria / da Gigi",
        "Copia identica": str(photo.parent / "copia.png"),
        "Modello": "tiny",
    }
    assert {name: shown[name] for name in expected} == expected
    known = json.loads(cli("dati", photo, "--json")[1])
    assert known["place"] == GRADO and known["collections"] == ["Gite"]
    assert known["labels"] == [{"label": "zia Pina", "confidence": 1.0, "by_hand": True}]
    assert (known["text"], known["read_by"]) == ("Trattoria\nda Gigi", "lettore di prova 1")
    assert known["indexed_at"] and known["models"] == ["tiny"]


def test_several_photos_are_lines_of_json(cli: Cli, photo: Path, tmp_path: Path) -> None:
    other = photo.parent / "verde.png"
    code, out, err = cli("dati", photo, tmp_path / "no.png", other, "--json")
    assert code == 3 and "no.png: non esiste" in err
    lines = [json.loads(line) for line in out.splitlines()]
    assert [line["path"] for line in lines] == [str(photo), str(other)]
    assert lines[1]["title"] is lines[1]["place"] is lines[1]["text"] is None


def test_a_photo_that_is_not_in_the_archive_is_told_with_what_to_do(
    cli: Cli, photo: Path, tmp_path: Path
) -> None:
    new = paint(tmp_path / "nuova" / "altra.png", (9, 9, 9))
    folder, broken = photo.parent, photo.parent / "rotta.jpg"
    broken.write_bytes(b"\xff\xd8\xff")
    (folder / "verde.png").unlink()
    cli("index", folder, "--escludi", "blu.png")
    for path, said in {
        new: f"cercafoto index {new.parent}",
        folder: f"cercafoto cerca --in {folder}",
        folder / "mai.png": "Controlla il nome.",
        folder / "verde.png": "il file non c'era più",
        folder / "blu.png": "--riammetti",
        broken: "cercafoto index --riprova",
    }.items():
        code, out, err = cli("dati", path)
        assert (code, out) == (2, "") and path.name in err and said in err, err
    assert cli("dati")[0] == 2


@needs("av")
def test_the_moments_of_a_video_are_shown(cli: Cli, photos: Path) -> None:
    clip = make_clip(photos / "compleanno.mp4", [RED, GREEN], 2)
    cli("index", photos)
    assert "Momenti" in cli("dati", clip)[1]
    known = json.loads(cli("dati", clip, "--json")[1])
    assert known["duration"] > 1 and len(known["moments"]) > 1
    assert known["moments"][0]["start"] == 0


def test_rows_of_an_answer_have_the_same_data(cli: Cli, photo: Path, library: Library) -> None:
    known = json.loads(cli("dati", photo, "--json")[1])
    asked = ("cerca", "--da", "2019")
    whole = cli(*asked, "--json")[1]
    (hit,) = json.loads(whole)["hits"]
    lines = [json.loads(line) for line in cli(*asked, "--json-righe")[1].splitlines()]
    assert lines == [hit]
    both = hit.keys() & known.keys() - {"copies"}
    assert {"title", "place", "camera", "keywords", "collections"} <= both
    assert {key: hit[key] for key in both} == {key: known[key] for key in both}
    row = cli(*asked, "--formato-riga", "{titolo}|{regione}|{fotocamera}|{raccolte}")[1]
    assert row == "Sul molo|Friuli Venezia Giulia|Canon EOS 80D|Gite\n"
    query = library.parse(Question(typed=Filters(since="2019")))
    result = library.search(query)
    assert result.hits[0].data is None  # nobody asked for it
    assert as_json(library.photos.with_data(result)) == whole
    few = library.photos.with_data(result, ["camera"]).hits[0].data
    assert few == {"camera": "Canon EOS 80D"}


def test_lines_of_json_are_all_that_answer(
    cli: Cli, indexed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(photo_album, "AT_ONCE", 7)  # in several parts
    for number in range(30):
        paint(indexed / "altre" / f"{number}.png", (200 + number, 0, number))
    cli("index")
    lines = cli("cerca", "--in", indexed, "--json-righe")[1].splitlines()
    paths = {path for line in map(json.loads, lines) for path in (line["path"], *line["copies"])}
    assert len(paths) == 30 + len(PAINT)
    assert len(cli("cerca", "--in", indexed, "--json-righe", "-n", "3")[1].splitlines()) == 3
    for more in (["--json"], ["--spiega"], ["--formato-riga", "{nome}"]):
        assert cli("cerca", "rosso", "--json-righe", *more)[0] == 2
    assert cli("cerca", "-", "--json-righe")[0] == 2
    code, out, err = cli("cerca", "--da", "2030", "--json-righe")
    assert (code, out) == (0, "") and "Nessuna foto corrisponde" in err
