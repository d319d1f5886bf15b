"""Cut the 250,000-piece vocabulary of multilingual-e5 down to what Italian needs.

The tokenizer made here does everything itself: normalisation, lower case, prefix, special tokens.

96 of the 118 million parameters of e5-small are rows of this vocabulary; Italian queries use about
one row in ten. `cut_tokenizer` cuts any tokenizer of a teacher, without changing what it does.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from tokenizers import Tokenizer

from cercafoto.training.weights.wheels import TextWeights

PREFIX = "query: "  # e5 was trained with it; without it the vectors are worse
SPACE = "▁"  # SentencePiece's mark for the start of a word
AT_ONCE = 4096  # texts
SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")  # their ids are 0 to 3 in e5 and here

# A word typed without its accent counts as the accented one when the accented spelling is at
# least this many times (in powers of ten: wordfreq's Zipf scale) as frequent in Italian.
ACCENT_MARGIN = 1.0


@dataclass
class Vocabulary:
    """The pieces that stay.

    pieces: (piece, score) in the new id order.
    rows: the row of each piece in e5's embedding, int64 [V]. A row may serve twice: "▁citta" is an
        alias of "▁città".
    """

    pieces: list[tuple[str, float]]
    rows: NDArray[np.int64]


def tokenizer_of(pieces: Sequence[tuple[str, float]], max_tokens: int) -> Tokenizer:
    """Return a tokenizer with a Unigram vocabulary, whose first four pieces are SPECIAL."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    tokenizer = Tokenizer(models.Unigram(list(pieces), unk_id=SPECIAL.index("<unk>")))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.NFKC(),
            normalizers.Lowercase(),
            normalizers.Replace(Regex("[’‘`´]"), "'"),
            # "un'astronauta": the noun gets the piece that it has at the start of a word.
            normalizers.Replace(Regex(r"(?<=\p{L})'(?=\p{L})"), "' "),
            normalizers.Replace(Regex(r"[\s_]+"), " "),
            normalizers.Strip(),
            normalizers.Prepend(PREFIX),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement=SPACE, prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    tokenizer.enable_truncation(max_tokens)
    tokenizer.enable_padding(pad_id=1, pad_token="<pad>")
    return tokenizer


def italian_words(count: int) -> list[str]:
    """Return the most frequent Italian words, from wordfreq."""
    from wordfreq import top_n_list

    return [str(word) for word in top_n_list("it", count)]


def prune(weights: TextWeights, texts: Iterable[str], words: Sequence[str]) -> Vocabulary:
    """Return the pieces that Italian texts use.

    They are the pieces of `texts` and `words`, and every Latin letter, digit and mark, so that no
    Italian text has an unknown piece.
    """
    full = tokenizer_of(weights.pieces, max_tokens=512)
    used: set[int] = set(range(len(SPECIAL)))
    every = [*texts, *words]
    for first in range(0, len(every), AT_ONCE):
        for encoding in full.encode_batch(every[first : first + AT_ONCE]):
            used.update(encoding.ids)
    for index, (piece, _) in enumerate(weights.pieces):
        bare = piece.removeprefix(SPACE)
        if len(bare) <= 1 and all(_is_italian(letter) for letter in bare):
            used.add(index)
    rows = sorted(used)
    pieces = [weights.pieces[row] for row in rows]
    place = {piece: at for at, (piece, _) in enumerate(pieces)}
    for accented, bare in _accent_aliases(place):
        if bare in place:
            rows[place[bare]] = rows[place[accented]]
        else:
            pieces.append((bare, pieces[place[accented]][1]))
            rows.append(rows[place[accented]])
    return Vocabulary(pieces, np.array(rows, dtype=np.int64))


def _is_italian(letter: str) -> bool:
    """Whether Italian texts may hold the character: a Latin letter, digit, mark or symbol."""
    if unicodedata.normalize("NFKC", letter).lower() != letter:
        return False  # the normaliser never lets it through
    return ord(letter) < 0x250 or unicodedata.category(letter)[0] in "PS"


def _accent_aliases(pieces: Iterable[str]) -> list[tuple[str, str]]:
    """Return words with their spelling without accents, if it is hardly ever another word.

    ("▁caffè", "▁caffe"), but not ("▁papà", "▁papa").
    """
    from wordfreq import zipf_frequency

    aliases = []
    for piece in pieces:
        word = piece.removeprefix(SPACE)
        bare = without_accents(word)
        if not piece.startswith(SPACE) or bare == word or len(word) < 3:
            continue
        if zipf_frequency(word, "it") - zipf_frequency(bare, "it") >= ACCENT_MARGIN:
            aliases.append((piece, SPACE + bare))
    return aliases


def without_accents(text: str) -> str:
    """Return a text without its accents: "caffè" -> "caffe"."""
    split = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", "".join(c for c in split if not unicodedata.combining(c)))
