"""The command `mini`: build the embedded model."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data",
        type=Path,
        required=True,
        help="folder with coppie_train.jsonl, oggetti.jsonl, etichette_imagenet.jsonl, foto/",
    )
    parser.add_argument("--out", type=Path, required=True, help="model folder to write")
    parser.add_argument("--seed", type=int, default=0, help="of all that is drawn (default: 0)")
    parser.add_argument(
        "--cache", type=Path, default=None, help="keep photo and text features here between runs"
    )
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Build the model folder and return the exit code."""
    from cercafoto.training.mini.build import Recipe, build

    build(chosen.data, chosen.out, Recipe(seed=chosen.seed), chosen.cache)
    return 0
