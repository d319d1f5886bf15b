"""A BERT vocabulary read without transformers gives the same token ids."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("transformers", reason="the original tokenizer takes cercafoto[torch]")
import transformers
from tokenizers import Tokenizer

from cercafoto.errors import ModelError
from cercafoto.models.prepare.bert_tokenizer import bert_tokenizer

CAPTIONS = Path(__file__).parents[3] / "shared" / "data" / "testi" / "mscoco_it.txt"
ODD = [
    "",
    "   ",
    "Perché il caffè è più buono là, in città?",
    "E\u0300 cosi\u0300: accenti staccati, ÀÈÌÒÙ e àèìòù",
    "l'astronauta dell'ISS; un po' d'acqua — «virgolette» … e (parentesi)",
    "un gatto 🐈 e un cane 🐕‍🦺, 👨‍👩‍👧 in spiaggia 🏖️",
    "猫と犬 東京タワー 고양이 кошка γάτα",
    "tab\te a capo\n\r\u200b\u00a0\ufeff fine\x00\x07",
    "[MASK] e [CLS] scritti da qualcuno, [sep] no",
    "ß Straße ŒUVRE İstanbul ﬁne ½ ① ™",
    "parolalunghissima" * 12,
    "IMG_20190814_123456.jpg 3,5x10^-2 €20 100%",
]


def vocabulary(folder: Path, sentences: list[str]) -> Path:
    """Write a vocabulary of the letters and some words of these sentences."""
    normal = transformers.BertTokenizer().backend_tokenizer
    words: dict[str, int] = {}
    for sentence in sentences:
        for word, _ in normal.pre_tokenizer.pre_tokenize_str(
            normal.normalizer.normalize_str(sentence)
        ):
            words[word] = words.get(word, 0) + 1
    letters = sorted({letter for word in words for letter in word} - {"🏖"})
    often = sorted(words, key=lambda w: (-words[w], w))[:3000]
    signs = ["[PAD]", "[unused1]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    lines = dict.fromkeys([*signs, *letters, *(f"##{letter}" for letter in letters), *often])
    path = folder / "vocab.txt"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def original(folder: Path, settings: dict[str, Any]) -> Any:
    (folder / "tokenizer_config.json").write_text(
        json.dumps(settings | {"tokenizer_class": "BertTokenizer"}), encoding="utf-8"
    )
    return transformers.BertTokenizer.from_pretrained(folder)


def same(ours: Tokenizer, theirs: Any, sentences: list[str]) -> None:
    expected = theirs(sentences)["input_ids"]
    for sentence, found, wanted in zip(
        sentences, ours.encode_batch(sentences), expected, strict=True
    ):
        assert found.ids == wanted, sentence


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"do_lower_case": True},
        {"do_lower_case": False},
        {"do_lower_case": True, "strip_accents": False},
        {"do_lower_case": False, "strip_accents": True, "tokenize_chinese_chars": False},
    ],
)
def test_odd_sentences(settings: dict[str, Any], tmp_path: Path) -> None:
    path = vocabulary(tmp_path, [*ODD, "una foto di un gatto in città"])
    generator = random.Random(0)
    letters = "aàeèéiìoòuùbcdfglmnprstvz AÈ'.,!?-🐈猫\u0301"
    made_up = ["".join(generator.choices(letters, k=40)) for _ in range(500)]
    theirs = original(tmp_path, settings)
    ours = bert_tokenizer(path, settings)
    same(ours, theirs, ODD + made_up)
    assert json.loads(ours.to_str()) == json.loads(theirs.backend_tokenizer.to_str())


@pytest.mark.skipif(not CAPTIONS.exists(), reason="the captions of MSCOCO-IT are not here")
def test_two_thousand_captions(tmp_path: Path) -> None:
    sentences = CAPTIONS.read_text(encoding="utf-8").splitlines()[:2_000]
    path = vocabulary(tmp_path, sentences)
    settings = {"do_lower_case": True}
    same(bert_tokenizer(path, settings), original(tmp_path, settings), sentences)


def test_a_vocabulary_without_its_signs_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "vocab.txt"
    path.write_text("[PAD]\n[UNK]\n[CLS]\nuna\n", encoding="utf-8")
    with pytest.raises(ModelError, match=r"vocab\.txt.*manca \[SEP\]"):
        bert_tokenizer(path, {})
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ModelError, match=r"vocab\.txt"):
        bert_tokenizer(path, {})
