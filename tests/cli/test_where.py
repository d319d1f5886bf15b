"""cercafoto dove: its output, and the map it writes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from cercafoto.models.encode.encoder import Encoder
from cercafoto.models.model_folder import ModelFolder
from cercafoto.search.searched_as import DOUBT
from cercafoto.search.where_in_photo import where
from tests.conftest import PAINT, Cli
from tests.support.known_words import all_but


@pytest.fixture
def halves(tmp_path: Path) -> Path:
    """A photo with an EXIF rotation: upright, its left half is red and its right half blue."""
    picture = Image.new("RGB", (300, 600), PAINT["rosso"])
    picture.paste(PAINT["blu"], (0, 0, 300, 300))
    exif = Image.Exif()
    exif[0x0112] = 6  # what is stored on top belongs on the right
    path = tmp_path / "metà.jpg"
    picture.save(path, exif=exif, quality=95)
    return path


@pytest.mark.parametrize("method", [[], ["--occlusione"]])
def test_the_box_is_in_pixels_of_the_upright_photo(
    cli: Cli, halves: Path, method: list[str]
) -> None:
    code, out, err = cli("dove", "blu", halves, "--json", "-q", *method)
    told = json.loads(out)
    assert (code, err) == (0, "")
    assert (told["width"], told["height"]) == (600, 300)
    assert told["method"] == ("occlusion" if method else "patches")
    assert told["text"] == "blu" and told["model"]["name"] == "tiny" and told["map"] is None
    box = told["box"]
    assert box["where"] == "a destra" and box["x"] >= 200 and box["x"] + box["width"] <= 600
    code, out, _ = cli("dove", "blu", halves, *method)
    assert code == 0
    assert out.splitlines()[0] == f"«blu» in {halves}: fiducia {told['word']}"
    assert out.splitlines()[1].startswith(f"A destra: x {box['x']}, y {box['y']}, larghezza")
    assert "600 × 300 pixel" in out


def test_words_that_the_model_does_not_know_are_told(
    cli: Cli, halves: Path, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = json.loads(cli("dove", "blu", halves, "--json", "-q")[1])
    assert "doubted" not in known
    some = all_but(Encoder(ModelFolder.open(tiny)), "blu")
    monkeypatch.setattr(Encoder, "known_words", some)
    told = json.loads(cli("dove", "blu", halves, "--json", "-q")[1])
    assert told["doubted"] == ["blu"] and told["box"] == known["box"]
    assert told["confidence"] == pytest.approx(DOUBT * known["confidence"], abs=1e-4)
    lines = cli("dove", "blu", halves)[1].splitlines()
    assert lines[1] == "Poco noto al modello: «blu»; la fiducia è ridotta."


def test_the_map_is_a_png_that_replaces_nothing_unasked(
    cli: Cli, halves: Path, tmp_path: Path
) -> None:
    target = tmp_path / "mappa.png"
    code, _, err = cli("dove", "blu", halves, "-o", target)
    assert code == 0 and str(target) in err
    with Image.open(target) as picture:
        assert (picture.format, picture.size) == ("PNG", (600, 300))
        assert picture.convert("RGB").getpixel((30, 150)) == pytest.approx((250, 10, 10), abs=6)
        hot = picture.convert("RGB").getpixel((560, 150))
        assert hot[0] > 150 and hot[1] > 150  # pale yellow over the blue
    before = target.read_bytes()
    code, out, err = cli("dove", "rosso", halves, "-o", target)
    assert (code, out) == (2, "") and "c'è già" in err and "--sovrascrivi" in err
    assert target.read_bytes() == before
    code, _, _ = cli("dove", "rosso", halves, "-o", target, "--sovrascrivi")
    assert code == 0 and target.read_bytes() != before
    # The map has the format of its extension.
    for name, format_ in (("m.jpg", "JPEG"), ("m.JPEG", "JPEG"), ("mappa", "PNG")):
        assert cli("dove", "blu", halves, "-o", tmp_path / name)[0] == 0
        with Image.open(tmp_path / name) as picture:
            assert (picture.format, picture.size) == (format_, (600, 300))
    code, out, err = cli("dove", "blu", halves, "-o", tmp_path / "m.webp")
    assert (code, out) == (2, "") and ".png o .jpg, non .webp" in err
    assert not (tmp_path / "m.webp").exists()


def test_what_is_asked_for(cli: Cli, halves: Path, photos: Path) -> None:
    """Words, with or without quotes, and then one photo."""
    needed = "Servono le parole da cercare e poi la foto."
    order = "La foto è una sola, e viene dopo le parole"
    for given, said in (
        ([], needed),
        (["un gatto"], needed),
        ([halves], needed),
        ([" ", halves], ""),
        (["blu", halves, photos / "blu.png"], order),
        ([halves, "blu"], order),
        (["blu", halves, "--modello", "ignoto"], "ignoto"),
    ):
        code, out, err = cli("dove", *given)
        assert (code, out) == (2, "") and said in err
    code, _, err = cli("dove", "blu", photos / "manca.jpg")
    assert code == 1 and "manca.jpg: non esiste" in err
    told = cli("dove", "un", "quadrato", "blu", halves)
    assert told[0] == 0 and told == cli("dove", "un quadrato blu", halves)
    code, out, err = cli("dove", "blu", photos / "rosso.png")
    assert (code, err) == (0, "Forse nella foto non c'è.\n") and "Nessuna parte" in out


def test_dove_uses_the_model_of_the_archive(
    cli: Cli, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cli("index", photos)[0] == 0
    monkeypatch.delenv("CERCAFOTO_MODELLO")
    told = json.loads(cli("dove", "blu", photos / "blu.png", "--json")[1])
    assert told["model"]["name"] == "tiny"


@pytest.mark.parametrize(
    ("box", "words"),
    [
        ((0, 0, 100, 100), "in alto a sinistra"),
        ((140, 120, 160, 180), "al centro"),
        ((120, 0, 180, 60), "in alto al centro"),
        ((0, 120, 60, 180), "a sinistra"),
        ((220, 240, 300, 300), "in basso a destra"),
        ((0, 0, 300, 250), "quasi tutta la foto"),
    ],
)
def test_places_in_words(box: tuple[int, int, int, int], words: str) -> None:
    assert where(box, (300, 300)) == words


def test_the_boxes_of_things_that_are_seen_come_first(
    cli: Cli, halves: Path, tmp_path: Path, things: None
) -> None:
    # For the tiny model that sees things, blue is a car; each quarter of a photo is a cell.
    _, out, _ = cli("dove", "una macchina", halves, "--json", "-q")
    told = json.loads(out)
    assert told["method"] == "things"
    boxes = [(box["x"], box["y"], box["width"], box["height"]) for box in told["boxes"]]
    assert sorted(boxes) == [(300, 0, 300, 150), (300, 150, 300, 150)]
    assert told["box"] == told["boxes"][0]
    _, out, _ = cli("dove", "una decina di macchine", halves, "--json", "-q")
    assert json.loads(out)["boxes"] == told["boxes"]
    _, out, _ = cli("dove", "una macchina", halves)
    assert {line.split(":")[0] for line in out.splitlines()[1:]} == {
        "In alto a destra",
        "In basso a destra",
    }
    assert out.count("600 × 300 pixel") == 1
    # If no thing is named, the model knows none such, or another method is chosen: the parts that
    # fit the words best.
    for words in (
        *(("blu",), ("un gatto blu",), ("il faro di una macchina blu",)),
        ("una macchina blu", "--occlusione"),
    ):
        code, out, _ = cli("dove", words[0], halves, "--json", "-q", *words[1:])
        assert code == 0 and json.loads(out)["method"] != "things"
        assert len(json.loads(out)["boxes"]) == 1
