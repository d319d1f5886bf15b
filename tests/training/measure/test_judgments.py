"""Files of complete judgments: their contents, and the errors of a broken file."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from cercafoto.labels.label_file import default_labels
from cercafoto.training.measure.datasets import read_pairs
from cercafoto.training.measure.judgments import (
    ABSENT,
    DOUBTFUL,
    FAILS,
    HOLDS,
    Questions,
    fit_half,
    read_judgments,
    read_questions,
)
from cercafoto.training.training_errors import InputError
from tests.conftest import DATA

PHOTOS = ["foto/a.jpg", "foto/b.jpg", "foto/c.jpg"]


def written(path: Path, *rows: str) -> Path:
    path.write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
    return path


def test_labels_hold_fail_or_are_in_doubt(tmp_path: Path) -> None:
    path = written(
        tmp_path / "g.tsv",
        "foto/a.jpg\tcane|animale\tcucciolo\tUn cane.",
        "",
        "foto/b.jpg\t\tmare|persone\tForse il mare.\r",
    )
    judgments = read_judgments(path)
    assert judgments.photos == PHOTOS[:2]
    assert judgments.labels == [label.name for label in default_labels()]
    assert judgments.truth.dtype == np.int8
    said = {name: judgments.of(name).tolist() for name in ("cane", "animale", "cucciolo", "mare")}
    assert said == {
        "cane": [HOLDS, FAILS],
        "animale": [HOLDS, FAILS],
        "cucciolo": [DOUBTFUL, FAILS],
        "mare": [FAILS, DOUBTFUL],
    }
    assert (judgments.truth == HOLDS).sum() == 2
    assert (judgments.truth == DOUBTFUL).sum() == 3
    assert judgments.to_fit.tolist() == [fit_half(photo) for photo in PHOTOS[:2]]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("foto/b.jpg\tcane\tmare", "line 2: 3 columns, not 4"),
        ("foto/b.jpg\tcane\tmare\tuno\tdue", "line 2: 5 columns, not 4"),
        ("\tcane\t\tUn cane.", "line 2: the first column is empty"),
        ("foto/a.jpg\tcane\t\tUn cane.", "line 2: 'foto/a.jpg' stands in line 1 too"),
        ("foto/b.jpg\tcane|canne\t\tUn cane.", "line 2: unknown label 'canne'"),
        ("foto/b.jpg\tcane|\t\tUn cane.", "line 2: unknown label ''"),
        ("foto/b.jpg\tcane\tmare|Mare\tUn cane.", "line 2: unknown label 'Mare'"),
        ("foto/b.jpg\tcane|mare|cane\t\tUn cane.", "line 2: label 'cane' stands twice"),
        ("foto/b.jpg\tcane|mare\tmare\tUn cane.", "line 2: label 'mare' stands twice"),
    ],
)
def test_a_broken_line_of_labels_is_named(tmp_path: Path, row: str, why: str) -> None:
    path = written(tmp_path / "g.tsv", "foto/a.jpg\tcane\t\tUn cane.", row)
    with pytest.raises(InputError) as caught:
        read_judgments(path)
    assert str(caught.value) == f"{path}, {why}"


def test_a_file_without_judgments_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no\.tsv: cannot be read"):
        read_judgments(tmp_path / "no.tsv")
    (tmp_path / "latin.tsv").write_bytes("foto/a.jpg\tcaffè\t\t\n".encode("latin-1"))
    with pytest.raises(InputError, match=r"latin\.tsv: cannot be read"):
        read_judgments(tmp_path / "latin.tsv")
    with pytest.raises(InputError, match=r"empty\.tsv: nothing in it"):
        read_questions(written(tmp_path / "empty.tsv", "", " "), PHOTOS)


def test_photos_answer_a_question_or_are_in_doubt(tmp_path: Path) -> None:
    path = written(
        tmp_path / "d.tsv",
        "un cane\tfoto/c.jpg|foto/a.jpg\tfoto/b.jpg\tanimale",
        "una zebra\t\tfoto/a.jpg\tassente",
    )
    questions = read_questions(path, PHOTOS)
    assert questions.texts == ["un cane", "una zebra"]
    assert questions.kinds == ["animale", ABSENT]
    assert questions.matches.tolist() == [[True, False, True], [False] * 3]
    assert questions.doubtful.tolist() == [[False, True, False], [True, False, False]]
    assert questions.present.tolist() == [True, False]
    assert questions.to_fit.tolist() == [fit_half("un cane"), fit_half("una zebra")]


def test_the_photos_of_one_set_are_in_doubt_for_the_questions_of_another(tmp_path: Path) -> None:
    of_two = read_questions(
        written(tmp_path / "d.tsv", "un cane\tfoto/a.jpg\t\tanimale"), PHOTOS[:2]
    )
    of_one = read_questions(written(tmp_path / "e.tsv", "un cane\t\t\tassente"), PHOTOS[2:])
    both = Questions.joined([of_two, of_one])
    assert (both.texts, both.kinds) == (["un cane", "un cane"], ["animale", ABSENT])
    assert both.matches.tolist() == [[True, False, False], [False] * 3]
    assert both.doubtful.tolist() == [[False, False, True], [True, True, False]]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("una zebra\tfoto/z.jpg\t\tanimale", "unknown photo 'foto/z.jpg'"),
        ("una zebra\tfoto/a.jpg\tfoto/a.jpg\tanimale", "photo 'foto/a.jpg' stands twice"),
        ("un cane\tfoto/b.jpg\t\tanimale", "'un cane' stands in line 1 too"),
        ("una zebra\t\tfoto/a.jpg\tanimale", "0 photos that answer, and the kind 'animale'"),
        ("una zebra\tfoto/a.jpg\t\tassente", "1 photos that answer, and the kind 'assente'"),
        ("una zebra\tfoto/a.jpg\t\t", "1 photos that answer, and the kind ''"),
        ("una zebra", "1 columns, not 4"),
    ],
)
def test_a_broken_line_of_questions_is_named(tmp_path: Path, row: str, why: str) -> None:
    path = written(tmp_path / "d.tsv", "un cane\tfoto/a.jpg\t\tanimale", row)
    with pytest.raises(InputError) as caught:
        read_questions(path, PHOTOS)
    assert str(caught.value) == f"{path}, line 2: {why}"


def test_a_half_is_the_same_on_every_machine() -> None:
    keys = [f"foto/città {number}.jpg" for number in range(1000)]
    halves = [fit_half(key) for key in keys]
    # Even first bytes of the hash, whatever Python's own seed.
    assert halves == [int(hashlib.sha256(k.encode()).hexdigest()[:2], 16) % 2 == 0 for k in keys]
    assert 450 < sum(halves) < 550


def test_the_judgments_of_the_held_out_photos() -> None:
    if not (DATA / "giudizi_valid.tsv").is_file():
        pytest.skip("the judgments of the held-out photos are not on this machine")
    pairs = read_pairs(DATA / "coppie_valid.jsonl")
    photos = [photo.relative_to(DATA).as_posix() for photo in pairs.photos]
    judgments = read_judgments(DATA / "giudizi_valid.tsv")
    assert judgments.photos == photos
    assert (judgments.truth == HOLDS).sum() == 3886
    # A genus holds where one of its species does.
    for label in default_labels():
        for genus in label.genera:
            species = judgments.of(label.name) == HOLDS
            assert (judgments.of(genus)[species] != FAILS).all(), (genus, label.name)
    questions = read_questions(DATA / "domande_valid.tsv", photos)
    assert (len(questions.texts), int(questions.present.sum())) == (282, 217)
    for half in (judgments.to_fit, questions.to_fit):
        assert 0.4 < half.mean() < 0.6
