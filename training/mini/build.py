"""The whole recipe, to be read from top to bottom: frozen towers and captioned photos in, a model
folder out.

python -m cercafoto.training mini --data DATA --out FOLDER
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from cercafoto.base.arrays import Floats
from cercafoto.base.own_process import usable_cores
from cercafoto.models.encode.encoder import CLASSIFIERS, KNOWN, LABEL_CLASSIFIERS, Encoder
from cercafoto.models.model_folder import ModelFolder
from cercafoto.models.prepare.convert import background_captions
from cercafoto.photos.preprocessing import Preprocessing
from cercafoto.training.measure.class_texts import (
    CLASSES,
    TRAIN,
    VALID,
    ClassTexts,
    Photo,
    photos_of,
    read_classes,
    texts_about,
)
from cercafoto.training.measure.evaluate import embed_files
from cercafoto.training.measure.judgments import JUDGMENTS, read_judgments
from cercafoto.training.mini import classifiers, known_words, label_classifiers, mini_folder
from cercafoto.training.mini.features import Maps, photo_features
from cercafoto.training.mini.graphs.serving import Joint, class_basis, common_basis, numbers
from cercafoto.training.mini.heads import (
    HeadRecipe,
    Material,
    train_head,
    train_posterior,
)
from cercafoto.training.mini.inputs import check_inputs
from cercafoto.training.mini.judged import Judged
from cercafoto.training.mini.last_block import root, train_together
from cercafoto.training.mini.material import (
    TextEmbedder,
    backbone,
    everyday_targets,
    gather,
    literal_targets,
)
from cercafoto.training.mini.mini_folder import Sizes
from cercafoto.training.mini.photo_texts import lexicon, shuffled_texts, texts_of
from cercafoto.training.mini.things.add_things import add_things
from cercafoto.training.mini.things.thing_fit import ThingRecipe
from cercafoto.training.weights.cut_vocabulary import Vocabulary, italian_words, prune
from cercafoto.training.weights.wheels import IMAGE_MEAN, IMAGE_STD, Towers

SAMPLE = 8000  # texts to which the common basis is fitted


@dataclass(frozen=True)
class Recipe(Sizes):
    """Sizes and choices of a build.

    The defaults make the shipped model; training/mini/log.md has the experiments behind them.
    """

    seed: int = 0
    size: int = 224
    picture: int = 320
    views: int = 2
    dimension: int = 512
    class_dimension: int = 256  # how many of the vector's numbers describe classes
    share: float = 0.25  # share of the class posterior in a photo's vector
    # The same in a text's vector: for a text that names no class, and one that names one class.
    gate: tuple[float, float] = (0.05, 0.65)
    max_tokens: int = 48
    layers: int = 12
    concept_weight: float = 2.0  # how often an everyday word is drawn for each class name
    words: int = 100_000  # most frequent Italian words whose pieces are kept
    reference: int = 256  # photos with whose cosines a query's cosines are compared
    heads: int = 4
    head: HeadRecipe = field(default_factory=HeadRecipe)
    # Of the heads and the tower's last block together.
    together: HeadRecipe = field(
        default_factory=lambda: HeadRecipe(steps=600, batch=512, rate=3e-4)
    )
    posterior: HeadRecipe = field(
        default_factory=lambda: HeadRecipe(hidden=1024, steps=600, batch=384, rate=3e-3, decay=0.01)
    )
    things: ThingRecipe = field(default_factory=ThingRecipe)


def build(
    data: Path,
    out: Path,
    recipe: Recipe,
    cache: Path | None = None,
    towers: Towers | None = None,
    things: bool = True,
) -> None:
    """Build the model folder `out`. An older folder is replaced only when the new one is complete.

    data: folder with the captioned photos, what a detector saw in them, the class names and the
        judgments.
    cache: folder to keep features in between builds; None: keep nothing.
    towers: None: the towers of the installed wheels.
    things: whether to train the head for things too.

    Raises FileNotFoundError if a wheel is missing, InputError if a data file is missing or wrong,
    or a photo cannot be read: all are opened first.
    """
    # Training steps are small: on two cores with other work, a second thread made each step take
    # ten times as long.
    torch.set_num_threads(1)
    towers = towers or Towers.from_wheels()
    print("opening all inputs", file=sys.stderr)
    check_inputs(data, things)
    out.parent.mkdir(parents=True, exist_ok=True)
    classes = read_classes(data / CLASSES)
    photos = photos_of(data, TRAIN, classes)
    background = background_captions()
    with tempfile.TemporaryDirectory() as temporary:
        work = cache or Path(temporary)
        work.mkdir(parents=True, exist_ok=True)
        photo_texts, vocabulary = _texts_and_vocabulary(photos, classes, background, towers, recipe)
        preprocessing = Preprocessing(
            recipe.picture, "exact", recipe.picture, "bicubic", IMAGE_MEAN, IMAGE_STD
        )
        tower, digest = backbone(towers.image, recipe.picture, recipe.size, work)
        features, maps = photo_features(
            [data / p.path for p in photos],
            tower,
            preprocessing,
            recipe.views,
            recipe.seed,
            cache,
            digest,
        )
        embed = TextEmbedder(towers.text, vocabulary, recipe.max_tokens, recipe.layers, work)
        material, class_texts, mean = gather(
            features, photo_texts, classes, towers, embed, recipe.concept_weight
        )

        everything = np.arange(len(photos))
        joint = _train(material, class_texts, mean, maps, towers, recipe)
        rng = np.random.default_rng(recipe.seed)
        chosen = rng.choice(everything, min(recipe.reference, len(photos)), replace=False)
        unseen = [data / photo.path for photo in photos_of(data, VALID[:1], classes)]
        final = Path(tempfile.mkdtemp(dir=temporary)) / "mini"
        final.mkdir()
        mini_folder.write(
            final,
            joint,
            towers,
            vocabulary,
            recipe,
            background,
            shuffled_texts(photos, recipe.seed),
            [data / photos[i].path for i in sorted(chosen)],
            unseen,
        )
        if things:
            add_things(final, data, recipe.things, recipe.seed, cache)
        print("classifiers, calibration, figures", file=sys.stderr)
        encoder = Encoder(ModelFolder.open(final))
        vectors = embed_files(encoder, [data / photo.path for photo in photos])
        about = [texts_about(photo, classes) for photo in photos]
        classifiers.save(
            final / CLASSIFIERS,
            vectors,
            about,
            embed_files(encoder, unseen),
            read_judgments(data / JUDGMENTS).over(
                [path.relative_to(data).as_posix() for path in unseen]
            ),
        )
        known_words.save(final / KNOWN, encoder, photos, classes)
        label_classifiers.save(final / LABEL_CLASSIFIERS, vectors, about)
        mini_folder.describe(final, mini_folder.description_of(final))
        encoder = Encoder(ModelFolder.open(final))  # with the classifiers, which are calibrated
        judged = Judged.read(encoder, data)
        mini_folder.write_calibration(encoder, judged)
        mini_folder.measure(final, data, classes, judged)
        mini_folder.replace(out, final)
    print(f"written: {out}", file=sys.stderr)


def _texts_and_vocabulary(
    photos: Sequence[Photo],
    classes: Sequence[ClassTexts],
    background: Sequence[str],
    towers: Towers,
    recipe: Recipe,
) -> tuple[list[dict[str, list[str]]], Vocabulary]:
    """Return the texts of each photo by kind, and the vocabulary that covers all training texts."""
    phrases = lexicon(photos, classes)
    photo_texts = [texts_of(p, classes, phrases) for p in photos]
    everything = {t for kinds in photo_texts for texts in kinds.values() for t in texts}
    for c in classes:
        everything |= {*c.names, *c.hypernyms, *c.context}
    everything |= {*everyday_targets(classes), *literal_targets(classes)}
    words = italian_words(recipe.words)
    vocabulary = prune(towers.text, [*sorted(everything), *background], words)
    print(f"{len(everything)} texts, {len(vocabulary.pieces)} pieces", file=sys.stderr)
    return photo_texts, vocabulary


def _train(
    material: Material,
    class_texts: torch.Tensor,
    mean: Floats,
    maps: Maps,
    towers: Towers,
    recipe: Recipe,
) -> Joint:
    photos = np.arange(maps.shape[1])
    heads = [
        train_head(material, photos, recipe.head, 100 * recipe.seed + i)
        for i in range(recipe.heads)
    ]
    torch.set_num_threads(usable_cores())  # these steps are large enough for all
    last_block = train_together(
        heads, towers.image, maps, material, photos, recipe.together, recipe.seed
    )
    torch.set_num_threads(1)
    posterior = train_posterior(material, class_texts, photos, recipe.posterior, recipe.seed)
    net: Any = towers.image
    weight = numbers(net.classifier.weight)
    joint = Joint(
        last_block,
        [h.image for h in heads],
        [h.text for h in heads],
        posterior,
        (weight, numbers(net.classifier.bias)),
        recipe.share,
        recipe.gate,
        np.eye(1, dtype=np.float32),
        class_basis(weight, recipe.class_dimension),
        mean,
    )
    rng = np.random.default_rng(recipe.seed)
    indices = np.unique(np.concatenate(material.own))
    sample = rng.choice(indices, min(SAMPLE, len(indices)), replace=False)
    with torch.no_grad():
        seen = root(torch.from_numpy(last_block.features(maps[0])))
        image = torch.cat([h.image(seen) for h in heads], dim=-1)
        text = torch.cat([h.text(material.texts[sample]) for h in heads], dim=-1)
    joint.head_basis = common_basis(
        image.numpy(), text.numpy(), recipe.dimension - len(joint.class_basis)
    )
    return joint
