"""Make BERT's tokenizer from a `vocab.txt` as transformers does, without transformers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tokenizers import (
    AddedToken,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
)

from cercafoto.errors import ModelError

# The special tokens, in the order in which transformers adds them.
_SPECIAL = {
    "unk_token": "[UNK]",
    "sep_token": "[SEP]",
    "pad_token": "[PAD]",
    "cls_token": "[CLS]",
    "mask_token": "[MASK]",
}


def bert_tokenizer(vocabulary: Path, settings: dict[str, Any]) -> Tokenizer:
    """Return the tokenizer for a vocabulary file with one word a line.

    settings: entries of `tokenizer_config.json`: do_lower_case, strip_accents,
        tokenize_chinese_chars and special tokens. Without strip_accents, accents are stripped if
        the text is lowercased.
    Raises ModelError if the file cannot be read or lacks a special token.
    """
    try:
        lines = vocabulary.read_bytes().decode("utf-8").split("\n")
    except (OSError, ValueError) as error:
        raise _unreadable(vocabulary, str(error)) from error
    if not lines[-1]:
        lines.pop()
    words = {line.removesuffix("\r"): number for number, line in enumerate(lines)}
    special = {role: str(settings.get(role) or token) for role, token in _SPECIAL.items()}
    for token in special.values():
        if token not in words:
            raise _unreadable(vocabulary, f"manca {token}")
    tokenizer = Tokenizer(models.WordPiece(words, unk_token=special["unk_token"]))
    tokenizer.normalizer = normalizers.BertNormalizer(
        clean_text=True,
        handle_chinese_chars=bool(settings.get("tokenize_chinese_chars", True)),
        strip_accents=settings.get("strip_accents"),
        lowercase=bool(settings.get("do_lower_case", True)),
    )
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece(prefix="##")
    begin, end = special["cls_token"], special["sep_token"]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{begin}:0 $A:0 {end}:0",
        pair=f"{begin}:0 $A:0 {end}:0 $B:1 {end}:1",
        special_tokens=[(begin, words[begin]), (end, words[end])],
    )
    tokenizer.add_special_tokens(
        [AddedToken(token, special=True, normalized=False) for token in special.values()]
    )
    return tokenizer


def _unreadable(vocabulary: Path, why: str) -> ModelError:
    return ModelError(
        f"Il vocabolario in {vocabulary} non è quello di un BERT ({why}).",
        "Scarica o copia di nuovo il modello.",
    )
