"""Pairs: their file, where their photos are read from, whether they decode."""

from __future__ import annotations

import io
import multiprocessing
import os
import pickle
import tarfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from cercafoto.training.data import check_photos
from cercafoto.training.data.captions import clean, distinct
from cercafoto.training.data.pairs import Pair, moved, read_pairs, relocated, write_pairs
from cercafoto.training.data.photo_store import PhotoStore
from cercafoto.training.data.tally import BROKEN, MISSING, Tally
from cercafoto.training.training_errors import InputError


def jpeg(colour: tuple[int, int, int] = (200, 30, 30), side: int = 40) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (side, side), colour).save(out, "JPEG")
    return out.getvalue()


def tar(path: Path, members: Sequence[tuple[str, bytes]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w") as shard:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            shard.addfile(info, io.BytesIO(data))
    return path


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    pairs = [
        Pair("foto/città nuova.jpg", ("un «gatto»\tnero", "perché no?"), "wit"),
        Pair("shards/a.tar::0.jpg", ("un cane\u2028in due righe",), "mscoco-it"),
    ]
    write_pairs(tmp_path / "new" / "pairs.jsonl", pairs)
    assert read_pairs(tmp_path / "new" / "pairs.jsonl") == pairs


def test_a_source_that_is_not_named_is_the_file(tmp_path: Path) -> None:
    path = tmp_path / "coppie.jsonl"
    path.write_text('\n{"image_path": "a.jpg", "captions": ["un gatto"]}\n\n', "utf-8")
    assert read_pairs(path) == [Pair("a.jpg", ("un gatto",), "coppie")]


@pytest.mark.parametrize(
    "line",
    [
        "not json",
        "[1, 2]",
        '{"captions": ["x"]}',
        '{"image_path": "a.jpg"}',
        '{"image_path": "", "captions": ["x"]}',
        '{"image_path": "a.jpg", "captions": []}',
        '{"image_path": "a.jpg", "captions": "un gatto"}',
        '{"image_path": "a.jpg", "captions": ["un gatto", " "]}',
        '{"image_path": "a.jpg", "captions": ["x"], "source": 3}',
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "pairs.jsonl"
    path.write_text('{"image_path": "a.jpg", "captions": ["x"]}\n' + line + "\n", "utf-8")
    with pytest.raises(InputError, match=r"pairs\.jsonl, line 2:"):
        read_pairs(path)


def test_a_file_without_pairs_or_not_text_is_an_input_error(tmp_path: Path) -> None:
    path = tmp_path / "pairs.jsonl"
    with pytest.raises(InputError, match=r"pairs\.jsonl"):
        read_pairs(path)
    path.write_text("\n")
    with pytest.raises(InputError, match="no pairs"):
        read_pairs(path)
    path.write_bytes(b"\xff\xfe{")
    with pytest.raises(InputError, match="cannot be read"):
        read_pairs(path)


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "here" / "pairs.jsonl"
    write_pairs(path, [Pair("a.jpg", ("prima",), "s")])

    def interrupted():  # type: ignore[no-untyped-def]
        yield Pair("b.jpg", ("dopo",), "s")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_pairs(path, interrupted())
    assert read_pairs(path)[0].captions == ("prima",)
    assert [p.name for p in path.parent.iterdir()] == ["pairs.jsonl"]


def test_paths_follow_their_file(tmp_path: Path) -> None:
    old, new = tmp_path / "photos", tmp_path / "out" / "deep"
    for folder in (old / "x", new):
        folder.mkdir(parents=True)
    (old / "x" / "a.jpg").write_bytes(b"photo")
    pair = Pair("x/a.jpg", ("c",), "s")
    (there,) = relocated([pair], old, new)
    assert there.image_path == "../../photos/x/a.jpg"
    assert (new / there.image_path).read_bytes() == b"photo"
    assert relocated([there], new, old) == [pair]
    assert moved("/abs/a.jpg", old, new) == "/abs/a.jpg"
    assert moved("t.tar::../odd//name.jpg", old, new) == "../../photos/t.tar::../odd//name.jpg"


def test_paths_out_of_a_linked_folder_lead_to_the_photo(tmp_path: Path) -> None:
    (tmp_path / "disk" / "deep").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "disk" / "deep", target_is_directory=True)
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.jpg").write_bytes(b"photo")
    path = moved("a.jpg", tmp_path / "photos", tmp_path / "link")
    assert (tmp_path / "link" / path).read_bytes() == b"photo"


def test_captions_are_one_line_with_letters() -> None:
    assert clean("  Un\tgatto\n nero ") == "Un gatto nero"
    assert clean("citta\u0300") == "città"
    assert clean("12/3 — ?") == clean(None) == ""
    assert distinct(["Un gatto", None, " Un  gatto", "...", "un cane"]) == ("Un gatto", "un cane")


def test_the_store_reads_files_and_members(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"plain")
    tar(tmp_path / "s" / "t-0.tar", [("000.jpg", b"first"), ("deep/001.jpg", b"second" * 200)])
    store = PhotoStore(tmp_path)
    assert store.read("a.jpg") == b"plain"
    assert store.read("s/t-0.tar::deep/001.jpg") == b"second" * 200
    assert store.read("s/t-0.tar::000.jpg") == b"first"
    for absent in ("b.jpg", "s/t-0.tar::002.jpg", "s/t-1.tar::000.jpg"):
        with pytest.raises(FileNotFoundError):
            store.read(absent)


def test_a_shard_is_indexed_once_in_a_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shard = tar(tmp_path / "t.tar", [(f"{i}.jpg", bytes([i])) for i in range(5)])
    opened = []
    real = tarfile.open
    monkeypatch.setattr(tarfile, "open", lambda *a, **k: opened.append(a) or real(*a, **k))
    store = PhotoStore(tmp_path)
    fresh = pickle.dumps(store)
    assert [store.read(f"t.tar::{i}.jpg") for i in range(5)] == [bytes([i]) for i in range(5)]
    assert opened == [(shard, "r:")]
    assert pickle.dumps(store) == fresh  # the table of a million members stays here
    copy = pickle.loads(pickle.dumps(store))
    assert copy.read("t.tar::3.jpg") == b"\x03"
    assert len(opened) == 2


def test_a_damaged_shard_is_named(tmp_path: Path) -> None:
    shard = tar(tmp_path / "t.tar", [("0.jpg", b"x" * 5000), ("1.jpg", b"y" * 5000)])
    whole = shard.read_bytes()
    store = PhotoStore(tmp_path)
    assert store.read("t.tar::1.jpg") == b"y" * 5000
    shard.write_bytes(whole[:7000])
    with pytest.raises(InputError, match=r"t\.tar: cut short inside '1.jpg'"):
        store.read("t.tar::1.jpg")
    with pytest.raises(InputError, match=r"t\.tar"):
        PhotoStore(tmp_path).read("t.tar::0.jpg")
    shard.write_bytes(b"no tar at all" * 100)
    with pytest.raises(InputError, match=r"t\.tar: not an uncompressed tar"):
        PhotoStore(tmp_path).read("t.tar::0.jpg")


def _read_all(store: PhotoStore, names: list[str]) -> list[bytes]:
    return [store.read(name) for name in names]


def _read_in_two(method: str, store: PhotoStore, names: list[str]) -> list[list[bytes]]:
    store.read(names[0])  # opens the shard, so that both go on with one open file
    with multiprocessing.get_context(method).Pool(2) as pool:
        return pool.starmap(_read_all, [(store, names), (store, names[::-1])])


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_the_store_goes_to_other_processes(tmp_path: Path, method: str) -> None:
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"no {method} on this system")
    tar(tmp_path / "t.tar", [(f"{i}.jpg", bytes([i]) * 999) for i in range(20)])
    store = PhotoStore(tmp_path)
    names = [f"t.tar::{i}.jpg" for i in range(20)]
    first = store.read(names[0])
    # Not from the process of the tests: a fork copies its locks and its handlers of signals.
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as alone:
        answers = alone.submit(_read_in_two, method, store, names).result()
    assert first == answers[0][0] == bytes(999)
    assert answers[0] == answers[1][::-1] == [bytes([i]) * 999 for i in range(20)]


def photos_good_and_bad(folder: Path) -> list[Pair]:
    whole = jpeg(side=200)
    (folder / "good.jpg").write_bytes(whole)
    (folder / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    (folder / "text.jpg").write_text("<html>404</html>")
    (folder / "empty.jpg").write_bytes(b"")
    (folder / "folder.jpg").mkdir()
    tar(folder / "t.tar", [("0.jpg", whole), ("1.jpg", whole[:50])])
    names = ["good.jpg", "cut.jpg", "text.jpg", "empty.jpg", "folder.jpg", "absent.jpg"]
    names += ["t.tar::0.jpg", "t.tar::1.jpg", "t.tar::2.jpg", "u.tar::0.jpg"]
    return [Pair(name, ("una foto",), "s") for name in names]


def test_photos_that_cannot_be_read_cost_themselves_alone(tmp_path: Path) -> None:
    pairs = photos_good_and_bad(tmp_path)
    tally = Tally("s", read=len(pairs))
    kept = check_photos.readable(pairs, tmp_path, tally, workers=1)
    assert [pair.image_path for pair in kept] == ["good.jpg", "t.tar::0.jpg"]
    assert tally.left_out == {BROKEN: 5, MISSING: 3}
    assert tally.kept == 2


def test_processes_give_the_same_verdicts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = photos_good_and_bad(tmp_path) * 2
    monkeypatch.setattr(check_photos, "FEWEST_FOR_A_POOL", 1)
    monkeypatch.setattr(check_photos, "CHUNK", 3)
    alone, shared = Tally("s", read=20), Tally("s", read=20)
    assert check_photos.readable(pairs, tmp_path, shared, workers=2) == check_photos.readable(
        pairs, tmp_path, alone, workers=1
    )
    assert shared == alone


def test_a_photo_too_large_to_decode_is_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.new("L", (300, 300)).save(tmp_path / "a.png")
    store = PhotoStore(tmp_path)
    assert check_photos.defect_of("a.png", store) is None
    monkeypatch.setattr("cercafoto.photos.decoding.memory_cost.MOST_BYTES", 300 * 299)
    assert check_photos.defect_of("a.png", store) == BROKEN


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads anything")
def test_a_photo_that_may_not_be_read_is_broken(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(jpeg())
    (tmp_path / "a.jpg").chmod(0)
    assert check_photos.defect_of("a.jpg", PhotoStore(tmp_path)) == BROKEN


def test_the_counts_add_up_in_the_table() -> None:
    tally = Tally("wit", read=12_345)
    tally.leave_out(MISSING, 345)
    tally.leave_out(BROKEN, 0)
    assert tally.table().splitlines() == [
        "wit",
        "  read              12,345",
        "  kept              12,000",
        "  missing image        345",
    ]
    assert tally.left_out == {MISSING: 345}
