"""The command `export`: a run, or the Flax checkpoint of 2021, to a model.

export --run runs/stage2 --to vtde clip-italian-mine
export --run runs/stage2 --to cercafoto models/mine --licence gpl-3.0
export --flax clip-italian --to vtde clip-italian-torch
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from cercafoto.training.clip_italian.export.push import push, require_hub
from cercafoto.training.clip_italian.export.targets import KINDS, export_flax, export_run


def add_arguments(parser: argparse.ArgumentParser) -> None:
    what = parser.add_mutually_exclusive_group(required=True)
    # Not under "run", where the parser keeps the function of a command.
    what.add_argument("--run", dest="folder", type=Path, help="folder of a training run")
    what.add_argument("--flax", type=Path, help="folder with flax_model.msgpack and config.json")
    parser.add_argument(
        "--to",
        choices=KINDS,
        required=True,
        help="vtde: a VisionTextDualEncoder folder of transformers; cercafoto: a model folder",
    )
    parser.add_argument("out", type=Path, metavar="DIR", help="folder to write")
    parser.add_argument(
        "--which", choices=("best", "last"), default="best", help="checkpoint of the run"
    )
    parser.add_argument(
        "--dimensions",
        type=int,
        default=0,
        metavar="N",
        help="serve only the first N numbers of an embedding, of a run with loss.matryoshka",
    )
    parser.add_argument("--name", default="", help="name of the model (default: DIR's)")
    parser.add_argument(
        "--licence", default="", help="what its card and its description state, such as gpl-3.0"
    )
    parser.add_argument(
        "--push",
        metavar="OWNER/NAME",
        help="also send DIR to this repository of the Hugging Face Hub, with your own token; a new "
        "one is private (without this, nothing leaves the machine)",
    )
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Export; return the exit code. Raises InputError, or CercafotoError as a preparation does."""
    if chosen.push:
        require_hub(chosen.push)
    if chosen.flax:
        export_flax(chosen.flax, chosen.to, chosen.out, chosen.name, chosen.licence, _say)
    else:
        export_run(
            chosen.folder,
            chosen.to,
            chosen.out,
            chosen.which,
            chosen.name,
            chosen.licence,
            _say,
            chosen.dimensions,
        )
    print(f"written: {chosen.out}", file=sys.stderr)
    if chosen.push:
        push(chosen.out, chosen.push)
        print(f"sent: {chosen.push}", file=sys.stderr)
    return 0


def _say(line: str) -> None:
    print(line, file=sys.stderr)
