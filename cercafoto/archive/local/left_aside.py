"""Store how many files that are not photos the last run saw in the indexed folders, for `stato`."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping

from cercafoto.archive.local.catalog import Catalog

_KEY = "left_aside"


def remember(catalog: Catalog, counted: Mapping[bytes, Counter[str]]) -> None:
    """Store the counts of a run. Folders that are not in `counted` keep their counts.

    counted: folder -> kind of file -> number of files. Folders that are not indexed themselves,
        only as part of another, are left out.
    """
    known = _stored(catalog)
    roots = {os.fsdecode(root) for root in catalog.folders.roots()}
    new = {os.fsdecode(folder): dict(counts) for folder, counts in counted.items()}
    now = {root: counts for root, counts in (known | new).items() if counts and root in roots}
    if now != known:
        with catalog.transaction():
            catalog.models.put(_KEY, json.dumps(now))


def recall(catalog: Catalog) -> Counter[str]:
    """Return kind of file -> stored number of files, summed over all indexed folders."""
    roots = map(os.fsdecode, catalog.folders.roots())
    known = _stored(catalog)
    return sum((Counter(known.get(root, {})) for root in roots), Counter())


def _stored(catalog: Catalog) -> dict[str, dict[str, int]]:
    """Return the stored counts: folder -> kind of file -> number of files."""
    stored: dict[str, dict[str, int]] = json.loads(catalog.models.get(_KEY) or "{}")
    return stored
