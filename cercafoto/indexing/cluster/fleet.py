"""Run one process for each core or GPU of a cluster, and hand parts of the work to them.

A process that dies is started again; a place where processes keep dying is left out.
"""

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

RECOUNT_EVERY = 10.0  # seconds between two looks for new machines
GIVE_UP_AFTER = 60.0  # seconds without any process before a run ends
# Processes that may die in one place, without reading a part in between, before it is left out.
DEATHS = 10


@dataclass(frozen=True)
class Arrived:
    """A part that was read and embedded; `content` is a pickled list of ReadFile."""

    part: Part
    content: bytes


@dataclass(frozen=True)
class Lost:
    """A part that was lost with its process.

    machine_lost: whether the whole machine counts as lost: it does not answer, or processes keep
        dying there. Otherwise only the process died.
    """

    part: Part
    machine_lost: bool


@dataclass(frozen=True)
class Order:
    """What a run needs from its fleet.

    job: passed to each process.
    known: Ray's reference to the KnownContents; None if no content is known.
    model: stores the model in the cluster and returns Ray's reference to it; called if a machine
        lacks the model.
    max_processes: how many processes the run has work for.
    bytes_per_process: memory of a process, without the memory for decoding.
    """

    job: Job
    known: Any
    model: Callable[[], Any]
    max_processes: int
    bytes_per_process: int


class Fleet:
    """The processes that work for one run.

    ray: the module `ray`.
    say: called with an Italian line when a machine or a process is lost.
    card: the device of the first process that embeds on one; "" if all embed on processors.

    Raises ClusterError or DeviceError if the cluster has no place for a process.
    """

    def __init__(self, ray: Any, order: Order, say: Callable[[str], None]) -> None:
        self._ray, self._order, self._say = ray, order, say
        self._process = ray.remote(NodeProcess)
        self._seats: list[Seat] = []
        self._machines: set[str] = set()
        self._lost: set[str] = set()
        self._last_alive = 0.0
        self._last_reason = ""
        self._add_new_machines()
        if not self._seats:
            raise no_seats(order.job.device)
        self.card = ""

    @property
    def size(self) -> int:
        """How many processes there are, including those that are still starting."""
        return len(self._seats)

    @property
    def machines(self) -> int:
        return len({seat.machine for seat in self._seats})

    @property
    def files_per_part(self) -> int:
        """How many files to give a process at once."""
        return DEVICE_BATCH if any(seat.gpus for seat in self._seats) else BATCH

    def hand_out(
        self, parts: deque[Part], files: Callable[[Part], list[FoundFile]], last: int
    ) -> None:
        """Take parts from the left of `parts`, and give them to processes that are free.

        files: returns the files of a part.
        last: parts that begin after this place of the work list are not handed out yet.
        """
        for had in range(PARTS):  # idle processes first
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
        """Wait at most `seconds` for processes, and yield the parts that arrived or were lost.

        If no process is left, waits for a lost machine to come back. Raises ClusterError if no
        machine was lost, if none came back within GIVE_UP_AFTER seconds, or if Ray has stopped on
        this machine.
        """
        if time.monotonic() - self._looked > RECOUNT_EVERY:
            self._add_new_machines()
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
            elif ref in seat.parts:  # else it was lost together with another part
                try:
                    content = self._result(ref)
                except self._ray.exceptions.RayError:
                    yield from self._replace_process(seat)
                else:
                    seat.deaths = 0
                    yield Arrived(seat.parts.pop(ref), content)

    def _result(self, ref: Any) -> Any:
        """Return the result of a remote call.

        Raises the exception of the call; RayError if the process died; ClusterError if Ray has
        stopped on this machine.
        """
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

    def _add_new_machines(self) -> None:
        """Start processes on new machines: at first on all, later on machines that come back."""
        self._looked = time.monotonic()
        for node in self._ray.nodes():
            machine = node["NodeID"]
            if not node["Alive"] or machine in self._machines:
                continue
            self._machines.add(machine)
            places = seats_of(node, self._order.job.device, self._order.bytes_per_process)
            for seat in places[: self._order.max_processes - len(self._seats)]:
                self._seats.append(seat)
                self._start(seat)

    def _await_return(self, seconds: float) -> None:
        """Wait `seconds` for a lost machine to come back.

        Raises ClusterError if none was lost, or if all have been gone for GIVE_UP_AFTER.
        """
        if self._lost and time.monotonic() - self._last_alive < GIVE_UP_AFTER:
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
        """Make a process that has opened the model ready for parts, or send the model there.

        Yields the parts of the process that died in this place before. If the new process did not
        start either, the machine counts as lost.
        """
        try:
            card = self._result(seat.opening)
        except self._ray.exceptions.RayError as error:
            if seat.orphans:
                self._give_up_seat(seat)
            else:
                self._leave_out(seat, str(error).strip().splitlines()[-1])
        except Exception as error:  # problems of one machine do not stop the others
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

    def _replace_process(self, seat: Seat) -> Iterator[Lost]:
        """Start a new process in place of a dead one.

        If DEATHS processes have died there, leave the place out and yield the parts that were lost.
        """
        self._ray.kill(seat.actor)  # it may be alive and only not answer
        lost, seat.parts = list(seat.parts.values()), {}
        seat.deaths += 1
        if seat.deaths < DEATHS:
            seat.orphans = lost
            self._start(seat)
            return
        self._leave_out(seat, f"si è chiuso {DEATHS} volte")
        for part in lost:
            yield Lost(part, machine_lost=True)

    def _give_up_seat(self, seat: Seat) -> None:
        self._seats.remove(seat)
        if seat.machine not in self._lost:
            self._lost.add(seat.machine)
            self._say(f"{seat.name} non risponde più: le sue foto passano agli altri.")

    def _leave_out(self, seat: Seat, reason: str) -> None:
        self._seats.remove(seat)
        self._last_reason = f"{seat.name}, {reason.rstrip('.')}"
        self._say(f"Un processo resta fuori: {self._last_reason}.")
