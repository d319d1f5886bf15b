"""The second set of photos of `mini` is laid out from clones, and known by digests."""

from __future__ import annotations

import hashlib
import io
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageChops, ImageOps

from cercafoto.training.__main__ import main
from cercafoto.training.measure import class_texts
from cercafoto.training.measure.class_texts import TRAIN, VALID, photos_of
from cercafoto.training.measure.judgments import QUESTIONS, judged_sets, read_questions
from cercafoto.training.mini.inputs import check_inputs
from cercafoto.training.mini.photos import overlap, shipped
from cercafoto.training.mini.photos.clones import CommittedFiles, clone_command, find_clones
from cercafoto.training.mini.photos.pack import pack
from cercafoto.training.mini.photos.photo_hash import bits_apart
from cercafoto.training.mini.photos.photos_command import REPORT
from cercafoto.training.training_errors import InputError
from tests.support.mini_photos import (
    IN_REPOSITORIES,
    commit_files,
    git,
    lay_out_first_set,
    lay_out_second_set,
    second_set_picture,
)

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")

PLACES, ANIMALS = "owner/places", "other/animals"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with `sets` of the first set and `clones` of the second; what ships about
    their photos is packed anew."""
    lay_out_first_set(tmp_path / "used", tmp_path / "sets")
    lay_out_second_set(tmp_path / "used", tmp_path / "clones")
    pack(tmp_path / "used", tmp_path / "packed")
    monkeypatch.setattr(shipped, "HERE", tmp_path / "packed")
    return tmp_path


def lay_out(here: Path, *more: str) -> int:
    clones = ["--repositories", str(here / "clones"), *more]
    return main(["mini-photos", str(here / "sets"), "--out", str(here / "out"), *clones])


def outcomes(here: Path) -> dict[str, tuple[str, str]]:
    """Return name of each photo of the second set -> outcome, file that it was made from."""
    lines = (here / "out" / REPORT).read_text().splitlines()[1:]
    rows = [line.split("\t") for line in lines if line.startswith("altre/")]
    return {row[0].removeprefix("altre/"): (row[1], row[2]) for row in rows}


def test_both_sets_are_laid_out_and_mini_takes_them(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # A bare clone whose HEAD has lost the photos, and one that is known by its address alone.
    places, animals = here / "clones/owner+places", here / "clones/other+animals"
    shutil.rmtree(places / "img")
    commit_files(places, {"README": b"moved"})
    git(here, "clone", "--quiet", "--bare", str(places), str(here / "bare"))
    shutil.rmtree(places)
    (here / "bare").rename(places)
    animals.rename(here / "clones/b")
    git(here / "clones/b", "remote", "add", "origin", "git@github.com:Other/animals.git")

    assert lay_out(here) == 0
    assert outcomes(here) == {
        name: ("laid out", f"{repository}:{file}")
        for name, (repository, file, _, _) in IN_REPOSITORIES.items()
    }
    table = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["altre", "4", "0", "0", "0", "0"] in table
    for name, size in {
        "s00001.jpg": (320, 512),
        "s00002.jpg": (300, 200),
        "s00003.jpg": (320, 411),
        "s00004.jpg": (320, 400),
    }.items():
        expected = second_set_picture(name)
        if min(expected.size) > 320:
            expected = expected.resize(size, Image.Resampling.LANCZOS)
        compressed = io.BytesIO()
        expected.save(compressed, "JPEG", quality=88)
        with Image.open(here / "out/altre" / name) as copy, Image.open(compressed) as same:
            assert copy.size == size
            assert ImageChops.difference(copy, same).getbbox() is None

    out = here / "out"
    check_inputs(out, things=False)
    learnt = [photo.path for photo in photos_of(out, TRAIN, [])]
    assert learnt[-2:] == ["altre/s00001.jpg", "altre/s00004.jpg"]
    assert judged_sets(out) == list(zip(VALID, QUESTIONS, strict=True))
    for name in (TRAIN[1], VALID[1], QUESTIONS[1]):
        assert (out / name).read_bytes() == (here / "used" / name).read_bytes()

    # Done again, without the clones, all photos are kept.
    shutil.rmtree(here / "clones")
    (here / "clones").mkdir()
    assert lay_out(here) == 0
    assert {outcome for outcome, _ in outcomes(here).values()} == {"there already"}
    assert "git clone" not in capsys.readouterr().err
    # Without both sets wanted, the first is as before.
    assert main(["mini-photos", str(here / "sets"), "--out", str(out)]) == 0
    assert outcomes(here) == {}


def test_a_missing_repository_is_told_with_the_command_that_clones_it(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "clones/owner+places").rename(here / "away")
    assert lay_out(here) == 1
    said = capsys.readouterr().err
    target = here / "clones/owner+places"
    assert (
        f"{PLACES} has not been cloned: git clone --bare https://github.com/{PLACES} {target}\n"
        in said
    )
    assert ANIMALS not in said
    assert outcomes(here)["s00001.jpg"] == ("missing", "")
    # What is left can be learnt from and measured on.
    check_inputs(here / "out", things=False)
    questions = read_questions(here / "out" / QUESTIONS[1], ["altre/s00003.jpg"])
    assert questions.texts == ["gatto", "razzo"]

    # The command so told makes a clone that is found. Only the missing photos are laid out.
    command = clone_command(PLACES, here / "clones")
    git(here, *(word.replace(f"https://github.com/{PLACES}", "away") for word in command[1:]))
    assert lay_out(here) == 0
    assert [outcome for outcome, _ in outcomes(here).values()].count("laid out") == 2


def test_other_files_and_cut_copies_are_told_apart(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert lay_out(here) == 0
    altre = here / "out/altre"
    whole = (altre / "s00001.jpg").read_bytes()
    (altre / "s00001.jpg").write_bytes(whole[: len(whole) // 2])
    (altre / "s00003.jpg").unlink()
    (altre / "s00004.jpg").unlink()
    # A new history: the commit is not there, and of its files one is another and one is gone.
    shutil.rmtree(here / "clones/other+animals")
    commit_files(here / "clones/other+animals", {"c.jpg": b"another", "d.jpg/file": b"a folder"})
    assert lay_out(here) == 1
    assert {name: outcome for name, (outcome, _) in outcomes(here).items()} == {
        "s00001.jpg": "laid out",
        "s00002.jpg": "there already",
        "s00003.jpg": "another picture",
        "s00004.jpg": "missing",
    }
    assert (altre / "s00001.jpg").read_bytes() == whole
    assert "git clone" not in capsys.readouterr().err
    assert "altre/s00004" not in (here / "out" / TRAIN[1]).read_text()


def test_a_file_with_the_right_digest_may_be_no_picture(here: Path) -> None:
    content = b"no picture"
    commit = commit_files(here / "clones/other+animals", {"c.jpg": content})
    table = here / "used" / shipped.PLACES
    rows = [line.split("\t") for line in table.read_text().splitlines()]
    for row in rows:
        if row[0] == "s00003":
            row[2], row[4] = commit, hashlib.sha256(content).hexdigest()
    table.write_text("".join("\t".join(row) + "\n" for row in rows))
    pack(here / "used", here / "packed")
    assert lay_out(here) == 1
    assert outcomes(here)["s00003.jpg"] == ("not a picture", f"{ANIMALS}:c.jpg")
    assert not (here / "out/altre/s00003.jpg").exists()


def test_clones_are_found_by_address_then_by_name(tmp_path: Path) -> None:
    for name in ("origin", "sub/owner+two", "three", "deep/er/still/four"):
        commit_files(tmp_path / "in" / name, {"a": b"1"})
    git(tmp_path / "in/origin", "remote", "add", "origin", "https://github.com/Owner/One.git/")
    # The address says more than the folder's name.
    commit_files(tmp_path / "in/one", {"a": b"2"})
    found = find_clones([tmp_path / "in"], [f"owner/{n}" for n in ("one", "two", "three", "four")])
    assert found == {
        "owner/one": tmp_path / "in/origin/.git",
        "owner/two": tmp_path / "in/sub/owner+two/.git",
        "owner/three": tmp_path / "in/three/.git",
    }
    assert find_clones([tmp_path / "in/three"], ["x/three"]) == {
        "x/three": tmp_path / "in/three/.git"
    }


def test_a_folder_above_a_clone_does_not_name_it(tmp_path: Path) -> None:
    commit_files(tmp_path / "vqa/tools/other", {"a": b"1"})
    for folder in ("vqa", "vqa/tools"):
        assert find_clones([tmp_path / folder], ["x/vqa", "x/tools"]) == {}
    found = find_clones([tmp_path / "vqa"], ["x/other"])
    assert found == {"x/other": tmp_path / "vqa/tools/other/.git"}


def test_a_clone_that_git_cannot_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "bad/objects").mkdir(parents=True)
    (tmp_path / "bad/HEAD").write_text("nonsense")
    clones = find_clones([tmp_path], ["owner/bad"])
    with (
        CommittedFiles(clones["owner/bad"]) as files,
        pytest.raises(InputError, match="git cannot read this clone"),
    ):
        files.read("0" * 40, "a.jpg")


def test_a_photo_that_is_in_both_halves_is_told_mirrored_too(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also one that is no longer learnt from."""
    monkeypatch.setattr(class_texts, "LEFT_OUT", {"altre/s00004.jpg"})
    assert lay_out(here) == 0
    out = here / "out"
    with Image.open(out / "altre/s00001.jpg") as image:
        ImageOps.mirror(image).save(out / "altre/s00002.jpg")
    shutil.copy(out / "altre/s00004.jpg", out / "altre/s00003.jpg")
    capsys.readouterr()
    assert overlap.main([str(out)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "4 photos to measure on, 4 to learn from"
    assert [line.split("\t")[1:] for line in lines if "\t" in line] == [
        ["altre/s00002.jpg", "altre/s00001.jpg"],
        ["altre/s00003.jpg", "altre/s00004.jpg"],
    ]
    # Checked against the slow, obvious way.
    first, second = overlap.hashes(out, ["altre/s00001.jpg", "altre/s00004.jpg"]).tolist()
    pairs = [(first[0], second[0]), (first[0], second[1]), (first[1], second[0])]
    apart = overlap.distances(np.array([first], np.uint64), np.array([second], np.uint64))
    assert apart.tolist() == [[min(bits_apart(*pair) for pair in pairs)]]
