"""How well and how fast the words in photos are read: python -m tests.bench.reading

    [--only errors questions cost first] [--documents 300] [--photos FOLDER] [--timed 60]
    [--mixed 200 1800] [--seed 24]

errors: made-up Italian documents (tests/support/documents.py) are read, and what is read compared
    with what is written on them (tests/bench/read_errors.py): wrong letters of a hundred.
questions: of each document two phrases are asked for, as `cerca --testo` does: two words that
    stand beside each other, and a number, amount or code. How many of these documents are found,
    and how many photos beside them that do not bear what is asked.
cost: photos a second of `cercafoto leggi`, by the clock and by the processor, over photos without
    words (of PHOTOS, those in which none are read) and over full pages.
first: so many documents among so many of PHOTOS, all read with `--tutte`; how many of all the words
    are there after the first fifth of the processor's time.

Archives are made with `mini` in a temporary folder. On a machine that does much else look at the
processor's time.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from rich.console import Console

from tests.bench.read_quality import accuracy
from tests.bench.read_speed import cost, likeliest_first
from tests.bench.reading_run import ReadingRun
from tests.bench.timed_processes import here

PARTS = ("errors", "questions", "cost", "first")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", choices=PARTS, nargs="*", default=PARTS)
    parser.add_argument("--documents", type=int, default=300)
    parser.add_argument("--photos", type=Path, default=Path("../shared/data/foto"))
    parser.add_argument("--timed", type=int, default=60)
    parser.add_argument("--mixed", type=int, nargs=2, default=(200, 1800))
    parser.add_argument("--seed", type=int, default=24)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        run = ReadingRun(Path(work), chosen, Console(width=100))
        if {"errors", "questions"} & set(chosen.only):
            accuracy(run)
        if "cost" in chosen.only:
            cost(run)
        if "first" in chosen.only:
            likeliest_first(run)
    run.console.print(here())


if __name__ == "__main__":
    main()
