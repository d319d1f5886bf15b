"""`python -m cercafoto.training evaluate`: figures through a real folder, errors for bad input."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from cercafoto.training.__main__ import main
from cercafoto.training.evaluate import read_labels

COLOURS = {"rosso": (255, 0, 0), "verde": (0, 255, 0), "blu": (0, 0, 255)}


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    """Three photos of one colour, each captioned with it."""
    lines = []
    for name, colour in COLOURS.items():
        Image.new("RGB", (40, 30), colour).save(tmp_path / f"{name}.png")
        lines.append(json.dumps({"image_path": f"{name}.png", "captions": [name]}))
    path = tmp_path / "pairs.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_captions_find_their_photos(
    tiny: Path, pairs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", "--model", str(tiny), "--pairs", str(pairs), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["R@1"] == report["MRR@10"] == 1.0
    assert report["median rank"] == 1.0


def test_the_table_is_for_reading(
    tiny: Path, pairs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", "--model", str(tiny), "--pairs", str(pairs)]) == 0
    out = capsys.readouterr().out
    assert "caption -> photo (3 queries, 3 photos)" in out
    assert "R@10" in out


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
    assert report["accuracy@1"] == 1.0
    assert len(read_labels(labels)) == 3


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "no captions"),
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
        ["--model", "never-heard-of", "--pairs", "none.jsonl"],
    ],
)
def test_wrong_usage_fails(
    tiny: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    given = arguments if "--model" in arguments else ["--model", str(tiny), *arguments]
    assert main(["evaluate", *given]) == 1
    assert capsys.readouterr().err.startswith("error: ")
