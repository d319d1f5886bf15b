"""The command `mini`: build the embedded model."""

from __future__ import annotations

import argparse
from pathlib import Path

INPUTS = """\
inputs, all opened before anything is computed:
  DATA/coppie_train.jsonl        photos to learn from, with captions and words
  DATA/coppie_valid.jsonl        photos to calibrate and measure on
  DATA/giudizi_valid.tsv         every label that holds for each of these
  DATA/domande_valid.tsv         questions, and all photos that answer them
  DATA/etichette_imagenet.jsonl  Italian names of ImageNet's classes
  DATA/coppie_altre*.jsonl       a second set to learn from and to measure on; may be absent
  DATA/domande_altre_valid.tsv   questions over its photos to measure on
  DATA/oggetti.jsonl             what a detector saw in the photos to learn from
  DATA/foto/, DATA/altre/        the photos that these files name
  DATA/testi/mscoco_it.txt       captions of other photos; may be absent
  installed packages             both towers, words: pip install 'cercafoto[mini]'
`mini-photos` writes all of DATA but oggetti.jsonl and testi/."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data",
        type=Path,
        required=True,
        help="folder of the inputs below (docs/mini-data.md)",
    )
    parser.add_argument("--out", type=Path, required=True, help="model folder to write")
    parser.add_argument("--seed", type=int, default=0, help="of all that is drawn (default: 0)")
    parser.add_argument(
        "--cache", type=Path, default=None, help="keep photo and text features here between runs"
    )
    parser.add_argument(
        "--without-things",
        action="store_true",
        help="do without the head that tells things, and so without oggetti.jsonl",
    )
    parser.epilog = INPUTS
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Build the model folder and return the exit code."""
    from cercafoto.training.mini.build import Recipe, build

    recipe = Recipe(seed=chosen.seed)
    build(chosen.data, chosen.out, recipe, chosen.cache, things=not chosen.without_things)
    return 0
