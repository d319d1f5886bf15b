"""Read and embed an indexing run's files with the processes of a Ray cluster."""

from __future__ import annotations

import pickle
from collections import deque
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import metadata
from typing import TYPE_CHECKING, Any

from cercafoto.base.installation import NAME
from cercafoto.base.own_process import usable_cores
from cercafoto.indexing.cluster import model_copy, work_parts
from cercafoto.indexing.cluster.cluster_options import ClusterChoices
from cercafoto.indexing.cluster.fleet import Arrived, Fleet, Lost, Order
from cercafoto.indexing.cluster.known_contents import KnownContents
from cercafoto.indexing.cluster.node_process import PARTS, Job
from cercafoto.indexing.cluster.ray_connection import connected
from cercafoto.indexing.workers import PHOTOS_PER_PROCESS
from cercafoto.models.encode.devices import CPU
from cercafoto.models.encode.encoder import BATCH, IMAGES_PER_RUN
from cercafoto.photos.read_file import FoundFile, ReadFile

if TYPE_CHECKING:
    from cercafoto.archive.local.catalog import Catalog
    from cercafoto.base.reporter import Reporter
    from cercafoto.indexing.cluster.work_parts import Part
    from cercafoto.models.model_folder import ModelFolder

# Bytes of results that may wait for an earlier result; with more, no further parts are handed out.
# A photo has 2 to 4 KB.
MAX_HELD = 64_000_000
LOOK_EVERY = 1.0  # longest wait for results, in seconds


@dataclass
class RayWorkers:
    """Reads and embeds on the machines of a cluster; implements `Workers`.

    choices: the cluster.
    folder: the model.
    model_id: id of the model in `catalog`.
    device: one of `devices.CHOICES`, for machines with a GPU.
    folders: paths on this machine that may be opened -> whether to follow links.
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
    _landed: dict[int, tuple[ReadFile, int]] = field(default_factory=dict)

    def read(self, files: Sequence[FoundFile]) -> Generator[ReadFile, None, None]:
        """Yield every file, read and embedded, in the order of `files`.

        Raises ClusterError, or DeviceError if no machine has the device.
        """
        known = KnownContents.of(self.catalog, self.model_id)
        with connected(self.choices, usable_cores(), self.device != CPU, known.nbytes) as ray:
            fleet = Fleet(ray, self._order(ray, known, len(files)), self.reporter.say)
            self._begin(fleet)
            share = -(-len(files) // (PARTS * fleet.size))
            most = max(IMAGES_PER_RUN, min(share, fleet.files_per_part))
            waiting = deque(work_parts.cut((file.size for file in files), most))
            place = held = 0
            while place < len(files):
                last = len(files) if held < MAX_HELD else place
                fleet.hand_out(waiting, lambda part: self._files(part, files), last)
                for result in fleet.wait(LOOK_EVERY):
                    if isinstance(result, Arrived):
                        held += self._unpack(result)
                    else:
                        again = self._try_again(result, files)
                        waiting = deque(sorted([*again, *waiting], key=lambda p: p.places[0]))
                self.card = fleet.card
                while place in self._landed:
                    read, size = self._landed.pop(place)
                    # The node may know the file by another path.
                    yield replace(read, file=read.file._replace(path=files[place].path))
                    held -= size
                    place += 1

    def embed(self, batch: Sequence[ReadFile]) -> list[ReadFile]:
        """Return the batch as it is: the machines have embedded it already."""
        return list(batch)

    def _order(self, ray: Any, known: KnownContents, photos: int) -> Order:
        weight = sum((self.folder.path / name).stat().st_size for name in self.folder.files)
        return Order(
            job=Job(
                metadata.version(NAME),
                self.folder.fingerprint,
                self.device,
                photos,
                {self.choices.path_on_nodes(path): follow for path, follow in self.folders.items()},
            ),
            known=ray.put(known) if known.nbytes else None,
            model=cache(lambda: ray.put(model_copy.packed(self.folder))),
            max_processes=-(-photos // PHOTOS_PER_PROCESS),
            bytes_per_process=weight,
        )

    def _begin(self, fleet: Fleet) -> None:
        self.batch = max(fleet.files_per_part, 2 * fleet.size)
        processes = "analizza le foto un processo"
        if fleet.size > 1:
            processes = f"analizzano le foto {fleet.size} processi"
        machines = "un computer" if fleet.machines == 1 else f"{fleet.machines} computer"
        self.reporter.say(f"Ray: {processes} su {machines}.")

    def _files(self, part: Part, files: Sequence[FoundFile]) -> list[FoundFile]:
        return [self.choices.on_nodes(files[place]) for place in part.places]

    def _unpack(self, arrived: Arrived) -> int:
        """Store the results of a part; return their size in bytes."""
        results: list[ReadFile] = pickle.loads(arrived.content)  # safe: from our own processes
        size = len(arrived.content) // len(results)
        for place, result in zip(arrived.part.places, results, strict=True):
            self._landed[place] = result, size
        return size * len(results)

    def _try_again(self, lost: Lost, files: Sequence[FoundFile]) -> list[Part]:
        again = work_parts.retry_parts(lost.part, lost.machine_lost)
        if not again:
            for place in lost.part.places:
                problem = work_parts.lost_problem(lost.machine_lost)
                self._landed[place] = ReadFile(files[place], problem=problem), 0
        return again
