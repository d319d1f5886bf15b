"""Another program talks to cercafoto through pipes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from cercafoto import Library, Settings
from tests.cli.test_main import Cli
from tests.conftest import paint
from tests.support.tiny_model import make_tiny_model

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
        assert program.wait(30) == 0


def test_questions_of_a_file_go_on_where_the_reader_stops(cli: Cli, photos: Path) -> None:
    assert cli("index", photos)[0] == 0
    questions = "rosso\n" * 2000  # more than a pipe holds
    with subprocess.Popen(
        [*CERCA, "-", "-q"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as program:
        assert program.stdout is not None
        program.stdout.close()  # as `| head` does
        try:
            program.communicate(questions.encode(), timeout=60)
        except (BrokenPipeError, ValueError):
            program.wait(60)
        assert program.returncode == 0


def test_a_picture_through_a_pipe_leaves_nothing_behind(
    cli: Cli, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cli("index", photos)[0] == 0
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    places = (temporary, photos, photos.parent)

    def listed() -> list[Path]:
        # ONNX Runtime puts a file of its own there, empty or not, on every use.
        return sorted(p for place in places for p in place.iterdir() if p.name != ".ses")

    before = listed()
    for line in (
        [*CERCA, "--come", "-", "--percorsi", "-n", "1"],
        [sys.executable, "-m", "cercafoto", "dove", "rosso", "-"],
    ):
        with (photos / "viola.png").open("rb") as stream:
            done = subprocess.run(line, stdin=stream, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert done.stdout
    assert listed() == before


def test_python_gives_pictures_as_bytes(library: Library, photos: Path) -> None:
    from cercafoto import PipedPicture, Query, Question

    library.index([photos])
    content = (photos / "blu.png").read_bytes()
    query = Query.of(Question(like=(PipedPicture(content),)))
    found = [Path(hit.path.decode()).stem for hit in library.search(query).hits]
    assert found[0] == "viola" and "blu" not in found
