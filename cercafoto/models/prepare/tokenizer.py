"""Write a checkpoint's tokenizer as the `tokenizer.json` of a model folder."""

from __future__ import annotations

import string
from pathlib import Path
from typing import Any

from tokenizers import Regex, Tokenizer, normalizers

from cercafoto.errors import ModelError
from cercafoto.models.prepare.bert_tokenizer import bert_tokenizer
from cercafoto.models.prepare.transformers_checkpoint import (
    CLIP,
    DUAL,
    METACLIP2,
    SIGLIP,
    SIGLIP2,
    Checkpoint,
)

_PADS = {
    DUAL: "[PAD]", CLIP: "<|endoftext|>", SIGLIP: "</s>", SIGLIP2: "<pad>", METACLIP2: "<pad>",
}  # fmt: skip
# A vocabulary has at least this share of the text tower's rows: the Italian BERT under CLIP-Italian
# has 31,102 words and 32,102 rows, other models round up their rows.
MIN_WORD_SHARE = 0.9


def save_tokenizer(
    checkpoint: Checkpoint, path: Path, reference: Any | None = None
) -> dict[str, Any]:
    """Write `tokenizer.json` to `path`, and return "text" for `model.json`.

    reference: transformers' tokenizer, see `reference_tokenizer`; None if only the checkpoint's
        files are to be used.
    Raises ModelError if the checkpoint has no tokenizer that can be read.
    """
    tokenizer = _tokenizer(checkpoint, reference)
    declared = checkpoint.tokenizer_settings
    pad_token = str(
        getattr(reference, "pad_token", None)
        or declared.get("pad_token")
        or _PADS[checkpoint.architecture]
    )
    pad_id = tokenizer.token_to_id(pad_token)
    if pad_id is None:
        raise ModelError(
            f"Nel tokenizer in {checkpoint.path} manca il segno di riempimento {pad_token}.",
            "Scarica o copia di nuovo il modello.",
        )
    padded = checkpoint.architecture in {SIGLIP, SIGLIP2}
    longest = checkpoint.max_tokens
    side = getattr(reference, "padding_side", None) or declared.get("padding_side") or "right"
    tokenizer.enable_truncation(longest)
    tokenizer.enable_padding(
        # SigLIP pools the last position, padding included: the side is part of the model.
        direction=str(side),
        pad_id=pad_id,
        pad_token=pad_token,
        length=longest if padded else None,
    )
    tokenizer.save(str(path))
    return {
        "max_tokens": longest,
        "optimised": True,  # see `fusing.optimise`
        "padding": "max_length" if padded else "longest",
        "pad_id": pad_id,
        "pad_token": pad_token,
    }


def check_words(tokenizer: Path, checkpoint: Checkpoint, rows: int) -> None:
    """Raise ModelError if the tokenizer's vocabulary does not fit the text tower.

    tokenizer: a `tokenizer.json`.
    rows: rows of the tower's word table.
    """
    words = max(Tokenizer.from_file(str(tokenizer)).get_vocab().values()) + 1
    # SigLIP's multilingual vocabulary ends with tokens of another model, which no text contains.
    may_exceed = checkpoint.architecture == SIGLIP
    if words < MIN_WORD_SHARE * rows or (words > rows and not may_exceed):
        raise ModelError(
            f"Il vocabolario in {_source(checkpoint)} ha {words} parole, e i pesi in "
            f"{checkpoint.weights} ne hanno {rows}.",
            "Scarica o copia di nuovo il modello.",
        )


def _source(checkpoint: Checkpoint) -> Path:
    names = ("tokenizer.json", "vocab.txt")
    return next((checkpoint.path / n for n in names if (checkpoint.path / n).is_file()), Path())


def reference_tokenizer(checkpoint: Checkpoint) -> Any | None:
    """Return transformers' tokenizer for a checkpoint; None if transformers cannot read it."""
    from transformers import AutoTokenizer

    try:
        return AutoTokenizer.from_pretrained(str(checkpoint.path), local_files_only=True)
    except Exception:
        # SigLIP's class needs sentencepiece; damaged files raise nearly anything. A tokenizer.json
        # is enough; without one, `save_tokenizer` says what is missing.
        return None


def _tokenizer(checkpoint: Checkpoint, reference: Any | None) -> Tokenizer:
    file, words = checkpoint.path / "tokenizer.json", checkpoint.path / "vocab.txt"
    backend = getattr(reference, "backend_tokenizer", None)
    if file.is_file():
        # The model was trained with this file; transformers may build another tokenizer.
        try:
            tokenizer = Tokenizer.from_file(str(file))
        except Exception as error:  # tokenizers raises bare Exception
            raise ModelError(
                f"Il file {file} è danneggiato ({error}).", "Scarica o copia di nuovo il modello."
            ) from error
    elif backend is not None:
        tokenizer = Tokenizer.from_str(backend.to_str())
    elif words.is_file() and checkpoint.architecture == DUAL:
        tokenizer = bert_tokenizer(words, checkpoint.tokenizer_settings)
    else:
        raise ModelError(
            f"In {checkpoint.path} manca un tokenizer che si possa leggere.",
            "Serve tokenizer.json, oppure vocab.txt o vocab.json con merges.txt.",
        )
    if checkpoint.architecture in {SIGLIP, SIGLIP2}:
        _lower_case(tokenizer, checkpoint)
    return tokenizer


def _lower_case(tokenizer: Tokenizer, checkpoint: Checkpoint) -> None:
    """Make the tokenizer normalise text as SigLIP's code does, which its files do not say.

    SigLIP and SigLIP 2 lowercase the text. SigLIP also drops ASCII punctuation and double spaces;
    SigLIP 2, with Gemma's vocabulary, does not. Normalising twice changes nothing.
    """
    steps: list[Any] = [normalizers.Lowercase()]
    vocabulary = str(checkpoint.tokenizer_class or "")
    if not vocabulary.startswith(("Gemma", "Siglip2")) and checkpoint.architecture == SIGLIP:
        punctuation = "".join(f"\\{c}" for c in string.punctuation)
        steps += [
            normalizers.Replace(Regex(f"[{punctuation}]"), ""),
            normalizers.Replace(Regex(r"\s+"), " "),
            normalizers.Strip(),
        ]
    if tokenizer.normalizer is not None:
        steps.append(tokenizer.normalizer)
    tokenizer.normalizer = normalizers.Sequence(steps)
