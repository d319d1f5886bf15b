"""A tokenizer of many languages, cut to the pieces that some texts need.

SigLIP 2 reads with Gemma's 256,000 pieces: 197 of the 282 million weights of its base text tower
are their rows. Texts that the cut was made for are tokenised exactly as before; other texts may
come apart into smaller pieces, down to Latin letters, signs and bytes, which all stay.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from cercafoto.training.training_errors import InputError

AT_ONCE = 4096  # texts


def frequent_words(count: int) -> list[str]:
    """Return texts of the most frequent Italian and English words, `count` each, from wordfreq.

    Each word stands at the beginning of its text and behind a space, and once with a capital
    letter: tokenizers may have a piece for each.
    """
    from wordfreq import top_n_list

    words = [str(word) for language in ("it", "en") for word in top_n_list(language, count)]
    return [f"{word} {word} {word.capitalize()}" for word in words]


def cut(
    tokenizer: Tokenizer, texts: Iterable[str], rows: int
) -> tuple[Tokenizer, NDArray[np.int64]]:
    """Return the tokenizer cut to the pieces of `texts`, and the old ids of its pieces, int64 [V].

    rows: of the table of embeddings that the old ids are rows of.
    Raises InputError for a tokenizer that is neither BPE nor Unigram.
    """
    described = json.loads(tokenizer.to_str())
    model = described["model"]
    if model["type"] not in ("BPE", "Unigram"):
        raise InputError(f"a vocabulary that cannot be cut: {model['type']}, not BPE or Unigram")
    whole = Tokenizer.from_str(tokenizer.to_str())
    whole.no_padding()
    whole.no_truncation()
    used = {token["id"] for token in described["added_tokens"]}
    used |= set(range((tokenizer.padding or {}).get("pad_id", 0) + 1))
    every = list(texts)
    for first in range(0, len(every), AT_ONCE):
        for encoding in whole.encode_batch(every[first : first + AT_ONCE]):
            used.update(encoding.ids)
    vocabulary = whole.get_vocab()
    used |= {number for piece, number in vocabulary.items() if _is_letter(piece)}
    if model["type"] == "BPE":
        used |= _on_the_way(model, vocabulary, used)
    else:
        used.add(model["unk_id"])
    kept = np.array(sorted(number for number in used if number < rows), dtype=np.int64)
    return Tokenizer.from_str(json.dumps(_renumbered(described, kept))), kept


def _is_letter(piece: str) -> bool:
    """Whether a piece is a Latin letter, a digit, a sign, or a byte such as <0x0A>."""
    if len(piece) == 6 and piece.startswith("<0x"):
        return True
    bare = piece.removesuffix("</w>").removeprefix("▁")
    latin_or_sign = all(ord(c) < 0x250 or unicodedata.category(c)[0] in "PS" for c in bare)
    return len(bare) <= 1 and latin_or_sign


def _on_the_way(model: dict[str, Any], vocabulary: Mapping[str, int], used: set[int]) -> set[int]:
    """Return the pieces that merging goes through on the way from letters to the used pieces."""
    ranks = {tuple(pair): rank for rank, pair in enumerate(_merges(model))}
    end = model.get("end_of_word_suffix") or ""
    found: set[int] = set()
    for piece, number in vocabulary.items():
        if number not in used:
            continue
        letters = list(piece.removesuffix(end)) if end else list(piece)
        if end and piece.endswith(end) and letters:
            letters[-1] += end
        while len(letters) > 1:
            pairs = list(pairwise(letters))
            best = min(pairs, key=lambda pair: ranks.get(pair, len(ranks)))
            if best not in ranks:  # a special token: no merge leads to it
                break
            at = pairs.index(best)
            letters[at : at + 2] = ["".join(best)]
            found.add(vocabulary[letters[at]])
    return found


def _merges(model: dict[str, Any]) -> list[list[str]]:
    """Return the merges of a BPE model as pairs: older files write them as one text."""
    return [pair.split(" ") if isinstance(pair, str) else pair for pair in model["merges"]]


def _renumbered(described: dict[str, Any], kept: NDArray[np.int64]) -> dict[str, Any]:
    """Return the description of the tokenizer with the kept pieces only, numbered from 0."""
    new = {int(old): number for number, old in enumerate(kept)}
    model = described["model"]
    if model["type"] == "BPE":
        model["vocab"] = {p: new[old] for p, old in model["vocab"].items() if old in new}
        known = model["vocab"]
        model["merges"] = [
            pair for pair in _merges(model) if {*pair, "".join(pair)} <= known.keys()
        ]
    else:
        model["vocab"] = [model["vocab"][old] for old in kept if old < len(model["vocab"])]
        model["unk_id"] = new[model["unk_id"]]
    described["added_tokens"] = [
        token | {"id": new[token["id"]]}
        for token in described["added_tokens"]
        if token["id"] in new
    ]
    if described.get("padding"):
        described["padding"]["pad_id"] = new[described["padding"]["pad_id"]]
    described["post_processor"] = _processor(described.get("post_processor"), new)
    return described


def _processor(part: Any, new: Mapping[int, int]) -> Any:
    """Return the part of a tokenizer that adds special tokens, with their new ids."""
    if isinstance(part, Sequence) and not isinstance(part, str):
        return [_processor(each, new) for each in part]
    if not isinstance(part, dict):
        return part
    part = {name: _processor(value, new) for name, value in part.items()}
    for token in ("sep", "cls"):  # of BERT's and RoBERTa's: [text, id]
        if token in part:
            part[token] = [part[token][0], new[part[token][1]]]
    for token in (part.get("special_tokens") or {}).values():  # of a template
        token["ids"] = [new[old] for old in token["ids"]]
    return part
