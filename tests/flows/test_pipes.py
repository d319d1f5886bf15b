"""Another program talks to cercafoto through pipes."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from cercafoto import Settings
from tests.conftest import Cli, paint
from tests.support.tiny_model import make_tiny_model
from tests.support.waiting import PATIENCE

CERCA = [sys.executable, "-m", "cercafoto", "cerca"]


def test_a_program_asks_and_waits_for_each_answer(
    cli: Cli, photos: Path, settings: Settings
) -> None:
    assert cli("index", photos)[0] == 0
    with subprocess.Popen(
        [*CERCA, "-", "--json", "-n", "1"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as program:
        assert program.stdin is not None and program.stdout is not None

        models = []

        def ask(words: str) -> str:
            program.stdin.write(f"{words}\n".encode())  # type: ignore[union-attr]
            program.stdin.flush()  # type: ignore[union-attr]
            answer = json.loads(program.stdout.readline())  # type: ignore[union-attr]
            assert answer["question"] == words
            models.append(answer["model"]["name"])
            return Path(answer["hits"][0]["path"]).stem

        assert [ask("rosso"), ask("blu")] == ["rosso", "blu"]
        # A photo indexed meanwhile is found.
        paint(photos / "mattone cotto.png", (120, 60, 20))
        assert cli("index")[0] == 0
        assert ask("mattone cotto") == "mattone cotto"
        # Also one indexed with another model.
        make_tiny_model(settings.models / "altro", "altro", turn=1)
        assert cli("index", "--modello", "altro")[0] == 0
        ask("verde")
        assert models == ["tiny", "tiny", "tiny", "altro"]
        program.stdin.close()
        assert program.wait(PATIENCE) == 0


def test_questions_of_a_file_go_on_where_the_reader_stops(cli: Cli, photos: Path) -> None:
    assert cli("index", photos)[0] == 0
    questions = "rosso\n" * 2000  # more than a pipe holds
    with subprocess.Popen(
        [*CERCA, "-", "-q"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as program:
        assert program.stdout is not None
        program.stdout.close()  # as `| head` does
        try:
            program.communicate(questions.encode(), timeout=PATIENCE)
        except (BrokenPipeError, ValueError):
            program.wait(PATIENCE)
        assert program.returncode == 0


def test_a_picture_through_a_pipe_leaves_nothing_behind(
    cli: Cli, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cli("index", photos)[0] == 0
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    places = (temporary, photos, photos.parent)

    def listed() -> list[Path]:
        return sorted(path for place in places for path in place.iterdir())

    before = listed()
    content = (photos / "viola.png").read_bytes()
    for line in (("cerca", "--come", "-", "--percorsi", "-n", "1"), ("dove", "rosso", "-")):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
        code, out, err = cli(*line)
        assert code == 0 and out, err
    assert listed() == before
