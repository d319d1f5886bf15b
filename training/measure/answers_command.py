"""Measure by complete judgments how well a model answers, and how sure it is: `answers`.

python -m cercafoto.training answers --model mini --data DIR
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cercafoto.results.answer import HIGH, HIGH_FROM, LOW, MEDIUM, MEDIUM_FROM
from cercafoto.training.measure.class_texts import VALID
from cercafoto.training.measure.judgments import JUDGMENTS, QUESTIONS
from cercafoto.training.training_errors import InputError

if TYPE_CHECKING:
    from cercafoto.base.arrays import Floats
    from cercafoto.models.encode.encoder import Encoder
    from cercafoto.training.measure.judgments import Judgments, Questions
    from cercafoto.training.measure.seen_photos import SeenPhotos
    from cercafoto.training.measure.sources import OpenRun

SEVERAL = "composta"  # kind of the questions that name several things


def add_arguments(parser: argparse.ArgumentParser, open_run: OpenRun) -> None:
    """Add the options of `answers`.

    open_run: opens the folder of a training run.
    """
    parser.add_argument("--model", default="mini", help="model folder or known name")
    parser.add_argument(
        "--data",
        type=Path,
        required=True,
        help=f"folder with {VALID[0]}, {JUDGMENTS}, {QUESTIONS[0]}, and, if strangers' photos are "
        f"there, {VALID[1]} and {QUESTIONS[1]}",
    )
    parser.set_defaults(run=run, open_run=open_run)


def run(chosen: argparse.Namespace) -> int:
    """Print the tables of questions, labels and exclusions; return the exit code.

    Raises InputError, or CercafotoError if the model cannot be opened.
    """
    from cercafoto.models.encode.encoder import Encoder
    from cercafoto.training.measure.datasets import read_pairs
    from cercafoto.training.measure.evaluate import embed_files
    from cercafoto.training.measure.judgments import judged_sets, read_judgments, read_questions
    from cercafoto.training.measure.seen_photos import SeenPhotos
    from cercafoto.training.measure.sources import open_source

    encoder = open_source(chosen.model, open_run=chosen.open_run)
    if not isinstance(encoder, Encoder):
        raise InputError(f"{chosen.model}: only a model folder says how sure it is")
    data: Path = chosen.data
    sets = judged_sets(data)
    for pairs, asked in zip(VALID, QUESTIONS, strict=True):
        if (pairs, asked) not in sets:
            print(f"{asked}: not measured, its photos are not in {data}\n")
            continue
        files = read_pairs(data / pairs).photos
        photos = [file.relative_to(data).as_posix() for file in files]
        questions = read_questions(data / asked, photos)
        vectors, things = embed_files(encoder, files), SeenPhotos.of_files(files)
        print(f"{asked}: {_about_questions(encoder, vectors, questions, things)}\n", flush=True)
    judgments = read_judgments(data / JUDGMENTS)
    files = [data / photo for photo in judgments.photos]
    vectors, things = embed_files(encoder, files), SeenPhotos.of_files(files)
    print(_about_labels(encoder, vectors, judgments, things))
    return 0


def _about_questions(
    encoder: Encoder, photos: Floats, questions: Questions, things: SeenPhotos | None
) -> str:
    from cercafoto.search.thing_evidence import sightings
    from cercafoto.training.measure.question_figures import SHOWN, Answers, figures_table
    from cercafoto.training.measure.question_ranking import (
        phrases_of,
        rank_questions,
        verdicts_on,
    )

    phrases = phrases_of(encoder, questions.texts)
    seen = None if things is None else sightings(things, range(len(photos)))
    scores, confidences = rank_questions(encoder, photos, phrases, seen)
    verdicts = verdicts_on(encoder, phrases, questions.best(confidences))
    answers = Answers(questions, scores, confidences, verdicts)
    report = ~questions.to_fit
    halves = {"all": report | True, "half to fit": ~report, "report half": report}
    several = np.array([kind == SEVERAL for kind in questions.kinds])
    every = answers.reliability(report)
    lines = [
        f"{len(questions.texts)} questions, {len(photos)} photos"
        f"{'' if seen is None else ', and the things seen in them'}",
        figures_table({name: answers.figures(which) for name, which in halves.items()}),
        "",
        f"first {SHOWN} results of the report half, by confidence",
        every.table(),
    ]
    for name, low, high in (
        (HIGH, HIGH_FROM, 1.0),
        (MEDIUM, MEDIUM_FROM, HIGH_FROM),
        (LOW, 0.0, MEDIUM_FROM),
    ):
        number, right = every.between(low, high)
        lines.append(f"    {name:8} from {low:.1f}: {number} results, {right:.3f} right")
    for name, which in (("one thing", ~several), ("several", several)):
        results = answers.reliability(report & which)
        lines.append(f"    questions of {name} {results.error:.3f} ({results.numbers.sum()})")
    return "\n".join(lines)


def _about_labels(
    encoder: Encoder, vectors: Floats, judgments: Judgments, things: SeenPhotos | None
) -> str:
    """Return the tables of labels and exclusions. vectors: of the judged photos."""
    from cercafoto.labels.label_choice import MOST, Choice
    from cercafoto.labels.label_file import DEFAULT, default_labels
    from cercafoto.labels.label_vectors import scorer
    from cercafoto.labels.thing_labels import with_things
    from cercafoto.models.confidence import TAG_FROM
    from cercafoto.search.exclusion import detectors
    from cercafoto.training.measure.label_figures import (
        EXCLUDED,
        exclusion_figures,
        exclusion_table,
        tag_figures,
        tag_table,
    )

    labels, judged = default_labels(), range(len(vectors))
    with tempfile.TemporaryDirectory() as cache:
        scores, likely = scorer(encoder, labels, Path(cache))(vectors)
    if things is not None:
        names = [label.name for label in labels if label.searched]
        likely = with_things(likely, names, judged, things)
    chosen = Choice(labels, TAG_FROM, MOST, encoder.calibration.genera)(scores, likely)
    given = [{tag.label for tag in tags} for tags in chosen]
    gone = {
        each.concept: each.shows(judged, vectors)
        for each in detectors(encoder, list(EXCLUDED), things)
    }
    report = ~judgments.to_fit
    halves = {"all": report | True, "report half": report}
    lines = [
        f"labels: {DEFAULT}, as tag gives them",
        tag_table({name: tag_figures(given, judgments, which) for name, which in halves.items()}),
        "",
        "exclusions, report half: of the photos that show it, and of the others, how many go",
        exclusion_table(exclusion_figures(gone, judgments, report)),
    ]
    return "\n".join(lines)
