"""The command `prepare`, from options to files, each source once, offline."""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import re
import shlex
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from cercafoto.training.__main__ import main
from cercafoto.training.data import prepare_command as prepare
from cercafoto.training.data.deepl import DeepL
from cercafoto.training.data.pairs import read_pairs, write_pairs
from cercafoto.training.data.photo_store import PhotoStore
from cercafoto.training.training_errors import InputError

UPPER = shlex.join(
    [sys.executable, "-c", "import sys\nfor line in sys.stdin: print(line.strip().upper())"]
)


@pytest.fixture
def prepared(capsys: pytest.CaptureFixture[str]) -> Any:
    """Return a function that runs `prepare` with some options and returns its output."""

    def run(*words: object) -> str:
        parser = argparse.ArgumentParser()
        prepare.add_arguments(parser)
        assert prepare.run(parser.parse_args([str(word) for word in words])) == 0
        return capsys.readouterr().out

    return run


def counts(table: str) -> dict[str, int]:
    """Return the numbers that a step prints, by their names."""
    rows = re.findall(r"^ *(\S.*?) +([\d,]+)$", table, re.M)
    return {name: int(number.replace(",", "")) for name, number in rows}


def photo(path: Path, colour: tuple[int, int, int] = (10, 200, 10)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (40, 30), colour).save(path)
    return path


def by_hash(folder: Path, url: str) -> Path:
    number = len(list(folder.glob("*"))) if folder.is_dir() else 0
    name = hashlib.sha256(url.encode()).hexdigest()
    return photo(folder / f"{name}.jpg", (number * 40, 0, 0))


def broken(path: Path) -> Path:
    whole = io.BytesIO()
    Image.effect_noise((64, 64), 80).save(whole, "JPEG")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(whole.getvalue()[:600])
    return path


def test_wit_to_pairs_that_can_be_read(tmp_path: Path, prepared: Any) -> None:
    rows = [
        "language\timage_url\tcaption_reference_description",
        "it\thttps://x/1.jpg\tUn ponte",
        "it\thttps://x/2.jpg\tUna foto tronca",
        "it\thttps://x/3.jpg\tUna foto mai scaricata",
        "fr\thttps://x/1.jpg\tUn pont",
    ]
    (tmp_path / "wit.tsv").write_text("\n".join(rows), "utf-8")
    by_hash(tmp_path / "images", "https://x/1.jpg")
    broken(tmp_path / "images" / f"{hashlib.md5(b'https://x/2.jpg').hexdigest()}.jpg")
    words = ["wit", tmp_path / "wit.tsv", "--images", tmp_path / "images", "--tagger", "none"]
    out = tmp_path / "out" / "wit.jsonl"
    told = counts(prepared(*words, "--out", out))
    assert told == {"read": 3, "kept": 1, "missing image": 1, "broken image": 1}
    (pair,) = read_pairs(out)
    assert pair.captions == ("Un ponte",) and pair.source == "wit"
    assert PhotoStore(out.parent).read(pair.image_path)[:2] == b"\xff\xd8"
    table = prepared(*words, "--out", out, "--no-check")
    assert "kept" in table and len(read_pairs(out)) == 2
    told = prepared("wit-urls", tmp_path / "wit.tsv", "--out", tmp_path / "urls.tsv")
    urls = (tmp_path / "urls.tsv").read_text().splitlines()
    assert urls == ["url", *(f"https://x/{n}.jpg" for n in (1, 2, 3))] and "3 URLs" in told


def test_wit_says_at_once_that_its_tagger_is_missing(
    tmp_path: Path, prepared: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "spacy", None)
    with pytest.raises(InputError, match="pip install spacy"):
        prepared("wit", "absent.tsv", "--images", tmp_path, "--out", tmp_path / "wit.jsonl")


def test_conceptual_captions_from_english_to_pairs(tmp_path: Path, prepared: Any) -> None:
    published = tmp_path / "Train_GCC-training.tsv"
    lines = [f"photo number {n} of many\thttp://x/{n}.jpg" for n in range(6)]
    published.write_text("\n".join(lines) + "\n", "utf-8")
    for number in range(4):
        by_hash(tmp_path / "images", f"http://x/{number}.jpg")
    words = ["translate", published, "--images", tmp_path / "images", "--command", UPPER]
    words += ["--cache", tmp_path / "cache.sqlite", "--batch", 3, "--out", tmp_path / "cc.tsv"]
    assert counts(prepared(*words)) == {"rows": 4, "written": 4, "translated now": 4}
    assert counts(prepared(*words))["translated now"] == 0
    fewer = counts(prepared(*words, "--limit", 3))
    assert (fewer["rows"], fewer["written"]) == (3, 3)
    prepared(*words)
    words = ["conceptual", tmp_path / "cc.tsv", "--images", tmp_path / "images"]
    words += ["--out", tmp_path / "cc.jsonl", "--workers", 1]
    told = counts(prepared(*words, "--limit", 3))
    assert told["kept"] == 3 and told["beyond --limit"] == 1
    words = ["conceptual", tmp_path / "cc.tsv", "--images", tmp_path / "images"]
    prepared(*words, "--out", tmp_path / "cc.jsonl", "--workers", 1)
    pairs = read_pairs(tmp_path / "cc.jsonl")
    assert [p.captions for p in pairs] == [(f"PHOTO NUMBER {n} OF MANY",) for n in range(4)]


def test_deepl_without_a_key_is_an_input_error(
    tmp_path: Path, prepared: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(prepare.KEY, raising=False)
    words = ["translate", tmp_path / "a.tsv", "--out", tmp_path / "b.tsv", "--deepl"]
    with pytest.raises(InputError, match="DEEPL_AUTH_KEY"):
        prepared(*words, "--cache", tmp_path / "c")


@pytest.mark.parametrize("confirmed", [False, True])
def test_deepl_s_price_is_told_and_confirmed_before(
    tmp_path: Path,
    prepared: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    confirmed: bool,
) -> None:
    sent: list[str] = []

    def translate(self: DeepL, texts: Sequence[str]) -> list[str]:
        sent.extend(texts)
        return [text.upper() for text in texts]

    monkeypatch.setattr(DeepL, "translate", translate)
    monkeypatch.setenv(prepare.KEY, "279a2e9d-83b3")
    published = tmp_path / "Train_GCC-training.tsv"
    rows = [f"{'a' * 500} {n:04}\thttp://x/{n}.jpg" for n in range(2000)]
    published.write_text("\n".join(rows) + "\n", "utf-8")
    words = ["translate", published, "--deepl", "--cache", tmp_path / "c", "--out", tmp_path / "o"]
    price = "2,000 captions, 1,010,000 characters: 25 €"
    if confirmed:
        assert main(["prepare", *map(str, words), "--confirm"]) == 0
        assert price in capsys.readouterr().err and len(sent) == 2000
    else:
        with pytest.raises(InputError, match=f"{price}.*--confirm"):
            prepared(*words)
        assert not sent
        monkeypatch.setenv(prepare.KEY, "279a2e9d-83b3:fx")
        prepared(*words, "--limit", 10)
        assert len(sent) == 10, "the free service bills nothing"


def test_zips_are_unpacked_where_they_were_left_off(tmp_path: Path, prepared: Any) -> None:
    with zipfile.ZipFile(tmp_path / "train2014.zip", "w") as archive:
        for name in ("train2014/1.jpg", "train2014/2.jpg"):
            archive.writestr(name, name * 100)
    (tmp_path / "coco" / "train2014").mkdir(parents=True)
    (tmp_path / "coco" / "train2014" / "1.jpg").write_text("train2014/1.jpg" * 100)
    words = ["unzip", tmp_path / "train2014.zip", "--out", tmp_path / "coco"]
    assert counts(prepared(*words)) == {"files": 2, "written": 1}
    assert (tmp_path / "coco" / "train2014" / "2.jpg").read_text() == "train2014/2.jpg" * 100
    with zipfile.ZipFile(tmp_path / "train2014.zip", "w") as archive:
        archive.writestr("../out.jpg", "x")
    with pytest.raises(InputError, match="leads out of"):
        prepared(*words)
    assert not (tmp_path / "out.jpg").exists()
    (tmp_path / "train2014.zip").write_bytes(b"PK no more")
    with pytest.raises(InputError, match="cannot be unpacked"):
        prepared(*words)


def test_local_photos_and_stamps_to_shards_and_back(tmp_path: Path, prepared: Any) -> None:
    lines = []
    for number in range(30):
        name = f"foto/{'scene' if number % 3 else 'animali'}/{number}.png"
        photo(tmp_path / "data" / name, (number, 0, 0))
        lines.append(json.dumps({"image_path": name, "captions": [f"la foto {number}"]}))
    captions = tmp_path / "data" / "coppie.jsonl"
    captions.write_text("\n".join(lines), "utf-8")
    photo(tmp_path / "stamps" / "rana.png")
    (tmp_path / "stamps" / "rana.txt").write_text("A frog.\nit.utf8=Una rana.\n", "utf-8")
    prepared("local", captions, "--out", tmp_path / "a" / "local.jsonl", "--workers", 1)
    prepared("stamps", tmp_path / "stamps", "--out", tmp_path / "b" / "stamps.jsonl")
    both = [tmp_path / "a" / "local.jsonl", tmp_path / "b" / "stamps.jsonl"]
    table = prepared("split", *both, "--out", tmp_path / "parts", "--valid", "0.1")
    assert table.splitlines()[-1].split() == ["total", "28", "3"]
    train = tmp_path / "parts" / "train.jsonl"
    prepared("pack", train, "--out", tmp_path / "shards", "--megabytes", 1)
    packed = read_pairs(tmp_path / "shards" / "train.jsonl")
    assert packed[0].image_path == "train-00000.tar::000000000.png"
    shard = tmp_path / "shards" / "train-00000.tar"
    prepared("from-shards", shard, "--out", tmp_path / "back.jsonl")
    back = read_pairs(tmp_path / "back.jsonl")
    assert [(p.captions, p.source) for p in back] == [
        (p.captions, p.source) for p in read_pairs(train)
    ]
    bytes_of = [
        [PhotoStore(root).read(p.image_path) for p in pairs]
        for root, pairs in ((train.parent, read_pairs(train)), (tmp_path, back))
    ]
    assert bytes_of[0] == bytes_of[1]


def test_nothing_left_is_said_and_not_written(tmp_path: Path, prepared: Any) -> None:
    broken(tmp_path / "a.jpg")
    path = tmp_path / "coppie.jsonl"
    path.write_text('{"image_path": "a.jpg", "captions": ["un gatto"]}\n')
    out = tmp_path / "out.jsonl"
    write_pairs(out, [])
    with pytest.raises(InputError, match="no pair is left") as told:
        prepared("local", path, "--out", out)
    assert "broken image" in str(told.value)
    assert out.read_text() == ""


@pytest.mark.parametrize(
    "words",
    [
        ["split", "a", "--out", "b", "--valid", "1"],
        ["split", "a", "--out", "b", "--valid", "-0.1"],
        ["pack", "a", "--out", "b", "--megabytes", "0"],
        ["local", "a", "--out", "b", "--workers", "many"],
        ["translate", "a", "--out", "b", "--cache", "c"],
        [],
    ],
)
def test_words_that_make_no_sense_are_refused(words: list[str], prepared: Any) -> None:
    with pytest.raises(SystemExit):
        prepared(*words)
