"""Whether photos' own words help or hurt a search: recall@k with and without them.

    python -m tests.bench.own_words --data ../shared/data

Three archives of the photos of `coppie_valid.jsonl`: as they are; with sidecars in which half of
the photos bear their search words as keywords; and with sidecars in which they bear those of
another photo, as wrong keywords do. Queries are the captions, and the search words themselves.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
from rich.console import Console
from rich.table import Table

from cercafoto import Library, Settings
from cercafoto.question.query import Query
from cercafoto.question.question import Question
from cercafoto.search.run import SearchRun

CUTS = (1, 5, 10)
# As another program writes them: cercafoto does not index its own labels as keywords.
SIDECAR = """<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:subject><rdf:Bag>{}</rdf:Bag></dc:subject></rdf:Description></rdf:RDF></x:xmpmeta>
"""
KINDS = ("none", "right", "wrong")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--queries", type=int, default=150, help="of each kind, drawn at random")
    chosen = parser.parse_args()
    pairs = chosen.data / "coppie_valid.jsonl"
    if not pairs.exists():
        print(f"{pairs} is not there: nothing to measure", file=sys.stderr)
        return 1
    rows = [json.loads(line) for line in pairs.read_text(encoding="utf-8").splitlines()]
    captions = [(text, {at}) for at, row in enumerate(rows) for text in row["captions"]]
    bearers: dict[str, set[int]] = {}
    for at, row in enumerate(rows):
        for word in row.get("parole", []):
            bearers.setdefault(word, set()).add(at)
    words = [(word, where) for word, where in bearers.items() if len(where) < len(rows) / 5]
    rng = np.random.default_rng(0)
    captions, words = (
        [some[at] for at in rng.permutation(len(some))[: chosen.queries]]
        for some in (captions, words)
    )
    table = Table("keywords", "queries", "photos' words", *(f"R@{k}" for k in CUTS), box=None)
    for kind in KINDS:
        with tempfile.TemporaryDirectory() as temporary:
            library, names = _archive(Path(temporary), chosen.data, rows, kind)
            for title, queries in (("captions", captions), ("search words", words)):
                for counted in (False, True):
                    figures = [f"{f:.3f}" for f in _recall(library, names, queries, counted)]
                    table.add_row(kind, title, "count" if counted else "do not", *figures)
    Console(width=100).print(table)
    return 0


def _archive(
    folder: Path, data: Path, rows: Sequence[dict], kind: str
) -> tuple[Library, list[bytes]]:
    """Index the photos under meaningless names; return the library and the photos' paths."""
    photos = folder / "foto"
    photos.mkdir()
    turned = np.roll(np.arange(len(rows)), 7)
    names = []
    for at, row in enumerate(rows):
        path = photos / f"IMG_{at:04}.jpg"
        shutil.copy(data / row["image_path"], path)
        names.append(os.fsencode(path))
        keywords = rows[at if kind == "right" else turned[at]].get("parole", [])
        if kind != "none" and keywords and at % 2:
            items = "".join(f"<rdf:li>{escape(word)}</rdf:li>" for word in keywords)
            path.with_name(f"{path.name}.xmp").write_text(SIDECAR.format(items), encoding="utf-8")
    library = Library(Settings.resolve(folder / "archivio", "mini", offline=True))
    library.index([photos])
    return library, names


def _recall(
    library: Library, names: Sequence[bytes], queries: Sequence[tuple[str, set[int]]], counted: bool
) -> list[float]:
    counting = SearchRun.evidence
    if not counted:
        SearchRun.evidence = lambda *_, **__: {}  # type: ignore[method-assign]
    try:
        ranks = []
        for text, right in queries:
            hits = library.search(Query.of(Question((text,), literal=True)), max(CUTS)).hits
            wanted = {names[at] for at in right}
            ranks.append(next((r for r, h in enumerate(hits, 1) if h.path in wanted), 10**9))
    finally:
        SearchRun.evidence = counting  # type: ignore[method-assign]
    return [float((np.array(ranks) <= k).mean()) for k in CUTS]


if __name__ == "__main__":
    sys.exit(main())
