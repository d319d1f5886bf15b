"""`make bench`: one table of everything that has a target, beside rclip measured in the same run.

    python -m tests.bench [FOLDER] [--photos 200] [--sizes 1000 100000 1000000] [--runs 5]
                          [--only index refresh search tag parts models]

FOLDER (.bench) keeps what `tests.bench.peer` sets up, rclip in an environment of its own and models
with random weights, and the made-up photos and archives, 20 GB with the usual sizes. Absolute times
depend on the machine and on what else it does; the ratios are what to quote.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from tests.bench import budget, larger, parts, peer, versus
from tests.bench.table import Row, show

PARTS = ("index", "refresh", "search", "tag", "parts", "models")
REFRESHED = TAGGED = 100_000


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?", default=Path(".bench"))
    parser.add_argument("--photos", type=int, default=200)
    parser.add_argument("--sizes", type=int, nargs="*", default=[1_000, 100_000, 1_000_000])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", choices=PARTS, nargs="*", default=PARTS)
    chosen = parser.parse_args()
    folder = chosen.folder.absolute()
    rclip = peer.prepare(folder)
    peer.installed(folder)
    rows: list[Row] = []

    def add(measured: Iterable[Row]) -> None:
        for row in measured:
            rows.append(row)
            told = f"{row.what}: {row.ours:.3g} {row.unit}, {row.base:.3g} {row.unit}"
            print(told, file=sys.stderr, flush=True)

    if "index" in chosen.only:
        add(versus.indexing(folder, rclip, chosen.photos, chosen.runs))
        for model in versus.RATES:
            add(budget.rows(folder, folder / f"foto-{chosen.photos}", model))
    if "refresh" in chosen.only:
        add(versus.refreshing(folder, rclip, REFRESHED, chosen.runs))
    if "search" in chosen.only:
        add(versus.searching(folder, rclip, chosen.sizes, chosen.runs))
    if "tag" in chosen.only:
        add(versus.tagging(folder, TAGGED, chosen.runs))
    if "parts" in chosen.only:
        with tempfile.TemporaryDirectory() as work:
            add(parts.rows(Path(work)))
    if "models" in chosen.only:
        add(larger.rows(folder, chosen.runs))
    show(rows, peer.described(rclip), versus.growth(rows, chosen.sizes))


if __name__ == "__main__":
    main()
