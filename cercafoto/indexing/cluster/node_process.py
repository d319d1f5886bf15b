"""The process on a machine of a cluster: it holds the model, and reads and embeds parts.

Its photos are decoded as everywhere, by processes that may die (`photos.decoding.processes`). It is
called by two threads at a time: while one part is embedded, the next one is read.
"""

from __future__ import annotations

import pickle
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING

from cercafoto.base.installation import NAME
from cercafoto.errors import ClusterError
from cercafoto.indexing.cluster import model_copy
from cercafoto.indexing.workers import embedded, read_file
from cercafoto.models.encode.device_encoder import open_encoder
from cercafoto.models.encode.encoder import Encoder
from cercafoto.photos.decoding import file_kind
from cercafoto.photos.decoding.decoder_processes import Decoders, everything
from cercafoto.photos.opening import PhotoFolders
from cercafoto.photos.read_file import FoundFile, ReadFile

if TYPE_CHECKING:
    from cercafoto.indexing.cluster.known_contents import KnownContents
    from cercafoto.indexing.cluster.model_copy import Files

# Parts that a process may have at a time.
PARTS = 2


@dataclass(frozen=True)
class Job:
    """What a run wants of its processes.

    version: of cercafoto; results of another one are not mixed in.
    fingerprint: of the model.
    device: one of `devices.CHOICES`, for a process that was lent a GPU.
    photos: how many the run is over.
    folders: where they are, as this machine calls it, and whether through links.
    """

    version: str
    fingerprint: str
    device: str
    photos: int
    folders: dict[bytes, bool]


class NodeProcess:
    """A process for one core or more, or for a GPU. `open` comes first."""

    def __init__(self, cores: int, has_gpu: bool) -> None:
        self._cores = cores
        self._has_gpu = has_gpu
        self._reading, self._embedding = threading.Lock(), threading.Lock()

    def open(self, job: Job, known: KnownContents | None, model: Files | None = None) -> str | None:
        """Open the model, received for all processes of this machine where it is given; return the
        card that embeds ("" for none), or None where the model is not here.

        Raises ClusterError for another version of cercafoto, ModelError.
        """
        if job.version != (here := metadata.version(NAME)):
            raise ClusterError(f"ha cercafoto {here}, non {job.version}")
        if model is None:
            folder = model_copy.find(job.fingerprint)
        else:
            folder = model_copy.receive(model, job.fingerprint)
        if folder is None:
            return None
        if self._has_gpu:
            self._encoder = open_encoder(folder, job.device, job.photos)
        else:
            self._encoder = Encoder(folder, self._cores)
        self._absent = file_kind.missing_extras()
        self._wanted = known.wanted_of if known else everything
        self._folders = PhotoFolders.fixed(job.folders)
        self._decoders = Decoders(self._encoder.preprocessing, self._cores, folders=self._folders)
        self._threads = ThreadPoolExecutor(self._cores, thread_name_prefix="read")
        return self._encoder.card

    def read(self, files: Sequence[FoundFile]) -> bytes:
        """Read and embed files: a pickled list of `ReadFile`, whose size is thus known."""
        with self._reading:
            reads = list(self._threads.map(self._read, files))
        with self._embedding:
            return pickle.dumps(embedded(reads, self._encoder), protocol=5)

    def _read(self, file: FoundFile) -> ReadFile:
        return read_file(file, self._decoders, self._wanted, self._absent, self._folders)
