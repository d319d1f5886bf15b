"""Places, offline: where a photo was taken, and what a name means in an archive."""

from __future__ import annotations

from cercafoto.places.lookup import PlaceFound, Places

__all__ = ["PlaceFound", "Places"]
