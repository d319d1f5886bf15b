"""Embeddings of a local archive: a damaged cache is rebuilt during a search."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cercafoto import Library
from cercafoto.archive.local.embeddings import embeddings as local_embeddings
from cercafoto.archive.local.embeddings import vector_store
from cercafoto.errors import ArchiveError
from cercafoto.question.filters.filter import NO_FILTERS, Filters


@pytest.mark.parametrize("among", [None, NO_FILTERS])
def test_parts_continue_after_a_damaged_cache_is_rebuilt(
    library: Library, photos: Path, among: Filters | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.index([photos])
    for module in (vector_store, local_embeddings):
        monkeypatch.setattr(module, "CHUNK", 2)
    with library.archive.reading() as archive:
        whole = list(archive.embeddings.parts(among))
        embeddings = library.local().embeddings
        parts = embeddings.parts(among)
        found = [next(parts)]
        rows = embeddings._vectors._cache.rows
        embeddings._vectors._cache.rows = rows.copy()
        embeddings._vectors._cache.rows["id"][2:] += 1000
        found += parts
    assert len(found) > 2
    for place in (0, 1):
        read = [np.concatenate([part[place] for part in each]) for each in (found, whole)]
        np.testing.assert_array_equal(*read)


def test_a_catalogue_that_contradicts_itself_raises_damaged(
    library: Library, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.index([photos])
    monkeypatch.setattr(
        vector_store.VectorStore,
        "rows",
        lambda *_: (_ for _ in ()).throw(vector_store.DamagedCacheError("x")),
    )
    with library.archive.reading() as archive, pytest.raises(ArchiveError, match="danneggiati"):
        archive.embeddings.of([1])
