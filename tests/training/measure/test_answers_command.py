"""The command `answers`, with one-colour photos and judgments of them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from cercafoto.models.encode.encoder import Encoder
from cercafoto.models.model_folder import ModelFolder
from cercafoto.training.__main__ import main
from cercafoto.training.measure.judgments import fit_half
from cercafoto.training.measure.question_ranking import (
    phrases_of,
    rank_questions,
    verdicts_on,
)
from tests.conftest import PAINT, paint


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    rows = []
    for name, colour in PAINT.items():
        paint(folder / "foto" / f"{name}.png", colour)
        rows.append(json.dumps({"image_path": f"foto/{name}.png", "captions": [f"un {name}"]}))
    (folder / "coppie_valid.jsonl").write_text("\n".join(rows), encoding="utf-8")
    # The judgments' order differs from the search's, and no label fits.
    judged = [f"foto/{name}.png\tcane\tmare\tUn quadrato {name}.\n" for name in reversed(PAINT)]
    (folder / "giudizi_valid.tsv").write_text("".join(judged), encoding="utf-8")
    asked = [f"{name}\tfoto/{name}.png\tfoto/viola.png\tcolore\n" for name in ("rosso", "verde")]
    asked += ["rosso e blu\tfoto/viola.png\t\tcomposta\n", "nero\t\tfoto/blu.png\tassente\n"]
    (folder / "domande_valid.tsv").write_text("".join(asked), encoding="utf-8")
    return folder


def test_the_tables(tiny: Path, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["answers", "--model", str(tiny), "--data", str(data)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "domande_valid.tsv: 4 questions, 5 photos"
    rows = [line.split() for line in lines]
    report = [text for text in ("rosso", "verde", "rosso e blu") if not fit_half(text)]
    assert ["with", "an", "answer", "3", str(3 - len(report)), str(len(report))] in rows
    # The right colour is first for every question.
    assert [row[:2] for row in rows if row[:1] in (["MRR@10"], ["P@1"])] == [
        ["MRR@10", "1.000"],
        ["P@1", "1.000"],
    ]
    assert ["colore", "2", "1.000", "1.000"] in [row[:4] for row in rows]
    assert ["composta", "1", "1.000", "1.000"] in [row[:4] for row in rows]
    assert any("expected calibration error" in line for line in lines)
    assert ["all", "5"] in [row[:2] for row in rows]
    others = sum(not fit_half(f"foto/{name}.png") for name in PAINT)
    assert ["persone", "0", "nan", str(others)] in [row[:4] for row in rows]


def test_the_tables_go_by_the_things_seen_too(
    tiny: Path, data: Path, things: None, capsys: pytest.CaptureFixture[str]
) -> None:
    # For the tiny model that sees things, red is a person, and blue a car.
    asked = "".join(
        f"{text} {colour}\tfoto/{photo}.png\t\tcomposta\n"
        for text, colour, photo in (("persone", "verde", "giallo"), ("macchine", "rosso", "viola"))
    )
    (data / "domande_valid.tsv").write_text(asked, encoding="utf-8")
    judged = [
        f"foto/{name}.png\t{'persone' if name in ('rosso', 'giallo', 'viola') else 'cane'}\t\tX\n"
        for name in PAINT
    ]
    (data / "giudizi_valid.tsv").write_text("".join(judged), encoding="utf-8")
    assert main(["answers", "--model", str(tiny), "--data", str(data)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == ("domande_valid.tsv: 2 questions, 5 photos, and the things seen in them")
    rows = [line.split() for line in lines]
    assert ["composta", "2", "1.000", "1.000"] in [row[:4] for row in rows]
    people = next(row for row in rows if row[:1] == ["persone"])
    assert people[2] == "1.000"


def test_the_questions_over_strangers_photos_are_asked_too(
    tiny: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    row = json.dumps({"image_path": "altre/rosa.png", "captions": ["rosa"]})
    (data / "coppie_altre_valid.jsonl").write_text(row, encoding="utf-8")
    asked = "rosa\taltre/rosa.png\t\tcolore\n"
    (data / "domande_altre_valid.tsv").write_text(asked, encoding="utf-8")
    arguments = ["answers", "--model", str(tiny), "--data", str(data)]
    assert main(arguments) == 0
    assert "domande_altre_valid.tsv: not measured, its photos are not" in capsys.readouterr().out
    paint(data / "altre" / "rosa.png", (250, 150, 180))
    assert main(arguments) == 0
    assert "domande_altre_valid.tsv: 1 questions, 1 photos" in capsys.readouterr().out


def test_what_the_command_refuses(
    tiny: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["answers", "--model", str(tiny), "--data", str(data)]
    questions = data / "domande_valid.tsv"
    whole = questions.read_text(encoding="utf-8")
    questions.write_text(whole + "giallo\tfoto/arancione.png\t\tcolore\n", encoding="utf-8")
    assert main(arguments) == 1
    assert f"{questions}, line 5: unknown photo" in capsys.readouterr().err
    questions.write_text(whole, encoding="utf-8")
    (data / "foto" / "blu.png").unlink()
    assert main(arguments) == 1
    assert "blu.png" in capsys.readouterr().err
    assert main(["answers", "--model", str(tiny), "--data", str(tmp_path / "no")]) == 1
    assert "coppie_valid.jsonl: cannot be read" in capsys.readouterr().err


def test_questions_rank_photos_by_words(tiny: Path) -> None:
    encoder = Encoder(ModelFolder.open(tiny))
    photos = encoder.embed_texts(["rosso", "verde", "blu", "giallo"])
    texts = ["verde", "blu verde"]
    phrases = phrases_of(encoder, texts)
    scores, sure = rank_questions(encoder, photos, phrases)
    assert scores.shape == sure.shape == (2, 4)
    assert scores.argmax(axis=1)[0] == 1
    assert set(scores[1].argsort()[-2:]) == {1, 2}
    for row, text in enumerate(texts):
        for column in range(4):
            near = encoder.likeness(photos[column][None], encoder.embed_texts([text]))
            alone = encoder.calibration.confidence(near, "one")
            assert sure[row, column] == pytest.approx(alone[0, 0], abs=1e-6)
    slope, intercept = encoder.calibration.curves["one"]
    expected = slope * encoder.likeness(photos, phrases[0].vector[None])[:, 0] + intercept
    np.testing.assert_allclose(scores[0], expected, atol=1e-6)
    best = sure.max(axis=1)
    assert verdicts_on(encoder, phrases, best) == [
        encoder.calibration.verdict(float(each), "one") for each in best
    ]
