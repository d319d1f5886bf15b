"""SQL for the kind of a photo's file: screenshots, panoramas, scans, photos by telephone."""

from __future__ import annotations

from collections.abc import Sequence

from cercafoto.archive.queries.sql_dialect import Clause, Dialect
from cercafoto.question.file_kinds import (
    PANORAMA,
    SCREENSHOT,
    SELFIE,
    WIDE,
    screens,
    screenshot_names,
)
from cercafoto.question.values import VIDEO_FORMATS


def of_kind(kind: str, names: Sequence[str], dialect: Dialect) -> Clause:
    """Return SQL for the photos of a kind.

    names: of the cameras or lenses that tell the kind.
    """
    if kind == SCREENSHOT:
        return screenshot(dialect)
    if kind == PANORAMA:
        among = ", ".join(f"'{name}'" for name in VIDEO_FORMATS)
        return (
            "photos.content_id IN (SELECT id FROM contents WHERE height > 0 AND width >= ? * height"
            f") AND coalesce(photos.format, '') NOT IN ({among})",
            [WIDE],
        )
    column, table = ("lens_id", "lenses") if kind == SELFIE else ("camera_id", "cameras")
    return (
        f"photos.{column} IS NOT NULL AND photos.{column} IN "
        f"(SELECT id FROM {table} WHERE {dialect.in_list.format('name')})",
        [dialect.listed(names)],
    )


def screenshot(dialect: Dialect) -> Clause:
    """Return SQL for screenshots: files without a camera that are called so, and PNG files of the
    size of a screen."""
    names = screenshot_names()
    sizes = ", ".join(f"({width}, {height})" for width, height in screens())
    return (
        f"photos.camera_id IS NULL AND ({' OR '.join([dialect.path_has] * len(names))} OR "
        "(coalesce(photos.format, '') = 'PNG' AND photos.content_id IN "
        f"(SELECT id FROM contents WHERE (width, height) IN (VALUES {sizes}))))",
        names,
    )
