"""python -m cercafoto.training: make model folders and measure them.

Heavy imports (torch, transformers) happen inside the commands that need them.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path


def parser() -> argparse.ArgumentParser:
    """Subcommands, each with its function under `run`."""
    top = argparse.ArgumentParser(prog="python -m cercafoto.training", description=__doc__)
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    mini = commands.add_parser("mini", help="build the embedded model from public weights")
    mini.add_argument(
        "--data",
        type=Path,
        required=True,
        help="folder with coppie_train.jsonl, etichette_imagenet.jsonl, foto/",
    )
    mini.add_argument("--out", type=Path, required=True, help="model folder to write")
    mini.add_argument("--seed", type=int, default=0)
    mini.add_argument(
        "--cache", type=Path, default=None, help="keep photo and text features here between runs"
    )
    mini.set_defaults(run=_mini)

    evaluate = commands.add_parser("evaluate", help="measure a model folder")
    evaluate.add_argument("--model", default="mini", help="model folder, or its known name")
    evaluate.add_argument(
        "--pairs", type=Path, default=None, help="JSON lines: image_path, captions"
    )
    evaluate.add_argument(
        "--imagenet", type=Path, default=None, help="folder of <wnid>/*.jpg or <wnid>.jpg"
    )
    evaluate.add_argument(
        "--labels",
        type=Path,
        default=None,
        help="TSV (set_id, query_short_translated) or JSON lines (wnid, nomi)",
    )
    evaluate.add_argument(
        "--templates",
        type=Path,
        default=None,
        help="one template a line, {} where the label goes; averaged",
    )
    evaluate.add_argument(
        "--json", action="store_true", help="print the figures as one JSON object"
    )
    evaluate.set_defaults(run=_evaluate)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit code; 1 with one line on stderr for an input that cannot be used."""
    chosen = parser().parse_args(arguments)
    from cercafoto.errors import CercafotoError
    from cercafoto.training.evaluate import InputError

    try:
        code: int = chosen.run(chosen)
    except (CercafotoError, InputError, FileNotFoundError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return code


def _mini(chosen: argparse.Namespace) -> int:
    from cercafoto.training.mini.build import Recipe, build

    build(chosen.data, chosen.out, Recipe(seed=chosen.seed), chosen.cache)
    return 0


def _evaluate(chosen: argparse.Namespace) -> int:
    from cercafoto.training import evaluate as measure

    if not chosen.pairs and not chosen.imagenet:
        raise measure.InputError("nothing to measure: give --pairs or --imagenet")
    if chosen.imagenet and not chosen.labels:
        raise measure.InputError("--imagenet needs --labels")
    encoder = measure.open_encoder(chosen.model)
    reports = []
    if chosen.pairs:
        reports.append(measure.evaluate_pairs(encoder, chosen.pairs))
    if chosen.imagenet:
        templates = ["{}"]
        if chosen.templates:
            text = chosen.templates.read_text(encoding="utf-8")
            templates = [line for line in text.splitlines() if "{}" in line]
        reports.append(
            measure.evaluate_imagenet(encoder, chosen.imagenet, chosen.labels, templates)
        )
    if chosen.json:
        figures = {name: value for report in reports for name, value in report.figures.items()}
        print(json.dumps(figures, indent=2))
    else:
        print("\n\n".join(r.table() for r in reports))
    return 0


if __name__ == "__main__":
    sys.exit(main())
