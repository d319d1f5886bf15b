"""Which model an index uses, without a question or the network."""

from __future__ import annotations

from pathlib import Path

import pytest

from cercafoto.errors import ArchiveError, ModelError
from cercafoto.models import model_choice as choosing
from cercafoto.models import obtain, registry
from cercafoto.models.model_choice import choose, preferred, use
from cercafoto.models.shelf import MANY, ModelShelf
from cercafoto.settings import Settings
from tests.support.recorder import Recorder
from tests.support.tiny_model import make_tiny_model


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Return settings with only the embedded model; a download is an error."""
    monkeypatch.setattr(
        registry, "EMBEDDED_PATH", make_tiny_model(tmp_path / "package" / "mini", "mini")
    )
    monkeypatch.setattr(obtain, "obtain", _never)
    return Settings(archive=tmp_path / "archive", models=tmp_path / "models")


def _never(*args: object, **kwargs: object) -> None:
    raise AssertionError("the network was touched unasked")


def test_the_embedded_model_works_at_once_and_in_silence(
    machine: Settings, no_sockets: None
) -> None:
    recorder = Recorder()
    assert choose(machine, recorder).name == "mini"
    assert recorder.lines == []
    assert not machine.archive.exists()


def test_clip_italian_is_taken_where_it_is_prepared(machine: Settings, no_sockets: None) -> None:
    make_tiny_model(machine.models / "clip-italian", "clip-italian")
    recorder = Recorder()
    assert choose(machine, recorder).name == preferred(machine) == "clip-italian"
    assert recorder.lines == []


def test_a_larger_model_is_told_of_once_after_many_photos(machine: Settings) -> None:
    shelf = ModelShelf(machine)
    machine.archive.mkdir()
    for model, new in (("mini", MANY), ("clip-italian", MANY + 1)):
        assert shelf.larger_to_tell(model, new) is None
    named = Settings(machine.archive, machine.models, model="mini")
    assert ModelShelf(named).larger_to_tell("mini", MANY + 1) is None  # chosen by the person
    use(machine, "mini")
    assert shelf.larger_to_tell("mini", MANY + 1) is None
    use(machine, "auto")
    larger = shelf.larger_to_tell("mini", MANY + 1)
    assert larger is not None and (larger.name, larger.state) == ("siglip2-rapido", "da scaricare")
    assert shelf.larger_to_tell("mini", MANY + 1) is None
    use(machine, "auto")
    assert shelf.larger_to_tell("mini", MANY + 1) is None


def test_a_name_given_is_taken_or_refused(machine: Settings) -> None:
    make_tiny_model(machine.models / "mio", "mio")
    for name in ("mio", "mini"):
        named = Settings(machine.archive, machine.models, model=name)
        assert choose(named, Recorder()).name == name
        assert preferred(named) == name
    with pytest.raises(ModelError) as unknown:
        choose(Settings(machine.archive, machine.models, model="altro"), Recorder())
    assert "modello elenco" in unknown.value.hint
    with pytest.raises(ModelError) as not_yet:
        choose(Settings(machine.archive, machine.models, model="clip-italian"), Recorder())
    assert "modello scarica" in not_yet.value.hint


def test_use_is_remembered(machine: Settings) -> None:
    make_tiny_model(machine.models / "mio", "mio")
    assert use(machine, "mio").name == "mio"
    recorder = Recorder()
    assert choose(machine, recorder).name == "mio"
    assert preferred(machine) == "mio"
    use(machine, "mini")
    assert choose(machine, recorder).name == "mini"
    assert recorder.lines == []
    with pytest.raises(ModelError):
        use(machine, "altro")
    assert choosing.remembered(machine) == "mini"
    use(machine, "auto")
    assert choosing.remembered(machine) is None


def test_a_chosen_model_that_is_gone_is_told(machine: Settings) -> None:
    folder = make_tiny_model(machine.models / "mio", "mio")
    use(machine, "mio")
    folder.rename(machine.models.parent / "altrove")
    recorder = Recorder()
    assert choose(machine, recorder).name == "mini"
    assert "«mio»" in recorder.lines[0]
    assert preferred(machine) == "mini"


@pytest.mark.parametrize("content", ["", "[1]", "{", '{"modello": 3}'])
def test_a_damaged_choice_is_none(machine: Settings, content: str) -> None:
    machine.archive.mkdir()
    (machine.archive / choosing.ANSWERS).write_text(content, encoding="utf-8")
    assert choosing.remembered(machine) is None
    assert choose(machine, Recorder()).name == "mini"


def test_an_archive_that_cannot_be_written(machine: Settings) -> None:
    machine.archive.write_text("a file where the folder should be", encoding="utf-8")
    with pytest.raises(ArchiveError, match=r"scelte\.json"):
        use(machine, "mini")
