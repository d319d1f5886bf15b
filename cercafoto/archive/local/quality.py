"""Write how photos came out, and find the photos that were not looked at."""

from __future__ import annotations

from typing import NamedTuple

from cercafoto.archive.local.checksums import checked
from cercafoto.archive.local.database import Part
from cercafoto.base.photo_quality import EDITION, SHARP
from cercafoto.question.values import VIDEO_FORMATS
from cercafoto.results.photos import Frame

_VIDEOS = ", ".join(f"'{name}'" for name in VIDEO_FORMATS)


class QualityCounts(NamedTuple):
    """How many visible contents were looked at, how many of these came out badly, and how many were
    not looked at."""

    looked: int
    poor: int
    lacking: int


class LocalQuality(Part):
    def write(
        self, content_id: int, clarity: str | None, exposure: str | None, sharpness: float | None
    ) -> None:
        """Store how a content came out, in place of an earlier result; see `measure.Measured`. Call
        inside a transaction."""
        self._db.execute(
            "INSERT OR REPLACE INTO quality(content_id, edition, clarity, exposure, sharpness) "
            "VALUES (?, ?, ?, ?, ?)",
            (content_id, EDITION, clarity, exposure, sharpness),
        )

    def contents(self) -> set[int]:
        """Return the ids of the contents that were looked at."""
        rows = self._db.rows("SELECT content_id FROM quality WHERE edition = ?", EDITION)
        return {content for (content,) in rows}

    def counts(self, sense: str) -> QualityCounts:
        """Return how far the sense has come. sense: its name in the table `unread`."""
        looked, poor, lacking = self._db.row(
            "SELECT count(edition), "
            "count(CASE WHEN exposure IS NOT NULL OR clarity <> ? THEN 1 END), "
            "count(CASE WHEN edition IS NULL AND reason IS NULL THEN 1 END) "
            "FROM (SELECT DISTINCT content_id FROM photos WHERE state = 'ok' "
            f"AND (format IS NULL OR format NOT IN ({_VIDEOS}))) AS shown "
            "LEFT JOIN quality ON quality.content_id = shown.content_id AND edition = ? "
            "LEFT JOIN unread ON unread.content_id = shown.content_id AND sense = ?",
            SHARP,
            EDITION,
            sense,
        )
        return QualityCounts(looked, poor, lacking)

    def frames(self) -> dict[bytes, Frame]:
        """Return path -> frame of the visible photos of a camera. Only stars and coloured labels
        count as marks."""
        rows = self._db.rows(
            f"SELECT {checked('photos', 'path')}, camera_id, "
            "coalesce(rating, 0) > 0 OR coalesce(color_label, '') <> '', coalesce(rating, 0) < 0, "
            f"{checked('quality', 'edition', 'quality.content_id')} IS NOT NULL, "
            "clarity, exposure, sharpness, exposure_time, aperture, iso FROM photos "
            "LEFT JOIN quality ON quality.content_id = photos.content_id AND edition = ? "
            f"WHERE state = 'ok' AND camera_id IS NOT NULL AND format NOT IN ({_VIDEOS})",
            EDITION,
        )
        return {
            path: Frame(camera, bool(is_marked), bool(is_rejected), bool(is_looked_at), *measured)
            for path, camera, is_marked, is_rejected, is_looked_at, *measured in rows
        }
