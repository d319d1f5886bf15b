"""The lock of an archive: what a second run is told, whatever the file beside the lock says."""

from __future__ import annotations

import json
import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from cercafoto import Settings
from cercafoto.archive.local import lock
from cercafoto.archive.local.lock import HOLDER, archive_lock
from cercafoto.errors import ArchiveBusyError
from tests.conftest import Cli
from tests.support.waiting import PATIENCE


def told_to_others(archive: Path) -> str:
    with pytest.raises(ArchiveBusyError) as refused, archive_lock(archive, wait=False):
        pass
    return refused.value.message


@pytest.mark.parametrize(
    ("minutes", "lasting"),
    [
        (0.3, "meno di un minuto"),
        (-15, "meno di un minuto"),  # the clock was put back
        (1.4, "un minuto"),
        (12.5, "12 minuti"),
        (5.5 * 60, "5 ore"),
        (3.5 * 24 * 60, "3 giorni"),
    ],
)
def test_the_holder_tells_its_command_and_since_when(
    tmp_path: Path, minutes: float, lasting: str
) -> None:
    since = (datetime.now() - timedelta(minutes=minutes)).isoformat(timespec="seconds", sep=" ")
    with archive_lock(tmp_path, False, "cercafoto index"):
        told = json.loads((tmp_path / HOLDER).read_text())
        (tmp_path / HOLDER).write_text(json.dumps({**told, "dal": since}))
        who = f"lo sta usando «cercafoto index» (processo {told['pid']}), da {lasting}."
        assert told_to_others(tmp_path).endswith(who)
        del told["comando"]  # an older version
        (tmp_path / HOLDER).write_text(json.dumps({**told, "dal": since}))
        who = f"lo sta usando il processo {told['pid']}, da {lasting}."
        assert told_to_others(tmp_path).endswith(who)
    assert not (tmp_path / HOLDER).exists()


@pytest.mark.parametrize(
    "garbage",
    [
        b"", b"{}", b"[]", b"null", b"\xff\xfe", b"[" * 5000, b'{"pid": [], "dal": 7}',
        b'{"pid": 7, "dal": "ieri"}', b'{"pid": 7, "dal": "2024-01-01T10:00:00+01:00"}',
        b'{"pid": 7, "dal": null}', b'{"pid": "' + b"9" * 900 + b'"', b" " * 2000 + b'{"pid": 7}',
    ],
)  # fmt: skip
def test_garbage_names_nobody(tmp_path: Path, garbage: bytes) -> None:
    with archive_lock(tmp_path, False, "cercafoto index"):
        (tmp_path / HOLDER).write_bytes(garbage)
        assert told_to_others(tmp_path).endswith("è occupato: lo sta usando un altro processo.")


def test_a_strange_command_stays_one_short_line(tmp_path: Path) -> None:
    with archive_lock(tmp_path, False, "\x1b[2J\n" + 500 * "a"):
        message = told_to_others(tmp_path)
    assert message.isprintable() and len(message) < 300
    for odd in (7, [], {}):
        with archive_lock(tmp_path, False):
            told = json.loads((tmp_path / HOLDER).read_text())
            (tmp_path / HOLDER).write_text(json.dumps({**told, "comando": odd}))
            assert "lo sta usando il processo" in told_to_others(tmp_path)


def test_who_waits_is_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "PATIENCE", 0.0)
    said, waiting = list[str](), threading.Event()

    def wait() -> None:
        with archive_lock(tmp_path, True, say=lambda line: (said.append(line), waiting.set())):
            pass

    thread = threading.Thread(target=wait)
    with archive_lock(tmp_path, False, "cercafoto leggi"):
        thread.start()
        assert waiting.wait(PATIENCE)
    thread.join(PATIENCE)
    assert not thread.is_alive()
    (line,) = said
    assert line.startswith("Aspetto che l'archivio si liberi: lo sta usando «cercafoto leggi» (")


def test_who_need_not_wait_is_told_nothing(tmp_path: Path) -> None:
    said = list[str]()
    with archive_lock(tmp_path, True, say=said.append):
        pass
    assert said == []


def test_only_commands_that_can_wait_are_told_to(
    cli: Cli, photos: Path, settings: Settings
) -> None:
    cli("index", photos)
    photo = photos / "rosso.png"
    with archive_lock(settings.archive, wait=False):
        assert "aggiungi --aspetta" in cli("index", photos)[2]
        code, _, told = cli("tag", "--aggiungi", "mare", photo)
    assert code == 1 and "--aspetta" not in told and "poi riprova" in told


def test_a_command_names_itself(
    cli: Cli, photos: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cercafoto.indexing import update

    told = list[str]()

    def look(*_: object) -> None:
        told.append(json.loads((settings.archive / HOLDER).read_text())["comando"])

    monkeypatch.setattr(update, "_remember", look)
    cli("index", photos)
    assert told == ["cercafoto index"]
