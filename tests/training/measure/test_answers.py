"""How sure a model is, and how rightly: the tables of `answers`."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("scipy")

from cercafoto.models.confidence import verdict
from cercafoto.models.encode.encoder import Encoder
from cercafoto.models.folder import ModelFolder
from cercafoto.training.__main__ import main
from cercafoto.training.measure.answers import answers, confidence_table, exclusion_table
from cercafoto.training.measure.caption_concepts import CONCEPTS, shows
from cercafoto.training.measure.class_texts import ClassTexts, Photo
from cercafoto.training.measure.queries import Queries, absent_sentences
from tests.conftest import PAINT, paint


@pytest.fixture
def encoder(tiny: Path) -> Encoder:
    return Encoder(ModelFolder.open(tiny))


def test_which_photos_show_a_concept() -> None:
    said = [
        ["due donne al mercato"],
        ["una mano sul tavolo"],
        ["un manichino in vetrina"],
        ["Uomini in barca"],
        ["un cagnolino nero", "erba"],
        ["un cannone"],
        [],
    ]
    assert shows("persone", said).tolist() == [True, True, False, True, False, False, False]
    assert shows("cani", said).tolist() == [False] * 4 + [True, False, False]
    for concept in CONCEPTS:
        assert shows(concept, [[""]]).tolist() == [False]


def test_sentences_of_what_no_photo_shows() -> None:
    classes = [ClassTexts("n1", ("giraffa",), ("animale",), ("savana",))]
    photos = [Photo("a.jpg", ["un cane con una palla in giardino"], ["pallone"])]
    captions = [
        "Una giraffa cammina nella savana",
        "un cane corre in giardino felice",  # what it names is there
        "giraffe",  # too short to be a sentence
        "due giraffe bevono a una pozza d'acqua",
    ]
    found = absent_sentences(captions, photos, classes)
    assert found == [captions[0], captions[3]]
    # Once a photo is called so, the word is there.
    called = [*photos, Photo("b.jpg", [], ["giraffe", "acqua"])]
    assert absent_sentences(captions, called, classes) == []


def test_queries_for_what_is_absent_are_added() -> None:
    queries = Queries(["rosso"], np.array([[True, False]])).with_absent(["giallo", "viola"])
    assert queries.texts == ["rosso", "giallo", "viola"]
    assert queries.present.tolist() == [True, False, False]


def test_the_figures_are_those_of_a_slow_count(encoder: Encoder) -> None:
    photos = encoder.embed_texts(["rosso", "verde", "blu"])
    texts = ["rosso", "un verde chiaro e bello", "bianco", "nero"]
    matches = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 0], [0, 0, 0]], dtype=bool)
    queries = Queries(texts, matches)
    vectors = encoder.embed_texts(texts)
    found = answers(encoder, photos, vectors)
    for text, best, said in zip(texts, found.best, found.verdicts, strict=True):
        sure = [
            encoder.confidence(photo[None], encoder.embed_texts([text]))[0, 0] for photo in photos
        ]
        assert best == pytest.approx(max(sure), abs=1e-6)
        assert said == verdict(max(sure), encoder.folder.calibration)
    table = confidence_table(encoder, photos, queries)
    rows = {line[:26].strip(): line[26:].split() for line in table.splitlines()}
    assert rows["all, present"][0] == "2"
    assert rows["short, present"][0] == rows["sentences, present"][0] == "1"
    assert rows["sentences, absent"][0] == "0"
    absent_found = np.mean([s == "found" for s in found.verdicts[2:]])
    assert float(rows["all, absent"][1]) == pytest.approx(absent_found, abs=1e-3)
    results = [line for line in table.splitlines() if re.match(r"  0\.\d\d to", line)]
    assert sum(int(line.split()[3]) for line in results) == len(texts) * 3


def test_what_an_exclusion_takes_away(encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cercafoto.training.measure.answers.CONCEPTS", {"rosso": ["ross"]})
    monkeypatch.setattr("cercafoto.training.measure.caption_concepts.CONCEPTS", {"rosso": ["ross"]})
    vectors = encoder.embed_texts(["rosso", "verde", "rosso", "blu"])
    captions = ["una rosa rossa", "un prato", "un prato", "il mare"]
    photos = [Photo(f"{at}.jpg", [caption]) for at, caption in enumerate(captions)]
    line = exclusion_table(encoder, vectors, photos, []).splitlines()[-1]
    # The red one goes, and one of the three others: red too, but not said to be.
    assert line.split() == ["rosso", "1", "1.000", "0.333"]


def test_the_command(tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, colour in PAINT.items():
        paint(tmp_path / f"{name}.png", colour)
    pairs, labels = tmp_path / "pairs.jsonl", tmp_path / "labels.jsonl"
    rows = [{"image_path": f"{name}.png", "captions": [f"un {name}"]} for name in PAINT]
    pairs.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    one = {"i": 0, "wnid": "n1", "nomi": ["giraffa"], "iperonimi": [], "contesto": []}
    labels.write_text(json.dumps(one), encoding="utf-8")
    arguments = ["--model", str(tiny), "--pairs", str(pairs), "--labels", str(labels)]
    assert main(["answers", *arguments]) == 0
    out = capsys.readouterr().out
    assert f"{len(PAINT)} photos" in out
    assert "exclusion" in out
    assert main(["answers", "--model", str(tiny), "--pairs", str(tmp_path / "no"), *arguments[4:]])
