"""Does distilling pay? Ways to an Italian text tower, at the same processor time.

    OMP_NUM_THREADS=1 python -m tests.bench.recipes ../shared/data FOLDER [--seconds 8]
                                                    [--seeds 0 1 2]

h   pairs alone, half the time: what c adds `distil` to
a   pairs alone: `lit` from a text tower that knows nothing
b   `distil` alone: no photo of the pairs is seen
c   half the time `distil`, half `lit`
a2  as a, for twice as long
d   c, and then as long again `unfreeze`: twice as long too

There is no CLIP and no English here, so both are stood in for. The teacher is made first, by
`train --preset small-stage1` from public towers: EfficientNet-Lite0 at 96 pixels and the first
layer of multilingual-e5-small, whose projections learn from every second one of the same pairs. Its
"English" is the Italian sentence itself: what is measured is the handing over of a space, not of a
language. The student is a BERT of one layer, 128 wide, with random weights, and a vocabulary of the
4,000 most frequent words.

Sentences: MSCOCO-IT's first 12,000 captions (`testi/mscoco_it.txt`), without those that
`coppie_valid.jsonl` has too. Pairs: `coppie_train.jsonl`. Measured: each caption of
`coppie_valid.jsonl` among its photos.

What is computed once, the teacher's vectors of sentences and of photos, is timed apart. FOLDER
keeps whatever has ended; a second call goes on, and once the teacher is there, calls with a seed
each may run at the same time.
"""

from __future__ import annotations

import argparse
import copy
import json
import shutil
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from tokenizers import Tokenizer

from cercafoto.training.clip_italian import config as reproduction
from cercafoto.training.clip_italian.backbones import TextTower, text_tower
from cercafoto.training.clip_italian.checkpoint import BEST, path_of
from cercafoto.training.clip_italian.config import Towers
from cercafoto.training.clip_italian.export.write_folder import TimmImageTower, TrainedTextTower
from cercafoto.training.clip_italian.model import load_run
from cercafoto.training.clip_italian.train import train
from cercafoto.training.data.pairs import read_pairs, relocated, write_pairs
from cercafoto.training.metrics import hits_at, ranks_among
from cercafoto.training.recipes import run_folder, stages, teacher_vectors
from cercafoto.training.recipes.recipe import DISTIL, LIT, PRESETS, UNFREEZE, Recipe
from cercafoto.training.recipes.recipe_towers import Teacher

TEACHER = ("towers.text_layers=1", "schedule.epochs=12", "data.workers=0")
STUDENT = {
    "hidden_size": 128,
    "intermediate_size": 256,
    "num_hidden_layers": 1,
    "num_attention_heads": 4,
    "max_position_embeddings": 64,
}
# Of a student that begins at random. Rates and distil's loss are from trials of 8 seconds: 1e-3
# with seed 0; 3e-3, and of distil alone 1e-2 and the cosine, with seed 100. That of unfreeze was
# not tried.
COMMON: dict[str, Any] = {
    "languages": "italian",
    "batch": 128,
    "max_tokens": 32,
    "average": 0.98,
    "workers": 0,
    "save_every": 10**9,
}
OF: dict[str, dict[str, Any]] = {
    DISTIL: {"learning_rate": 3e-3},
    LIT: {"learning_rate": 3e-3, "loss": "softmax"},
    UNFREEZE: {
        "learning_rate": 1e-4,
        "loss": "softmax",
        "batch": 32,
        "image_blocks": 2,
        "text_blocks": 1,
        "augment": "none",
    },
}
# Way -> its stages, each with its share of the time. A first part that two share is run once.
WAYS: dict[str, tuple[tuple[str, float], ...]] = {
    "h": ((LIT, 0.5),),
    "a": ((LIT, 1.0),),
    "b": ((DISTIL, 1.0),),
    "c": ((DISTIL, 0.5), (LIT, 0.5)),
    "a2": ((LIT, 2.0),),
    "d": ((DISTIL, 0.5), (LIT, 0.5), (UNFREEZE, 1.0)),
}
SENTENCES = 12_000
TRIAL = 6  # steps that a stage's pace is taken from, after two that are not counted
FIGURES = ("R@1", "R@5", "R@10")


@dataclass
class Bench:
    """What all runs share."""

    data: Path
    folder: Path
    seconds: float

    def __post_init__(self) -> None:
        self.sentences = self.folder / "sentences.tsv"
        self.train = self.data / "coppie_train.jsonl"
        self.valid = self.data / "coppie_valid.jsonl"
        self.file = self.folder / "results.jsonl"

    def done(self) -> dict[str, dict[str, Any]]:
        if not self.file.exists():
            return {}
        rows = [json.loads(line) for line in self.file.read_text().splitlines()]
        return {row["run"]: row for row in rows}

    def note(self, run: str, **row: Any) -> None:
        with self.file.open("a") as file:
            file.write(json.dumps({"run": run} | row) + "\n")
        print(run, row, file=sys.stderr, flush=True)

    # -- the towers ---------------------------------------------------------------------------

    def make_teacher(self) -> None:
        run = reproduction.override(reproduction.preset("small-stage1"), TEACHER)
        half = self.folder / "half.jsonl"
        pairs = read_pairs(self.train)[::2]
        write_pairs(half, relocated(pairs, self.data, self.folder))
        data = replace(run.data, train=str(half), valid=str(self.valid))
        out = self.folder / "teacher"
        if "teacher" in self.done():
            return
        resume = path_of(out, "last").exists()
        began = time.process_time()
        result = train(replace(run, data=data), out, resume)
        self.note("teacher", seconds=time.process_time() - began, metrics=result.metrics)

    @cached_property
    def kept_teacher(self) -> Teacher:
        run = load_run(self.folder / "teacher", BEST)
        model = run.model
        image = TimmImageTower(model.image_tower.model, model.image_projection).eval()
        text = TrainedTextTower(model.text_tower, model.text_projection, masked=True).eval()
        width = run.config.towers.projection
        teacher = Teacher(image, text, run.tokenizer, run.preprocessing, width, "teacher", "")
        return teacher

    def teacher(self) -> Teacher:
        """The teacher; its image tower is a copy, since `unfreeze` changes it."""
        return replace(self.kept_teacher, image=copy.deepcopy(self.kept_teacher.image))

    @cached_property
    def tokenizer(self) -> Tokenizer:
        texts = self.texts() + [c for pair in read_pairs(self.train) for c in pair.captions]
        tokenizer = text_tower(Towers(text="random:bert-tiny"), texts).tokenizer
        tokenizer.enable_truncation(COMMON["max_tokens"])
        return tokenizer

    def student(self, seed: int) -> TextTower:
        """A BERT that knows nothing; the same for the same seed."""
        torch.manual_seed(seed)
        config = transformers.BertConfig(vocab_size=self.tokenizer.get_vocab_size(), **STUDENT)
        model = transformers.BertModel(config, add_pooling_layer=False)
        return TextTower(model, STUDENT["hidden_size"], "mean", self.tokenizer)

    def texts(self) -> list[str]:
        shown = {c.lower() for pair in read_pairs(self.valid) for c in pair.captions}
        lines = (self.data / "testi" / "mscoco_it.txt").read_text(encoding="utf-8").splitlines()
        lines = lines[:SENTENCES]
        return [t for line in lines if (t := line.replace("\t", " ").strip())
                and t.lower() not in shown]  # fmt: skip

    # -- the runs -----------------------------------------------------------------------------

    def recipe(self, stage: str, seed: int, steps: int, start: Path | None) -> Recipe:
        return replace(
            PRESETS[stage],
            **(COMMON | OF[stage]),
            teacher="" if start else "teacher",
            student="" if start else "student",
            start=str(start or ""),
            data=str(self.sentences if stage == DISTIL else self.train),
            valid=str(self.valid),
            cache=str(self.folder / "cache"),
            steps=steps,
            seed=seed,
        )

    def run(self, stage: str, seed: int, steps: int, start: Path | None, out: Path) -> float:
        """Run a stage from its beginning; return its processor seconds, without the model's."""
        shutil.rmtree(out, ignore_errors=True)
        teacher, student = self.teacher(), self.student(seed)
        recipe = run_folder.resolved(self.recipe(stage, seed, steps, start))
        run_folder.claim(recipe, out, resume=False)
        paces: list[float] = []
        _, result = stages.run(
            recipe, out, teacher, student, lambda *_: paces.append(time.process_time())
        )
        if result.interrupted:
            raise SystemExit("interrupted: the same command goes on")
        # The first step has no beginning that is seen here: it counts as the mean of the others.
        return (paces[-1] - paces[0]) * len(paces) / max(1, len(paces) - 1)

    def measured(self, stage: str, seed: int, out: Path) -> dict[str, float]:
        recipe = self.recipe(stage, seed, 1, out)
        teacher, student = self.teacher(), self.student(seed)
        model = stages.begin(replace(recipe, stage=UNFREEZE, loss="softmax"), teacher, student)
        return teacher_vectors.measure(recipe, out, model.eval(), teacher, lambda _: None)

    def teachers_own(self) -> dict[str, float]:
        """The teacher's figures with its own text tower."""
        pairs, teacher = read_pairs(self.valid), self.teacher()
        recipe = self.recipe(LIT, 0, 1, None)
        seen = teacher_vectors.photo_vectors(recipe, self.folder, teacher, pairs, self.data, print)
        captions = [caption for pair in pairs for caption in pair.captions]
        gold = np.repeat(np.arange(len(pairs)), [len(pair.captions) for pair in pairs])
        rank = ranks_among(teacher.embed(captions, torch.device("cpu")), seen, gold)
        return {figure: hits_at(rank, int(figure[2:])) for figure in FIGURES}

    def once(self) -> None:
        """What is computed once, each with its time."""
        self.folder.mkdir(parents=True, exist_ok=True)
        lines = "".join(f"{text}\t{text}\n" for text in self.texts())
        self.sentences.write_text(lines, encoding="utf-8")
        self.make_teacher()
        for stage, what in ((LIT, "photos"), (DISTIL, "sentences")):
            if what not in self.done():
                self.teacher()
                began = time.process_time()
                self.run(stage, 100, 2, None, self.folder / "first")
                self.note(what, seconds=time.process_time() - began)

        if "teacher 0" not in self.done():
            self.note("teacher 0", way="teacher", seed=0, seconds=0.0, **self.teachers_own())

    def steps(self) -> dict[str, int]:
        """Steps that each stage makes in the whole time, by a trial."""
        if "pace" not in self.done():
            start, pace = self.folder / "first", {}
            for stage in (DISTIL, LIT, UNFREEZE):
                seconds = self.run(stage, 100, TRIAL, start, self.folder / "trial")
                pace[stage] = seconds / TRIAL
            self.note("pace", **pace)
        pace = self.done()["pace"]
        return {stage: max(2, round(self.seconds / pace[stage])) for stage in OF}

    def all(self, seeds: Sequence[int]) -> None:
        steps = self.steps()
        # Those that take once the time first: what ends early is a whole comparison.
        ordered = [(way, seed) for ways in ("habc", ("a2", "d")) for seed in seeds for way in ways]
        for way, seed in ordered:
            parts = WAYS[way]
            start: Path | None = None
            name, spent = f"seed-{seed}", 0.0
            for stage, share in parts:
                name += f"/{stage}-{share:g}"
                out = self.folder / name.replace("/", "+")
                if name not in self.done():
                    count = max(2, round(steps[stage] * share))
                    seconds = self.run(stage, seed, count, start, out)
                    figures = self.measured(stage, seed, out)
                    self.note(name, seconds=seconds, steps=count, **figures)
                spent += self.done()[name]["seconds"]
                start = out
            row = self.done()[name]
            if f"{way} {seed}" not in self.done():
                figures = {figure: row[figure] for figure in FIGURES}
                self.note(f"{way} {seed}", way=way, seed=seed, seconds=spent, **figures)


def table(done: dict[str, dict[str, Any]]) -> Iterator[str]:
    yield "| Way | processor s | " + " | ".join(FIGURES) + " |"
    yield "|---|---|" + "---|" * len(FIGURES)
    for way in ("teacher", *WAYS):
        rows = [row for row in done.values() if row.get("way") == way]
        if rows:
            seconds = statistics.mean(row["seconds"] for row in rows)
            yield f"| {way} | {seconds:.0f} | " + " | ".join(
                _spread([100 * row[figure] for row in rows]) for figure in FIGURES
            ) + " |"  # fmt: skip


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
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    bench = Bench(chosen.data.absolute(), chosen.folder.absolute(), chosen.seconds)
    bench.once()
    bench.all(chosen.seeds)
    print("\n".join(table(bench.done())))


if __name__ == "__main__":
    main()
