"""Parts of a work list: how they are cut, and which lost parts are tried again."""

from __future__ import annotations

import os
import pickle

import pytest

from cercafoto.errors import MissingExtraError, UsageError
from cercafoto.indexing.cluster.cluster_options import (
    ClusterChoices,
    host_and_port,
    is_address,
    roots_of,
)
from cercafoto.indexing.cluster.seats import seats_of
from cercafoto.indexing.cluster.work_parts import BYTES, Part, cut, lost_problem, retry_parts
from cercafoto.photos.read_file import FoundFile, SidecarEntry


def lengths(sizes: list[int], most: int) -> list[int]:
    parts = list(cut(sizes, most))
    assert [place for part in parts for place in part.places] == list(range(len(sizes)))
    return [len(part.places) for part in parts]


def test_a_part_is_full_by_its_files_or_its_bytes() -> None:
    assert lengths([1] * 10, 4) == [4, 4, 2]
    assert lengths([1] * 4, 4) == [4]
    assert lengths([BYTES // 2] * 5, 4) == [2, 2, 1]
    assert lengths([1, BYTES * 3, 1, 1], 4) == [1, 1, 2]
    assert lengths([5], 4) == [1]


def test_a_part_follows_its_machine_to_three_others() -> None:
    part = Part(range(16))
    for _ in range(3):
        (part,) = retry_parts(part, machine_lost=True)
        assert part.places == range(16)
        assert not part.alone
    assert retry_parts(part, machine_lost=True) == []


def test_a_photo_may_end_two_processes() -> None:
    alone = retry_parts(Part(range(3)), machine_lost=False)
    assert [list(part.places) for part in alone] == [[0], [1], [2]]
    assert all(part.alone for part in alone)
    assert retry_parts(alone[1], machine_lost=False) == []
    # If a machine goes while it tries one photo, the photo is not to blame.
    (again,) = retry_parts(alone[1], machine_lost=True)
    assert again.alone


def test_a_photo_that_is_given_up_says_what_ended() -> None:
    assert lost_problem(True).message != lost_problem(False).message


def test_a_machine_has_a_place_for_each_core_or_gpu() -> None:
    def cores(device: str, **resources: float) -> list[tuple[int, float]]:
        node = {"NodeID": "1", "NodeManagerHostname": "nas", "Resources": resources}
        return [(seat.cores, seat.gpus) for seat in seats_of(node, device, 60_000_000)]

    assert cores("auto", CPU=4.0, memory=64e9) == [(1, 0)] * 4
    assert cores("auto", CPU=16.0, GPU=2.0, memory=64e9) == [(8, 1)] * 2
    assert cores("cpu", CPU=2.0, GPU=2.0, memory=64e9) == [(1, 0)] * 2
    assert cores("cuda", CPU=4.0, memory=64e9) == []
    assert cores("auto", memory=64e9) == []
    # Each process may need 640 MB for one photo, and its model.
    assert cores("auto", CPU=16.0, memory=2.2e9) == [(1, 0)] * 3
    assert cores("auto", CPU=16.0, memory=1e8) == [(1, 0)]


def test_paths_are_those_of_the_machines() -> None:
    choices = ClusterChoices(None, {b"/foto": b"/mnt", b"/foto/nas": b"/nas/1"})
    file = FoundFile(b"/foto/a.jpg", 1, 2, SidecarEntry(b"/foto/a.xmp", 3, 4))
    assert choices.on_nodes(file) == FoundFile(
        b"/mnt/a.jpg", 1, 2, SidecarEntry(b"/mnt/a.xmp", 3, 4)
    )
    assert choices.on_nodes(FoundFile(b"/foto/nas/b.jpg", 1, 2)).path == b"/nas/1/b.jpg"
    assert choices.on_nodes(FoundFile(b"/fotografie/c.jpg", 1, 2)).path == b"/fotografie/c.jpg"


def test_roots_are_read_from_pairs() -> None:
    here = os.fsencode(os.path.abspath("Foto"))
    assert roots_of(["Foto=/mnt/nas/", "/a=b=/c"]) == {here: b"/mnt/nas", b"/a=b": b"/c"}
    for wrong in ("Foto", "Foto=mnt", "=/mnt", ""):
        with pytest.raises(UsageError, match="--radice-nodi vuole due cartelle"):
            roots_of([wrong])


def test_an_address_is_a_host_and_a_port() -> None:
    assert host_and_port("nas.casa:6379") == ("nas.casa", 6379)
    assert host_and_port("[fe80::1]:6379") == ("fe80::1", 6379)
    for word in ("~/Foto", "Foto", "/foto:1/a", "--json", "", "a:b", "C:\\Foto"):
        assert not is_address(word)
    for wrong in ("nas:99999", "nas"):
        with pytest.raises(UsageError, match="non è l'indirizzo"):
            host_and_port(wrong)


@pytest.mark.parametrize(
    ("address", "alone"),
    [
        (None, True),
        ("127.0.0.1:6379", True),
        ("localhost:1", True),
        ("[::1]:6379", True),
        ("192.168.1.10:6379", False),
        ("localhost.example.org:1", False),
    ],
)
def test_loopback_is_told_from_other_addresses(address: str | None, alone: bool) -> None:
    assert ClusterChoices(address).is_local is alone


def test_an_error_that_names_an_extra_passes_from_process_to_process() -> None:
    error = pickle.loads(pickle.dumps(MissingExtraError("/a.nef: manca.", "raw", "Installala.")))
    assert (error.message, error.extra, error.hint) == ("/a.nef: manca.", "raw", "Installala.")
