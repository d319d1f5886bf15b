"""cercafoto index: its report, unreadable files, and interruptions."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from shutil import rmtree

import pytest

from cercafoto import Settings
from cercafoto.archive.local.lock import archive_lock
from tests.conftest import Cli, paint
from tests.support.waiting import PATIENCE, until


def test_index_reports_on_stderr_and_stays_silent_when_asked(cli: Cli, photos: Path) -> None:
    code, out, err = cli("index", photos)
    assert (code, out) == (0, "")
    assert "5 foto nuove" in err
    assert cli("index", "--quieto") == (0, "", "")
    assert cli("--quieto", "index") == (0, "", "")
    assert "5 foto invariate" in cli("index")[2]


def test_an_empty_folder_is_named(cli: Cli, photos: Path, tmp_path: Path) -> None:
    empty, other = tmp_path / "vuota", tmp_path / "altra"
    empty.mkdir()
    other.mkdir()
    line = f"Nessuna foto trovata in {empty}.\n"
    assert cli("index", empty) == (1, "", line)
    assert cli("index", empty, other)[::2] == (1, f"{line}Nessuna foto trovata in {other}.\n")
    assert cli("index")[0] == 0  # nothing new in the folders that are known
    (empty / "libro.psd").write_bytes(b"")
    assert cli("index", empty) == (1, "", f"{line}Lasciati da parte: 1 PSD.\n")
    code, _, told = cli("index", photos, empty)
    assert code == 3 and told.startswith("5 foto nuove (") and line in told
    assert json.loads(cli("index", empty, "--json")[1])["empty"] == [str(empty)]


def test_a_folder_that_once_had_photos_is_not_an_empty_one(
    cli: Cli, photos: Path, tmp_path: Path
) -> None:
    cli("index", photos)
    for path in photos.iterdir():
        path.rename(tmp_path / path.name)
    code, _, told = cli("index", photos)
    assert code == 3 and "è vuota, ma l'archivio ricorda foto che stavano lì" in told
    assert "Nessuna foto trovata" not in told
    paint(tmp_path / "sola" / "a.png", (1, 2, 3))
    paint(tmp_path / "sola" / "b.png", (1, 2, 9))
    cli("index", tmp_path / "sola")
    (tmp_path / "sola" / "a.png").unlink()
    code, _, told = cli("index", tmp_path / "sola")
    assert code == 0 and told.startswith("1 foto invariata, 1 scomparsa (")


def test_of_a_single_photo_it_says_what_was_done(cli: Cli, photos: Path) -> None:
    photo = photos / "rosso.png"
    assert cli("index", photo)[2].startswith(f"{photo}: ora è nell'archivio (")
    same = f"{photo}: è già nell'archivio, niente di nuovo ("
    assert cli("index", photo)[2].startswith(same)
    paint(photo, (200, 30, 30))
    assert cli("index", photo)[2].startswith(f"{photo}: l'archivio è aggiornato (")
    moved = photo.rename(photos / "altrove.png")
    told = cli("index", moved)[2]
    assert told.startswith(f"{moved}: ora è nell'archivio (") or "era altrove" in told
    assert cli("index", photos, moved)[2].startswith("4 foto nuove, 1 ")


def test_the_first_run_says_what_comes_next_and_no_other_does(
    cli: Cli, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (photos / "rotta").mkdir()
    assert "Ora prova" not in cli("index", photos / "rotta")[2]
    rmtree(os.environ["CERCAFOTO_ARCHIVIO"])
    monkeypatch.setattr("cercafoto.models.shelf.EMBEDDED", "tiny")
    end = 'Ora prova: cercafoto cerca "un gatto"\n'
    larger = "Ci sono anche modelli più grandi, da scaricare: cercafoto modello\n"
    assert cli("index", photos)[2].endswith(end + larger)
    paint(photos / "altra.png", (1, 2, 3))
    assert "Ora prova" not in cli("index")[2]


def test_after_many_photos_a_person_is_told_once_what_a_larger_model_finds(
    cli: Cli, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli("index", photos)
    monkeypatch.delenv("CERCAFOTO_MODELLO")
    monkeypatch.setattr("cercafoto.models.shelf.EMBEDDED", "tiny")
    monkeypatch.setattr("cercafoto.models.shelf.MANY", 0)

    def told(*options: str) -> bool:
        paint(photos / f"{len(list(photos.iterdir()))}.png", (len(list(photos.iterdir())), 2, 3))
        return "«siglip2-rapido» trova la foto di 82; occupa 1,5 GB" in cli("index", *options)[2]

    assert not told()  # nobody reads it
    monkeypatch.setattr(type(sys.stderr), "isatty", lambda self: self is sys.stderr)
    assert [told("--json"), told("--quieto"), told(), told()] == [False, False, True, False]


def test_a_photo_that_cannot_be_read_is_named_and_exits_3(cli: Cli, photos: Path) -> None:
    (photos / "rotta.jpg").write_text("ciao")
    code, out, err = cli("index", photos)
    assert (code, out) == (3, "")
    assert "1 file illeggibile, saltato" in err
    assert str(photos / "rotta.jpg") in err
    assert "non è una foto" in err
    code, out, _ = cli("stato", "--problemi")
    assert code == 0
    assert "rotta.jpg: non è una foto" in out
    assert json.loads(cli("stato", "--problemi", "--json")[1])[0]["path"].endswith("rotta.jpg")


@pytest.mark.usefixtures("no_video_reader")
def test_files_that_only_look_like_photos_are_counted(cli: Cli, photos: Path) -> None:
    assert "da parte" not in cli("index", photos)[2]
    for name in ("gita.mp4", "rosso.MOV", "rosso.jpg.mov", "altro.mov", "a.psd", "b.PSB", "x.txt"):
        (photos / name).write_bytes(b"")
    (photos / "rosso.png").rename(photos / "verde.jpg")
    paint(photos / "live" / "IMG_1.jpg", (1, 2, 3))
    (photos / "live" / "img_1.mov").write_bytes(b"")
    line = "Lasciati da parte: 5 video (1 di Live Photos), 2 PSD.\n"
    for _ in range(2):
        code, _, err = cli("index")
        assert code == 0
        assert f"{line}Per cercare anche nei video: " in err
    report = json.loads(cli("index", "--json")[1])
    assert report["left_aside"] == {"video": 5, "psd": 2, "live_photos": 1}
    # A run on part of the folder does not count as a run on all of it.
    assert json.loads(cli("index", photos / "live", "--json")[1])["left_aside"] == {
        "video": 1, "live_photos": 1
    }  # fmt: skip
    assert json.loads(cli("stato", "--json")[1])["left_aside"] == report["left_aside"]
    assert "Lasciati da parte  5 video (1 di Live Photos), 2 PSD\n" in cli("stato")[1]
    cli("index", photos, "--escludi", "*.mov", "--escludi", "*.ps?")
    assert json.loads(cli("stato", "--json")[1])["left_aside"] == {"video": 2, "psd": 1}
    cli("pulisci", "--dimentica", photos, "--conferma")
    assert json.loads(cli("stato", "--json")[1])["left_aside"] == {}


def test_photos_in_black_and_white(cli: Cli, photos: Path) -> None:
    paint(photos / "grigio.png", (90, 90, 90))
    cli("index", photos)
    code, out, err = cli("cerca", "in bianco e nero", "--percorsi")
    assert (code, out) == (0, f"{photos / 'grigio.png'}\n")
    assert err == "cerco: tutte le foto, in bianco e nero\n1 foto.\n"
    assert len(cli("cerca", "foto a colori", "--percorsi")[1].splitlines()) == 5


def test_a_busy_archive(cli: Cli, photos: Path, settings: Settings) -> None:
    with archive_lock(settings.archive, wait=False):
        code, _, err = cli("index", photos)
    assert code == 1
    assert "occupato" in err


# A disk that answers no more after eighty photos, until the run is interrupted.
SLOW_DISK = """
import itertools, sys, time
from cercafoto.cli import main as cli
from cercafoto.photos.decoding import decoder_processes as processes
read, photos = processes.Decoders.read, itertools.count()

def slowly(self, *given):
    if next(photos) >= 80:
        while not self._all[0]._process.closed:
            time.sleep(0.05)
    return read(self, *given)

processes.Decoders.read = slowly
sys.argv = ["cercafoto", "index", sys.argv[1]]
cli.main()
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_exits_130_and_resumes(
    cli: Cli, tmp_path: Path, number: signal.Signals
) -> None:
    folder = tmp_path / "tante"
    for i in range(200):
        paint(folder / f"{i:03}.png", (i, i % 99, 7))
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW_DISK, str(folder)], stderr=subprocess.PIPE
    )
    written = until(lambda: json.loads(cli("stato", "--json")[1] or "{}").get("photos", 0))
    process.send_signal(number)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130, err
    assert b"riprende da qui" in err
    code, out, _ = cli("index", "--json")
    report = json.loads(out)
    assert code == 0
    assert report["unchanged"] >= written
    assert report["unchanged"] + report["new"] == 200
