"""Names that the Tab key offers. Nothing heavy is imported on the way: a person waits for them."""

from __future__ import annotations

from contextlib import suppress

from cercafoto.errors import CercafotoError
from cercafoto.settings import Settings


def label_names(settings: Settings) -> list[str]:
    """List the labels that photos of the archive bear."""
    from cercafoto.catalog import peek

    return peek.label_names(settings.catalog)


def model_names(settings: Settings) -> list[str]:
    """List the models that are ready."""
    from cercafoto.models.registry import EMBEDDED, Registry

    with suppress(CercafotoError, OSError):
        return sorted({folder.name for folder in Registry(settings).prepared()} | {EMBEDDED})
    return []
