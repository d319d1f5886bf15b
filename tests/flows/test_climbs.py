"""A question goes down through the rooms, and few calls go back up: docs/architettura.md names
them."""

from __future__ import annotations

import sys
from configparser import ConfigParser
from pathlib import Path
from types import FrameType

import pytest

from tests.conftest import Cli

ROOT = Path(__file__).parents[2]
MOST = 6


def floors() -> dict[str, int]:
    """Return room -> number of its floor, the highest first."""
    contracts = ConfigParser()
    contracts.read(ROOT / ".importlinter", encoding="utf-8")
    layers = contracts["importlinter:contract:floors"]["layers"].split("\n")
    return {room.strip(): floor for floor, row in enumerate(layers) for room in row.split("|")}


class Climbs:
    """Notes each function that a room calls in a room above it."""

    def __init__(self) -> None:
        self.floors, self.seen = floors(), set[str]()

    def __call__(self, frame: FrameType, event: str, arg: object) -> None:
        called = self._room(frame)
        if event != "call" or called is None or frame.f_code.co_name in ("<module>", "<lambda>"):
            return
        caller = frame.f_back
        while caller is not None and self._room(caller) is None:
            caller = caller.f_back
        if caller is None or caller.f_code.co_name == "<module>":
            return
        if self.floors[called] < self.floors[self._room(caller) or called]:
            self.seen.add(f"{called}: {frame.f_code.co_name}")

    def _room(self, frame: FrameType) -> str | None:
        _, _, rest = frame.f_globals.get("__name__", "").partition("cercafoto.")
        return rest.partition(".")[0] or None


def test_the_documented_question_climbs_as_documented(
    cli: Cli, indexed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CERCAFOTO_OGGI", "2024-06-15")
    before, climbs = sys.getprofile(), Climbs()
    sys.setprofile(climbs)
    try:
        code, _, _ = cli("cerca", "al mare ad agosto 2019, senza persone")
    finally:
        sys.setprofile(before)
    assert code == 0
    assert climbs.seen == {
        "labels: usual_words",
        "places: find",
        "search: days",
        "search: hear",
        "search: said",
    }
    assert len(climbs.seen) <= MOST
    page = (ROOT / "docs/architettura.md").read_text(encoding="utf-8")
    for climb in climbs.seen:
        assert f"`{climb.partition(': ')[2]}`" in page
