"""The workers of an indexing run that are processes of a Ray cluster."""

from __future__ import annotations

import pickle
from collections import deque
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import metadata
from typing import TYPE_CHECKING, Any

import numpy as np

from cercafoto.base.cores import usable_cores
from cercafoto.base.installation import NAME
from cercafoto.base.paths import printable
from cercafoto.errors import ImageError
from cercafoto.indexing.cluster import model_copy, parts
from cercafoto.indexing.cluster.choices import ClusterChoices
from cercafoto.indexing.cluster.connection import connected
from cercafoto.indexing.cluster.fleet import Arrived, Fleet, Lost, Order
from cercafoto.indexing.cluster.known_contents import KnownContents
from cercafoto.indexing.cluster.node_process import PARTS, Embedded, Job
from cercafoto.indexing.read_ahead import PHOTOS_PER_PROCESS
from cercafoto.models.encode.devices import CPU
from cercafoto.models.encode.encoder import BATCH, TOGETHER
from cercafoto.photos.scan import FoundFile

if TYPE_CHECKING:
    from cercafoto.archive.local.catalog import Catalog
    from cercafoto.base.arrays import Floats
    from cercafoto.base.reporter import Reporter
    from cercafoto.indexing.cluster.parts import Part
    from cercafoto.indexing.read_ahead import Read
    from cercafoto.indexing.workers import Landed
    from cercafoto.models.folder import ModelFolder

# Bytes of results that may wait for an earlier one, which is still to come: then nothing more is
# handed out. A photo has 2 to 4 KB.
HELD = 64_000_000
PATIENCE = 1.0  # seconds between two looks at what else there is to do


@dataclass
class RayWorkers:
    """Reads and embeds on the machines of a cluster; see `Workers`.

    device: one of `devices.CHOICES`, for the machines that have a GPU.
    folders: where the photos are on this machine, and whether through links.
    """

    choices: ClusterChoices
    folder: ModelFolder
    device: str
    catalog: Catalog
    model_id: int
    folders: dict[bytes, bool]
    reporter: Reporter
    card: str = ""
    batch: int = BATCH
    _landed: dict[int, tuple[Embedded, int]] = field(default_factory=dict)

    def read(self, todo: Sequence[tuple[FoundFile, str]]) -> Generator[Landed, None, None]:
        """Read the work list. Raises ClusterError, DeviceError."""
        known = KnownContents.of(self.catalog, self.model_id)
        with connected(self.choices, usable_cores(), self.device != CPU, known.nbytes) as ray:
            fleet = Fleet(ray, self._order(ray, known, len(todo)), self.reporter.say)
            self._begin(fleet)
            share = -(-len(todo) // (PARTS * fleet.size))
            most = max(TOGETHER, min(share, fleet.together))
            waiting = deque(parts.cut((file.size for file, _ in todo), most))
            place = held = 0
            while place < len(todo):
                last = len(todo) if held < HELD else place
                fleet.give(waiting, lambda part: self._files(part, todo), last)
                for result in fleet.wait(PATIENCE):
                    if isinstance(result, Arrived):
                        held += self._unpack(result)
                    else:
                        again = self._try_again(result, todo)
                        waiting = deque(sorted([*again, *waiting], key=lambda p: p.places[0]))
                self.card = fleet.card
                while place in self._landed:
                    file, kind = todo[place]
                    (read, vector), size = self._landed.pop(place)
                    yield file, kind, self._told_here(read, file), vector
                    held -= size
                    place += 1

    def embed(self, pictures: Sequence[bytes]) -> Floats:
        """Take vectors for what they are: the machines have embedded the pictures already."""
        return np.stack([np.frombuffer(each, np.float32) for each in pictures])

    def _order(self, ray: Any, known: KnownContents, photos: int) -> Order:
        weight = sum((self.folder.path / name).stat().st_size for name in self.folder.files)
        return Order(
            job=Job(
                metadata.version(NAME),
                self.folder.fingerprint,
                self.device,
                photos,
                {self.choices.there(path): follow for path, follow in self.folders.items()},
            ),
            known=ray.put(known) if known.nbytes else None,
            model=cache(lambda: ray.put(model_copy.packed(self.folder))),
            most=-(-photos // PHOTOS_PER_PROCESS),
            weight=weight,
        )

    def _begin(self, fleet: Fleet) -> None:
        self.batch = max(fleet.together, 2 * fleet.size)
        processes = "legge le foto un processo"
        if fleet.size > 1:
            processes = f"leggono le foto {fleet.size} processi"
        machines = "un computer" if fleet.machines == 1 else f"{fleet.machines} computer"
        self.reporter.say(f"Ray: {processes} su {machines}.")

    def _files(self, part: Part, todo: Sequence[tuple[FoundFile, str]]) -> list[FoundFile]:
        return [self.choices.as_seen_there(todo[place][0]) for place in part.places]

    def _unpack(self, arrived: Arrived) -> int:
        """Take a part in; return the bytes that it has."""
        results: list[Embedded] = pickle.loads(arrived.content)  # of processes of our own
        size = len(arrived.content) // len(results)
        for place, result in zip(arrived.part.places, results, strict=True):
            self._landed[place] = result, size
        return size * len(results)

    def _try_again(self, lost: Lost, todo: Sequence[tuple[FoundFile, str]]) -> list[Part]:
        again = parts.tried_again(lost.part, lost.machine_lost)
        if not again:
            for place in lost.part.places:
                problem = parts.given_up(todo[place][0].path, lost.machine_lost)
                self._landed[place] = ((problem, None), None), 0
        return again

    def _told_here(self, read: Read, file: FoundFile) -> Read:
        """Let a problem name the file as it is called here."""
        problem, _ = read
        there = self.choices.as_seen_there(file).path
        if isinstance(problem, ImageError) and there != file.path:
            problem.message = problem.message.replace(printable(there), printable(file.path), 1)
        return read
