"""Counts over all photos are kept until the archive changes, in both engines."""

from __future__ import annotations

from pathlib import Path

import pytest

from cercafoto import Library
from cercafoto.archive.local.browsing import LocalBrowsing
from cercafoto.archive.shared.browsing import SharedBrowsing
from cercafoto.question.filters.names import FOLDERS, LABELS
from tests.archive.shared.conftest import Open
from tests.conftest import paint


@pytest.mark.parametrize("engine", [LocalBrowsing, SharedBrowsing])
def test_counts_are_kept_until_the_archive_changes(
    engine: type[LocalBrowsing] | type[SharedBrowsing],
    library: Library,
    photos: Path,
    shared_address: str,
    opened: Open,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    is_shared, count, counted = engine is SharedBrowsing, engine._count_facets, list[bool]()
    asked = opened(shared_address, f"casa={photos}") if is_shared else library

    def refresh() -> None:
        library.index([photos])
        if is_shared:
            library.sharing.publish(shared_address, "casa")
        counted.clear()

    def noted(*arguments):  # type: ignore[no-untyped-def]
        counted.append(True)
        return count(*arguments)

    monkeypatch.setattr(engine, "_count_facets", noted)
    paint(photos / "altra" / "nero.png", (0, 0, 0))
    refresh()
    kept = asked.photos.facets(None)
    assert kept.photos == 6 and not counted
    assert kept.of(FOLDERS) == ((str(photos / "altra").encode(), 1),)

    asked.labels.give_one(str(photos / "blu.png").encode(), ["mare"])
    assert asked.photos.facets(None).of(LABELS) == (("mare", 1),) and counted

    (photos / "rosso.png").unlink()
    refresh()
    assert asked.photos.facets(None).photos == 5 and not counted
    assert asked.photos.facets(None).of(LABELS) == (("mare", 1),)


def test_counts_do_not_outlive_a_source(
    library: Library, photos: Path, shared_address: str, opened: Open
) -> None:
    library.index([photos])
    library.sharing.publish(shared_address, "casa")
    library.sharing.publish(shared_address, "nonni")
    assert opened().photos.facets(None).photos == 10
    library.sharing.remove(shared_address, "nonni", confirmed=True)
    assert opened().photos.facets(None).photos == 5
