"""The command `calibrate`: measure the embedded model's verdicts on photos to which they were not
fitted. With `--write`, also fit its calibration again, to all collections.

python -m cercafoto.training calibrate --model mini --data DIR
"""

from __future__ import annotations

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", default="mini", help="folder of the model, or its known name")
    parser.add_argument("--data", type=Path, required=True, help="folder as of `mini`")
    parser.add_argument(
        "--write", action="store_true", help="fit it to all collections and write it into the model"
    )
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Print the table, write the calibration if asked to, and return the exit code. Raises
    InputError if the model has no calibration."""
    from cercafoto.models.encode.encoder import Encoder
    from cercafoto.training.measure.class_texts import CLASSES, read_classes
    from cercafoto.training.measure.sources import open_source
    from cercafoto.training.mini.judged import Judged
    from cercafoto.training.mini.mini_folder import measure, write_calibration
    from cercafoto.training.mini.unseen import unseen
    from cercafoto.training.training_errors import InputError

    encoder = open_source(chosen.model)
    if not isinstance(encoder, Encoder):
        raise InputError(f"{chosen.model}: only a model folder has a calibration")
    judged = Judged.read(encoder, chosen.data)
    print(unseen(encoder, judged).table())
    if chosen.write:
        write_calibration(encoder, judged)
        measure(encoder.folder.path, chosen.data, read_classes(chosen.data / CLASSES), judged)
    return 0
