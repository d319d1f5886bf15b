"""Translation by a checkpoint on this machine: a tiny Marian with random weights."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="the extra [torch]")
pytest.importorskip("transformers", reason="the extra [torch]")
pytest.importorskip("sentencepiece", reason="the extra [train]")

import transformers

from cercafoto.training.data import prepare_command as prepare
from cercafoto.training.data.checkpoint_translator import CheckpointTranslator
from cercafoto.training.training_errors import InputError
from tests.support.marian import SENTENCES, make_marian


@pytest.fixture(scope="module")
def marian(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_marian(tmp_path_factory.mktemp("marian") / "opus")


def test_translations_stand_in_the_order_of_the_texts(marian: Path) -> None:
    one_by_one = CheckpointTranslator(str(marian), sentences=1).translate(SENTENCES)
    assert len(set(one_by_one)) > 1, "noise that is the same for all sentences would show nothing"
    assert CheckpointTranslator(str(marian), sentences=3).translate(SENTENCES) == one_by_one
    backwards = CheckpointTranslator(str(marian), sentences=3).translate(SENTENCES[::-1])
    assert backwards == one_by_one[::-1]


def test_a_text_is_cut_where_the_model_ends(marian: Path) -> None:
    (translated,) = CheckpointTranslator(str(marian)).translate([" ".join(SENTENCES * 40)])
    assert isinstance(translated, str)


def test_the_step_translates_once(
    marian: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "cc.tsv"
    rows = [f"{text}\thttps://x/{n}.jpg\n" for n, text in enumerate(SENTENCES)]
    table.write_text("".join(rows), "utf-8")
    words = ["translate", str(table), "--model", str(marian), "--batch", "2"]
    words += ["--cache", str(tmp_path / "cache.sqlite"), "--out", str(tmp_path / "italian.tsv")]
    told = []
    for _ in range(2):
        parser = argparse.ArgumentParser()
        prepare.add_arguments(parser)
        assert prepare.run(parser.parse_args(words)) == 0
        rows = re.findall(r"(?m)^(\S.*?) +(\d+)$", capsys.readouterr().out)
        told.append({name: int(number) for name, number in rows})
    assert told[0]["rows"] == len(SENTENCES) == told[0]["translated now"]
    assert told[1]["translated now"] == len(SENTENCES) - told[0]["written"]
    written = (tmp_path / "italian.tsv").read_text("utf-8").splitlines()
    assert written[0] == "url\tenglish\titalian"
    expected = CheckpointTranslator(str(marian)).translate(SENTENCES[:1])[0]
    assert written[1].split("\t")[:2] == ["https://x/0.jpg", SENTENCES[0]]
    assert written[1].split("\t")[2].split() == expected.split()


def test_what_cannot_be_had_is_named(marian: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        CheckpointTranslator(str(tmp_path / "opus"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="empty: cannot be loaded"):
        CheckpointTranslator(str(tmp_path / "empty"))


def test_a_model_of_many_languages_is_told_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pieces = ["<s>", "<pad>", "</s>", "<unk>", "\u2581", *"adog"]
    tokenizer = transformers.NllbTokenizer(
        vocab={piece: number for number, piece in enumerate(pieces)}, merges=[]
    )
    tokenizer.save_pretrained(tmp_path)
    config = transformers.M2M100Config(
        vocab_size=len(tokenizer),
        d_model=16,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=16,
        decoder_ffn_dim=16,
        max_position_embeddings=16,
        pad_token_id=1,
    )
    transformers.M2M100ForConditionalGeneration(config).save_pretrained(tmp_path)
    translator = CheckpointTranslator(str(tmp_path))
    generated = []
    generate = translator.model.generate

    def seen(**named: Any) -> Any:
        generated.append((named["input_ids"], generate(**named)))
        return generated[-1][1]

    monkeypatch.setattr(translator.model, "generate", seen)
    assert len(translator.translate(["a dog", "good"])) == 2
    read, written = generated[0]
    names = tokenizer.convert_ids_to_tokens
    assert names(read[0].tolist())[0] == "eng_Latn"
    assert names(written[0].tolist())[1] == "ita_Latn"  # after the token that a decoder begins with


def test_the_default_is_opus() -> None:
    parser = argparse.ArgumentParser()
    prepare.add_arguments(parser)
    words = ["translate", "cc.tsv", "--cache", "c", "--out", "o", "--model"]
    assert parser.parse_args(words).model == "hub:Helsinki-NLP/opus-mt-en-it"
