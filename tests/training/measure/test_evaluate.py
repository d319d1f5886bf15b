"""`python -m cercafoto.training evaluate`: figures with a real folder, errors for bad input."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cercafoto.models.encode.encoder import Encoder
from cercafoto.models.model_folder import ModelFolder
from cercafoto.photos.decoding.picture import open_upright
from cercafoto.training.__main__ import main
from cercafoto.training.measure import embed as evaluate_photos
from cercafoto.training.measure.datasets import (
    read_labels,
    read_mscoco,
    read_pairs,
    read_templates,
)
from cercafoto.training.measure.embed import AHEAD, BATCH, pixel_batches
from cercafoto.training.measure.evaluate import class_vectors, evaluate_pairs
from cercafoto.training.training_errors import InputError

COLOURS = {"rosso": (255, 0, 0), "verde": (0, 255, 0), "blu": (0, 0, 255)}


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    """Write three one-colour photos, each with its colour as caption."""
    lines = []
    for name, colour in COLOURS.items():
        Image.new("RGB", (40, 30), colour).save(tmp_path / f"{name}.png")
        lines.append(json.dumps({"image_path": f"{name}.png", "captions": [name]}))
    path = tmp_path / "pairs.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_captions_find_their_photos_and_the_table_is_for_reading(
    tiny: Path, pairs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["evaluate", "--model", str(tiny), "--pairs", str(pairs)]
    assert main([*command, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["R@1"] == report["MRR@10"] == 1.0
    assert report["R@1 95%"] == report["MRR@10 95%"] == [1.0, 1.0]
    assert main(command) == 0
    out = capsys.readouterr().out
    assert "caption -> photo (3 queries, 3 photos)" in out
    assert "R@10" in out
    assert "MRR@5     1.0000  [1.0000, 1.0000]" in out
    # Photos are grouped into kinds by the folder that they are in.
    assert f"  {pairs.parent.name:<6}  queries 3  R@1 1  R@5 1  R@10 1" in out


@pytest.mark.parametrize("form", ["tsv", "jsonl"])
def test_zero_shot_over_class_folders(
    tiny: Path, tmp_path: Path, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = tmp_path / f"labels.{form}"
    names = {f"n{i}": name for i, name in enumerate(COLOURS)}
    if form == "tsv":
        rows = [f"{wnid}\t{name}" for wnid, name in names.items()]
        labels.write_text("\n".join(["set_id\tquery_short_translated", *rows]), "utf-8")
    else:
        rows = [json.dumps({"wnid": wnid, "nomi": [name]}) for wnid, name in names.items()]
        labels.write_text("\n".join(rows), "utf-8")
    for wnid, name in names.items():
        (tmp_path / "photos" / wnid).mkdir(parents=True)
        Image.new("RGB", (40, 30), COLOURS[name]).save(tmp_path / "photos" / wnid / "a.jpg")
    arguments = ["--imagenet", str(tmp_path / "photos"), "--labels", str(labels), "--json"]
    assert main(["evaluate", "--model", str(tiny), *arguments]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report == {
        name: value
        for k in (1, 5, 10, 100)
        for name, value in ((f"accuracy@{k}", 1.0), (f"accuracy@{k} 95%", [1.0, 1.0]))
    }
    assert len(read_labels(labels)) == 3


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "no pairs"),
        ('{"image_path": "x.png"}\n', "line 1"),
        ('{"image_path": "missing.png", "captions": ["rosso"]}\n', "missing.png"),
        ("not json\n", "line 1"),
    ],
)
def test_broken_pairs_fail_with_one_line(
    tiny: Path, tmp_path: Path, content: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "broken.jsonl"
    path.write_text(content, encoding="utf-8")
    assert main(["evaluate", "--model", str(tiny), "--pairs", str(path)]) == 1
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["--pairs", "none.jsonl"],
        [],
        ["--imagenet", "photos"],
        ["--captions", "devset.json"],
        ["--captions", "devset.json", "--images", "val2014", "--pairs", "none.jsonl"],
        ["--pairs", "none.jsonl", "--table", "mscoco"],
        ["--model", "never-heard-of", "--pairs", "none.jsonl"],
    ],
)
def test_wrong_usage_fails(
    tiny: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    given = arguments if "--model" in arguments else ["--model", str(tiny), *arguments]
    assert main(["evaluate", *given]) == 1
    assert capsys.readouterr().err.startswith("error: ")


def test_figures_are_those_of_plain_loops(tiny: Path, tmp_path: Path) -> None:
    """Grey captions and similar colours: some answers are wrong, and ties occur."""
    rng = np.random.default_rng(0)
    words = [*COLOURS, "grigio", "rosso verde", "verde blu"]
    lines = []
    for number in range(12):
        colour = tuple(int(c) for c in rng.integers(0, 256, 3))
        Image.new("RGB", (20, 20), colour).save(tmp_path / f"{number}.png")
        said = [words[w] for w in rng.integers(0, len(words), 1 + number % 3)]
        lines.append(json.dumps({"image_path": f"{number}.png", "captions": said}))
    (tmp_path / "pairs.jsonl").write_text("\n".join(lines), "utf-8")
    encoder = Encoder(ModelFolder.open(tiny))
    report = evaluate_pairs(encoder, tmp_path / "pairs.jsonl")
    files = [tmp_path / f"{number}.png" for number in range(12)]
    photos = encoder.embed_images([open_upright(p, 32) for p in files])
    places = []
    for number, line in enumerate(lines):
        for said in json.loads(line)["captions"]:
            scores = photos @ encoder.embed_texts([said])[0]
            others = [i for i in range(12) if i != number]
            # A hair's breadth for two ways to add up the same products.
            places.append(1 + sum(scores[i] >= scores[number] - 1e-6 for i in others))
    assert report.queries == len(places) == 24
    assert 0 < report.figures["R@1"] < 1
    for k in (1, 5, 10):
        gained = [1 / place if place <= k else 0 for place in places]
        assert report.figures[f"MRR@{k}"] == pytest.approx(np.mean(gained))
        assert report.figures[f"R@{k}"] == pytest.approx(np.mean([p <= k for p in places]))
        low, high = report.intervals[f"MRR@{k}"]
        assert low <= report.figures[f"MRR@{k}"] <= high
        assert low < high


def test_a_photo_on_two_lines_is_one_photo(tmp_path: Path) -> None:
    """If it counted as two, the two would tie and neither would be found."""
    rows = [("a.png", ["uno", "due\u2028tre"]), ("b.png", ["quattro"]), ("a.png", ["cinque"])]
    lines = [json.dumps({"image_path": p, "captions": c}, ensure_ascii=False) for p, c in rows]
    (tmp_path / "pairs.jsonl").write_text("\n".join(lines), "utf-8")
    pairs = read_pairs(tmp_path / "pairs.jsonl")
    assert pairs.photos == [tmp_path / "a.png", tmp_path / "b.png"]
    assert pairs.gold.tolist() == [0, 0, 1, 0]
    assert pairs.captions == ["uno", "due\u2028tre", "quattro", "cinque"]


def test_templates_are_averaged(tiny: Path, tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text("# commento\nuna foto di {}\n\n{} verde {braces}\n", "utf-8")
    templates = read_templates(tmp_path / "t.txt")
    assert templates == ["una foto di {}", "{} verde {braces}"]
    encoder = Encoder(ModelFolder.open(tiny))
    found = class_vectors(encoder, ["rosso", "blu"], templates)
    for row, name in zip(found, ["rosso", "blu"], strict=True):
        mean = encoder.embed_texts([f"una foto di {name}", f"{name} verde {{braces}}"]).mean(axis=0)
        np.testing.assert_allclose(row, mean / np.linalg.norm(mean), atol=1e-6)
    (tmp_path / "t.txt").write_text("una foto\n", "utf-8")
    with pytest.raises(InputError, match=r"t\.txt: no line"):
        read_templates(tmp_path / "t.txt")


@pytest.fixture
def imagenet(tmp_path: Path) -> Path:
    """Make folders like ImageNet's, with its suffix; one class without a label, one broken file."""
    for number, colour in enumerate(COLOURS.values()):
        folder = tmp_path / "val" / f"n{number}"
        folder.mkdir(parents=True)
        for photo in range(3):
            Image.new("RGB", (30, 30), colour).save(folder / f"{photo}.JPEG", "JPEG")
    (tmp_path / "val" / "n9").mkdir()
    (tmp_path / "val" / "n0" / "note.txt").write_text("not a photo")
    rows = [f"n{number}\t{name}" for number, name in enumerate(COLOURS)]
    labels = "\n".join(["set_id\tquery_short_translated", *rows]) + "\n"
    (tmp_path / "labels.tsv").write_text(labels, "utf-8")
    return tmp_path


def test_the_table_of_imagenet(
    tiny: Path, imagenet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = ["--imagenet", str(imagenet / "val"), "--labels", str(imagenet / "labels.tsv")]
    assert main(["evaluate", "--model", str(tiny), "--table", "imagenet", *data]) == 0
    out = capsys.readouterr().out
    head, *rows = out.split("\n\n")[1].splitlines()
    assert head.split("  ")[0] == "%"
    assert "CLIP-Italian, published" in head and "mCLIP, published" in head and str(tiny) in head
    assert rows[0].split() == ["accuracy@1", "22.11", "20.15", "100.00", "[100.00,", "100.00]"]
    assert rows[3].split()[:3] == ["accuracy@100", "81.08", "67.11"]
    assert "9 queries" in out and "without 1 folders that have no label" in out
    assert "NOT the published set" in out
    assert "share their label" not in out
    labels = imagenet / "labels.tsv"
    labels.write_text(labels.read_text("utf-8").replace("verde", "rosso"), "utf-8")
    assert main(["evaluate", "--model", str(tiny), "--table", "imagenet", *data]) == 0
    out = capsys.readouterr().out
    assert f"{tiny}: 2 classes share their label" in out
    assert "66.67 % at 1 (not 33.33), 100.00 % at 5 (not 100.00)" in out
    templates = imagenet / "t.txt"
    templates.write_text("una foto di {}\n", "utf-8")
    arguments = ["--table", "imagenet", *data, "--templates", str(templates)]
    assert main(["evaluate", "--model", str(tiny), *arguments]) == 0
    out = capsys.readouterr().out
    assert "21.89" in out and "mCLIP" not in out


def test_a_photo_that_cannot_be_read_is_named(
    tiny: Path, imagenet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = imagenet / "val" / "n1" / "1.JPEG"
    broken.write_bytes(broken.read_bytes()[:200])
    data = ["--imagenet", str(imagenet / "val"), "--labels", str(imagenet / "labels.tsv")]
    assert main(["evaluate", "--model", str(tiny), *data, "--json"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("error: ") and str(broken) in captured.err


@pytest.fixture
def mscoco(tmp_path: Path) -> Path:
    """Write captions like crux82/mscoco-it, ordered by caption ids, not by photo."""
    told = [(42, "rosso"), (7, "verde"), (42, "il rosso"), (391895, "blu")]
    colours = {42: COLOURS["rosso"], 7: COLOURS["verde"], 391895: COLOURS["blu"]}
    (tmp_path / "val2014").mkdir()
    for number, colour in colours.items():
        name = f"COCO_val2014_{number:012d}.jpg"
        Image.new("RGB", (30, 30), colour).save(tmp_path / "val2014" / name)
    # A photo of another split is no distractor: only photos with captions are searched.
    Image.new("RGB", (30, 30)).save(tmp_path / "val2014" / "COCO_val2014_000000000001.jpg")
    annotations = [{"image_id": i, "id": 9 * n, "caption": c} for n, (i, c) in enumerate(told)]
    data = {"info": {}, "licenses": [], "type": "captions", "annotations": annotations}
    (tmp_path / "devset.json").write_text(json.dumps(data), "utf-8")
    return tmp_path


def test_the_table_of_mscoco(tiny: Path, mscoco: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = ["--captions", str(mscoco / "devset.json"), "--images", str(mscoco / "val2014")]
    assert main(["evaluate", "--model", str(tiny), "--table", "mscoco", *data]) == 0
    out = capsys.readouterr().out
    rows = {line.split()[0]: line.split()[1:] for line in out.splitlines() if "MRR@" in line}
    assert rows["MRR@1"] == ["0.3797", "0.2874", "1.0000", "[1.0000,", "1.0000]"]
    assert rows["MRR@10"][:2] == ["0.5204", "0.4129"]
    assert "(4 queries, 3 photos)" in out
    assert "8486 queries, 1696 photos" in out


def test_captions_of_mscoco_compressed_and_incomplete(mscoco: Path) -> None:
    plain = read_mscoco(mscoco / "devset.json", mscoco / "val2014")
    assert [p.name[-6:] for p in plain.photos] == ["42.jpg", "07.jpg", "95.jpg"]
    assert plain.gold.tolist() == [0, 1, 0, 2]
    packed = mscoco / "devset.json.gz"
    packed.write_bytes(gzip.compress((mscoco / "devset.json").read_bytes()))
    again = read_mscoco(packed, mscoco / "val2014")
    assert (again.photos, again.captions) == (plain.photos, plain.captions)
    packed.write_bytes(packed.read_bytes()[:40])
    with pytest.raises(InputError, match=r"devset\.json\.gz: cannot be read"):
        read_mscoco(packed, mscoco / "val2014")
    plain.photos[1].unlink()
    with pytest.raises(InputError, match=r"000000000007\.jpg: not there \(1 of 3"):
        read_mscoco(mscoco / "devset.json", mscoco / "val2014")


def test_several_models_side_by_side(
    tiny: Path, tmp_path: Path, pairs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from tests.support.tiny_model import make_tiny_model

    other = make_tiny_model(tmp_path / "other", "other", turn=1)
    models = ["--model", str(tiny), "--model", str(other)]
    assert main(["evaluate", *models, "--pairs", str(pairs), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert list(found) == [str(tiny), str(other)]
    assert found[str(tiny)]["R@1"] == 1.0
    assert main(["evaluate", *models, "--pairs", str(pairs)]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[0] == "caption -> photo (3 queries, 3 photos)"
    assert out[2].split() == [str(tiny), str(other)]
    assert out[3].split()[:2] == ["R@1", "1.0000"]


def test_vectors_that_are_not_numbers_are_refused(tiny: Path, pairs: Path) -> None:
    """Comparisons with NaN are false: every rank would be best."""
    encoder = Encoder(ModelFolder.open(tiny))
    encoder.embed_texts = lambda texts, batch=32: np.full((len(texts), 4), np.nan, np.float32)  # type: ignore[method-assign]
    with pytest.raises(InputError, match="not numbers"):
        evaluate_pairs(encoder, pairs)


def test_decoding_runs_a_bounded_way_ahead(
    tiny: Path, pairs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    preprocessing = Encoder(ModelFolder.open(tiny)).preprocessing
    opened: list[Path] = []

    def counting(path: Path, side: int) -> Image.Image:
        opened.append(path)
        return open_upright(path, side)

    monkeypatch.setattr(evaluate_photos, "open_upright", counting)
    paths = [pairs.parent / f"{name}.png" for name in COLOURS] * 200
    taken = 0
    for pixels in pixel_batches(paths, preprocessing):
        expected = np.stack([preprocessing(open_upright(p, 32)) for p in paths[taken : taken + 3]])
        np.testing.assert_array_equal(pixels[:3], expected)
        taken += len(pixels)
        assert len(opened) <= taken + AHEAD - BATCH
    assert taken == len(opened) == 600
