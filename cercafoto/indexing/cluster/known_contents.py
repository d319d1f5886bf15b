"""When a run begins, list the contents that the machines of a cluster need not decode.

The list does not grow during a run: a copy of a photo that this run has read is decoded again, with
the same result.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cercafoto.archive.local.catalog import Catalog
    from cercafoto.photos.read_file import Extent

_ROW = np.dtype([("digest", "S32"), ("described", "?")])


@dataclass(frozen=True)
class KnownContents:
    """Contents whose pixels need not be decoded. Ray shares the arrays between processes.

    digests: sorted SHA-256, 32 bytes each [N]. numpy drops zero bytes at the end, harmless since
        all have the same length.
    described: whether the metadata of each content is known too [N].
    """

    digests: NDArray[np.bytes_]
    described: NDArray[np.bool_]

    @classmethod
    def of(cls, catalog: Catalog, model_id: int) -> KnownContents:
        """Return the contents that a model has embedded and whose colours are known."""
        rows = np.fromiter(catalog.known.decoded_contents(model_id), _ROW)
        return cls(np.ascontiguousarray(rows["digest"]), np.ascontiguousarray(rows["described"]))

    @property
    def nbytes(self) -> int:
        return self.digests.nbytes + self.described.nbytes

    def wanted_of(self, digest: bytes) -> Extent:
        """Return how much of a content to read: "all", "metadata" or "nothing"."""
        position = int(np.searchsorted(self.digests, np.bytes_(digest)))
        if position == len(self.digests) or self.digests[position] != digest.rstrip(b"\0"):
            return "all"
        return "nothing" if self.described[position] else "metadata"
