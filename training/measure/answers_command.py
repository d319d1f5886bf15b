"""The command `answers`: how sure a model is, and how often rightly.

    python -m cercafoto.training answers --model mini --pairs pairs.jsonl \\
        --labels etichette_imagenet.jsonl [--texts FILE]
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from cercafoto.training.errors import InputError

if TYPE_CHECKING:
    from cercafoto.training.measure.sources import OpenRun


def add_arguments(parser: argparse.ArgumentParser, open_run: OpenRun) -> None:
    """Add the options of `answers`.

    open_run: opens the folder of a training run.
    """
    parser.add_argument("--model", default="mini", help="model folder or known name")
    parser.add_argument(
        "--pairs", type=Path, required=True, help="JSON lines: image_path, captions, parole"
    )
    parser.add_argument(
        "--labels", type=Path, required=True, help="etichette_imagenet.jsonl, names of things"
    )
    parser.add_argument(
        "--texts", type=Path, help="captions of other photos, one a line: absent sentences"
    )
    parser.set_defaults(run=run, open_run=open_run)


def run(chosen: argparse.Namespace) -> int:
    """Print both tables; return the exit code.

    Raises InputError, or CercafotoError for a model that cannot be had.
    """
    from cercafoto.models.encode.encoder import Encoder
    from cercafoto.training.measure.answers import confidence_table, exclusion_table
    from cercafoto.training.measure.class_texts import read_classes, read_photos
    from cercafoto.training.measure.evaluate import embed_files
    from cercafoto.training.measure.queries import absent_sentences, held_out_queries
    from cercafoto.training.measure.sources import open_source

    encoder = open_source(chosen.model, open_run=chosen.open_run)
    if not isinstance(encoder, Encoder):
        raise InputError(f"{chosen.model}: only a model folder says how sure it is")
    classes = read_classes(chosen.labels)
    photos = read_photos(chosen.pairs, classes)
    vectors = embed_files(encoder, [chosen.pairs.parent / photo.path for photo in photos])
    lines = chosen.texts.read_text(encoding="utf-8").splitlines() if chosen.texts else []
    queries = held_out_queries(photos, classes)
    queries = queries.with_absent(absent_sentences(lines, photos, classes))
    print(confidence_table(encoder, vectors, queries))
    print()
    print(exclusion_table(encoder, vectors, photos, classes))
    return 0
