"""List names for the Tab key. A person waits for the names, so nothing heavy is imported."""

from __future__ import annotations

from contextlib import suppress

from cercafoto.errors import CercafotoError
from cercafoto.settings import Settings


def names_of(settings: Settings, kind: str) -> list[str]:
    """Return the names of a kind, sorted; [] if they cannot be read at once.

    kind: "model" for the models that are ready, or a kind of the archive's names: "label",
        "camera", "lens", "place", "collection", "keyword" or "person".
    """
    if kind == "model":
        from cercafoto.models.registry import EMBEDDED, Registry

        with suppress(CercafotoError, OSError):
            return sorted({folder.name for folder in Registry(settings).prepared()} | {EMBEDDED})
        return []
    from cercafoto.archive.local import peek

    names = peek.names(settings.catalog, kind)
    if kind == "person":
        from cercafoto.base.word_stems import fold

        by_fold = {fold(name): name for name in (*peek.names(settings.faces, "face"), *names)}
        return [by_fold[folded] for folded in sorted(by_fold)]
    return names
