"""The two towers that a recipe begins from, each a checkpoint folder on this disk."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import nn

from cercafoto.base.arrays import Floats
from cercafoto.errors import first_line
from cercafoto.models.model_folder import file_digest
from cercafoto.models.prepare.tokenizer import reference_tokenizer, save_tokenizer
from cercafoto.models.prepare.towers import ImageTower, _Quiet, load, towers
from cercafoto.models.prepare.transformers_checkpoint import Checkpoint
from cercafoto.photos.preprocessing import Preprocessing
from cercafoto.training.clip_italian.backbones import TextTower
from cercafoto.training.training_errors import InputError


@dataclass
class Teacher:
    """A model of photos and texts that stays as it is.

    image: pixels -> unit vectors of `dimension` numbers.
    text: input_ids, attention_mask -> unit vectors of the same space; in the language that it
        knows.
    tokenizer: pads and truncates for `text`.
    key: a digest of the weights, for what is computed once of them.
    """

    image: ImageTower
    text: nn.Module
    tokenizer: Tokenizer
    preprocessing: Preprocessing
    dimension: int
    key: str
    licence: str

    def embed(self, texts: Sequence[str], device: torch.device) -> Floats:
        """Embed texts: unit vectors float32 [N, dimension]."""
        encoded = self.tokenizer.encode_batch(list(texts))
        ids = torch.tensor([e.ids for e in encoded], device=device)
        mask = torch.tensor([e.attention_mask for e in encoded], device=device)
        with torch.inference_mode():
            rows: Floats = self.text.to(device)(ids, mask).float().cpu().numpy()
        return rows


def open_teacher(folder: Path) -> Teacher:
    """Open a CLIP, SigLIP, SigLIP 2 or VisionTextDualEncoder.

    Raises ModelError where the folder is none of these, or damaged.
    """
    checkpoint = Checkpoint.open(folder)
    image, text = towers(load(checkpoint), checkpoint)
    with tempfile.TemporaryDirectory() as work:
        file = Path(work) / "tokenizer.json"
        save_tokenizer(checkpoint, file, reference_tokenizer(checkpoint))
        tokenizer = Tokenizer.from_file(str(file))
    preprocessing = Preprocessing.from_json(checkpoint.image)
    with torch.inference_mode():
        side = preprocessing.size
        dimension = image(torch.zeros(1, 3, side, side))[0].shape[-1]
    key = file_digest(checkpoint.weights)[:16]
    return Teacher(image, text, tokenizer, preprocessing, dimension, key, checkpoint.licence)


def open_student(folder: Path, max_tokens: int) -> TextTower:
    """Open a text model of transformers, pooled by the mean over its tokens.

    The mean, since XLM-R and ModernBERT have no pooler that was ever trained. Raises InputError.
    """
    import transformers

    if not folder.is_dir():
        raise InputError(f"{folder}: there is no such folder; download the text model first")
    options: dict[str, Any] = {"local_files_only": True}
    try:
        with _Quiet(transformers):
            model = transformers.AutoModel.from_pretrained(str(folder), **options)
            width = getattr(model.config, "hidden_size", None)
            if width is None or hasattr(model, "vision_model"):
                raise InputError(f"{folder}: a {type(model).__name__}, not a model of text alone")
            fast = transformers.AutoTokenizer.from_pretrained(str(folder), **options)
        tokenizer = Tokenizer.from_str(fast.backend_tokenizer.to_str())
    except InputError:
        raise
    except Exception as error:  # transformers raises nearly anything on an odd file
        raise InputError(
            f"{folder}: not a text model that transformers can load ({first_line(error, 200)})"
        ) from error
    if fast.pad_token is None:
        raise InputError(f"{folder}: the tokenizer has no sign to pad with")
    tokenizer.enable_padding(pad_id=fast.pad_token_id, pad_token=fast.pad_token)
    tokenizer.enable_truncation(max_tokens)
    return TextTower(model.float(), int(width), "mean", tokenizer)
