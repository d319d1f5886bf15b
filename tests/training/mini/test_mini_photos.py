"""Photos of `mini` are laid out from the data sets' own files, and known by their hash."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from pathlib import Path

import pytest
from PIL import Image

from cercafoto.training.__main__ import main
from cercafoto.training.measure.class_texts import TRAIN, VALID, read_photos
from cercafoto.training.measure.judgments import QUESTIONS
from cercafoto.training.mini.inputs import FILES, check_inputs
from cercafoto.training.mini.judged import other_captions
from cercafoto.training.mini.mini_command import INPUTS
from cercafoto.training.mini.photos import shipped
from cercafoto.training.mini.photos.lay_out import key_of
from cercafoto.training.mini.photos.pack import OURS, pack
from cercafoto.training.mini.photos.photo_hash import NEAR, bits_apart, difference_hash
from cercafoto.training.mini.photos.photos_command import REPORT
from cercafoto.training.mini.photos.shipped import ALSO, PHOTOS, PLACES, TEXTS
from cercafoto.training.mini.things.detected import DETECTED
from cercafoto.training.training_errors import InputError
from tests.support.mini_photos import PUBLISHED, VALIDATED, lay_out_first_set, picture


@pytest.fixture
def sets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder of unpacked data sets; what ships about their photos is packed anew."""
    data, sets = tmp_path / "used", tmp_path / "sets"
    lay_out_first_set(data, sets)
    # Of the second set, which lies in repositories, nothing.
    for name in (TRAIN[1], VALID[1], QUESTIONS[1], PLACES):
        (data / name).touch()
    pack(data, tmp_path / "packed")
    monkeypatch.setattr(shipped, "HERE", tmp_path / "packed")
    return sets


def outcomes(out: Path) -> dict[str, str]:
    rows = [line.split("\t") for line in (out / REPORT).read_text().splitlines()[1:]]
    return {row[0].removeprefix("foto/"): row[1] for row in rows}


def test_a_whole_data_folder_is_laid_out_that_mini_takes(
    sets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path: path.stat().st_mtime_ns for path in sets.rglob("*") if path.is_file()}
    table = tmp_path / "italian.tsv"
    url = "file://99_ab.jpg"
    table.write_text(f"url\tenglish\titalian\n{url}\ta dog\tun cane\n{url}\tb\tun cagnone\n")
    out = tmp_path / "out"
    assert main(["mini-photos", str(sets), "--out", str(out), "--captions", str(table)]) == 0
    assert set(outcomes(out).values()) == {"laid out"}
    check_inputs(out, things=False)
    with Image.open(out / "foto/coco_altre/000000000151_MEG_size.webp") as copy:
        assert copy.size == (224, 224)
    with Image.open(out / "foto/scene/ADE_val_00000002.jpg") as copy:
        assert copy.size == (427, 320)
    train = {photo.path: photo.captions for photo in read_photos(out / TRAIN[0], [])}
    # Texts made from a data set's own captions do not ship: the others are there.
    assert train == {
        "foto/imagenet/n01440764.jpg": ["la foto 0"],
        "foto/flickr_tutte/99_ab.webp": ["un cane", "un cagnone"],
        "foto/strade/vivqa_000000000042.webp": ["la foto 4"],
    }
    assert other_captions(out) == ["la foto 0", "un cane", "la foto 4"]
    said = [photo.captions for photo in read_photos(out / VALID[0], [])]
    assert said == [["la foto 5"], ["Un gatto grigio"]]
    assert {path: path.stat().st_mtime_ns for path in sets.rglob("*") if path.is_file()} == before
    # Done again, everything is kept, except a copy that was cut short.
    assert not any((out / name).exists() for name in (TRAIN[1], VALID[1], QUESTIONS[1]))
    written = {name: (out / "foto" / name).stat().st_mtime_ns for name in PUBLISHED}
    cut = out / "foto/flickr/12_cd.jpg"
    cut.write_bytes(cut.read_bytes()[:300])
    assert main(["mini-photos", str(sets), "--out", str(out)]) == 0
    counts = Counter(outcomes(out).values())
    assert counts == {"there already": len(PUBLISHED) - 1, "laid out": 1}
    written.pop("flickr/12_cd.jpg")
    assert written == {name: (out / "foto" / name).stat().st_mtime_ns for name in written}
    capsys.readouterr()


def test_what_is_missing_or_differs_is_told(
    sets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(sets / "ADE")
    picture(99, (640, 480)).save(sets / "val2014/COCO_val2014_000000000042.jpg")
    (sets / "train2017/000000000151.jpg").write_text("not found")
    out = tmp_path / "out"
    assert main(["mini-photos", str(sets), "--out", str(out)]) == 1
    assert {name: what for name, what in outcomes(out).items() if what != "laid out"} == {
        "scene/ADE_val_00000002.jpg": "missing",
        "coco_altre/000000000042.webp": "another picture",
        "coco_altre/000000000151_MEG_size.webp": "not a picture",
    }
    told = capsys.readouterr().err
    assert f"3 photos are not there: {out / REPORT}" in told
    assert "bits apart" in told
    # What is left can be learnt from and measured on.
    check_inputs(out, things=False)
    questions = (out / QUESTIONS[0]).read_text().splitlines()
    assert questions == ["razzo\t\t\tassente", f"foto\tfoto/{VALIDATED[1]}\t\toggetto"]


@pytest.mark.parametrize("out", ["sets", "sets/Flicker8k_Dataset/mine", "."])
def test_nothing_is_written_beside_the_originals(
    sets: Path, out: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(sets.rglob("*"))
    assert main(["mini-photos", str(sets), "--out", str(sets.parent / out)]) == 1
    assert "which is only read" in capsys.readouterr().err
    assert sorted(sets.rglob("*")) == before
    assert not (sets.parent / TRAIN[0]).exists()


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("n01440764_tench", "n01440764"),
        ("n01440764", "n01440764"),
        ("COCO_train2014_000000000716", "716"),
        ("000000000716_MEG_size", "716"),
        ("vivqa_000000000716", "716"),
        ("1000268201_693b08cb0e", "1000268201_693b08cb0e"),
        ("ADE_val_00000001", "ADE_val_00000001"),
        ("2010_001499", "2010_001499"),
        ("ca119", "ca119"),
    ],
)
def test_a_photo_has_one_key_in_its_data_set_and_here(name: str, key: str) -> None:
    assert key_of(name) == key


def test_a_hash_outlives_shrinking_and_compression() -> None:
    original, other = picture(1, (640, 480)), picture(2, (640, 480))
    copies = [
        original.resize((224, 224), Image.Resampling.LANCZOS),
        original.resize((160, 120), Image.Resampling.BOX),
    ]
    known = difference_hash(original)
    assert all(bits_apart(known, difference_hash(copy)) <= 2 for copy in copies)
    assert bits_apart(known, difference_hash(other)) > NEAR
    assert bits_apart(0b1010, 0b0110) == 2


def test_what_ships_is_all_photos_and_only_texts_of_our_own() -> None:
    photos, texts = shipped.shipped_photos(), shipped.shipped_texts()
    judged = shipped.first_sentences()
    assert shipped.questions_over(judged, QUESTIONS[0]) == shipped.content(QUESTIONS[0])
    paths = [photo.path for photo in photos]
    assert len(set(paths)) == len(paths) == 14_088 + 462
    assert paths[14_088:] == [path for path in paths if path in judged]
    assert all(judged.values())
    by_folder = Counter(path.split("/")[1] for path in texts)
    assert set(by_folder) == OURS | {"coco_altre"}
    assert all("COCO_test" in path for path in texts if "/coco_altre/" in path)
    assert set(texts) <= set(paths)
    assert all(row["captions"] for row in texts.values())


def test_all_of_the_second_set_ships_but_its_photos(tmp_path: Path) -> None:
    places = shipped.repository_photos()
    paths = {photo.path for photo in places}
    assert len(paths) == len(places) == 11_376 + 512
    assert len({photo.digest for photo in places}) == len(places)
    assert {len(photo.digest) for photo in places} == {16}
    assert {len(photo.commit) for photo in places} == {40}
    assert shipped.write_data(tmp_path, paths, {}) == 11_376
    for name in (TRAIN[1], VALID[1], QUESTIONS[1]):
        assert (tmp_path / name).read_bytes() == shipped.content(name)
    texts = read_photos(tmp_path / TRAIN[1], []) + read_photos(tmp_path / VALID[1], [])
    assert {photo.path for photo in texts} == paths
    assert len(texts) == len(paths)
    assert all(photo.captions for photo in texts)


def test_the_help_and_the_page_name_every_input() -> None:
    page = (Path(__file__).parents[3] / "docs" / "mini-data.md").read_text("utf-8")
    for name in (*FILES, DETECTED):
        assert f"DATA/{name} " in INPUTS
    for name in (*ALSO, PHOTOS, TEXTS, PLACES):
        assert f"`{name}.gz`" in page
    for folder in {photo.path.split("/")[1] for photo in shipped.shipped_photos()}:
        assert f"`{folder}`" in page
    counts = Counter(photo.repository for photo in shipped.repository_photos())
    for repository, number in counts.items():
        row = rf"\| {number:,} \| \[[^]|]+\]\(https://github\.com/{re.escape(repository)}\) \|"
        assert re.search(row, page), repository


def test_inputs_are_opened_before_the_first_hour(sets: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    main(["mini-photos", str(sets), "--out", str(out)])
    with pytest.raises(InputError, match=r"no oggetti\.jsonl \(without it: --without-things\)"):
        check_inputs(out, things=True)
    (out / "oggetti.jsonl").write_text('{"image_path": "foto/gone.jpg", "best": {}, "boxes": []}')
    with pytest.raises(InputError, match=r"foto/gone\.jpg"):
        check_inputs(out, things=True)
    (out / QUESTIONS[0]).rename(out / "away")
    with pytest.raises(InputError, match=rf"no {QUESTIONS[0]}; see docs/mini-data\.md"):
        check_inputs(out, things=False)
    (out / "away").rename(out / QUESTIONS[0])
    (out / TRAIN[0]).write_text('{"image_path": "foto/imagenet/n01440764.jpg", "captions": []}')
    with pytest.raises(InputError, match="no caption of foto/imagenet/n01440764"):
        check_inputs(out, things=False)
