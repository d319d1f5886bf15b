"""WebDataset shards: packed pairs come back, and foreign shards can be read."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image

from cercafoto.training.data.pairs import Pair
from cercafoto.training.data.photo_store import PhotoStore
from cercafoto.training.data.shards import NO_PHOTO, pack, pairs_of_shards
from cercafoto.training.data.tally import BROKEN, MISSING, NO_CAPTION
from cercafoto.training.training_errors import InputError


def picture(form: str, shade: int = 90, side: int = 32) -> bytes:
    out = io.BytesIO()
    Image.effect_noise((side, side), shade).convert("RGB").save(out, form)
    return out.getvalue()


def tar(path: Path, members: Sequence[tuple[str, bytes | str]]) -> Path:
    with tarfile.open(path, "w") as shard:
        for name, data in members:
            content = data.encode() if isinstance(data, str) else data
            info = tarfile.TarInfo(name)
            info.size = len(content)
            shard.addfile(info, io.BytesIO(content))
    return path


@pytest.fixture
def pairs(tmp_path: Path) -> list[Pair]:
    """Return nine photos of three formats; one has the wrong file ending."""
    made = []
    for number, form in enumerate(["JPEG", "PNG", "WEBP"] * 3):
        name = f"{number}.jpg"
        (tmp_path / name).write_bytes(picture(form))
        made.append(Pair(name, (f"la foto è la {number}", "una foto"), f"s{number % 2}"))
    return made


def test_packed_photos_and_captions_come_back(tmp_path: Path, pairs: list[Pair]) -> None:
    shards = tmp_path / "shards"
    packed, tally = pack(pairs, tmp_path, shards, "train", max_bytes=20_000)
    assert tally.kept == len(packed) == 9
    sizes = json.loads((shards / "sizes.json").read_text())
    names = sorted(p.name for p in shards.glob("*.tar"))
    assert sorted(sizes) == names and sum(sizes.values()) == 9
    with tarfile.open(shards / names[0]) as shard:
        first = shard.getnames()[:3]
        assert first == ["000000000.jpg", "000000000.txt", "000000000.json"], "as open_clip reads"
        assert shard.extractfile(first[1]).read().decode() == "la foto è la 0"
    assert names[0] == "train-00000.tar" and len(names) > 2
    assert all((shards / name).stat().st_size <= 20_000 for name in names)
    before, after = PhotoStore(tmp_path), PhotoStore(shards)
    for old, new in zip(pairs, packed, strict=True):
        assert after.read(new.image_path) == before.read(old.image_path)
        assert (new.captions, new.source) == (old.captions, old.source)
    assert [p.image_path.rpartition(".")[2] for p in packed[:3]] == ["jpg", "png", "webp"]
    read, tally = pairs_of_shards([shards / name for name in names], shards)
    assert read == packed
    assert tally.kept == tally.read == 9


def test_packing_twice_gives_the_same_bytes(tmp_path: Path, pairs: list[Pair]) -> None:
    for name in ("a", "b"):
        pack(pairs, tmp_path, tmp_path / name, "t")
    one, two = (tmp_path / name / "t-00000.tar" for name in ("a", "b"))
    assert one.read_bytes() == two.read_bytes()


def test_a_photo_larger_than_a_shard_has_one_alone(tmp_path: Path, pairs: list[Pair]) -> None:
    packed, _ = pack(pairs[:3], tmp_path, tmp_path / "shards", "t", max_bytes=1)
    assert [p.image_path.partition("::")[0] for p in packed] == [f"t-0000{i}.tar" for i in range(3)]


def test_bad_photos_are_counted_and_left_out(tmp_path: Path, pairs: list[Pair]) -> None:
    (tmp_path / "0.jpg").unlink()
    (tmp_path / "1.jpg").write_text("no picture")
    (tmp_path / "2.jpg").write_bytes(picture("GIF"))
    packed, tally = pack(pairs, tmp_path, tmp_path / "shards", "t")
    assert [p.captions[0] for p in packed] == [f"la foto è la {n}" for n in range(3, 9)]
    assert tally.left_out == {MISSING: 1, BROKEN: 1, "not JPEG, PNG or WebP": 1}


def test_shards_that_are_there_are_not_overwritten(tmp_path: Path, pairs: list[Pair]) -> None:
    pack(pairs, tmp_path, tmp_path / "shards", "t")
    before = (tmp_path / "shards" / "t-00000.tar").read_bytes()
    with pytest.raises(InputError, match=r"t-00000\.tar: already there"):
        pack(pairs[:1], tmp_path, tmp_path / "shards", "t")
    assert (tmp_path / "shards" / "t-00000.tar").read_bytes() == before


def test_an_interruption_leaves_no_half_shard(
    tmp_path: Path, pairs: list[Pair], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = PhotoStore.read

    def until_seven(store: PhotoStore, path: str) -> bytes:
        if path == "7.jpg":
            raise KeyboardInterrupt
        return real(store, path)

    monkeypatch.setattr(PhotoStore, "read", until_seven)
    shards = tmp_path / "shards"
    with pytest.raises(KeyboardInterrupt):
        pack(pairs, tmp_path, shards, "t", max_bytes=20_000)
    names = sorted(p.name for p in shards.iterdir())
    assert names and all(name.endswith(".tar") for name in names)
    read, _ = pairs_of_shards([shards / name for name in names], shards)
    assert 0 < len(read) < 7


def test_shards_of_other_makers_are_read(tmp_path: Path) -> None:
    photo = picture("JPEG")
    sidecar = json.dumps({"url": "https://x/1", "caption": "un  gatto", "status": "success"})
    shard = tar(
        tmp_path / "cc3m-train-0003.tar",
        [
            ("__meta__.json", "{}"),
            ("000.jpg", photo),
            ("000.txt", "testo che il json scavalca"),
            ("000.json", sidecar),
            ("001.txt", "una città\n"),
            ("001.PNG", photo),
            ("002.jpeg", photo),
            ("002.json", '{"captions": ["uno", "uno", "due", 3], "source": "wit"}'),
            ("003.webp", photo),
            ("003.json", "{damaged"),
            ("003.txt", "il testo vale"),
            ("004.jpg", photo),
            ("004.json", '{"caption": null}'),
            ("005.txt", "senza foto"),
            ("006.jpg", photo),
            ("006.cls", "3"),
            ("deep/007.a.jpg", photo),
            ("deep/007.txt", "in una cartella"),
        ],
    )
    pairs, tally = pairs_of_shards([shard], tmp_path)
    name = "cc3m-train-0003.tar::"
    assert pairs == [
        Pair(f"{name}000.jpg", ("un gatto",), "cc3m-train"),
        Pair(f"{name}001.PNG", ("una città",), "cc3m-train"),
        Pair(f"{name}002.jpeg", ("uno", "due"), "wit"),
        Pair(f"{name}003.webp", ("il testo vale",), "cc3m-train"),
        Pair(f"{name}deep/007.a.jpg", ("in una cartella",), "cc3m-train"),
    ]
    # __meta__ is a sample without anything; 004 and 006 have no caption, 005 no photo.
    assert tally.left_out == {NO_PHOTO: 2, NO_CAPTION: 2}
    assert all(PhotoStore(tmp_path).read(p.image_path) == photo for p in pairs)


def test_a_shard_that_is_no_tar_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"absent\.tar"):
        pairs_of_shards([tmp_path / "absent.tar"], tmp_path)
    (tmp_path / "a.tar").write_text("no tar")
    with pytest.raises(InputError, match=r"a\.tar"):
        pairs_of_shards([tmp_path / "a.tar"], tmp_path)
