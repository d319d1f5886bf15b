"""Compare a model folder with its checkpoint, on real photos and Italian sentences.

Needs torch and transformers; imported only while a checkpoint is being prepared.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from PIL import Image

from cercafoto.base.arrays import Floats
from cercafoto.errors import ModelError
from cercafoto.models.encode.encoder import Encoder
from cercafoto.models.prepare.shipped_photos import photos
from cercafoto.models.prepare.tokenizer import reference_tokenizer
from cercafoto.models.prepare.towers import ImageTower
from cercafoto.models.prepare.transformers_checkpoint import SIGLIP2, Checkpoint

# Lowest cosines accepted. From the same pixels: only float32 rounding differs.
SAME_PIXELS = 0.99999
# From the same photo through two resizers: a few pixels differ by a grey level.
SAME_PHOTO = 0.999

SENTENCES = (
    "una foto di un gatto",
    "Un'astronauta sorridente, in tuta arancione, davanti alla bandiera.",
    "la tazza di caffè è sul tavolo di legno",
    "un razzo che decolla di notte!",
    "perché no?",
    "due bambini giocano a pallone sulla spiaggia mentre il sole tramonta dietro le colline, "
    "i nonni li guardano seduti sulle sdraio e un cane corre lungo la riva " * 4,
)


def check(
    checkpoint: Checkpoint,
    model: Any,
    tower: ImageTower,
    encoder: Encoder,
    progress: Callable[[str], None],
) -> dict[str, float]:
    """Compare the folder that `encoder` serves with the transformers model `model`, its original.

    Returns the lowest cosine of "image", "text", "patches" and "preprocessing". Raises ModelError
    if one is below its limit.

    tower: the original's image tower.
    progress: called with an Italian warning if transformers splits a sentence differently.
    """
    pictures = list(photos().values())
    cosines = {
        "image": lowest_cosine(*_images(checkpoint, model, encoder, pictures)),
        "text": lowest_cosine(*_texts(checkpoint, model, encoder, progress)),
        "patches": _patches(tower, encoder, pictures),
    }
    for part, cosine in cosines.items():
        if not cosine >= SAME_PIXELS:
            raise ModelError(
                f"Il modello preparato da {checkpoint.path} non dà gli stessi risultati "
                f"dell'originale ({part}: coseno {cosine:.6f}, serve {SAME_PIXELS}).",
                "Non è stato installato. Aggiorna torch e onnxruntime e riprova.",
            )
    # For SigLIP 2, "image" already compares with its processor, which keeps a photo's proportions.
    cosines["preprocessing"] = (
        cosines["image"]
        if checkpoint.architecture == SIGLIP2
        else _preprocessing(checkpoint, encoder, pictures)
    )
    if not cosines["preprocessing"] >= SAME_PHOTO:
        raise ModelError(
            f"Le immagini non si riescono a preparare come chiede il modello in "
            f"{checkpoint.path} (coseno {cosines['preprocessing']:.4f}, serve {SAME_PHOTO}).",
            "Non è stato installato: controlla preprocessor_config.json.",
        )
    return cosines


def image_processor(checkpoint: Checkpoint) -> Any:
    """Return the checkpoint's own image processor, in its Pillow version.

    Raises ModelError if transformers cannot load it.
    """
    import transformers

    newest = int(transformers.__version__.split(".")[0]) >= 5
    options: dict[str, Any] = {"backend": "pil"} if newest else {"use_fast": False}
    try:
        return transformers.AutoImageProcessor.from_pretrained(
            str(checkpoint.path), local_files_only=True, **options
        )
    except Exception as error:  # transformers raises nearly anything on an odd file
        raise ModelError(
            f"transformers non legge preprocessor_config.json in {checkpoint.path} ({error}).",
            "Scarica o copia di nuovo il modello, o aggiorna transformers.",
        ) from error


def _images(
    checkpoint: Checkpoint, model: Any, encoder: Encoder, pictures: list[Image.Image]
) -> tuple[Floats, Floats]:
    if checkpoint.architecture == SIGLIP2:
        # Its processor cuts patches: squares of the final size reach it, so the pixels agree.
        squares = [encoder.preprocessing.crop(p) for p in pictures]
        return _reference(checkpoint, model, squares), encoder.embed_images(squares)
    pixels = np.stack([encoder.preprocessing(p) for p in pictures])
    with torch.no_grad():
        theirs = _unit(model.get_image_features(pixel_values=torch.from_numpy(pixels)))
    return theirs, encoder.embed_pixels(pixels)


def _preprocessing(checkpoint: Checkpoint, encoder: Encoder, pictures: list[Image.Image]) -> float:
    """Return the lowest cosine between vectors after the checkpoint's preprocessing and ours."""
    theirs = image_processor(checkpoint)(images=pictures, return_tensors="np")["pixel_values"]
    return lowest_cosine(
        encoder.embed_pixels(np.asarray(theirs, dtype=np.float32)),
        encoder.embed_images(pictures),
    )


def _reference(checkpoint: Checkpoint, model: Any, pictures: list[Image.Image]) -> Floats:
    inputs = image_processor(checkpoint)(images=pictures, return_tensors="pt")
    with torch.no_grad():
        return _unit(model.get_image_features(**inputs))


def _patches(tower: ImageTower, encoder: Encoder, pictures: list[Image.Image]) -> float:
    pixels = np.stack([encoder.preprocessing(p) for p in pictures])
    (ours,) = encoder._image.run(["patch_embeds"], {"pixel_values": pixels})
    with torch.no_grad():
        theirs = tower(torch.from_numpy(pixels))[1].numpy()
    return lowest_cosine(theirs.reshape(-1, theirs.shape[-1]), ours.reshape(-1, ours.shape[-1]))


def _texts(
    checkpoint: Checkpoint, model: Any, encoder: Encoder, progress: Callable[[str], None]
) -> tuple[Floats, Floats]:
    encodings = encoder._tokenizer.encode_batch(list(SENTENCES))
    ids = [e.ids for e in encodings]
    reference = reference_tokenizer(checkpoint)
    if reference is not None:
        theirs = reference(
            list(SENTENCES),
            padding="max_length" if encoder.folder.text["padding"] == "max_length" else True,
            truncation=True,
            max_length=int(encoder.folder.text["max_tokens"]),
        )["input_ids"]
        if theirs != ids:
            # tokenizer.json wins: the weights were trained with it.
            progress(
                "Attenzione: transformers divide qualche frase in modo diverso da tokenizer.json; "
                "vale tokenizer.json."
            )
    inputs = {"input_ids": torch.tensor(ids)}
    if "attention_mask" in {i.name for i in encoder._text.get_inputs()}:
        inputs["attention_mask"] = torch.tensor([e.attention_mask for e in encodings])
    with torch.no_grad():
        expected = _unit(model.get_text_features(**inputs))
    return expected, encoder.embed_texts(SENTENCES)


def _unit(features: Any) -> Floats:
    # transformers 5 returns an object, transformers 4 the vectors themselves.
    vectors = getattr(features, "pooler_output", features)
    result: Floats = torch.nn.functional.normalize(vectors, dim=-1).numpy()
    return result


def lowest_cosine(first: Floats, second: Floats) -> float:
    """Return the lowest cosine of first[i] and second[i] over all rows i; NaN if one is NaN."""
    a, b = first.astype(np.float64), second.astype(np.float64)
    norms = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return float(((a * b).sum(axis=1) / norms).min())
