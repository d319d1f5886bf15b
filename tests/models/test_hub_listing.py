"""The listing of a repository is stored; a damaged listing is ignored."""

from __future__ import annotations

import json
from pathlib import Path

from cercafoto.models import hub_listing as listing


def test_the_listing_survives_a_damaged_file(tmp_path: Path) -> None:
    (tmp_path / listing.LISTING).write_text(json.dumps({"repo": "x"}), encoding="utf-8")
    assert listing.saved_listing(tmp_path) is None
