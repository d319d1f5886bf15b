"""Videos on the command line: how they are shown, copied and opened."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import sys
from pathlib import Path

import pytest
from PIL import Image

from cercafoto.base.italian_counts import clock
from tests.conftest import Cli
from tests.support.clips import BLUE, GREEN, RED, make_clip
from tests.support.optional_packages import needs
from tests.support.waiting import until

pytestmark = needs("av")


@pytest.fixture
def film(cli: Cli, photos: Path) -> Path:
    clip = make_clip(photos / "compleanno.mp4", [RED, GREEN, RED, BLUE], 2)
    assert cli("index", photos)[0] == 0
    return clip


def test_the_report_counts_videos_apart(cli: Cli, photos: Path) -> None:
    make_clip(photos / "a.mp4", [RED])
    number = len(list(photos.iterdir())) - 1
    assert f"{number} foto nuove, 1 video nuovo (" in cli("index", photos)[2]
    make_clip(photos / "b.mp4", [GREEN])
    assert cli("index")[2].startswith(f"1 video nuovo, {number + 1} foto invariate (")


def test_a_video_is_not_called_a_photo(cli: Cli, film: Path, tmp_path: Path) -> None:
    photos = len(list(film.parent.iterdir())) - 1
    assert cli("cerca", "verde", "--solo-video")[2].endswith("\n1 video.\n")
    out = cli("stato")[1]
    assert f"Foto e video  {photos} foto e 1 video\n" in re.sub(" {2,}", "  ", out)
    assert f"{film.parent} ({photos} foto e 1 video)\n" in out
    status = json.loads(cli("stato", "--json")[1])
    assert (status["photos"], status["videos"]) == (photos + 1, 1)
    assert f"in ordine: {photos} foto e 1 video.\n" in cli("controlla")[1]
    labels = tmp_path / "e.txt"
    labels.write_text("rosso @1\n", "utf-8")
    assert cli("tag", "--labels", labels)[1] == f"Nessuna etichetta in {photos} foto e 1 video.\n"
    given = ("tag", "--aggiungi", "gita")
    assert cli(*given, film)[1] == "Etichetta «gita» data a 1 video.\n"
    others = f"{photos} foto; 1 video l'aveva già"
    assert cli(*given, film.parent)[1] == f"Etichetta «gita» data a {others}.\n"
    undone = cli("tag", "--annulla")[1]
    assert f" su {photos} foto. Etichette tolte: gita" in undone
    assert " su 1 video. Etichette tolte: gita" in cli("tag", "--annulla")[1]
    labels.write_text("rosso @0\n", "utf-8")
    assert cli("tag", "--labels", labels)[0] == 0
    forgotten = cli("tag", "--dimentica", labels)[1]
    assert f"date da «e.txt» a {photos} foto e 1 video: rosso" in forgotten
    card = tmp_path / "scheda"
    card.mkdir()
    shutil.copy(film, card)
    compared = ("doppioni", "--confronta", card)
    assert cli(*compared)[2] == f"Il video di {card} è nell'archivio anche altrove.\n"
    shutil.copy(film.with_name("rosso.png"), card)
    assert cli(*compared)[2] == (
        f"1 foto e 1 video di {card}, cioè tutto, sono nell'archivio anche altrove.\n"
    )
    make_clip(card / "altro.mp4", [BLUE])
    first, second = cli(*compared)[2].splitlines()
    assert first == f"Di 1 foto e 2 video in {card}, 2 sono nell'archivio anche altrove; 1 no."
    assert second.startswith("1 video non è nell'archivio: ")


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
        until(told.exists)
        said = told.read_text()
        told.unlink()
        return said

    assert opened() == f"vlc --start-time=2.0 {film}\n"
    (tmp_path / "bin" / "vlc").unlink()
    assert opened().endswith(f"open {film}\n")


# Scenes of two seconds: red, green, red, blue.
@pytest.mark.parametrize("indexed", [True, False])
def test_dove_looks_at_the_moment_that_answers_best(
    cli: Cli, film: Path, tmp_path: Path, indexed: bool
) -> None:
    if not indexed:
        film = film.rename(tmp_path / "altrove.mp4")
    painted = tmp_path / "mappa.png"
    code, out, err = cli("dove", "blu", film, "-o", painted, "--sovrascrivi")
    assert code == 0 and out.startswith(f"«blu» in {film} a 0:06: fiducia ") and "Forse" not in err
    with Image.open(painted) as picture:
        assert picture.size == (96, 64)
    told = json.loads(cli("dove", "blu", film, "--json")[1])
    assert (told["photo"], told["start"]) == (str(film), pytest.approx(6, abs=0.3))
    assert json.loads(cli("dove", "blu", film, "--occlusione", "--json")[1])["start"] > 5.6
    assert "Forse nel video non c'è" in cli("dove", "nero", film)[2]
    assert json.loads(cli("dove", "blu", film, "9:59", "--json")[1])["start"] < 8


def test_dove_says_that_it_looks_at_the_beginning_of_a_piped_video(
    cli: Cli, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(film.read_bytes())))
    out, err = cli("dove", "blu", "-")[1:]
    assert out.startswith("«blu» all'inizio del video ricevuto, a 0:00: ") and "Forse lì" in err


def test_dove_looks_at_the_moment_that_is_named_as_a_row_names_it(cli: Cli, film: Path) -> None:
    for named in ((film, "0:02"), (f"{film}  0:03",)):
        code, out, err = cli("dove", "un", "verde", *named)
        assert (code, err) == (0, "") and out.startswith(f"«un verde» in {film} a 0:02: ")
    assert json.loads(cli("dove", "verde", film, "0:59", "--json")[1])["start"] > 5.6
    assert "Forse lì non c'è" in cli("dove", "blu", film, "0:02")[2]
    film.rename(film.with_name(f"{film.name} 0:02"))  # not the video's moment, but a file
    assert " a 0:00: " in cli("dove", "verde", f"{film} 0:02")[1]


def test_a_second_names_the_frame_that_a_search_shows_by_it(cli: Cli, photos: Path) -> None:
    clip = make_clip(photos / "a.mp4", [RED, GREEN, BLUE], 1.75)
    cli("index", photos)
    assert f"{clip}  0:01" in cli("cerca", "verde", "--solo-video")[1].replace("\n", "")
    (told,) = json.loads(cli("cerca", "verde", "--solo-video", "--json")[1])["hits"]
    assert told["frame"] == pytest.approx(1.75, abs=0.01)
    assert json.loads(cli("dove", "verde", clip, "0:01", "--json")[1])["start"] == told["frame"]
    assert stems(cli("cerca", "--come", f"{clip} 0:01", "--percorsi")[1])[0] == "verde"


def stems(paths: str) -> list[str]:
    return [Path(path).stem for path in paths.splitlines()]


@pytest.mark.parametrize("indexed", [True, False])
def test_a_video_or_one_moment_of_it_is_an_example(
    cli: Cli, film: Path, tmp_path: Path, indexed: bool
) -> None:
    if not indexed:
        film = film.rename(tmp_path / "altrove.mp4")
        cli("index")
    found = stems(cli("cerca", "--come", film, "--percorsi")[1])
    assert set(found[:3]) == {"rosso", "verde", "blu"} and film.stem not in found
    for named in (f"{film} 0:02", f"{film} 0:02:0.5"):
        found = stems(cli("cerca", "--come", named, "--percorsi")[1])
        assert found[0] == "verde" and film.stem not in found
    # Beside words, the mean of its moments.
    assert cli("cerca", "giallo", "--come", f"{film} 0:06", "--spiega")[0] == 0


def test_a_video_is_found_by_its_moment_that_resembles_most(cli: Cli, film: Path) -> None:
    out = cli("cerca", "--come", film.with_name("blu.png"), "--solo-video", "--json")[1]
    (hit,) = json.loads(out)["hits"]
    assert hit["frame"] == pytest.approx(6, abs=0.3) and hit["confidence"] > 0.5


def test_more_like_a_video_means_the_moment_that_was_found(cli: Cli, film: Path) -> None:
    found = stems(cli("cerca", "verde", "--percorsi")[1])
    number = str(found.index("compleanno") + 1)
    # Its first frame is red, which with green is yellow.
    assert stems(cli("cerca", "--piu", number, "--percorsi")[1])[0] == "verde"
    cli("cerca", "verde", "--percorsi")
    found = stems(cli("cerca", "--meno", number, "--percorsi", "--spiega")[1])
    assert found[0] == "verde" and "compleanno" not in found


def test_a_video_has_the_labels_of_all_its_moments(
    cli: Cli, film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels = tmp_path / "etichette.txt"
    labels.write_text("rosso\nverde\nblu\ngiallo\n")

    def given(*options: str) -> dict[str, list[dict[str, object]]]:
        asked = ("tag", "--labels", labels, "--soglia", "0.18", "--json", *options)
        photos = json.loads(cli(*asked)[1])["photos"]
        return {Path(photo["path"]).name: photo["tags"] for photo in photos}

    whole = given()
    assert {each["label"] for each in whole[film.name]} == {"rosso", "verde", "blu"}
    assert whole["verde.png"][0]["label"] == "verde"
    assert stems(cli("cerca", "--etichetta", "blu", "--percorsi")[1]) == ["blu", "compleanno"]
    assert len(given("--massimo", "2")[film.name]) == 2
    # Its frames need not be read together.
    monkeypatch.setattr("cercafoto.archive.local.embeddings.vector_store.CHUNK", 2)
    monkeypatch.setattr("cercafoto.archive.local.embeddings.embeddings.CHUNK", 2)
    assert given() == whole


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
