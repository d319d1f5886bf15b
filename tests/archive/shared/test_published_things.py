"""What photos show is published with them, and read by the same queries."""

from __future__ import annotations

from pathlib import Path

import pytest

from cercafoto import Library
from cercafoto.archive.archive import Archive
from cercafoto.models import things_model
from tests.archive.shared.conftest import Open
from tests.support.tiny_things import CLASSES


def shown(archive: Archive) -> dict[str, object]:
    """Return which things each photo shows."""
    with archive.reading():
        contents = {content: Path(p.decode()).stem for p, content in archive.photos.paths()}
        ids, presence, counts = archive.things.of(list(contents))
        return {
            contents[content]: (logits.tolist(), numbers.tolist(), archive.things.boxes_of(content))
            for content, logits, numbers in zip(ids.tolist(), presence, counts, strict=True)
        }


def test_things_are_published_and_read_as_in_the_local_archive(
    library: Library, photos: Path, things: None, shared_address: str, opened: Open
) -> None:
    library.index([photos])
    library.sharing.publish(shared_address, "casa")
    shared = opened(shared_address, f"casa={photos}").archive
    assert shown(shared) == shown(library.archive) and len(shown(shared)) == 5
    with shared.reading():
        assert shared.things.classes() == CLASSES and not shared.things.count_lacking()


def test_photos_published_before_they_were_seen_get_their_things_later(
    library: Library,
    photos: Path,
    shared_address: str,
    opened: Open,
    tiny_things: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    library.index([photos])
    library.sharing.publish(shared_address, "casa")
    monkeypatch.setattr(things_model, "EMBEDDED_PATH", tiny_things)
    shared = opened(shared_address, f"casa={photos}").archive
    with shared.reading():
        assert shared.things.classes() == () and shared.things.count_lacking() == 5
    assert library.index().seen == 5
    assert library.sharing.publish(shared_address, "casa").counted.changed == 5
    assert shown(shared) == shown(library.archive)
