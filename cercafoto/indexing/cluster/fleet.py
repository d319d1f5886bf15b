"""The processes of a cluster: one for each core or GPU of each machine, started again where one
ends, left out where they do not get far."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from cercafoto.errors import ClusterError, first_line
from cercafoto.indexing.cluster.node_process import PARTS, Job, NodeProcess
from cercafoto.indexing.cluster.seats import Seat, no_seats, seats_of
from cercafoto.indexing.cluster.work_parts import Part
from cercafoto.models.encode.encoder import BATCH, DEVICE_BATCH
from cercafoto.photos.read_file import FoundFile

LOOK_AGAIN = 10.0  # seconds after which machines are counted again
ALONE = 60.0  # seconds without any process after which a run ends
# Processes that may end in one place, with nothing read in between, before it is left out.
DEATHS = 10


@dataclass(frozen=True)
class Arrived:
    """A part that was read."""

    part: Part
    content: bytes


@dataclass(frozen=True)
class Lost:
    """A part whose process is gone."""

    part: Part
    machine_lost: bool


@dataclass(frozen=True)
class Order:
    """What a run wants of its fleet.

    job: what each process is told. known: the contents that need not be decoded, or None.
    model: puts the model where all machines can take it from; called where one lacks it.
    most: processes that the run has work for.
    weight: bytes that one takes, beside what it decodes.
    """

    job: Job
    known: Any
    model: Callable[[], Any]
    most: int
    weight: int


class Fleet:
    """The processes that work for one run. Raises ClusterError, DeviceError where there is none."""

    def __init__(self, ray: Any, order: Order, say: Callable[[str], None]) -> None:
        self._ray, self._order, self._say = ray, order, say
        self._process = ray.remote(NodeProcess)
        self._seats: list[Seat] = []
        self._machines: set[str] = set()
        self._lost: set[str] = set()
        self._last_alive = 0.0
        self._last_reason = ""
        self._look()
        if not self._seats:
            raise no_seats(order.job.device)
        self.card = ""

    @property
    def size(self) -> int:
        """The processes there are, or will be as soon as they have started."""
        return len(self._seats)

    @property
    def machines(self) -> int:
        return len({seat.machine for seat in self._seats})

    @property
    def together(self) -> int:
        """Files that a process likes to be given at once."""
        return DEVICE_BATCH if any(seat.gpus for seat in self._seats) else BATCH

    def give(self, parts: deque[Part], files: Callable[[Part], list[FoundFile]], last: int) -> None:
        """Hand parts to the processes that are free, from the left.

        last: parts that begin beyond this place of the work list are not handed out yet.
        """
        for had in range(PARTS):  # the idle ones first
            for seat in self._seats:
                if not parts or parts[0].places[0] > last:
                    return
                if seat.opening or len(seat.parts) != had:
                    continue
                if (had and parts[0].alone) or any(part.alone for part in seat.parts.values()):
                    continue
                part = parts.popleft()
                seat.parts[seat.actor.read.remote(files(part))] = part

    def wait(self, seconds: float) -> Iterator[Arrived | Lost]:
        """Wait until something arrives or is lost, so long at most. Raises ClusterError."""
        if time.monotonic() - self._looked > LOOK_AGAIN:
            self._look()
        of = {ref: seat for seat in self._seats for ref in (seat.opening, *seat.parts) if ref}
        if not self._seats:
            self._await_return(seconds)
            return
        self._last_alive = time.monotonic()
        refs = list(of)
        ready, _ = self._ray.wait(refs, num_returns=1, timeout=seconds)
        if ready:
            ready, _ = self._ray.wait(refs, num_returns=len(refs), timeout=0)
        for ref in ready:
            seat = of[ref]
            if ref == seat.opening:
                yield from self._opened(seat)
            elif ref in seat.parts:  # else lost with another part
                try:
                    content = self._result(ref)
                except self._ray.exceptions.RayError:
                    yield from self._bury(seat)
                else:
                    seat.deaths = 0
                    yield Arrived(seat.parts.pop(ref), content)

    def _result(self, ref: Any) -> Any:
        """Get what a call returned. Raises what it raised there, and RayError where the process is
        gone."""
        exceptions = self._ray.exceptions
        try:
            return self._ray.get(ref)
        except exceptions.RayTaskError as error:
            raise error.cause from None
        except exceptions.LocalRayletDiedError as error:
            raise ClusterError(
                "Ray si è fermato su questo computer.",
                "Quello che era già letto resta: lo stesso comando riprende da qui.",
            ) from error

    # -- seats ---------------------------------------------------------------------------------

    def _look(self) -> None:
        """Take in the machines that are new: all of them at first, later those that come back."""
        self._looked = time.monotonic()
        for node in self._ray.nodes():
            machine = node["NodeID"]
            if not node["Alive"] or machine in self._machines:
                continue
            self._machines.add(machine)
            places = seats_of(node, self._order.job.device, self._order.weight)
            for seat in places[: self._order.most - len(self._seats)]:
                self._seats.append(seat)
                self._start(seat)

    def _await_return(self, seconds: float) -> None:
        """Wait for a machine that was lost to come back. Raises ClusterError, at once where none
        was."""
        if self._lost and time.monotonic() - self._last_alive < ALONE:
            time.sleep(seconds)
            return
        reason = f" L'ultimo problema: {self._last_reason}." if self._last_reason else ""
        raise ClusterError(
            f"Nessun computer del cluster può analizzare le foto.{reason}",
            "Quello che era già scritto resta: lo stesso comando riprende da qui.",
        )

    def _start(self, seat: Seat) -> None:
        there = self._ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy
        seat.actor = self._process.options(
            num_cpus=seat.cores,
            num_gpus=seat.gpus,
            max_concurrency=PARTS,
            scheduling_strategy=there(seat.machine, soft=False),
        ).remote(seat.cores, bool(seat.gpus))
        self._open(seat, None)

    def _open(self, seat: Seat, model: Any) -> None:
        seat.opening = seat.actor.open.remote(self._order.job, self._order.known, model)

    def _opened(self, seat: Seat) -> Iterator[Lost]:
        """Let a process have parts; first bring it the model, where its machine lacks it. What the
        one before it had is lost: with the machine, where this one does not even start."""
        try:
            card = self._result(seat.opening)
        except self._ray.exceptions.RayError as error:
            if seat.orphans:
                self._part_with(seat)
            else:
                self._leave_out(seat, str(error).strip().splitlines()[-1])
        except Exception as error:  # what one machine lacks does not stop the others
            self._leave_out(seat, first_line(error))
        else:
            if card is None:
                self._open(seat, self._order.model())
                return
            self.card = self.card or card
            seat.opening = None
        orphans, seat.orphans = seat.orphans, []
        for part in orphans:
            yield Lost(part, machine_lost=seat not in self._seats)

    def _bury(self, seat: Seat) -> Iterator[Lost]:
        """Start another process in the place of one that is gone, unless too many were."""
        self._ray.kill(seat.actor)  # should it only not have answered
        lost, seat.parts = list(seat.parts.values()), {}
        seat.deaths += 1
        if seat.deaths < DEATHS:
            seat.orphans = lost
            self._start(seat)
            return
        self._leave_out(seat, f"si è chiuso {DEATHS} volte")
        for part in lost:
            yield Lost(part, machine_lost=True)

    def _part_with(self, seat: Seat) -> None:
        self._seats.remove(seat)
        if seat.machine not in self._lost:
            self._lost.add(seat.machine)
            self._say(f"{seat.name} non risponde più: le sue foto passano agli altri.")

    def _leave_out(self, seat: Seat, reason: str) -> None:
        self._seats.remove(seat)
        self._last_reason = f"{seat.name}, {reason.rstrip('.')}"
        self._say(f"Un processo resta fuori: {self._last_reason}.")
