"""Translate captions with an open model, on this machine and on its GPU if it has one.

The default is Opus-MT (Helsinki-NLP/opus-mt-en-it, Apache-2.0). NLLB-200 is larger and knows 200
languages; its licence, CC BY-NC 4.0, forbids to use its translations commercially.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cercafoto.errors import first_line
from cercafoto.training.training_errors import InputError

HUB = "hub:"
OPUS = "hub:Helsinki-NLP/opus-mt-en-it"
BATCH = 64  # sentences that are computed at once
BATCHES = 16  # of sentences that are translated between two writes to the cache
LONGEST = 256  # tokens of a caption, and of its translation
# NLLB names languages by these, and begins a translation with the target's.
ENGLISH, ITALIAN = "eng_Latn", "ita_Latn"
# Opus models of several targets read this mark before the sentence.
TARGET_MARK = ">>ita<<"


class CheckpointTranslator:
    """Translates with a sequence-to-sequence checkpoint of transformers.

    checkpoint: a folder, or "hub:OWNER/NAME", which transformers downloads into its own cache.
    sentences: how many are computed at once; limited by the device's memory.
    Raises InputError for a checkpoint that cannot be had or is of another kind.
    """

    def __init__(self, checkpoint: str, sentences: int = BATCH) -> None:
        import torch

        self.name = f"model: {checkpoint}"
        self.sentences = sentences
        self.batch = sentences * BATCHES
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.tokenizer, self.model = _loaded(checkpoint)
        # Half the bytes, twice the pace; rounding changes a word now and then.
        self.model.to(self.device, torch.float16 if self.device == "cuda" else torch.float32)
        self.longest = min(LONGEST, int(self.model.config.max_position_embeddings))
        self.mark, self.first = "", None
        vocabulary = self.tokenizer.get_vocab()
        if ITALIAN in vocabulary:
            self.tokenizer.src_lang, self.first = ENGLISH, vocabulary[ITALIAN]
        elif TARGET_MARK in vocabulary:
            self.mark = f"{TARGET_MARK} "

    def translate(self, texts: Sequence[str]) -> list[str]:
        """Return the translation of each text, in their order."""
        # Sentences of a length are computed together: padding is computed too.
        order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
        italian = [""] * len(texts)
        for first in range(0, len(order), self.sentences):
            places = order[first : first + self.sentences]
            for place, text in zip(places, self._batch([texts[p] for p in places]), strict=True):
                italian[place] = text
        return italian

    def _batch(self, texts: Sequence[str]) -> list[str]:
        import torch

        encoded = self.tokenizer(
            [f"{self.mark}{text}" for text in texts],
            padding=True,
            truncation=True,
            max_length=self.longest,
            return_tensors="pt",
        ).to(self.device)
        with torch.inference_mode():
            tokens = self.model.generate(
                **encoded, max_new_tokens=self.longest - 1, forced_bos_token_id=self.first
            )
        translated: list[str] = self.tokenizer.batch_decode(tokens, skip_special_tokens=True)
        return translated


def _loaded(checkpoint: str) -> tuple[Any, Any]:
    """Return the tokenizer, and the model in evaluation mode."""
    import transformers

    name = checkpoint.removeprefix(HUB)
    local = name == checkpoint
    if local and not Path(name).is_dir():
        raise InputError(f"{name}: no such folder (a model of the Hub is {HUB}OWNER/NAME)")
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(name, local_files_only=local)
        model = transformers.AutoModelForSeq2SeqLM.from_pretrained(name, local_files_only=local)
    except ImportError as error:
        raise InputError(f"{first_line(error, 200)}: pip install 'cercafoto[train]'") from error
    except (OSError, ValueError) as error:
        raise InputError(f"{name}: cannot be loaded ({first_line(error, 200)})") from error
    return tokenizer, model.eval()
