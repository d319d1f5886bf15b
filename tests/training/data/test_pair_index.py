"""The index of a file of pairs gives the same as `read_pairs`, with the file left on disk."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

from cercafoto.training.data.pair_index import FILE, PairIndex, build_index
from cercafoto.training.data.pairs import Pair, read_pairs, write_pairs
from cercafoto.training.data.photo_store import PhotoStore
from cercafoto.training.data.shards import pack
from cercafoto.training.training_errors import InputError
from tests.support import training_pairs


@pytest.fixture
def packed(tmp_path: Path) -> tuple[Path, list[Pair]]:
    """Pack nine photos into three shards, with one photo outside of them."""
    file = training_pairs.write_pairs(tmp_path, "train", 10)
    pairs = read_pairs(file)
    shards = tmp_path / "shards"
    in_shards: list[Pair] = []
    for number in range(3):
        some = pairs[3 * number : 3 * number + 3]
        in_shards += pack(some, tmp_path, shards, f"t{number}")[0]
    alone = Pair("../" + pairs[9].image_path, pairs[9].captions, "train")
    # A blank line is no pair; captions have letters of two bytes.
    write_pairs(shards / "pairs.jsonl", [*in_shards, alone])
    path = shards / "pairs.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("\n" + "".join(lines[:4]) + "  \n" + "".join(lines[4:]), encoding="utf-8")
    return path, [*in_shards, alone]


def opened(path: Path, folder: Path, **options: bool) -> PairIndex:
    return PairIndex(path, *build_index(path, folder), **options)


@pytest.mark.parametrize("read_ahead", [False, True])
def test_pairs_and_photos_are_those_of_the_file(packed, tmp_path, read_ahead):
    path, pairs = packed
    index = opened(path, tmp_path / "index", read_ahead=read_ahead)
    assert list(index) == read_pairs(path) == pairs and len(index) == 10
    assert index[2:4] == pairs[2:4]
    store = PhotoStore(path.parent)
    assert all(index.photo(at) == store.read(pair.image_path) for at, pair in enumerate(pairs))
    shards = index.shards.tolist()
    assert shards == [0, 0, 0, 1, 1, 1, 2, 2, 2, FILE]
    with pytest.raises(IndexError):
        index[10]


def test_another_process_maps_the_same_memory(packed, tmp_path):
    """A worker receives a few file names, however many pairs there are."""
    index = opened(packed[0], tmp_path / "index")
    sent = pickle.dumps(index)
    assert len(sent) < 700 and b"muro" not in sent
    copy = pickle.loads(sent)
    assert list(copy) == list(index) and copy.photo(3) == index.photo(3)
    assert all(isinstance(one.rows, np.memmap) for one in (index, copy))


def test_the_index_is_made_once_and_again_when_something_changed(packed, tmp_path):
    path, pairs = packed
    folder = tmp_path / "index"
    first, digest = build_index(path, folder)
    dated = first.stat().st_mtime_ns
    assert build_index(path, folder) == (first, digest) and first.stat().st_mtime_ns == dated
    shard = path.parent / "t1-00000.tar"
    shard.write_bytes(shard.read_bytes() + bytes(512))
    second, same = build_index(path, folder)
    assert second != first and same == digest, "of the pairs, not of their shards"
    write_pairs(path, pairs[:5])
    third, other = build_index(path, folder)
    assert third not in (first, second) and other != digest
    assert not [file for file in folder.iterdir() if file not in (first, second, third)]


def test_a_shard_that_is_damaged_or_gone_costs_its_photos(packed, tmp_path):
    path, _ = packed
    (path.parent / "t0-00000.tar").unlink()
    cut = path.parent / "t1-00000.tar"
    cut.write_bytes(cut.read_bytes()[:700])
    index = opened(path, tmp_path / "index")
    shards = index.shards
    for at in range(9):
        if shards[at] == 2:
            assert index.photo(at)
        else:
            with pytest.raises((OSError, InputError), match=r"t[01]-00000\.tar"):
                index.photo(at)
    assert index.photo(9)


def test_a_file_that_cannot_be_read_is_named_with_its_line(tmp_path):
    with pytest.raises(InputError, match=r"none\.jsonl"):
        build_index(tmp_path / "none.jsonl", tmp_path / "index")
    path = tmp_path / "a.jsonl"
    for content, said in (("", "no pairs"), ("\n{}\n", "line 2"), ("\xff", "line 1")):
        path.write_bytes(content.encode("latin-1"))
        with pytest.raises(InputError, match=said):
            build_index(path, tmp_path / "index")
    assert not (tmp_path / "index").exists()
