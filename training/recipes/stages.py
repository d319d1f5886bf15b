"""The three stages: what each one learns from, and what it leaves in its folder.

`distil` needs no photo: the student learns to give an Italian sentence, and its English original,
the vector that the teacher's own text tower gives the English (Reimers and Gurevych,
arXiv:2004.09813). `lit` needs pairs: the image tower is frozen, so a photo's vector is computed
once (Zhai et al., arXiv:2111.07991). `unfreeze` lets the last blocks of both towers follow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from cercafoto.base.arrays import Floats
from cercafoto.training.clip_italian import checkpoint, distributed
from cercafoto.training.clip_italian.augment import Augmented, Plain
from cercafoto.training.clip_italian.backbones import TextTower
from cercafoto.training.clip_italian.batches import Order, PhotoPairs, Place, Steps, View
from cercafoto.training.clip_italian.read_ahead import PIECES, ReadAhead, read
from cercafoto.training.data.pairs import Pair, read_pairs
from cercafoto.training.recipes import loop
from cercafoto.training.recipes.kept_vectors import kept, key_of
from cercafoto.training.recipes.loop import FINAL, Report, Result
from cercafoto.training.recipes.losses import contrast, distance
from cercafoto.training.recipes.rates import groups
from cercafoto.training.recipes.recipe import DISTIL, LIT, Recipe, load
from cercafoto.training.recipes.recipe_model import TwoTowers
from cercafoto.training.recipes.recipe_towers import Teacher
from cercafoto.training.recipes.run_folder import CONFIG, cache_of
from cercafoto.training.recipes.sentences import read_sentences
from cercafoto.training.recipes.teacher_vectors import AT_ONCE, Tell, photo_vectors, told_of
from cercafoto.training.training_errors import InputError

SAMPLE = 100_000  # vectors that principal axes are taken from


def begin(recipe: Recipe, teacher: Teacher, student: TextTower) -> TwoTowers:
    """Make the model that the stage begins with. Raises InputError."""
    odd = [size for size in recipe.matryoshka if not 0 < size < teacher.dimension]
    if odd or recipe.dimensions > teacher.dimension:
        raise InputError(
            f"--matryoshka and --dimensions: the teacher's vectors have {teacher.dimension} numbers"
        )
    torch.manual_seed(recipe.seed)
    model = TwoTowers(teacher, student)
    before = ""
    if recipe.start:
        start = Path(recipe.start)
        if not checkpoint.path_of(start, FINAL).exists():
            raise InputError(f"{start}: this run has not ended; go on with it first, by --resume")
        model.restore(checkpoint.read(start, FINAL)["model"])
        before = load(start / CONFIG).loss
        if model.image_learned and recipe.stage != "unfreeze":
            raise InputError(
                f"{start}: its image tower has learned, so {recipe.stage} cannot follow; "
                "unfreeze can"
            )
    groups(model, recipe)  # whether there are as many blocks, before hours are spent on vectors
    if recipe.stage != DISTIL and recipe.loss != before:
        model.begin_loss(recipe.loss)
    return model.to(distributed.device())


def run(
    recipe: Recipe,
    out: Path,
    teacher: Teacher,
    student: TextTower,
    report: Report = lambda step, of, numbers: None,
    tell: Tell = lambda line: None,
) -> tuple[TwoTowers, Result]:
    """Run a stage in `out`, or the rest of it; return the model, in evaluation mode.

    Raises InputError for data that cannot be read or are too few.
    """
    model = begin(recipe, teacher, student)
    stage = {DISTIL: _distil, LIT: _lit}.get(recipe.stage, _unfreeze)
    result = stage(recipe, out, model, teacher, report, tell)
    if not result.interrupted:
        loop.finish(out, model)
    return model, result


def _distil(
    recipe: Recipe, out: Path, model: TwoTowers, teacher: Teacher, report: Report, tell: Tell
) -> Result:
    sentences = read_sentences(Path(recipe.data))
    languages = [sentences.italian]
    if recipe.languages == "both":
        languages.append(sentences.english)
    device = distributed.device()

    def chunks(first: int) -> Iterator[Floats]:
        for at in range(first, len(sentences), AT_ONCE):
            yield teacher.embed(sentences.english[at : at + AT_ONCE], device)

    name = key_of(teacher.key, sentences.english)
    targets = kept(
        cache_of(recipe, out) / f"texts-{name}.npy",
        len(sentences),
        teacher.dimension,
        chunks,
        told_of(tell, "sentences read by the teacher"),
    )
    if recipe.matryoshka:
        model.principal_axes(torch.from_numpy(np.array(targets[:SAMPLE])))

    def loss_of(places: list[Place]) -> Tensor:
        rows = [index for _, index in places]
        read = [texts[i] for texts in languages for i in rows]
        ids, mask = model.text.tokens(read)
        vectors = model.project_texts(ids.to(device), mask.to(device))
        wanted = model.turned(torch.from_numpy(targets[rows]).to(device))
        return distance(vectors, wanted.repeat(len(languages), 1), recipe.loss, recipe.matryoshka)

    return _steps(recipe, out, model, len(sentences), loss_of, report)


def _lit(
    recipe: Recipe, out: Path, model: TwoTowers, teacher: Teacher, report: Report, tell: Tell
) -> Result:
    data = Path(recipe.data)
    pairs = read_pairs(data)
    vectors = photo_vectors(recipe, out, teacher, pairs, data.parent, tell)
    seen = np.flatnonzero(vectors.any(axis=1))
    if len(seen) < len(pairs):
        tell(f"{len(pairs) - len(seen)} photos cannot be read, and are left out")
    if recipe.matryoshka:
        model.principal_axes(torch.from_numpy(vectors[seen[:SAMPLE]]))
    device = distributed.device()

    def loss_of(places: list[Place]) -> Tensor:
        rows = [int(seen[index]) for _, index in places]
        captions = [
            _drawn(pairs[row], recipe.seed, epoch, row)
            for row, (epoch, _) in zip(rows, places, strict=True)
        ]
        ids, mask = model.text.tokens(captions)
        texts = model.embed_texts(ids.to(device), mask.to(device))
        photos = model.turned(torch.from_numpy(vectors[rows]).to(device))
        return _contrast(model, recipe, photos, texts)

    return _steps(recipe, out, model, len(seen), loss_of, report)


def _unfreeze(
    recipe: Recipe, out: Path, model: TwoTowers, teacher: Teacher, report: Report, tell: Tell
) -> Result:
    data = Path(recipe.data)
    pairs = read_pairs(data)
    model.image_learned = model.image_learned or recipe.image_blocks > 0
    preprocessing, device = teacher.preprocessing, distributed.device()
    view: View = Plain(preprocessing)
    if recipe.augment == "published":
        view = Augmented(preprocessing, antialias=True)
    photos = PhotoPairs(pairs, data.parent, view, recipe.seed, sample=True)
    order = Order(len(pairs), min(recipe.batch, len(pairs)), recipe.seed)
    steps = _count(recipe, order)

    pieces = PIECES if recipe.workers else 0
    ahead = ReadAhead(recipe.workers, order.batch, pieces, 0)

    def batches(first: int) -> Iterator[dict[str, Tensor]]:
        told: set[str] = set()
        for batch in read(photos, Steps(order, first, steps), model.text.tokenizer, ahead):
            for name in sorted(set(batch.broken) - told):
                tell(f"{name}: cannot be read, another photo took its place")
            told.update(batch.broken)
            yield batch.to(device)

    def loss_of(inputs: dict[str, Tensor]) -> Tensor:
        seen = model.embed_images(inputs["pixel_values"])
        texts = model.embed_texts(inputs["input_ids"], inputs["attention_mask"])
        return _contrast(model, recipe, seen, texts)

    return loop.go(recipe, out, model, steps, batches, loss_of, report)


def _steps(
    recipe: Recipe,
    out: Path,
    model: TwoTowers,
    rows: int,
    loss_of: Callable[[list[Place]], Tensor],
    report: Report,
) -> Result:
    """Train on rows that are in memory, in an order of the seed's."""
    order = Order(rows, min(recipe.batch, rows), recipe.seed)
    steps = _count(recipe, order)

    def batches(first: int) -> Iterator[list[Place]]:
        return (order.places(step) for step in range(first, steps))

    return loop.go(recipe, out, model, steps, batches, loss_of, report)


def _contrast(model: TwoTowers, recipe: Recipe, photos: Tensor, texts: Tensor) -> Tensor:
    scale, bias = model.scale(), model.bias
    return contrast(photos, texts, scale, bias, recipe.loss, recipe.matryoshka)


def _count(recipe: Recipe, order: Order) -> int:
    return recipe.steps or recipe.epochs * order.steps_per_epoch


def _drawn(pair: Pair, seed: int, epoch: int, row: int) -> str:
    draw = np.random.default_rng([seed, epoch, row])
    return pair.captions[int(draw.integers(len(pair.captions)))]
