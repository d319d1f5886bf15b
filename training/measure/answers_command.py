"""`python -m cercafoto.training answers`: how sure a model is, and how rightly.

answers --model mini --pairs pairs.jsonl --labels etichette_imagenet.jsonl [--texts FILE]
"""

from __future__ import annotations

import argparse
from pathlib import Path

from cercafoto.training.errors import InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
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
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Raises InputError, or CercafotoError for a model that cannot be had."""
    from cercafoto.models.encode.encoder import Encoder
    from cercafoto.training.measure.answers import confidence_table, exclusion_table
    from cercafoto.training.measure.evaluate import embed_files
    from cercafoto.training.measure.sources import open_source
    from cercafoto.training.mini.calibrate import absent_sentences, held_out_queries
    from cercafoto.training.mini.pairs import read_classes, read_photos

    encoder = open_source(chosen.model)
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
