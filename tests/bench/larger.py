"""What each model of the list costs beside `mini`: the processor's time for a photo and for a cold
search, and the memory of the search.

    python -m tests.bench.larger FOLDER [--photos 12] [--runs 3] [--models siglip2 ...]

FOLDER is the one of `make bench`. The models have their own graphs with random weights of 32 bits
and vocabularies of the right size, since speed does not depend on what the weights are. Each run of
a model alternates with one of `mini`, so that what else the machine does slows both.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import statistics
import string
from collections.abc import Callable, Iterator, Sequence
from math import prod
from pathlib import Path
from typing import TypeVar

import numpy as np
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers

from cercafoto.base.arrays import save
from cercafoto.models.model_folder import DESCRIPTION, FORMAT, ModelFolder, file_digest
from cercafoto.models.prepare.convert import background_captions
from cercafoto.models.prepare.drawn_tower import DrawnTower, FilledTower
from cercafoto.models.prepare.known_towers import DRAWN
from cercafoto.models.prepare.transformers_checkpoint import CLIP_MEAN, CLIP_STD, HALF
from cercafoto.models.prepare.weights import StoredTensor
from cercafoto.models.registry import EMBEDDED, KNOWN
from tests.bench import archives, budget, peer, versus
from tests.bench.table import Row, show
from tests.bench.timed_processes import Measured

# Name of the model -> its image tower, its text tower and how many words it knows.
MODELS = {
    "clip-italian": ("clip-vit-b32", "bert-base", peer.BERT_WORDS),
    "siglip2-rapido": ("siglip-vit-b32-256", "siglip-text-b", 256_000),
    "siglip2": ("siglip-vit-b16-256", "siglip-text-b", 256_000),
    "siglip2-grande": ("siglip-vit-l16-256", "siglip-text-l", 256_000),
}
T = TypeVar("T")
NUMBERS = 1 << 20  # different random weights; the file repeats them
PHOTOS = 12  # JPEGs of twelve megapixels
SIZE = 1_000  # photos of the archive that is searched


def rows(
    folder: Path, runs: int, names: Sequence[str] = tuple(MODELS), number: int = PHOTOS
) -> Iterator[Row]:
    """Yield what each model costs beside `mini`; the processor's time of `number` photos."""
    photos = folder / f"foto-{number}"
    versus.pictures(photos, number)
    for name in names:
        _made(folder, name)
        each, base = _alternating(
            [_photo_cost(folder, photos, model) for model in (name, EMBEDDED)], runs
        )
        yield Row(
            f"the processor's time for a photo, {name}, beside mini",
            statistics.median(each), statistics.median(base), unit="ms",
        )  # fmt: skip
        ours, small = _alternating([_search(folder, model) for model in (name, EMBEDDED)], runs)
        of = f"{SIZE:,} photos, {name}, beside mini"
        yield Row(
            f"the processor's time of a cold search, {of}",
            statistics.median(m.seconds for m in ours), statistics.median(m.seconds for m in small),
        )  # fmt: skip
        memory, least = (statistics.median(m.memory for m in side) / 1e6 for side in (ours, small))
        yield Row(f"  its memory, {of}", memory, least, unit="MB")


def _alternating(measures: Sequence[Callable[[], T]], runs: int) -> list[list[T]]:
    for measure in measures:
        measure()  # what the system keeps of files is warm, for both alike
    rounds = [[measure() for measure in measures] for _ in range(runs)]
    return [list(side) for side in zip(*rounds, strict=True)]


def _photo_cost(folder: Path, photos: Path, model: str) -> Callable[[], float]:
    return lambda: sum(budget.stages(folder, photos, model).values())


def _search(folder: Path, model: str) -> Callable[[], Measured]:
    archive = folder / f"archivio-{model}-{SIZE}"
    archives.fill(versus.settings(folder, archive, model), SIZE)
    command = ("cerca", versus.WORDS, "-n", "10", "--percorsi")

    def run() -> Measured:
        before = budget.of_children()
        memory = versus.process(folder, *command, archive=archive, model=model).memory
        return Measured(budget.of_children() - before, memory)

    return run


# -- models with random weights ----------------------------------------------------------------


def _made(folder: Path, name: str) -> ModelFolder:
    """Return a model with random weights, made unless it is there."""
    made = folder / "models" / name
    if not (made / DESCRIPTION).exists():
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir(parents=True)
        _write(made, name)
    return ModelFolder.open(made)


def _write(folder: Path, name: str) -> None:
    image, text, words = MODELS[name]
    numbers = folder / "numeri"
    np.random.default_rng(0).normal(0, 0.02, NUMBERS).astype("<f4").tofile(numbers)
    for stem, tower in (("image", image), ("text", text)):
        drawn = DrawnTower.open(DRAWN / f"{tower}.json")
        weights = {
            source.name: _random_tensor(
                numbers, (words, *source.shape[1:]) if key == drawn.words else source.shape
            )
            for key, source in drawn.sources.items()
            if source.name
        }
        FilledTower.of(drawn, weights, numbers).write(folder / f"{stem}.onnx")
    numbers.unlink()
    signature = DrawnTower.open(DRAWN / f"{image}.json").signature
    is_siglip = "siglip" in image
    dimension = signature["hidden_size"] if is_siglip else signature["projection_dim"]
    tokenizer, pad = _gemma_like(words) if is_siglip else _bert_like(words)
    longest = 64 if is_siglip else 96
    tokenizer.enable_truncation(longest)
    tokenizer.enable_padding(pad_id=0, pad_token=pad, length=longest if is_siglip else None)
    tokenizer.save(str(folder / "tokenizer.json"))
    background = np.random.default_rng(1).normal(size=(len(background_captions()), dimension))
    background /= np.linalg.norm(background, axis=1, keepdims=True)
    save(folder / "background.npy", background.astype(np.float32))
    side = signature["image_size"]
    described = {
        "format": FORMAT,
        "name": name,
        "version": "random",
        "licence": KNOWN[name].licence,
        "source": {},
        "image": {
            "size": side,
            "resize": "exact" if is_siglip else "shortest",
            "resize_to": side,
            "crop": not is_siglip,
            "interpolation": "bicubic",
            "mean": list(HALF if is_siglip else CLIP_MEAN),
            "std": list(HALF if is_siglip else CLIP_STD),
        },
        "text": {
            "max_tokens": longest,
            "optimised": True,
            "padding": "max_length" if is_siglip else "longest",
            "pad_id": 0,
            "pad_token": pad,
        },
        "dimension": dimension,
        "prompts": ["{}"],
        "calibration": {},
        "quality": {},
        "files": {path.name: file_digest(path) for path in sorted(folder.iterdir())},
    }
    (folder / DESCRIPTION).write_text(json.dumps(described), encoding="utf-8")


def _random_tensor(numbers: Path, shape: tuple[int, ...]) -> StoredTensor:
    whole, rest = divmod(prod(shape), NUMBERS)
    pieces = ((0, NUMBERS),) * whole + (((0, rest),) if rest else ())
    return StoredTensor.in_order(numbers, "float32", shape, pieces)


def _gemma_like(words: int) -> tuple[Tokenizer, str]:
    """Return a tokenizer that loads as slowly as Gemma's: as many pieces, two merges for each."""
    rng = random.Random(0)
    letters = [*string.ascii_lowercase, "▁"]
    pieces = dict.fromkeys(["<pad>", "<eos>", "<bos>", "<unk>", *letters])
    short = list(letters)  # what a new piece is made of
    merges: dict[tuple[str, str], None] = {}
    while len(pieces) < words:
        pair = rng.choice(short), rng.choice(short)
        piece = "".join(pair)
        merges[pair] = None
        if piece not in pieces:
            pieces[piece] = None
            if len(piece) <= 4:
                short.append(piece)
        if piece[0] in pieces and piece[1:] in pieces:
            merges[piece[0], piece[1:]] = None
    vocabulary = {piece: at for at, piece in enumerate(pieces)}
    tokenizer = Tokenizer(models.BPE(vocabulary, list(merges), unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Lowercase(), normalizers.Replace(" ", "▁")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Split("▁", "merged_with_next")
    tokenizer.decoder = decoders.Replace("▁", " ")
    return tokenizer, "<pad>"


def _bert_like(words: int) -> tuple[Tokenizer, str]:
    pieces = [
        "[PAD]",
        "[UNK]",
        *(f"{start}{c}" for start in ("", "##") for c in "abcdefghijklmnop"),
    ]
    pieces += [f"parola{number}" for number in range(words - len(pieces))]
    vocabulary = {piece: at for at, piece in enumerate(pieces)}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return tokenizer, "[PAD]"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--photos", type=int, default=PHOTOS)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--models", nargs="*", choices=tuple(MODELS), default=tuple(MODELS))
    chosen = parser.parse_args()
    folder = chosen.folder.absolute()
    peer.installed(folder)
    measured = list(rows(folder, chosen.runs, chosen.models, chosen.photos))
    show(measured, f"load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
