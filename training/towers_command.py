"""The command `towers`: draw the graphs that ship with the package."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_towers(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("names", nargs="*", help="which; none: all")
    parser.add_argument("--out", type=Path, help="folder; of the package if not said")
    parser.set_defaults(run=_run)


def _run(chosen: argparse.Namespace) -> int:
    from cercafoto.models.prepare.known_towers import DRAWN
    from cercafoto.training.drawn_towers import draw_all

    for table in draw_all(chosen.names, chosen.out or DRAWN):
        print(table)
    return 0
