"""Names that the Tab key offers. Nothing heavy is imported on the way: a person waits for them."""

from __future__ import annotations

from contextlib import suppress

from cercafoto.errors import CercafotoError
from cercafoto.settings import Settings


def label_names(settings: Settings) -> list[str]:
    """List the labels that photos of the archive bear."""
    from cercafoto.archive.local import peek

    return peek.label_names(settings.catalog)


def camera_names(settings: Settings) -> list[str]:
    """List the cameras of the photos of the archive."""
    from cercafoto.archive.local import peek

    return peek.camera_names(settings.catalog)


def lens_names(settings: Settings) -> list[str]:
    """List the lenses of the photos of the archive."""
    from cercafoto.archive.local import peek

    return peek.lens_names(settings.catalog)


def place_names(settings: Settings) -> list[str]:
    """List the towns, provinces, regions and countries of the photos of the archive."""
    from cercafoto.archive.local import peek

    return peek.place_names(settings.catalog)


def keyword_names(settings: Settings) -> list[str]:
    """List the keywords of the photos of the archive, as their files spell them."""
    from cercafoto.archive.local import peek

    return peek.keyword_names(settings.catalog)


def model_names(settings: Settings) -> list[str]:
    """List the models that are ready."""
    from cercafoto.models.registry import EMBEDDED, Registry

    with suppress(CercafotoError, OSError):
        return sorted({folder.name for folder in Registry(settings).prepared()} | {EMBEDDED})
    return []
