"""Contents that need not be decoded, as the machines of a cluster are told when a run begins.

A copy that a run comes to after its original is not among them: it is decoded once more, and what
is written is the same.
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
    """Arrays, which all processes of a machine read in place.

    digests: SHA-256, sorted, 32 bytes each [N]; zeros at an end count, as all are of one length.
    described: whether the metadata of each is known too [N].
    """

    digests: NDArray[np.bytes_]
    described: NDArray[np.bool_]

    @classmethod
    def of(cls, catalog: Catalog, model_id: int) -> KnownContents:
        """Gather the contents of whose pixels nothing more is to be learnt."""
        rows = np.fromiter(catalog.known.decoded_contents(model_id), _ROW)
        return cls(np.ascontiguousarray(rows["digest"]), np.ascontiguousarray(rows["described"]))

    @property
    def nbytes(self) -> int:
        return self.digests.nbytes + self.described.nbytes

    def wanted_of(self, digest: bytes) -> Extent:
        """Tell what is to be read of a content."""
        at = int(np.searchsorted(self.digests, np.bytes_(digest)))
        if at == len(self.digests) or self.digests[at] != digest.rstrip(b"\0"):
            return "all"
        return "nothing" if self.described[at] else "metadata"
