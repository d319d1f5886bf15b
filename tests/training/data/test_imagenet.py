"""ImageNet's archives become a folder a class."""

from __future__ import annotations

from pathlib import Path

import pytest

from cercafoto.training.data.imagenet import read_devkit, unpack
from cercafoto.training.training_errors import InputError
from tests.support.imagenet import WNIDS, make_devkit, make_train, make_validation

TRUTH = (2, 1, 3, 2)


def files(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def test_a_tar_of_tars_becomes_a_folder_a_class(tmp_path: Path) -> None:
    archive = make_train(tmp_path / "train.tar")
    told = unpack(archive, tmp_path / "train")
    assert (told.photos, told.written, told.classes) == (6, 6, 3)
    assert files(tmp_path / "train") == [f"{w}/{w}_{n}.JPEG" for w in WNIDS for n in (0, 1)]


def test_validation_photos_go_where_the_kit_says(tmp_path: Path) -> None:
    pytest.importorskip("scipy", reason="the extra [train]")
    kit = make_devkit(tmp_path / "kit.tar.gz", TRUTH)
    assert read_devkit(kit) == [WNIDS[n - 1] for n in TRUTH]
    archive = make_validation(tmp_path / "val.tar", TRUTH)
    told = unpack(archive, tmp_path / "val", kit)
    assert (told.photos, told.classes) == (4, 3)
    expected = [
        f"{WNIDS[n - 1]}/ILSVRC2012_val_{place:08d}.JPEG" for place, n in enumerate(TRUTH, 1)
    ]
    assert files(tmp_path / "val") == sorted(expected)
    with pytest.raises(InputError, match="--devkit"):
        unpack(archive, tmp_path / "other")
    with pytest.raises(InputError, match="no photo that the kit knows"):
        unpack(archive, tmp_path / "other", make_devkit(tmp_path / "short.tar.gz", TRUTH[:2]))


def test_an_interrupted_unpacking_goes_on(tmp_path: Path) -> None:
    archive, folder = make_train(tmp_path / "train.tar"), tmp_path / "train"
    unpack(archive, folder)
    photos = [folder / name for name in files(folder)]
    whole = photos[1].read_bytes()
    photos[0].unlink()
    photos[1].write_bytes(whole[:100])
    before = photos[2].stat().st_mtime_ns
    told = unpack(archive, folder)
    assert (told.photos, told.written) == (6, 2)
    assert photos[1].read_bytes() == whole and photos[0].is_file()
    assert photos[2].stat().st_mtime_ns == before


def test_other_files_are_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.tar"
    other.write_bytes(b"no tar at all" * 100)
    with pytest.raises(InputError, match="not an uncompressed tar"):
        unpack(other, tmp_path / "out")
    train = make_train(tmp_path / "train.tar", photos=0)
    with pytest.raises(InputError, match="no photos of ImageNet"):
        unpack(train, tmp_path / "out")
    cut = tmp_path / "cut.tar"
    cut.write_bytes(make_train(tmp_path / "whole.tar").read_bytes()[:2000])
    with pytest.raises(InputError):
        unpack(cut, tmp_path / "out")
    with pytest.raises(InputError, match="not the development kit"):
        unpack(train, tmp_path / "out", other)
    assert not files(tmp_path / "out") if (tmp_path / "out").exists() else True
