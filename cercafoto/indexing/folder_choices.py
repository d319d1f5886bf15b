"""Store what a person chose for folders (exclusions, symbolic links) for the next `index`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from cercafoto.archive.local.catalog import Catalog
from cercafoto.base.paths import is_inside, printable
from cercafoto.errors import UsageError
from cercafoto.photos.ignore import Patterns, is_pattern
from cercafoto.photos.scan import Walk


@dataclass(frozen=True)
class FolderChoices:
    """Choices for the folders of one `index`; false (`bool`) if there are none.

    exclude: patterns of files and folders to leave out from now on.
    readmit: patterns excluded before that are no longer left out.
    follow_links: whether to follow symbolic links; None leaves the folder's setting as it is.
    """

    exclude: tuple[str, ...] = ()
    readmit: tuple[str, ...] = ()
    follow_links: bool | None = None

    def __bool__(self) -> bool:
        return self != FolderChoices()

    def check(self) -> None:
        """Raise UsageError if `exclude` holds an invalid pattern."""
        for pattern in self.exclude:
            if not pattern.strip() or not is_pattern(pattern):
                raise UsageError(
                    f"--escludi non accetta «{pattern}».",
                    "Vuole un nome o uno schema, come in un .gitignore: --escludi 'Screenshot*' "
                    "--escludi bozze/",
                )

    def remember(self, catalog: Catalog, named: Sequence[bytes]) -> None:
        """Store the choices for the folders in `named`, or for all indexed folders if `named` has
        no folder.

        Call inside a transaction. Raises UsageError if a pattern in `readmit` is not excluded.
        """
        roots = catalog.folders.roots()
        folders = [path for path in named if os.path.isdir(path)] or roots
        for folder in folders:
            for pattern in self.exclude:
                catalog.folders.exclude(folder, pattern)
            for root in roots:
                if self.follow_links is not None and is_inside(folder, root):
                    catalog.folders.follow_links(root, self.follow_links)
        exclusions = catalog.folders.exclusions()
        for pattern in self.readmit:
            where = [
                place
                for place, excluded in exclusions
                if excluded == pattern
                and any(is_inside(place, f) or is_inside(f, place) for f in folders)
            ]
            if not where:
                excluded = (
                    ", ".join(f"«{excluded_pattern}»" for _, excluded_pattern in exclusions)
                    or "niente"
                )
                raise UsageError(
                    f"«{pattern}» non è fra le esclusioni.",
                    f"Escluso con --escludi: {excluded}. Altre esclusioni possono essere nei file "
                    ".cercafotoignore.",
                )
            for place in where:
                catalog.folders.readmit(place, pattern)


class WalkFactory:
    """Makes walks with the stored choices: called with a folder, returns the walk through it.

    roots: the indexed folders.
    """

    def __init__(self, catalog: Catalog) -> None:
        self.roots = catalog.folders.roots()
        self._follow = {root for root in self.roots if catalog.folders.follows_links(root)}
        patterns: dict[bytes, list[str]] = {}
        for folder, pattern in catalog.folders.exclusions():
            patterns.setdefault(folder, []).append(pattern)
        # The deepest folders first: their patterns decide.
        self._chosen = [Patterns.parse(f, patterns[f]) for f in sorted(patterns, reverse=True)]

    def __call__(self, start: bytes) -> Walk:
        top = next((root for root in self.roots if is_inside(start, root)), None)
        chosen = tuple(
            patterns
            for patterns in self._chosen
            if is_inside(start, patterns.folder) or is_inside(patterns.folder, start)
        )
        return Walk(start, top, chosen, follow=top in self._follow)

    def refuse_left_out(self, named: Sequence[bytes]) -> None:
        """Raise UsageError if a folder or file in `named` is excluded."""
        for path in named:
            if self(path).left_out():
                raise UsageError(
                    f"Hai escluso {printable(path)}.",
                    "«cercafoto stato» elenca le esclusioni, e --riammetti ne toglie una; altre "
                    "possono essere nei file .cercafotoignore.",
                )
