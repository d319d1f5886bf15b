"""Vectors of photos by the teacher, and the figures of a model over pairs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import DataLoader, Subset

from cercafoto.base.arrays import Floats
from cercafoto.training.clip_italian import distributed
from cercafoto.training.clip_italian.augment import Plain
from cercafoto.training.clip_italian.frozen import Photos
from cercafoto.training.data.pairs import Pair, read_pairs
from cercafoto.training.metrics import hits_at, ranks_among
from cercafoto.training.recipes.kept_vectors import kept, key_of
from cercafoto.training.recipes.recipe import Recipe
from cercafoto.training.recipes.recipe_model import TwoTowers
from cercafoto.training.recipes.recipe_towers import Teacher
from cercafoto.training.recipes.run_folder import cache_of

AT_ONCE = 64  # photos or texts in memory while their vectors are computed
Tell = Callable[[str], None]


def photo_vectors(
    recipe: Recipe, out: Path, teacher: Teacher, pairs: Sequence[Pair], root: Path, tell: Tell
) -> Floats:
    """The teacher's vectors of photos, computed once; zeros for one that cannot be read."""
    device = distributed.device()
    photos = Photos(pairs, root, Plain(teacher.preprocessing))

    def chunks(first: int) -> Iterator[Floats]:
        rest = Subset(photos, range(first, len(pairs)))
        for pixels, readable in DataLoader(rest, AT_ONCE, num_workers=recipe.workers):
            with torch.inference_mode():
                rows = teacher.image.to(device)(pixels.to(device))[0].float().cpu().numpy()
            rows[~readable.numpy()] = 0.0
            yield rows

    progress = told_of(tell, "photos seen by the teacher")
    path = photos_file(recipe, out, teacher, pairs)
    return kept(path, len(pairs), teacher.dimension, chunks, progress)


def photos_file(recipe: Recipe, out: Path, teacher: Teacher, pairs: Sequence[Pair]) -> Path:
    """Where the teacher's vectors of these photos are kept."""
    name = key_of(teacher.key, teacher.preprocessing, [pair.image_path for pair in pairs])
    return cache_of(recipe, out) / f"photos-{name}.npy"


def measure(
    recipe: Recipe, out: Path, model: TwoTowers, teacher: Teacher, tell: Tell
) -> dict[str, float]:
    """Each caption of the validation pairs among all their photos: R@1, R@5, R@10."""
    path = Path(recipe.valid)
    pairs = read_pairs(path)
    device = distributed.device()
    if model.image_learned:
        photos = Photos(pairs, path.parent, Plain(teacher.preprocessing))
        with torch.inference_mode():
            rows = [model.embed_images(p.to(device)) for p, _ in DataLoader(photos, AT_ONCE)]
        images = torch.cat(rows)
    else:
        vectors = photo_vectors(recipe, out, teacher, pairs, path.parent, tell)
        images = model.turned(torch.from_numpy(np.array(vectors)).to(device))
    captions = [caption for pair in pairs for caption in pair.captions]
    gold = np.repeat(np.arange(len(pairs)), [len(pair.captions) for pair in pairs])
    texts = []
    with torch.inference_mode():
        for at in range(0, len(captions), AT_ONCE):
            ids, mask = model.text.tokens(captions[at : at + AT_ONCE])
            texts.append(model.embed_texts(ids.to(device), mask.to(device)))
    numbers: dict[str, float] = {}
    for size in (model.dimension, *recipe.matryoshka):
        x, y = (
            torch.nn.functional.normalize(rows[:, :size], dim=1).cpu().numpy()
            for rows in (torch.cat(texts), images)
        )
        rank = ranks_among(x, y, gold)
        mark = "" if size == model.dimension else f" of {size}"
        numbers |= {f"R@{k}{mark}": hits_at(rank, k) for k in (1, 5, 10)}
    return numbers


def told_of(tell: Tell, what: str) -> Callable[[int, int], None]:
    """Tell of each tenth part."""

    def progress(done: int, of: int) -> None:
        if done == of or done * 10 // of > (done - AT_ONCE) * 10 // of:
            tell(f"{done} of {of} {what}")

    return progress
