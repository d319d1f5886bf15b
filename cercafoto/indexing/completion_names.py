"""List names for the Tab key. A person waits for the names, so nothing heavy is imported.

Every function returns [] if the names cannot be read at once.
"""

from __future__ import annotations

from contextlib import suppress

from cercafoto.errors import CercafotoError
from cercafoto.settings import Settings


def label_names(settings: Settings) -> list[str]:
    """Return the labels of the archive's photos."""
    from cercafoto.archive.local import peek

    return peek.label_names(settings.catalog)


def camera_names(settings: Settings) -> list[str]:
    """Return the cameras of the archive's photos."""
    from cercafoto.archive.local import peek

    return peek.camera_names(settings.catalog)


def lens_names(settings: Settings) -> list[str]:
    """Return the lenses of the archive's photos."""
    from cercafoto.archive.local import peek

    return peek.lens_names(settings.catalog)


def place_names(settings: Settings) -> list[str]:
    """Return the towns, provinces, regions and countries of the archive's photos."""
    from cercafoto.archive.local import peek

    return peek.place_names(settings.catalog)


def collection_names(settings: Settings) -> list[str]:
    """Return the names of the collections."""
    from cercafoto.archive.local import peek

    return peek.collection_names(settings.catalog)


def keyword_names(settings: Settings) -> list[str]:
    """Return the keywords of the archive's photos, as their files spell them."""
    from cercafoto.archive.local import peek

    return peek.keyword_names(settings.catalog)


def person_names(settings: Settings) -> list[str]:
    """Return the people whom the metadata of photos or the person's own faces name."""
    from cercafoto.archive.local import peek
    from cercafoto.base.word_stems import fold

    names = (*peek.face_names(settings.faces), *peek.person_names(settings.catalog))
    by_fold = {fold(name): name for name in names}
    return [by_fold[folded] for folded in sorted(by_fold)]


def model_names(settings: Settings) -> list[str]:
    """Return the names of the models that are ready, the embedded one among them."""
    from cercafoto.models.registry import EMBEDDED, Registry

    with suppress(CercafotoError, OSError):
        return sorted({folder.name for folder in Registry(settings).prepared()} | {EMBEDDED})
    return []
