"""Read and embed parts of the work list, in a process on a machine of a cluster.

Photos are decoded in child processes that may die, as everywhere. Two threads call the process at
a time: while one part is embedded, the next one is read.
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
from cercafoto.indexing.workers import embed_images, read_file, things_preprocessing
from cercafoto.models.encode.device_encoder import open_encoder
from cercafoto.models.encode.encoder import Encoder
from cercafoto.models.encode.things_encoder import things_encoder
from cercafoto.photos.decoding import file_kind
from cercafoto.photos.decoding.decoder_processes import Decoders, everything
from cercafoto.photos.opening import PhotoFolders
from cercafoto.photos.read_file import MOST_FRAMES, FoundFile, ReadFile

if TYPE_CHECKING:
    from cercafoto.indexing.cluster.known_contents import KnownContents
    from cercafoto.indexing.cluster.model_copy import Files

# Parts that a process holds at a time.
PARTS = 2


@dataclass(frozen=True)
class Job:
    """What each process of a run is told.

    version: cercafoto's version; a machine with another version may not take part.
    fingerprint: fingerprint of the model.
    device: one of `devices.CHOICES`, for processes with a GPU.
    photos: how many photos the run must read.
    folders: paths on the cluster's machines that may be opened -> whether to follow links.
    """

    version: str
    fingerprint: str
    device: str
    photos: int
    folders: dict[bytes, bool]


class NodeProcess:
    """A process that reads and embeds, with some cores or with a GPU. Call `open` first."""

    def __init__(self, cores: int, has_gpu: bool) -> None:
        self._cores = cores
        self._has_gpu = has_gpu
        self._reading, self._embedding = threading.Lock(), threading.Lock()

    def open(self, job: Job, known: KnownContents | None, model: Files | None = None) -> str | None:
        """Open the run's model, and return the device that embeds ("" for the processor).

        Returns None if this machine lacks the model: call again with `model`, which is then stored
        for all processes of the machine.
        known: contents that need not be decoded; None if there are none.
        Raises ClusterError for another version of cercafoto; ModelError, DeviceError,
        DiskFullError or CercafotoError if the model cannot be opened, or stored.
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
        self._things = things_encoder(self._cores)
        self._decoders = Decoders(
            self._encoder.preprocessing,
            self._cores,
            folders=self._folders,
            things=things_preprocessing(self._encoder, self._things),
            most_frames=MOST_FRAMES,
        )
        self._threads = ThreadPoolExecutor(self._cores, thread_name_prefix="read")
        return self._encoder.card

    def read(self, files: Sequence[FoundFile]) -> bytes:
        """Read and embed files; return a list of ReadFile, pickled so that its size is known."""
        with self._reading:
            reads = list(self._threads.map(self._read, files))
        with self._embedding:
            return pickle.dumps(embed_images(reads, self._encoder, self._things), protocol=5)

    def _read(self, file: FoundFile) -> ReadFile:
        return read_file(file, self._decoders, self._wanted, self._absent, self._folders)
