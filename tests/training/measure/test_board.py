"""`evaluate --data`: published layouts are read as they are, and figures equal plain loops."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cercafoto.models.encode.encoder import Encoder
from cercafoto.models.model_folder import ModelFolder
from cercafoto.photos.decoding.picture import open_upright
from cercafoto.training.__main__ import main
from cercafoto.training.measure.class_sets import class_readers
from cercafoto.training.measure.metrics import ranks_of_any_among
from cercafoto.training.measure.retrieval_sets import read_xm3600, read_xtd10
from cercafoto.training.training_errors import InputError
from tests.support.published_sets import (
    Captioned,
    Painter,
    make_imagenet,
    make_mscoco,
    make_xm3600,
    make_xtd10,
)
from tests.support.tiny_model import make_tiny_model

CUTS = (1, 5, 10)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_model(tmp_path_factory.mktemp("model") / "tiny")


@pytest.fixture(scope="module")
def encoder(model: Path) -> Encoder:
    return Encoder(ModelFolder.open(model))


def board(
    capsys: pytest.CaptureFixture[str], data: Path, model: Path, *more: str
) -> dict[str, Any]:
    """Return the command's JSON for one model: key -> rows, missing, notes."""
    assert main(["evaluate", "--data", str(data), "--model", str(model), "--json", *more]) == 0
    found = json.loads(capsys.readouterr().out)
    sets = {key: one["rows"] for key, one in found["models"][str(model)].items()}
    return {"sets": sets, "missing": found["missing"][str(model)], "notes": found["notes"]}


def vectors(encoder: Encoder, photos: Sequence[Path]) -> np.ndarray:
    return encoder.embed_images([open_upright(path, 32) for path in photos])


def slow(
    encoder: Encoder, made: Captioned, asked: Callable[[int], bool] = lambda photo: True
) -> tuple[dict[str, float], dict[str, float]]:
    """Return the share of captions that find their photo, and of photos that find their caption."""
    photos = vectors(encoder, made.photos)
    owners = [number for number, texts in enumerate(made.captions) for _ in texts]
    texts = [encoder.embed_texts([text])[0] for own in made.captions for text in own]
    to_photo, to_text = [], []
    for owner, text in zip(owners, texts, strict=True):
        if asked(owner):
            order = sorted(range(len(photos)), key=lambda at: -float(photos[at] @ text))
            to_photo.append(1 + order.index(owner))
    for number, photo in enumerate(photos):
        if asked(number):
            order = sorted(range(len(texts)), key=lambda at: -float(texts[at] @ photo))
            to_text.append(1 + min(at for at, text in enumerate(order) if owners[text] == number))
    return shares(to_photo), shares(to_text)


def shares(places: Sequence[int]) -> dict[str, float]:
    return {f"@{k}": sum(place <= k for place in places) / len(places) for k in CUTS}


def slow_classes(
    encoder: Encoder,
    photos: Sequence[tuple[Path, int]],
    labels: dict[int, str],
    templates: Sequence[str],
) -> dict[str, float]:
    """Return the share of photos that find their class; equal labels count as found before it."""
    texts = {}
    for number, label in labels.items():
        total = np.zeros(4)
        for template in templates:
            total += encoder.embed_texts([template.replace("{}", label)])[0]
        texts[number] = total / np.linalg.norm(total)
    places = []
    for path, gold in photos:
        if gold in labels:
            photo = vectors(encoder, [path])[0]
            own = float(texts[gold] @ photo)
            others = [number for number in labels if number != gold]
            places.append(1 + sum(float(texts[n] @ photo) >= own - 1e-6 for n in others))
    return shares(places)


def figures(row: dict[str, Any]) -> dict[str, float]:
    for k in CUTS:
        low, high = row[f"@{k} 95%"]
        assert low <= row[f"@{k}"] <= high
    return {f"@{k}": row[f"@{k}"] for k in CUTS}


def check_pair(
    rows: list[dict[str, Any]], part: str, expected: tuple[dict[str, float], dict[str, float]]
) -> None:
    there, back = (row for row in rows if row["part"] == part)
    assert (there["asked"], back["asked"]) == ("text -> photo", "photo -> text")
    assert figures(there) == pytest.approx(expected[0])
    assert figures(back) == pytest.approx(expected[1])


def test_xtd10(
    model: Path, encoder: Encoder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = make_xtd10(tmp_path, Painter())
    found = board(capsys, tmp_path, model, "--only", "xtd10")
    rows = found["sets"]["xtd10"]
    whole = slow(encoder, made)
    assert 0 < whole[0]["@1"] < 1
    check_pair(rows, "", whole)
    check_pair(rows, "COCO train2014", slow(encoder, made, lambda photo: photo < 8))
    check_pair(rows, "COCO val2014", slow(encoder, made, lambda photo: photo >= 8))
    assert [(r["queries"], r["among"]) for r in rows[2:4]] == [(8, 12), (8, 12)]
    assert len(found["notes"]) == 1
    assert "8 of its 12 photos are of COCO's train2014" in found["notes"][0]


def test_xtd10_beside_what_mscoco_it_holds_out(
    model: Path, encoder: Encoder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Photos of val2014 are also training photos of MSCOCO-IT, unless a file holds them out."""
    painter = Painter()
    made = make_xtd10(tmp_path, painter)
    make_mscoco(tmp_path, painter)
    found = board(capsys, tmp_path, model, "--only", "xtd10")
    held = slow(encoder, made, lambda photo: photo == 8)
    check_pair(found["sets"]["xtd10"], "held out by MSCOCO-IT", held)
    assert "MSCOCO-IT have seen; it holds out 1" in found["notes"][0]


def test_photos_of_xtd10_where_clip_benchmark_unpacks_them(tmp_path: Path) -> None:
    made = make_xtd10(tmp_path, Painter())
    (tmp_path / "xtd10" / "images").mkdir()
    for photo in made.photos:
        photo.rename(tmp_path / "xtd10" / "images" / photo.name)
    pairs = read_xtd10(tmp_path).pairs
    assert pairs.captions == [texts[0] for texts in made.captions]
    assert [photo.parent.name for photo in pairs.photos] == ["images"] * 12
    pairs.photos[3].unlink()
    with pytest.raises(InputError, match=r"061853\.jpg is not there \(1 of 12 .*cocodataset"):
        read_xtd10(tmp_path)


@pytest.mark.parametrize("packed", [False, True])
def test_xm3600(
    packed: bool,
    model: Path,
    encoder: Encoder,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    made = make_xm3600(tmp_path / "xm3600", Painter(1), packed=packed)
    found = board(capsys, tmp_path, model, "--only", "xm3600")
    rows = found["sets"]["xm3600"]
    check_pair(rows, "", slow(encoder, made))
    first = Captioned(made.photos, [texts[:1] for texts in made.captions])
    check_pair(rows, "first caption alone", slow(encoder, first))
    assert [(r["queries"], r["among"]) for r in rows] == [(18, 9), (9, 18), (9, 9), (9, 9)]
    assert "18 captions of 9 photos, 2.00 each" in found["notes"][0]


def test_damaged_captions_of_xm3600(tmp_path: Path) -> None:
    make_xm3600(tmp_path, Painter(), packed=True)
    (tmp_path / "captions.zip").write_bytes(b"PK no zip")
    with pytest.raises(InputError, match=r"captions\.zip: cannot be read"):
        read_xm3600(tmp_path)
    (tmp_path / "captions.jsonl").write_text('{"image/key": "0", "it": {"caption": []}}\n')
    with pytest.raises(InputError, match="line 1: no Italian caption"):
        read_xm3600(tmp_path)
    (tmp_path / "captions.jsonl").write_text('{"image/key": "0", "en": {"caption": ["x"]}}\n')
    with pytest.raises(InputError, match="line 1: KeyError"):
        read_xm3600(tmp_path)


def test_mscoco_it(
    model: Path, encoder: Encoder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each file is measured among its own photos; numbers written as text are accepted."""
    sets = make_mscoco(tmp_path, Painter(2))
    found = board(capsys, tmp_path, model)["sets"]
    assert list(found) == list(sets)
    for key, made in sets.items():
        check_pair(found[key], "", slow(encoder, made))
        assert [(r["queries"], r["among"]) for r in found[key]] == [(10, 5), (5, 10)]


def test_imagenet_and_babel_imagenet(
    model: Path, encoder: Encoder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = make_imagenet(tmp_path, Painter(3))
    found = board(capsys, tmp_path, model)
    alone, averaged = found["sets"]["imagenet"]
    labels = dict(enumerate(made.labels))
    assert alone["asked"] == "photo -> label"
    assert (alone["part"], averaged["part"]) == ("label", "2 templates")
    expected = slow_classes(encoder, made.photos, labels, ["{}"])
    assert 0 < expected["@1"] < 1
    assert figures(alone) == pytest.approx(expected)
    both = ["una foto di {}", "{} verde"]
    assert figures(averaged) == pytest.approx(slow_classes(encoder, made.photos, labels, both))
    assert (alone["queries"], alone["among"]) == (24, 1000)

    alone, averaged = found["sets"]["babel-imagenet"]
    assert (alone["queries"], alone["among"]) == (18, 6)
    expected = slow_classes(encoder, made.photos, made.babel, ["{}"])
    assert figures(alone) == pytest.approx(expected)
    prompts = ["una cattiva foto di un  {} .", " {}  il giocattolo. "]
    expected = slow_classes(encoder, made.photos, made.babel, prompts)
    assert figures(averaged) == pytest.approx(expected)
    assert found["notes"] == [
        "Babel-ImageNet: 6 of ImageNet's 1000 classes have an Italian label",
        "Babel-ImageNet-it: 2 of 6 classes share their label with another and are never found "
        "first",
    ]


def test_a_class_is_its_number_among_all_of_imagenet(tmp_path: Path) -> None:
    """Without one folder, every later number would mean another class."""
    make_imagenet(tmp_path, Painter(), classes=1000)
    folders = sorted((tmp_path / "imagenet" / "val").iterdir())
    folders[5].rmdir()
    for _, read in class_readers(tmp_path).values():
        with pytest.raises(InputError, match="999 folders of classes and not 1000"):
            read()


def test_a_set_without_photos_of_its_labels_is_missing_with_the_reason(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_imagenet(tmp_path, Painter())
    path = tmp_path / "babel-imagenet" / "babel_imagenet.json"
    path.write_text(json.dumps({"IT": [[1], ["pesce rosso"]]}))
    found = board(capsys, tmp_path, model)
    assert list(found["sets"]) == ["imagenet"]
    assert "no photo is of a class" in found["missing"]["babel-imagenet"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"DE": [[1], ["Goldfisch"]]}, "nothing Italian"),
        ({"IT": [[1, 2], ["pesce rosso"]]}, "do not fit together"),
        ({"IT": [[2, 1], ["uno", "due"]]}, "do not fit together"),
        ({"IT": [[1, 1000], ["uno", "due"]]}, "do not fit together"),
        ({"IT": "tinca"}, "not Babel-ImageNet's labels"),
    ],
)
def test_labels_of_babel_imagenet_that_mean_nothing(
    content: dict[str, Any], said: str, tmp_path: Path
) -> None:
    make_imagenet(tmp_path, Painter())
    (tmp_path / "babel-imagenet" / "babel_imagenet.json").write_text(json.dumps(content))
    with pytest.raises(InputError, match=said):
        class_readers(tmp_path)["babel-imagenet"][1]()


def test_the_captions_of_a_photo_are_drawn_together(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Three copies of each caption are no more evidence than one: the interval is the same."""
    painter = Painter(6)
    texts = {painter.photo(tmp_path / f"{n}.png").name: painter.caption() for n in range(10)}
    found = []
    for times in (1, 3):
        rows = [{"image_path": name, "captions": [text] * times} for name, text in texts.items()]
        (tmp_path / "p.jsonl").write_text("\n".join(map(json.dumps, rows)))
        more = ("--pairs", str(tmp_path / "p.jsonl"), "--only", "pairs")
        found.append(board(capsys, tmp_path, model, *more)["sets"]["pairs"][0])
    once, thrice = found
    assert (once["queries"], thrice["queries"]) == (10, 30)
    low, high = once["@5 95%"]
    assert 0 < low < once["@5"] < high < 1
    assert thrice["@5 95%"] == pytest.approx([low, high])


def test_the_whole_table(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All sets, two models, and a set of one's own; missing sets are named with their source."""
    painter = Painter(5)
    make_xtd10(tmp_path, painter)
    make_xm3600(tmp_path / "xm3600", painter)
    make_mscoco(tmp_path, painter)
    make_imagenet(tmp_path, painter)
    missing = tmp_path / "babel-imagenet" / "babel_imagenet.json"
    missing.unlink()
    lines = []
    for name, colour in (("rosso", (255, 0, 0)), ("blu", (0, 0, 255))):
        Image.new("RGB", (40, 30), colour).save(tmp_path / f"{name}.png")
        lines.append(json.dumps({"image_path": f"{name}.png", "captions": [name]}))
    (tmp_path / "mie.jsonl").write_text("\n".join(lines))
    other = make_tiny_model(tmp_path / "other", "other", turn=1)
    command = ["evaluate", "--data", str(tmp_path), "--pairs", str(tmp_path / "mie.jsonl")]
    assert main([*command, "--model", str(model), "--model", str(other)]) == 0
    table, after = capsys.readouterr().out.split("\n\n", 1)
    lines = table.splitlines()
    assert len({len(line) for line in lines}) == 1
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert cells[0] == ["Set", "Asked", "Model", "@1", "@5", "@10"]
    rows = cells[2:]
    assert [row[2] for row in rows] == [str(model), str(other)] * (len(rows) // 2)
    # xtd10 and its three groups, xm3600 and its first captions, four files, one's own: both ways.
    assert len(rows) == 2 * (2 * (4 + 2 + 4 + 1) + 2)
    own = next(row for row in rows if row[0] == "mie.jsonl")
    assert own[1:4] == ["2 texts -> 2 photos", str(model), "100.0 [100.0, 100.0]"]
    assert ["XTD10-it, COCO val2014", "4 photos -> 12 texts"] in [row[:2] for row in rows]
    assert own[4:] == ["-", "-"]
    assert "Not measured:" in after
    assert after.count(f"- Babel-ImageNet-it: {missing} is not there") == 1


def test_a_photo_that_cannot_be_read_costs_its_set_alone(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_xtd10(tmp_path, Painter())
    made = make_xm3600(tmp_path / "xm3600", Painter())
    made.photos[2].write_bytes(made.photos[2].read_bytes()[:60])
    found = board(capsys, tmp_path, model)
    assert list(found["sets"]) == ["xtd10"]
    assert str(made.photos[2]) in found["missing"]["xm3600"]


def test_a_model_that_cannot_be_had_costs_itself_alone(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_xtd10(tmp_path, Painter())
    found = board(capsys, tmp_path, model, "--model", "never-heard-of")
    assert list(found["sets"]) == ["xtd10"]
    assert main(["evaluate", "--data", str(tmp_path), "--model", "never-heard-of"]) == 1
    assert "XTD10-it: never-heard-of: " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--data", "{}"], "nothing could be measured"),
        (["--data", "{}/none"], "no such folder"),
        (["--data", "{}", "--only", "imagenet21k"], "no set is called imagenet21k"),
        (["--only", "xtd10"], "--only chooses among the sets of --data"),
        (["--data", "{}", "--table", "mscoco"], "give it alone"),
    ],
)
def test_wrong_usage_fails_with_a_reason(
    arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", *(word.format(tmp_path) for word in arguments)]) == 1
    assert said in capsys.readouterr().err


def test_ranks_of_any_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The best-placed of several right items counts; a tie with a wrong one counts against it."""
    rng = np.random.default_rng(0)
    queries = rng.integers(-2, 3, (7, 3)).astype(np.float32)
    items = rng.integers(-2, 3, (20, 3)).astype(np.float32)
    owner = np.concatenate([np.arange(7), rng.integers(0, 7, 13)])
    expected = []
    for number, query in enumerate(queries):
        scores = items @ query
        best = max(scores[owner == number])
        expected.append(1 + sum(scores[at] >= best for at in range(20) if owner[at] != number))
    for block in (1, 40, 1 << 20):
        monkeypatch.setattr("cercafoto.training.measure.metrics.SCORES_AT_ONCE", block)
        assert ranks_of_any_among(queries, items, owner).tolist() == expected
