"""SQL for the kind of a photo's file: screenshots, panoramas, scans, photos by telephone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cercafoto.archive.queries.sql_dialect import Clause, Dialect
from cercafoto.base.file_kinds import (
    PANORAMA,
    SCREENSHOT,
    SELFIE,
    WIDE,
    kind_mark,
    screens,
    screenshot_names,
    upright_screens,
)
from cercafoto.question.values import VIDEO_FORMATS


def of_kind(kind: str, names: Sequence[str], dialect: Dialect) -> Clause:
    """Return SQL for the photos of a kind.

    names: of the cameras or lenses that tell the kind.
    """
    if kind == SCREENSHOT:
        return screenshot(dialect)
    if kind == PANORAMA:
        return _panorama(dialect)
    column, table = ("lens_id", "lenses") if kind == SELFIE else ("camera_id", "cameras")
    return (
        f"photos.{column} IS NOT NULL AND photos.{column} IN "
        f"(SELECT id FROM {table} WHERE {dialect.in_list.format('name')})",
        [dialect.listed(names)],
    )


def _panorama(dialect: Dialect) -> Clause:
    """Return SQL for panoramas: photos that say so, wide ones, and high ones of a camera, since
    screenshots and drawings are high too."""
    among = ", ".join(f"'{name}'" for name in VIDEO_FORMATS)
    stated, mark = _stated(PANORAMA, dialect)
    return (
        f"coalesce(photos.format, '') NOT IN ({among}) AND ({stated} OR photos.content_id IN "
        "(SELECT id FROM contents WHERE height > 0 AND width >= ? * height) OR "
        "(photos.camera_id IS NOT NULL AND photos.content_id IN "
        "(SELECT id FROM contents WHERE width > 0 AND height >= ? * width)))",
        [*mark, WIDE, WIDE],
    )


def screenshot(dialect: Dialect) -> Clause:
    """Return SQL for screenshots: files without a camera that say so or are called so, PNG files of
    the size of a screen, and JPEG files of the size of a telephone's screen. Photos that programs
    make smaller may have the size of other screens."""
    names = screenshot_names()
    stated, mark = _stated(SCREENSHOT, dialect)
    return (
        f"photos.camera_id IS NULL AND ({stated} OR "
        f"{' OR '.join([dialect.path_has] * len(names))} OR "
        f"{_of_size('PNG', screens())} OR {_of_size('JPEG', upright_screens())})",
        [*mark, *names],
    )


def _stated(kind: str, dialect: Dialect) -> Clause:
    """Return SQL for the photos whose metadata say that they are of a kind."""
    marked = f"SELECT {dialect.word_photo} FROM words WHERE {dialect.has_words}"
    return f"photos.id IN ({marked})", [dialect.all_words([kind_mark(kind)])]


def _of_size(format: str, sizes: Iterable[tuple[int, int]]) -> str:
    listed = ", ".join(f"({width}, {height})" for width, height in sizes)
    return (
        f"(coalesce(photos.format, '') = '{format}' AND photos.content_id IN "
        f"(SELECT id FROM contents WHERE (width, height) IN (VALUES {listed})))"
    )
