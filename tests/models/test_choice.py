"""Which model an index takes, who is asked what, and when the network is touched."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from cercafoto.errors import ArchiveError, DiskFullError, ModelDownloadError, ModelError
from cercafoto.models import choice as choosing
from cercafoto.models import hub, obtain, registry
from cercafoto.models.choice import QUESTION, choose, preferred, use
from cercafoto.models.folder import ModelFolder
from cercafoto.settings import Settings
from tests.support.recorder import Recorder
from tests.support.tiny_model import make_tiny_model


class Person(Recorder):
    """Somebody at a terminal: what they are asked and told, and what they answer."""

    def __init__(self, answer: bool = True) -> None:
        super().__init__(answer=answer)
        self.asked, self.told = self.questions, self.lines

    @property
    def away(self) -> Recorder:
        """The same, who is told but cannot be asked."""
        recorder = Recorder()
        recorder.lines = self.lines
        return recorder


class Unspoken(Recorder):
    """Who is to be told nothing."""

    def say(self, line: str) -> None:
        _never()


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The embedded model only; any download is an error."""
    monkeypatch.setattr(
        registry, "EMBEDDED_PATH", make_tiny_model(tmp_path / "package" / "mini", "mini")
    )
    monkeypatch.setattr(obtain, "obtain", _never)
    monkeypatch.setattr(hub, "reachable", _never)
    return Settings(archive=tmp_path / "archive", models=tmp_path / "models")


def _never(*args: Any, **kwargs: Any) -> Any:
    raise AssertionError("the network was touched unasked")


def _hub(monkeypatch: pytest.MonkeyPatch, settings: Settings, answers: bool = True) -> list[str]:
    """A Hub that answers or not, and a download that works; returns what was obtained."""
    wanted: list[str] = []

    def get(settings: Settings, name: str, *_: Any) -> ModelFolder:
        wanted.append(name)
        return ModelFolder.open(make_tiny_model(settings.models / name, name))

    monkeypatch.setattr(hub, "reachable", lambda: answers)
    monkeypatch.setattr(obtain, "obtain", get)
    return wanted


def test_a_yes_downloads_and_is_remembered(
    machine: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = _hub(monkeypatch, machine)
    person = Person()
    assert choose(machine, person).name == "clip-italian"
    assert (person.asked, person.told, wanted) == ([QUESTION], [], ["clip-italian"])
    # Prepared now: taken without a word, with nobody there, and with no network.
    monkeypatch.setattr(obtain, "obtain", _never)
    monkeypatch.setattr(hub, "reachable", _never)
    assert choose(machine, person.away).name == "clip-italian"
    assert person.told == []


def test_a_no_is_remembered_and_says_how_to_change(machine: Settings) -> None:
    person = Person(answer=False)
    for _ in range(2):
        assert choose(machine, person).name == "mini"
    assert person.asked == [QUESTION]
    assert len(person.told) == 2
    assert "«mini»" in person.told[0]
    assert "cercafoto modello scarica" in person.told[0]


def test_without_a_terminal_nobody_is_asked(machine: Settings, no_sockets: None) -> None:
    person = Person()
    assert choose(machine, person.away).name == "mini"
    (line,) = person.told
    assert "modello scarica" in line
    # The first time somebody is there, the question is still to be asked.
    assert not (machine.archive / choosing.ANSWERS).exists()


def test_offline_nothing_is_asked_and_no_socket_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_sockets: None
) -> None:
    monkeypatch.setattr(
        registry, "EMBEDDED_PATH", make_tiny_model(tmp_path / "package" / "mini", "mini")
    )
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("CERCAFOTO_MODELLI", str(tmp_path / "models"))
    by_variable = Settings.resolve(archive=tmp_path / "archive")
    monkeypatch.delenv("HF_HUB_OFFLINE")
    by_option = Settings.resolve(archive=tmp_path / "archive", offline=True)
    person = Person()
    for settings in (by_variable, by_option):
        assert choose(settings, person).name == "mini"
    assert person.asked == []
    assert "--offline" in person.told[0]


def test_the_question_is_for_those_without_torch_too(
    machine: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = _hub(monkeypatch, machine)
    for package in ("torch", "transformers"):
        monkeypatch.setitem(sys.modules, package, None)
    person = Person()
    assert choose(machine, person).name == "clip-italian"
    assert (person.asked, wanted) == ([QUESTION], ["clip-italian"])


def test_a_hub_that_does_not_answer_leaves_mini(
    machine: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = _hub(monkeypatch, machine, answers=False)
    person = Person()
    assert choose(machine, person).name == "mini"
    assert wanted == []
    assert "non risponde" in person.told[0]
    # The yes stands: the next time it is not asked again, and the download goes through.
    _hub(monkeypatch, machine)
    assert choose(machine, person).name == "clip-italian"
    assert person.asked == [QUESTION]


@pytest.mark.parametrize(
    "error", [ModelDownloadError("Si è interrotto.", "Riprova."), DiskFullError("Pieno.", "Fai.")]
)
def test_a_failed_download_is_told_and_leaves_mini(
    machine: Settings, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*args: Any, **kwargs: Any) -> ModelFolder:
        raise error

    monkeypatch.setattr(hub, "reachable", lambda: True)
    monkeypatch.setattr(obtain, "obtain", fail)
    person = Person()
    assert choose(machine, person).name == "mini"
    assert person.told[0] == " ".join(error.args[:1]) + " " + error.hint  # type: ignore[attr-defined]
    assert "«mini»" in person.told[1]


def test_ctrl_c_during_the_question_remembers_nothing(machine: Settings) -> None:
    class Interrupted(Person):
        def ask(self, question: str) -> bool:
            raise KeyboardInterrupt

        def say(self, line: str) -> None:
            _never()

    with pytest.raises(KeyboardInterrupt):
        choose(machine, Interrupted())
    assert not machine.archive.exists()


def test_a_name_given_is_taken_or_refused(machine: Settings) -> None:
    make_tiny_model(machine.models / "mio", "mio")
    for name in ("mio", "mini"):
        named = Settings(machine.archive, machine.models, model=name)
        assert choose(named, Unspoken()).name == name
        assert preferred(named) == name
    with pytest.raises(ModelError) as unknown:
        choose(Settings(machine.archive, machine.models, model="altro"), Unspoken())
    assert "modello elenco" in unknown.value.hint
    with pytest.raises(ModelError) as not_yet:
        choose(Settings(machine.archive, machine.models, model="clip-italian"), Unspoken())
    assert "modello scarica" in not_yet.value.hint


def test_use_is_remembered_and_wins_over_the_question(machine: Settings) -> None:
    make_tiny_model(machine.models / "mio", "mio")
    assert use(machine, "mio").name == "mio"
    person = Person()
    assert choose(machine, person).name == "mio"
    assert preferred(machine) == "mio"
    use(machine, "mini")
    assert choose(machine, person).name == "mini"
    assert (person.asked, person.told) == ([], [])
    with pytest.raises(ModelError):
        use(machine, "altro")
    assert choosing.remembered(machine) == "mini"
    use(machine, "auto")
    assert choosing.remembered(machine) is None


def test_a_chosen_model_that_is_gone_is_told(machine: Settings) -> None:
    folder = make_tiny_model(machine.models / "mio", "mio")
    use(machine, "mio")
    folder.rename(machine.models.parent / "altrove")
    person = Person()
    assert choose(machine, person.away).name == "mini"
    assert "«mio»" in person.told[0]
    assert preferred(machine) == "mini"


def test_choosing_and_answering_keep_each_other(
    machine: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = Person(answer=False)
    choose(machine, person)
    use(machine, "mini")
    saved = json.loads((machine.archive / choosing.ANSWERS).read_text(encoding="utf-8"))
    assert saved == {"clip-italian": False, "modello": "mini"}
    assert [p.name for p in machine.archive.iterdir()] == [choosing.ANSWERS]


@pytest.mark.parametrize("content", ["", "[1]", "{", '{"modello": 3}'])
def test_damaged_answers_cost_one_question(machine: Settings, content: str) -> None:
    machine.archive.mkdir()
    (machine.archive / choosing.ANSWERS).write_text(content, encoding="utf-8")
    person = Person(answer=False)
    assert choose(machine, person).name == "mini"
    assert person.asked == [QUESTION]


def test_an_archive_that_cannot_be_written(machine: Settings) -> None:
    machine.archive.write_text("a file where the folder should be", encoding="utf-8")
    with pytest.raises(ArchiveError, match=r"scelte\.json"):
        use(machine, "mini")
