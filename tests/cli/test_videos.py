"""Videos on the command line: how they are shown, copied and opened."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from cercafoto.photos.decoding import file_kind
from cercafoto.results import clock
from tests.support.clips import BLUE, GREEN, RED, make_clip
from tests.support.optional_packages import needs

pytestmark = needs("av")
Cli = Callable[..., tuple[int, str, str]]


@pytest.fixture
def film(cli: Cli, photos: Path) -> Path:
    clip = make_clip(photos / "compleanno.mp4", [RED, GREEN, RED, BLUE], 2)
    assert cli("index", photos)[0] == 0
    return clip


def test_the_report_counts_videos_apart(cli: Cli, photos: Path) -> None:
    make_clip(photos / "a.mp4", [RED])
    number = len(list(photos.iterdir())) - 1
    assert f"Foto: {number} nuove, 1 video nuovo (" in cli("index", photos)[2]


def test_a_row_names_the_moment_and_with_an_option_more_of_them(cli: Cli, film: Path) -> None:
    out = cli("cerca", "verde", "--solo-video")[1]
    assert f"{film}  0:02" in out.replace("\n", "")
    out = cli("cerca", "rosso", "--solo-video", "--momenti", "--min", "1%")[1]
    assert f"{film}  0:04, 0:00" in out.replace("\n", "")
    assert str(film) not in cli("cerca", "verde", "--senza-video")[1]
    code, _, err = cli("cerca", "verde", "--solo-video", "--senza-video")
    assert code == 2 and "si escludono" in err
    assert [clock(s) for s in (7.9, 83, 3723)] == ["0:07", "1:23", "1:02:03"]


def test_a_program_gets_the_times_in_seconds(cli: Cli, film: Path) -> None:
    (hit,) = json.loads(cli("cerca", "verde", "--solo-video", "--json")[1])["hits"]
    assert (hit["start"], hit["end"], hit["frame"]) == pytest.approx((2, 4, 2), abs=0.51)
    assert [hit[name] for name in ("start", "end", "frame")] == [
        hit["moments"][0][name] for name in ("start", "end", "frame")
    ]
    out = cli("cerca", "verde", "--solo-video", "--formato-riga", "{nome} {inizio} {fotogramma}")[1]
    assert out == f"compleanno.mp4 {hit['start']:.3f} {hit['frame']:.3f}\n"
    photos = json.loads(cli("cerca", "verde", "--senza-video", "--json")[1])["hits"]
    assert photos and not any("frame" in photo for photo in photos)
    assert cli("cerca", "--senza-video", "--formato-riga", "[{fine}]")[1].startswith("[]\n")
    assert cli("cerca", "--piu", "1", "--json")[0] == 0  # the filter is remembered
    assert "solo video" not in cli("cerca", "verde")[2]


def test_the_video_or_its_frame_is_copied(cli: Cli, film: Path, tmp_path: Path) -> None:
    there = tmp_path / "scelte"
    asked = ("cerca", "verde", "--solo-video", "--tutte", "--copia-in", there)
    cli(*asked)
    assert (there / film.name).read_bytes() == film.read_bytes()
    film.rename(longest := film.with_name(f"{'x' * 251}.mp4"))
    cli("index")
    assert cli(*asked, "--fotogramma")[0] == 0
    assert (there / f"{'x' * 150}-0.02.jpg").exists()
    longest.rename(film)
    cli("index")
    cli(*asked, "--fotogramma")
    with Image.open(there / "compleanno-0.02.jpg") as frame:
        assert frame.size == (96, 64)
        r, g, b = frame.getpixel((2, 60))  # type: ignore[misc]
        assert g > 2 * max(r, b)
    assert "C'era già" in cli(*asked, "--fotogramma")[2] or "c'era già" in cli(*asked)[2]
    code, _, err = cli("cerca", "verde", "--fotogramma")
    assert code == 2 and "--copia-in" in err


def test_a_player_begins_at_the_moment(
    cli: Cli, film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = tmp_path / "detto"
    for name in ("vlc", "xdg-open", "open"):
        program = tmp_path / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(
            f'#!/bin/sh\necho "{name} $*" > "{told}.part"; mv "{told}.part" "{told}"'
        )
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/bin:/usr/bin")

    def opened() -> str:
        cli("cerca", "verde", "--solo-video", "--tutte", "--apri")
        for _ in range(600):
            if told.exists():
                break
            time.sleep(0.05)
        said = told.read_text()
        told.unlink()
        return said

    assert opened() == f"vlc --start-time=2.0 {film}\n"
    (tmp_path / "bin" / "vlc").unlink()
    assert opened().endswith(f"open {film}\n")


def test_how_to_get_what_reads_videos_is_said(
    cli: Cli, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_clip(photos / "a.mp4", [RED])
    monkeypatch.setitem(file_kind.EXTRAS, file_kind.VIDEO, ("non_installato", "video"))
    err = cli("index", photos)[2]
    assert "Ignorati perché non sono foto: 1 video." in err
    assert "Per cercare anche nei video: " in err and "[video]" in err
    err = cli("index", photos / "a.mp4")[2]
    assert "1 file video saltato" in err
    monkeypatch.undo()


def test_a_bad_video_costs_itself_and_of_a_broken_one_the_report_says_what_was_read(
    cli: Cli, photos: Path
) -> None:
    clip = make_clip(photos / "a.mp4", [RED, GREEN, BLUE] * 3, container={"movflags": "faststart"})
    good = clip.read_bytes()
    for name, left in (("a.mp4", len(good) * 2 // 3), ("b.mp4", len(good) // 9), ("c.mp4", 0)):
        (photos / name).write_bytes(good[:left])
    code, _, err = cli("index", photos)
    assert code == 3 and "b.mp4" in err and "c.mp4" in err
    assert f"{clip}: del video si è letta solo una parte; forse è danneggiato.\n" in err
    assert json.loads(cli("index", photos, "--json")[1])["cut_short"] == []
    assert os.fspath(clip) in cli("cerca", "verde", "--tutte", "--percorsi")[1]
