"""The command `things`: train the head of a finished model folder that tells things and people.

python -m cercafoto.training things --data DIR --model FOLDER
"""

from __future__ import annotations

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", required=True, help="folder of the model, or its known name")
    parser.add_argument(
        "--data", type=Path, required=True, help="folder as of `mini`, with oggetti.jsonl"
    )
    parser.add_argument("--seed", type=int, default=0, help="of all that is drawn (default: 0)")
    parser.add_argument(
        "--cache", type=Path, default=None, help="keep the tower's maps here between runs (4 GB)"
    )
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Train the head, write it into the model, print the table of its figures and return the exit
    code. Raises InputError if the model is no folder, or a photo cannot be read: all are opened
    first."""
    from cercafoto.models.encode.encoder import Encoder
    from cercafoto.training.measure.judgments import JUDGMENTS, read_judgments
    from cercafoto.training.measure.sources import open_source
    from cercafoto.training.mini.inputs import check_photos
    from cercafoto.training.mini.things.add_things import add_things
    from cercafoto.training.mini.things.detected import read_detected
    from cercafoto.training.mini.things.thing_figures import table
    from cercafoto.training.mini.things.thing_fit import ThingRecipe
    from cercafoto.training.training_errors import InputError

    encoder = open_source(chosen.model)
    if not isinstance(encoder, Encoder):
        raise InputError(f"{chosen.model}: not a model folder")
    path = encoder.folder.path
    seen = [each.photo for each in read_detected(chosen.data)]
    check_photos(chosen.data, [*read_judgments(chosen.data / JUDGMENTS).photos, *seen])
    print(table(add_things(path, chosen.data, ThingRecipe(), chosen.seed, chosen.cache)))
    return 0
