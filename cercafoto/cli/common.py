"""The options that every command has, and what follows from them: settings, library, whether to
speak."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import click

from cercafoto.cli.console import notice
from cercafoto.settings import Settings

if TYPE_CHECKING:
    from cercafoto.archive.archive import Archive
    from cercafoto.library import Library


class Common(NamedTuple):
    """The options that may be typed before or after any command."""

    archive: str | None = None
    model: str | None = None
    offline: bool = False
    quiet: bool = False
    roots: Sequence[str] = ()

    def settings(self, device: str | None = None) -> Settings:
        settings = Settings.resolve(self.archive, self.model, self.offline, device, self.roots)
        ctx = click.get_current_context(silent=True)
        return replace(settings, command=ctx.command_path) if ctx is not None else settings


def common() -> Common:
    """Return the common options of the current command line."""
    ctx = click.get_current_context(silent=True)
    return ctx.ensure_object(Common) if ctx is not None else Common()


_MOVING = f"{__name__}.moving"  # key in the context's `meta`


def note_moving() -> None:
    """Note that the current command moves photos: no error may say that they are untouched."""
    click.get_current_context().meta[_MOVING] = True


def is_moving(ctx: click.Context | None) -> bool:
    """Whether a command called `note_moving`. ctx: context of the program."""
    return ctx is not None and _MOVING in ctx.meta


def tell(text: str) -> None:
    """Write lines to stderr, except with --quieto."""
    if not common().quiet:
        notice(text)


# Keeps the library alive after its command, so that the process ends without freeing it: freeing
# a text tower and its tokenizer takes 15 ms of a search.
_latest: list[Library] = []


def open_library(
    settings: Settings | None = None, archive: Archive | None = None, *, any_model: bool = False
) -> Library:
    """Return the library of the current command, opened once and closed when the command ends.

    archive: an open archive to use, as in `Library`.
    any_model: let --modello name any model; otherwise it must be the archive's.

    Raises UsageError (--modello is not the archive's model), UnknownModelError (no such model).
    """
    from cercafoto.library import Library

    opened = Library(settings or common().settings(), archive)
    _latest[:] = [opened]
    library = click.get_current_context().with_resource(opened)
    library.archive.expect_model(any_model)
    return library
