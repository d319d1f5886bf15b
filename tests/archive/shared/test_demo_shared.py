"""`make demo-condiviso`, with the embedded model: two sources, a search across both, the page."""

from __future__ import annotations

from pathlib import Path

import pytest

from cercafoto import Settings
from tests import demo_shared
from tests.support.postgres import lacking
from tests.support.web_client import visitor

pytest.importorskip("skimage", reason="the demo's photos are in the scikit-image wheel")
pytest.importorskip("sklearn", reason="the demo's photos are in the scikit-learn wheel")


@pytest.mark.slow
def test_two_sources_one_search_one_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    if why := lacking():
        pytest.skip(why)
    monkeypatch.setattr(demo_shared, "DEMO", tmp_path / "demo")
    with demo_shared.shared_archive() as address:
        told, _ = capfd.readouterr()
        # The cat is on one machine, the flower on the other; the searching machine has neither
        # disk.
        folder = tmp_path / "demo"
        assert f"NAS-2:{folder}/NAS-2/chelsea.png" in told.replace("\n", "")
        assert "NAS-1:" in told and "NAS-2:" in told and "flower.jpg" in told
        for source in demo_shared.SOURCES:
            (folder / source).rename(folder / f"{source}-spento")
        shared = Settings(
            tmp_path / "a", tmp_path / "m", shared=address, thumbnails=tmp_path / "mini"
        )
        with visitor(shared) as page:
            found = page.get("/?q=un+gatto")
            assert found.status_code == 200 and "chelsea.png" in found.text
