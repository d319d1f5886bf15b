"""A vocabulary of many languages, cut to the pieces of some texts."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

from cercafoto.training.training_errors import InputError
from cercafoto.training.weights.cut_tokenizer import cut, frequent_words

TEXTS = ["il gatto nero dorme sul divano rosso", "una foto del mare al tramonto", "a black cat"]
OTHERS = ["der schwarze hund bellt im garten", "le chien aboie dans le jardin", "πλοίο στη θάλασσα"]
UNKNOWN = ["il ghepardo sbadiglia", "zebra"]
SPECIAL = ["<pad>", "<eos>", "<bos>", "<unk>"]


def gemma() -> Tokenizer:
    """Return a tokenizer like Gemma's: spaces are letters, merges cross words, unknown letters
    become bytes."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    some_bytes = [f"<0x{number:02X}>" for number in range(256)]
    trainer = trainers.BpeTrainer(vocab_size=900, special_tokens=SPECIAL, show_progress=False)
    tokenizer.train_from_iterator([*TEXTS, *OTHERS, *UNKNOWN] * 9, trainer)
    described = json.loads(tokenizer.to_str())
    vocabulary = described["model"]["vocab"]
    for piece in some_bytes:
        vocabulary.setdefault(piece, len(vocabulary))
    tokenizer = Tokenizer.from_str(json.dumps(described))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="$A <eos>", special_tokens=[("<eos>", 1)]
    )
    tokenizer.enable_padding(pad_id=0, pad_token="<pad>", length=64)
    return tokenizer


def clip() -> Tokenizer:
    """Return a tokenizer like CLIP's: bytes, and a mark at the end of words; special tokens come
    last."""
    tokenizer = Tokenizer(models.BPE(unk_token="<end>", end_of_word_suffix="</w>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=700,
        end_of_word_suffix="</w>",
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([*TEXTS, *OTHERS] * 9, trainer)
    tokenizer.add_special_tokens(["<start>", "<end>"])
    ids = [(token, tokenizer.token_to_id(token)) for token in ("<end>", "<start>")]
    tokenizer.post_processor = processors.RobertaProcessing(*ids, add_prefix_space=False)
    return tokenizer


def unigram() -> Tokenizer:
    """Return a SentencePiece tokenizer like SigLIP's and XLM-R's."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=400, special_tokens=SPECIAL, unk_token="<unk>", show_progress=False
    )
    tokenizer.train_from_iterator([*TEXTS, *OTHERS, *UNKNOWN] * 9, trainer)
    tokenizer.enable_padding(pad_id=0, pad_token="<pad>")
    return tokenizer


@pytest.mark.parametrize("make", [gemma, clip, unigram])
def test_texts_of_the_cut_are_tokenised_as_before(make: Any) -> None:
    whole = make()
    short, rows = cut(whole, TEXTS, whole.get_vocab_size())
    assert short.get_vocab_size() == len(rows) < whole.get_vocab_size()
    assert list(rows) == sorted(rows)
    for text in TEXTS:
        before, after = whole.encode(text), short.encode(text)
        assert after.tokens == before.tokens
        assert [rows[number] for number in after.ids] == before.ids
        assert after.attention_mask == before.attention_mask


@pytest.mark.parametrize("make", [gemma, unigram])
def test_other_words_come_apart_into_known_pieces(make: Any) -> None:
    whole = make()
    short, rows = cut(whole, TEXTS, whole.get_vocab_size())
    for text in UNKNOWN:
        after = short.encode(text)
        assert "<unk>" not in after.tokens
        assert len(after.tokens) >= len(whole.encode(text).tokens)
        assert [whole.id_to_token(int(rows[number])) for number in after.ids] == after.tokens


def test_letters_that_the_vocabulary_lacks_stay_bytes() -> None:
    short, _ = cut(gemma(), TEXTS, 10_000)
    assert "<0xE5>" in short.encode("山").tokens


def test_pieces_without_a_row_go() -> None:
    """SigLIP's vocabulary ends with pieces for which its tower has no row."""
    whole = unigram()
    short, rows = cut(whole, TEXTS, whole.get_vocab_size() - 10)
    assert max(rows) < whole.get_vocab_size() - 10 and short.get_vocab_size() == len(rows)


def test_another_kind_of_vocabulary_is_refused() -> None:
    words = Tokenizer(models.WordLevel({"a": 0}, unk_token="a"))
    with pytest.raises(InputError, match="cannot be cut: WordLevel"):
        cut(words, ["a"], 1)


def test_frequent_words_stand_at_the_beginning_inside_and_with_a_capital() -> None:
    words = frequent_words(50)
    assert len(words) == 100 and "casa casa Casa" not in words and "non non Non" in words
    assert "the the The" in words
