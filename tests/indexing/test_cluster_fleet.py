"""Scripted cluster processes: who gets which part, who is restarted, who stays out. `test_cluster`
uses real machines.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from cercafoto.errors import ClusterError
from cercafoto.indexing.cluster import fleet as fleets
from cercafoto.indexing.cluster.fleet import Arrived, Fleet, Lost, Order
from cercafoto.indexing.cluster.node_process import Job
from cercafoto.indexing.cluster.work_parts import Part
from cercafoto.photos.read_file import FoundFile

FILE = FoundFile(b"/a.jpg", 1, 2)


class GoneError(Exception):
    """The error that Ray raises if a process is gone."""


@dataclass(eq=False)
class Ref:
    """Ray's reference to a call: its outcome, its error, or None while it runs."""

    outcome: Any


@dataclass
class PlayedRay:
    """The part of Ray that a fleet uses.

    opens, reads: machine -> outcome of a call, None for nothing yet.
    """

    machines: dict[str, int]
    opens: Callable[[str], Any] = lambda machine: ""
    reads: Callable[[str], Any] = lambda machine: b"read"
    exceptions: ClassVar[Any] = SimpleNamespace(
        RayError=GoneError, RayTaskError=KeyError, LocalRayletDiedError=IndexError
    )
    util: ClassVar[Any] = SimpleNamespace(
        scheduling_strategies=SimpleNamespace(
            NodeAffinitySchedulingStrategy=lambda machine, soft: machine
        )
    )
    started: list[str] = field(default_factory=list)

    def nodes(self) -> list[dict[str, Any]]:
        return [
            {
                "NodeID": name,
                "NodeManagerHostname": name.split("-")[0],
                "Alive": True,
                "Resources": {"CPU": cores, "memory": 1e12},
            }
            for name, cores in self.machines.items()
        ]

    def remote(self, process: type) -> Any:
        def options(*, scheduling_strategy: str, **_: object) -> Any:
            machine = scheduling_strategy
            self.started.append(machine)
            actor = SimpleNamespace(
                open=SimpleNamespace(remote=lambda *_: Ref(self.opens(machine))),
                read=SimpleNamespace(remote=lambda *_: Ref(self.reads(machine))),
            )
            return SimpleNamespace(remote=lambda *_: actor)

        return SimpleNamespace(options=options)

    def wait(self, refs: list[Ref], num_returns: int, timeout: float) -> tuple[list[Ref], Any]:
        return [ref for ref in refs if ref.outcome is not None][:num_returns], None

    def get(self, ref: Ref) -> Any:
        if isinstance(ref.outcome, Exception):
            raise ref.outcome
        return ref.outcome

    def kill(self, actor: Any) -> None: ...


def launched(ray: PlayedRay, said: list[str] | None = None) -> Fleet:
    order = Order(
        Job("1", "f", "auto", 1000, {}), None, lambda: None, max_processes=100, bytes_per_process=0
    )
    fleet = Fleet(ray, order, (said if said is not None else []).append)
    results(fleet)  # they open
    return fleet


def results(fleet: Fleet) -> list[Arrived | Lost]:
    return list(fleet.wait(0))


def give(fleet: Fleet, parts: Sequence[Part], last: int = 1000) -> list[Part]:
    """Hand out parts; return the parts that are left."""
    waiting = deque(parts)
    fleet.hand_out(waiting, lambda part: [FILE] * len(part.places), last)
    return list(waiting)


def test_every_process_has_two_parts_at_most() -> None:
    fleet = launched(PlayedRay({"a": 2, "b": 1}))
    assert (fleet.size, fleet.machines) == (3, 2)
    parts = [Part([place]) for place in range(10)]
    assert give(fleet, parts) == parts[6:]
    arrived = results(fleet)
    assert sorted(result.part.places[0] for result in arrived) == list(range(6))
    assert all(isinstance(result, Arrived) for result in arrived)


def test_parts_too_far_ahead_are_not_handed_out() -> None:
    fleet = launched(PlayedRay({"a": 4}))
    parts = [Part([place]) for place in (3, 4, 5)]
    assert give(fleet, parts, last=3) == parts[1:]


def test_a_part_alone_shares_its_process_with_none() -> None:
    fleet = launched(PlayedRay({"a": 1}, reads=lambda machine: None))
    suspect, other = Part([0], alone=True), Part([1])
    assert give(fleet, [suspect, other]) == [other]
    fleet = launched(PlayedRay({"a": 1}, reads=lambda machine: None))
    assert give(fleet, [other, suspect]) == [suspect]


def test_a_process_is_started_again_and_tells_that_its_machine_stands() -> None:
    ray = PlayedRay({"a": 1}, reads=lambda machine: GoneError())
    fleet = launched(ray)
    part = Part(range(2))
    give(fleet, [part])
    assert results(fleet) == []  # whether the machine is gone too is not known yet
    assert results(fleet) == [Lost(part, machine_lost=False)]
    assert ray.started == ["a", "a"]


def test_a_machine_that_is_lost_is_told_once() -> None:
    said: list[str] = []
    outcomes = {"a": "", "b": ""}
    ray = PlayedRay(
        {"a": 1, "b": 2},
        opens=lambda machine: outcomes[machine],
        reads=lambda machine: GoneError() if machine == "b" else b"read",
    )
    fleet = launched(ray, said)
    parts = [Part([place]) for place in range(6)]
    give(fleet, parts)
    outcomes["b"] = GoneError()
    everything = results(fleet) + results(fleet)
    lost = [result for result in everything if isinstance(result, Lost)]
    assert len(lost) == 4
    assert all(result.machine_lost for result in lost)
    assert said == ["b non risponde più: le sue foto passano agli altri."]
    assert fleet.size == 1


def test_a_machine_that_comes_back_works_again(monkeypatch: pytest.MonkeyPatch) -> None:
    ray = PlayedRay({"a": 1})
    fleet = launched(ray)
    ray.machines = {"a": 1, "b-again": 2}
    results(fleet)
    assert fleet.size == 1  # machines are not counted all the time
    monkeypatch.setattr(fleets, "RECOUNT_EVERY", -1.0)
    results(fleet)
    assert fleet.size == 3


def test_a_place_where_nothing_is_ever_read_is_left_out() -> None:
    said: list[str] = []
    ray = PlayedRay(
        {"a": 1, "b": 1}, reads=lambda machine: GoneError() if machine == "b" else b"read"
    )
    fleet = launched(ray, said)
    for _ in range(3 * fleets.DEATHS):
        give(fleet, [Part([place]) for place in range(4)])
        results(fleet)
    assert ray.started.count("b") == fleets.DEATHS
    assert said == [f"Un processo resta fuori: b, si è chiuso {fleets.DEATHS} volte."]
    assert fleet.size == 1


def test_a_run_ends_if_no_process_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    fleet = launched(PlayedRay({"a": 1}, opens=lambda machine: OSError("niente spazio")))
    with pytest.raises(ClusterError, match="L'ultimo problema: a, niente spazio"):
        results(fleet)
    ray = PlayedRay({"a": 1}, reads=lambda machine: GoneError())
    fleet = launched(ray)
    give(fleet, [Part([0])])
    ray.opens = lambda machine: GoneError()
    results(fleet)
    results(fleet)
    assert results(fleet) == []  # it may come back
    monkeypatch.setattr(fleets, "GIVE_UP_AFTER", -1.0)
    with pytest.raises(ClusterError, match="Nessun computer"):
        results(fleet)
