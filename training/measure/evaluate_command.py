"""Measure models and print the figures as a table or JSON: the command `evaluate`.

docs/evaluation.md says what --data measures, docs/reproduction.md the rest. Without --data, --json
prints one object of figures for one model, and for several models such an object under each name;
the 95 % interval of "R@1" stands under "R@1 95%".
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from cercafoto.training.training_errors import InputError

if TYPE_CHECKING:
    from cercafoto.training.measure.evaluate import Report
    from cercafoto.training.measure.sources import OpenRun, Source

DEFAULT_MODEL = "mini"
TABLES = {"mscoco": ("captions", "images"), "imagenet": ("imagenet", "labels")}


def add_arguments(parser: argparse.ArgumentParser, open_run: OpenRun) -> None:
    """Add the options of `evaluate`.

    open_run: opens the folder of a training run.
    """
    parser.add_argument(
        "--model",
        action="append",
        metavar="NAME",
        help="model folder or known name, a run's folder, a transformers checkpoint "
        f"(folder or hub:ID), or mclip; may be repeated (default: {DEFAULT_MODEL})",
    )
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="one table of the published Italian sets in DIR"
    )
    parser.add_argument(
        "--only",
        action="append",
        metavar="SET",
        help="with --data: only this set (xtd10, xm3600, babel-imagenet, ...); may be repeated",
    )
    parser.add_argument(
        "--pairs",
        type=Path,
        help="JSON lines: image_path, captions; with --data, one set more in the table",
    )
    parser.add_argument(
        "--captions", type=Path, help="caption file of MSCOCO-IT, with --images the photos"
    )
    parser.add_argument("--images", type=Path, help="folder of COCO's val2014 photos")
    parser.add_argument("--imagenet", type=Path, help="folder of <wnid>/*.jpg or <wnid>.jpg")
    parser.add_argument(
        "--labels",
        type=Path,
        help="TSV (set_id, query_short_translated) or JSON lines (wnid, nomi)",
    )
    parser.add_argument(
        "--templates", type=Path, help="one template a line, {} where the label goes; averaged"
    )
    parser.add_argument(
        "--table", choices=sorted(TABLES), help="print the published figures beside ours"
    )
    parser.add_argument("--mclip-text", default="", help="folder or Hub id of mclip's text half")
    parser.add_argument("--mclip-images", default="", help="folder or Hub id of mclip's photo half")
    parser.add_argument("--json", action="store_true", help="print the figures as one JSON object")
    parser.set_defaults(run=run, open_run=open_run)


def run(chosen: argparse.Namespace) -> int:
    """Measure the models, print the figures, and return the exit code.

    Raises InputError, or CercafotoError if a model cannot be opened.
    """
    from cercafoto.training.measure.published import (
        IMAGENET,
        IMAGENET_TEMPLATES,
        MSCOCO,
        side_by_side,
    )
    from cercafoto.training.measure.sources import open_source

    _check(chosen)
    names = list(dict.fromkeys(chosen.model or [DEFAULT_MODEL]))
    if chosen.data:
        return _board(chosen, names)
    measures = _measures(chosen)
    reports_of: dict[str, dict[str, Report]] = {}
    for name in names:
        source = open_source(name, chosen.mclip_text, chosen.mclip_images, chosen.open_run)
        reports_of[name] = {what: measure(source) for what, measure in measures.items()}
        del source  # one model in memory at a time
    if chosen.json:
        flat = {
            name: {k: v for report in reports.values() for k, v in report.flat().items()}
            for name, reports in reports_of.items()
        }
        print(json.dumps(flat if len(flat) > 1 else flat[names[0]], indent=2))
        return 0
    blocks = []
    for what in measures:
        reports = {name: reports_of[name][what] for name in names}
        if what == chosen.table:
            ensemble = IMAGENET_TEMPLATES if chosen.templates else IMAGENET
            blocks.append(side_by_side(reports, MSCOCO if what == "mscoco" else ensemble))
        elif len(names) > 1:
            blocks.append(side_by_side(reports))
        else:
            blocks.append(reports[names[0]].table())
    print("\n\n".join(blocks))
    return 0


def _board(chosen: argparse.Namespace, names: list[str]) -> int:
    from cercafoto.training.measure.board_figures import fill, readers
    from cercafoto.training.measure.sources import open_source

    sets = readers(chosen.data, chosen.pairs)
    if unknown := [key for key in chosen.only or () if key not in sets]:
        raise InputError(f"no set is called {unknown[0]}; there are {', '.join(sets)}")
    sets = {key: sets[key] for key in sets if key in (chosen.only or sets)}
    board = fill(
        names,
        lambda name: open_source(name, chosen.mclip_text, chosen.mclip_images, chosen.open_run),
        sets,
    )
    print(json.dumps(board.json(), indent=2) if chosen.json else board.markdown())
    return 0


def _check(chosen: argparse.Namespace) -> None:
    if chosen.data:
        if not chosen.data.is_dir():
            raise InputError(f"{chosen.data}: there is no such folder")
        if chosen.captions or chosen.imagenet or chosen.table:
            raise InputError("--data measures all that its folder holds: give it alone")
        return
    if chosen.only:
        raise InputError("--only chooses among the sets of --data: give that too")
    if not (chosen.pairs or chosen.imagenet or chosen.captions):
        raise InputError("nothing to measure: give --data, --pairs, --captions or --imagenet")
    if chosen.pairs and chosen.captions:
        raise InputError("--pairs and --captions have figures of the same names: give one")
    for option, partner in (("imagenet", "labels"), ("captions", "images")):
        if getattr(chosen, option) and not getattr(chosen, partner):
            raise InputError(f"--{option} needs --{partner}")
    for needed in TABLES.get(chosen.table, ()):
        if not getattr(chosen, needed):
            raise InputError(f"--table {chosen.table} needs --{needed}")


def _measures(chosen: argparse.Namespace) -> dict[str, Callable[[Source], Report]]:
    """Return the measurements asked for, by name. Sets are read once, before any model."""
    from cercafoto.training.measure.datasets import (
        read_classes,
        read_mscoco,
        read_pairs,
        read_templates,
    )
    from cercafoto.training.measure.evaluate import evaluate_imagenet, evaluate_retrieval

    measures: dict[str, Callable[[Source], Report]] = {}
    if chosen.pairs:
        pairs = read_pairs(chosen.pairs)
        measures["pairs"] = lambda source: evaluate_retrieval(source, pairs)
    if chosen.captions:
        mscoco = read_mscoco(chosen.captions, chosen.images)
        measures["mscoco"] = lambda source: evaluate_retrieval(source, mscoco, "MSCOCO-IT")
    if chosen.imagenet:
        classes = read_classes(chosen.imagenet, chosen.labels)
        templates = read_templates(chosen.templates) if chosen.templates else ["{}"]
        measures["imagenet"] = lambda source: evaluate_imagenet(source, classes, templates)
    return measures
