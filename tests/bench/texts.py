"""What words read in photos cost a search, and whether they hurt it.

    python -m tests.bench.texts cost [--photos 100000] [--texts 20000] [--runs 15] [--folder .bench]
    python -m tests.bench.texts captions [--data ../shared/data] [--queries 400]

cost: processor time of a cold `cerca`, runs of both archives in turn: made-up photos without texts,
and the same of which some bear 50 words each, common ones as common as in any language; and by how
much the catalogue grew.

captions: recall@k of the captions of `coppie_valid.jsonl` while nothing was read; with what
`cercafoto leggi` reads in them; while every photo bears 50 words drawn as they are frequent in
captions; and while each bears the captions of two others, which are not asked.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

import numpy as np

from cercafoto import Library, Settings
from cercafoto.archive.local.catalog import Catalog
from cercafoto.base.word_stems import words_of
from cercafoto.question.grammar.listed_words import common_nouns
from cercafoto.question.query import Query
from cercafoto.question.question import Question
from tests.bench import archives
from tests.support.read_texts import text_of_lines

WORDS_EACH, WORDS_A_LINE = 50, 6
# No photo's text has all words of the first; more have those of the next two; the last asks only
# for text.
QUESTIONS = (
    ("un cane sulla spiaggia",),
    ("una persona in montagna con la neve",),
    ("lo scontrino della farmacia",),
    ("--testo", "farmacia"),
)
CUTS = (1, 5, 10)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("what", choices=("cost", "captions"))
    parser.add_argument("--photos", type=int, default=100_000)
    parser.add_argument("--texts", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--folder", type=Path, default=Path(".bench"))
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--queries", type=int, default=400)
    chosen = parser.parse_args()
    if chosen.what == "cost":
        return _cost(chosen.folder.absolute(), chosen.photos, chosen.texts, chosen.runs)
    return _captions(chosen.data, chosen.queries)


# -- cost -----------------------------------------------------------------------------------------


def _cost(folder: Path, photos: int, texts: int, runs: int) -> int:
    plain, read = (
        Settings(folder / f"{name}-{photos}", folder / "modelli", "mini", offline=True)
        for name in ("senza-testi", f"con-{texts}-testi")
    )
    archives.fill(plain, photos)
    if not read.archive.exists():
        shutil.copytree(plain.archive, read.archive)
        with Catalog.create(read.catalog) as catalog:
            _write(catalog, photos, texts)
    before, after = (settings.catalog.stat().st_size for settings in (plain, read))
    print(
        f"{photos} photos, {texts} with {WORDS_EACH} words: {before / 1e6:.1f} MB -> "
        f"{after / 1e6:.1f} MB, {(after - before) / max(texts, 1):.0f} bytes a text"
    )
    for question in QUESTIONS:
        spent: list[tuple[float, float]] = []
        for _ in range(runs + 1):  # the first makes what the vectors are searched by
            spent.append((_processor(plain, question), _processor(read, question)))
        without, with_texts = (median(each) for each in zip(*spent[1:], strict=True))
        print(
            f"{' '.join(question)}: {1000 * without:.0f} ms -> {1000 * with_texts:.0f} ms, "
            f"{with_texts / without:.3f} times"
        )
    return 0


def _write(catalog: Catalog, photos: int, texts: int) -> None:
    rng = random.Random(0)
    words = sorted(common_nouns())
    rng.shuffle(words)
    weights = [1 / rank for rank in range(1, len(words) + 1)]
    with catalog.transaction():
        for content in sorted(rng.sample(range(1, photos + 1), texts)):
            drawn = rng.choices(words, weights, k=WORDS_EACH - 1)
            drawn.append(f"{rng.randrange(100)},{rng.randrange(100):02}")
            catalog.texts.write(content, text_of_lines(_lines(drawn)))
        # One photo in two hundred has the words of the question.
        for content in range(1, photos + 1, 1000):
            lines = ["Farmacia comunale", *_lines(rng.choices(words, weights, k=WORDS_EACH - 2))]
            catalog.texts.write(content, text_of_lines(lines))
    catalog.refresh_statistics()
    catalog.compact()


def _lines(words: Sequence[str]) -> list[str]:
    return [" ".join(words[at : at + WORDS_A_LINE]) for at in range(0, len(words), WORDS_A_LINE)]


def _processor(settings: Settings, question: Sequence[str]) -> float:
    """Return the processor seconds of a whole command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-m", "cercafoto", "cerca", *question, "--percorsi", "--offline",
         "--archivio", str(settings.archive)],
        check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


# -- captions -------------------------------------------------------------------------------------


def _captions(data: Path, queries: int) -> int:
    pairs = data / "coppie_valid.jsonl"
    if not pairs.exists():
        print(f"{pairs} is not there: nothing to measure", file=sys.stderr)
        return 1
    rows = [json.loads(line) for line in pairs.open(encoding="utf-8")]
    rng = random.Random(0)
    # Captions of every other photo are the questions; the rest become text on photos.
    asked = [(text, at) for at, row in enumerate(rows) if at % 2 == 0 for text in row["captions"]]
    asked = rng.sample(asked, min(queries, len(asked)))
    kept = [text for row in rows[1::2] for text in row["captions"]]
    every = [word for row in rows for text in row["captions"] for word in words_of(text)]
    texts: dict[str, Callable[[], list[str]] | None] = {
        "nothing read": None,
        "as read": None,
        "random words": lambda: _lines(rng.choices(every, k=WORDS_EACH)),
        "captions of others": lambda: rng.sample(kept, 2),
    }
    with tempfile.TemporaryDirectory() as temporary:
        settings = Settings.resolve(Path(temporary) / "archivio", "mini", offline=True)
        photos = Path(temporary) / "foto"
        photos.mkdir()
        names = []
        for at, row in enumerate(rows):
            path = photos / f"IMG_{at:04}.jpg"
            shutil.copy(data / row["image_path"], path)
            names.append(str(path).encode())
        library = Library(settings)
        library.index([photos])
        for kind, text in texts.items():
            if kind == "as read" and not _read(settings):
                print("as read: «cercafoto leggi» did not read", file=sys.stderr)
                continue
            if text is not None:
                with library.local().writing() as catalog, catalog.transaction():
                    for _, content in catalog.photos.paths():
                        catalog.texts.write(content, text_of_lines(text()))
            figures = _recall(library, names, asked)
            told = "  ".join(f"R@{k} {f:.4f}" for k, f in zip(CUTS, figures, strict=True))
            print(f"{kind:>20}  {told}  ({len(asked)} captions, {len(rows)} photos)")
    return 0


def _read(settings: Settings) -> bool:
    """Read the words in the photos. Return False if RapidOCR, which this needs, is missing."""
    command = [sys.executable, "-m", "cercafoto", "leggi", "--archivio", str(settings.archive)]
    return subprocess.run(command, check=False).returncode == 0


def _recall(
    library: Library, names: Sequence[bytes], asked: Sequence[tuple[str, int]]
) -> list[float]:
    ranks = []
    for text, at in asked:
        hits = library.search(Query.of(Question((text,), literal=True)), max(CUTS)).hits
        ranks.append(next((r for r, h in enumerate(hits, 1) if h.path == names[at]), 10**9))
    return [float((np.array(ranks) <= k).mean()) for k in CUTS]


if __name__ == "__main__":
    sys.exit(main())
