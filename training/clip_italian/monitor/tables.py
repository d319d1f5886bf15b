"""Measure the photos of the two published tables while a run trains, as far as they are there.

All of MSCOCO-IT's 1,696 and a tenth of ImageNet's 50,000, with the labels alone: near enough to see
where a run goes, and quick enough for every epoch. `evaluate` makes the tables.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from cercafoto.base.arrays import Floats, Ints
from cercafoto.training.clip_italian import distributed
from cercafoto.training.clip_italian.step import Step
from cercafoto.training.measure.datasets import Pairs, read_classes, read_mscoco
from cercafoto.training.measure.evaluate import embed_files
from cercafoto.training.measure.metrics import hits_at, mrr_at, ranks_among
from cercafoto.training.measure.torch_source import TorchSource
from cercafoto.training.training_errors import InputError

# Below the folder of `data.tables`, where `reproduce` has them.
CAPTIONS, COCO = "mscoco-it/captions_ita_devset_unvalidated.json.gz", "coco/val2014"
IMAGENET, LABELS = "imagenet/val", "imagenet/imagenet_labels_IT.tsv"
IMAGENET_PHOTOS = 5_000
MSCOCO, ZERO_SHOT = "mscoco-it", "imagenet"  # what the figures' names begin with


class Tables:
    """The photos of the tables in a folder.

    folder: "" for none.
    tell: called once for each set that is there and cannot be measured, with the reason.
    """

    def __init__(self, folder: str, tell: Callable[[str], None]) -> None:
        self.tell = tell
        self.sets: dict[str, Pairs] = {}
        for name, files, read in (
            (MSCOCO, (CAPTIONS, COCO), read_mscoco),
            (ZERO_SHOT, (IMAGENET, LABELS), _some_of_imagenet),
        ):
            paths = [Path(folder) / file for file in files]
            if folder and all(path.exists() for path in paths):
                try:
                    self.sets[name] = read(*paths)
                except InputError as error:
                    tell(f"{name} is not measured while training: {error}")

    def measure(self, step: Step) -> dict[str, float]:
        """Return the figures, which every process gets; each embeds its share.

        A set with a photo that cannot be read is told, and no longer measured.
        """
        model, tower = step.model, step.model.text_tower
        source = TorchSource(
            model.image_tower.preprocessing,
            model.embed_images,
            model.embed_texts,
            tower.tokenizer,
            str(distributed.device()),
        )
        figures: dict[str, float] = {}
        for name, pairs in list(self.sets.items()):
            with step.precision.cast():
                photos = _shared(pairs.photos, lambda paths: embed_files(source, paths))
                texts = _shared(pairs.captions, source.embed_texts)
            assert not isinstance(texts, InputError), "texts are always read"
            if isinstance(photos, InputError):
                self.tell(f"{name} is no longer measured while training: {photos}")
                del self.sets[name]
            elif name == MSCOCO:
                rank = ranks_among(texts, photos, pairs.gold)
                figures |= {f"{name}/MRR@{k}": mrr_at(rank, k) for k in (1, 5, 10)}
            else:
                rank = ranks_among(photos, texts, pairs.gold)
                figures |= {f"{name}/accuracy@{k}": hits_at(rank, k) for k in (1, 5)}
        return figures


def _some_of_imagenet(photos: Path, labels: Path) -> Pairs:
    """Return photos with the labels of all classes, `gold` the class of each photo: every tenth of
    ImageNet's, so that each class has as many."""
    classes = read_classes(photos, labels)
    every = max(1, len(classes.photos) // IMAGENET_PHOTOS)
    gold: Ints = classes.gold[::every]
    return Pairs(classes.photos[::every], classes.names, gold)


def _shared(items: Sequence[Any], embed: Callable[[Sequence[Any]], Floats]) -> Floats | InputError:
    """Return the vectors of all items, of which each process embeds a part; or why it cannot."""
    parts = np.array_split(np.arange(len(items)), distributed.world())
    own = [items[at] for at in parts[distributed.rank()]]
    mine: Floats | InputError | None
    try:
        mine = embed(own) if own else None
    except InputError as error:
        mine = error
    found = [part for part in distributed.everywhere(mine) if part is not None]
    failed = [part for part in found if isinstance(part, InputError)]
    return failed[0] if failed else np.concatenate(found)
