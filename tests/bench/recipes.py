"""Ways to an Italian text tower, at the same processor time: does a way pay?

    OMP_NUM_THREADS=1 python -m tests.bench.recipes ../shared/data FOLDER [--seconds 8]
                                      [--seeds 0 1 2] [--ways a o k] [--every 4]

h   pairs only, half the time: what c adds `distil` to
a   pairs only: `lit` from a text tower that knows nothing
b   `distil` only: no photo of the pairs is seen
c   half the time `distil`, half `lit`
a2  as a, for twice as long
d   c, and then as long again `unfreeze`
o   `lit` from the teacher's own text tower, its vocabulary cut
k   as o, with the term that keeps the teacher's similarities

There is no CLIP and no English here, so both are stood in for. The teacher is made first, by
`train --preset small-stage1` from public towers: EfficientNet-Lite0 at 96 pixels and the first
layer of multilingual-e5-small, whose projections learn from every second one of the same pairs. Its
"English" is the Italian sentence itself: what is measured is how a space is handed over, not a
language. The student is a BERT of one layer, 128 wide, with random weights, and a vocabulary of the
4,000 most frequent words; of o and k, the teacher's text tower.

Sentences: MSCOCO-IT's first 12,000 captions (`testi/mscoco_it.txt`), without those that
`coppie_valid.jsonl` has too. Pairs: `coppie_train.jsonl`, or every so many of them. Measured: each
caption of `coppie_valid.jsonl` among its photos.

The teacher's features of sentences and photos, which are computed once, are not in the times.
FOLDER keeps what has ended; a second call goes on from there, and once the teacher and the paces
are there, calls with a seed or a way each may run at the same time.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers

from cercafoto.training.clip_italian import config_text, distributed, presets
from cercafoto.training.clip_italian.backbones import text_tower
from cercafoto.training.clip_italian.checkpoint import LAST, path_of
from cercafoto.training.clip_italian.config import Run, Towers
from cercafoto.training.clip_italian.frozen import of_pairs
from cercafoto.training.clip_italian.model import load_run
from cercafoto.training.clip_italian.train import train
from cercafoto.training.data.pairs import read_pairs, relocated, write_pairs
from cercafoto.training.measure.metrics import hits_at, ranks_among

TEACHER = ["towers.text_layers=1", "schedule.epochs=12", "data.workers=0"]
STUDENT = {
    "hidden_size": 128,
    "intermediate_size": 256,
    "num_hidden_layers": 1,
    "num_attention_heads": 4,
    "max_position_embeddings": 64,
}
COMMON = [
    "data.workers=0",
    "data.languages=italian",
    "engine.batch=128",
    "engine.save_every=1000000",
    "engine.log_every=1",
    "towers.max_tokens=32",
    "optimizer.average=0.98",
    "schedule.epochs=1000",
]
# Of a student that begins at random. Rates and distil's loss are from trials of 8 seconds: 1e-3
# with seed 0; 3e-3, and of distil alone 1e-2 and the cosine, with seed 100. Those of unfreeze and
# of the teacher's own tower were not tried.
OF = {
    "distil": ["optimizer.learning_rate=3e-3"],
    "lit": ["optimizer.learning_rate=3e-3", "loss.name=softmax", "loss.keep=0", "loss.rate=1"],
    "unfreeze": [
        "optimizer.learning_rate=1e-4",
        "loss.name=softmax",
        "loss.rate=1",
        "engine.batch=32",
        "image_blocks=2",
        "text_blocks=1",
        "data.augment=none",
    ],
}
OWN = ["towers.text=teacher", "optimizer.learning_rate=1e-3"]
Stage = tuple[str, float, list[str]]  # preset, share of the time, settings
WAYS: dict[str, tuple[Stage, ...]] = {
    "h": (("lit", 0.5, []),),
    "a": (("lit", 1.0, []),),
    "b": (("distil", 1.0, []),),
    "c": (("distil", 0.5, []), ("lit", 0.5, [])),
    "a2": (("lit", 2.0, []),),
    "d": (("distil", 0.5, []), ("lit", 0.5, []), ("unfreeze", 1.0, [])),
    "o": (("lit", 1.0, OWN),),
    "k": (("lit", 1.0, [*OWN, "loss.keep=1"]),),
}
SENTENCES = 12_000
TRIAL = 8  # steps that a stage's pace is taken from
FIGURES = ("R@1", "R@5", "R@10")


@dataclass
class Bench:
    """What all runs share."""

    data: Path
    folder: Path
    seconds: float
    every: int = 1

    def __post_init__(self) -> None:
        self.sentences = self.folder / "sentences.tsv"
        self.train = self.folder / "pairs.jsonl"
        self.valid = self.data / "coppie_valid.jsonl"
        self.teacher = self.folder / "teacher"
        self.file = self.folder / "results.jsonl"

    def done(self) -> dict[str, dict[str, Any]]:
        if not self.file.exists():
            return {}
        rows = [json.loads(line) for line in self.file.open(encoding="utf-8")]
        return {row["run"]: row for row in rows}

    def note(self, run: str, **row: Any) -> None:
        with self.file.open("a") as file:
            file.write(json.dumps({"run": run} | row) + "\n")
        print(run, row, file=sys.stderr, flush=True)

    def begin(self) -> None:
        """Write the sentences, and make the teacher."""
        self.folder.mkdir(parents=True, exist_ok=True)
        lines = "".join(f"{text}\t{text}\n" for text in self.texts())
        self.sentences.write_text(lines, encoding="utf-8")
        pairs = read_pairs(self.data / "coppie_train.jsonl")[:: self.every]
        write_pairs(self.train, relocated(pairs, self.data, self.folder))
        if "teacher" in self.done():
            return
        half = self.folder / "half.jsonl"
        write_pairs(half, read_pairs(self.train)[::2])
        files = [f"data.train={half}", f"data.valid={self.valid}"]
        run = config_text.override(presets.preset("small-stage1"), [*TEACHER, *files])
        train(run, self.teacher, path_of(self.teacher, LAST).exists())
        self.note("teacher", way="teacher", seconds=0.0, **self.measured(self.teacher))

    def texts(self) -> list[str]:
        shown = {c.lower() for pair in read_pairs(self.valid) for c in pair.captions}
        lines = (self.data / "testi" / "mscoco_it.txt").read_text(encoding="utf-8").splitlines()
        stripped = (line.replace("\t", " ").strip() for line in lines[:SENTENCES])
        return [text for text in stripped if text and text.lower() not in shown]

    def student(self, seed: int) -> Path:
        """Return a folder of a BERT with random weights; the same for the same seed."""
        folder = self.folder / f"student-{seed}"
        if not folder.exists():
            texts = self.texts() + [c for pair in read_pairs(self.train) for c in pair.captions]
            tokenizer = text_tower(Towers(text="random:bert-tiny"), texts).tokenizer
            torch.manual_seed(seed)
            shape = transformers.BertConfig(vocab_size=tokenizer.get_vocab_size(), **STUDENT)
            transformers.BertModel(shape, add_pooling_layer=False).save_pretrained(folder)
            transformers.PreTrainedTokenizerFast(
                tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]"
            ).save_pretrained(folder)
        return folder

    # -- the runs -----------------------------------------------------------------------------

    def run_of(self, stage: Stage, seed: int, steps: int, start: Path | None) -> Run:
        name, _, more = stage
        files = [self.sentences] * 2 if name == "distil" else [self.train, self.valid]
        settings = [f"data.train={files[0]}", f"data.valid={files[1]}", f"seed={seed}"]
        settings += [f"engine.cache={self.folder / 'cache'}", f"schedule.max_steps={steps}"]
        towers = [f"towers.teacher={self.teacher}", f"towers.text={self.student(seed)}"]
        run = config_text.override(
            presets.preset(name), [*COMMON, *OF[name], *towers, *settings, *more]
        )
        return replace(run, start=str(start or ""))

    def run(self, run: Run, out: Path) -> float:
        """Train from the beginning; return the processor seconds of the steps."""
        shutil.rmtree(out, ignore_errors=True)
        paces: list[float] = []

        def report(step: int, steps: int, numbers: dict[str, float]) -> None:
            if "loss" in numbers:
                paces.append(time.process_time())

        if train(run, out, report=report).interrupted:
            raise SystemExit("interrupted: the same command goes on")
        # The first step has no beginning that is seen here: it counts as the mean of the others.
        return (paces[-1] - paces[0]) * len(paces) / max(1, len(paces) - 1)

    def measured(self, folder: Path) -> dict[str, float]:
        """Return the recall of each caption of the validation pairs among their photos."""
        loaded, pairs = load_run(folder), read_pairs(self.valid)
        model = loaded.model
        features = of_pairs(model, loaded.config, pairs, self.data, self.folder / "cache")
        captions = [caption for pair in pairs for caption in pair.captions]
        gold = np.repeat(np.arange(len(pairs)), [len(pair.captions) for pair in pairs])
        with torch.inference_mode():
            images = model.project_images(torch.from_numpy(np.array(features.images)))
            texts = [
                model.embed_texts(
                    *(rows.to(distributed.device()) for rows in model.text_tower.tokens(part))
                )
                for part in (captions[at : at + 64] for at in range(0, len(captions), 64))
            ]
        rank = ranks_among(torch.cat(texts).numpy(), images.numpy(), gold)
        return {figure: hits_at(rank, int(figure[2:])) for figure in FIGURES}

    def steps(self, stage: Stage, start: Path | None) -> int:
        """Return how many steps a stage makes in its share of the time, measured by a trial."""
        name = f"pace of {stage[0]} {' '.join(stage[2])}"
        if name not in self.done():
            out = self.folder / f"trial of {name}".replace("/", "+")
            seconds = self.run(self.run_of(stage, 100, TRIAL, start), out)
            self.note(name, seconds=seconds / TRIAL)
        return max(2, round(self.seconds * stage[1] / float(self.done()[name]["seconds"])))

    def all(self, ways: Sequence[str], seeds: Sequence[int]) -> None:
        for seed in seeds:
            for way in ways:
                start: Path | None = None
                name, spent = f"seed-{seed}", 0.0
                for stage in WAYS[way]:
                    steps = self.steps(stage, start)
                    name += f"+{stage[0]}-{stage[1]:g}" + ("" if not stage[2] else f"-{way}")
                    out = self.folder / name
                    if name not in self.done():
                        seconds = self.run(self.run_of(stage, seed, steps, start), out)
                        self.note(name, seconds=seconds, steps=steps, **self.measured(out))
                    spent, start = spent + self.done()[name]["seconds"], out
                row = self.done()[name]
                if f"{way} {seed}" not in self.done():
                    figures = {figure: row[figure] for figure in FIGURES}
                    self.note(f"{way} {seed}", way=way, seconds=spent, **figures)


def table(done: dict[str, dict[str, Any]]) -> Iterator[str]:
    yield "| Way | processor s | " + " | ".join(FIGURES) + " |"
    yield "|---|---|" + "---|" * len(FIGURES)
    for way in ("teacher", *WAYS):
        rows = [row for row in done.values() if row.get("way") == way]
        if rows:
            seconds = statistics.mean(row["seconds"] for row in rows)
            cells = [_spread([100 * row[figure] for row in rows]) for figure in FIGURES]
            yield f"| {way} | {seconds:.0f} | " + " | ".join(cells) + " |"


def _spread(values: list[float]) -> str:
    if len(values) < 2:
        return f"{values[0]:.1f}"
    return f"{statistics.mean(values):.1f} ± {statistics.stdev(values):.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seconds", type=float, default=8.0, help="processor time of a, b and c")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--every", type=int, default=1, help="take every so many of the pairs")
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    bench = Bench(chosen.data.absolute(), chosen.folder.absolute(), chosen.seconds, chosen.every)
    bench.begin()
    bench.all(chosen.ways, chosen.seeds)
    print("\n".join(table(bench.done())))


if __name__ == "__main__":
    main()
