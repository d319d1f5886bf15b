"""Fixtures of all tests: a temporary home, no network, the tiny model, and one-colour photos."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest
from PIL import Image

from cercafoto import Library, Query, Question, Settings
from cercafoto.models import things_model
from cercafoto.models.encode.encoder import Encoder
from cercafoto.models.model_folder import ModelFolder
from cercafoto.models.registry import EMBEDDED_PATH
from cercafoto.photos.decoding import decoder_processes, file_kind
from cercafoto.question.filters.filter import Filters
from tests.support import quick
from tests.support.colours import PAINT
from tests.support.kept_decoders import KeptWorker, end_waiting
from tests.support.postgres import Server, lacking, server
from tests.support.tiny_model import make_tiny_model
from tests.support.tiny_things import make_things_model

if TYPE_CHECKING:
    from starlette.testclient import TestClient

DATA = Path(__file__).parents[2] / "shared" / "data"


# What the fixture `cli` is: runs a command line, and returns its exit code, stdout and stderr.
Cli = Callable[..., tuple[int, str, str]]

IN_MEMORY = Path("/dev/shm")
if IN_MEMORY.is_dir() and shutil.disk_usage(IN_MEMORY).free > 8e9:
    # A commit waits 5 ms for the disk, and tests make tens of thousands of them.
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(IN_MEMORY))

if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # other tests run beside this one


def pytest_configure(config: pytest.Config) -> None:
    if config.option.markexpr == "quick":
        sys.meta_path.insert(0, quick.Refusal())


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """For `make check`, skip modules that are not quick: importing them would import torch."""
    asked = config.option.markexpr == "quick" and collection_path.name.startswith("test_")
    return True if asked and not quick.is_quick_module(collection_path) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if quick.is_quick(item):
            item.add_marker("quick")
    # Long modules start first, so that no worker is left alone with one at the end.
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    more = {item.path for item in items if not item.get_closest_marker("quick")}
    items.sort(key=lambda item: (item.path not in slow, item.path not in more))


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give every test its own home, without any of the person's environment variables."""
    folder = tmp_path / "home"
    folder.mkdir()
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(folder))
    for name in ("DATA", "CACHE", "CONFIG", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(folder / name.lower()))
    monkeypatch.setenv("HF_HUB_DISABLE_TELEMETRY", "1")
    return folder


@pytest.fixture(scope="session", autouse=True)
def kept_decoders() -> Iterator[None]:
    """Let decoders outlive a test; tests of decoders ask for `own_decoders`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decoder_processes, "_Worker", KeptWorker)
        yield
    end_waiting()


@pytest.fixture
def own_decoders(monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[psutil.Process]]:
    """Start and end decoders within the test. Return a function that lists the child processes
    started since."""
    end_waiting()
    monkeypatch.setattr(decoder_processes, "_Worker", KeptWorker.__base__)
    before = set(psutil.Process().children(recursive=True))
    return lambda: [p for p in psutil.Process().children(recursive=True) if p not in before]


@pytest.fixture
def no_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail the test at any attempt to open a socket."""

    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_model(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="session")
def mini() -> Encoder:
    """Return the embedded model."""
    return Encoder(ModelFolder.open(EMBEDDED_PATH), threads=1)


@pytest.fixture(autouse=True)
def no_things(monkeypatch: pytest.MonkeyPatch) -> None:
    """Turn things off except in tests of `things`: the packaged model is slow."""
    monkeypatch.setattr(things_model, "EMBEDDED_PATH", Path("nowhere"))


@pytest.fixture(scope="session")
def tiny_things(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_things_model(tmp_path_factory.mktemp("package") / "mini")


@pytest.fixture
def things(no_things: None, tiny_things: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the package have a tiny model that sees things."""
    monkeypatch.setattr(things_model, "EMBEDDED_PATH", tiny_things)


@pytest.fixture
def settings(home: Path, tiny: Path) -> Settings:
    """Return settings of an archive in the temporary home, with the tiny model chosen."""
    models = home / "models"
    models.mkdir()
    (models / "tiny").symlink_to(tiny)
    return Settings(archive=home / "archive", models=models, model="tiny", offline=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """Yield the PostgreSQL server of this test process."""
    if why := lacking():
        pytest.skip(why)
    with server() as running:
        yield running


@pytest.fixture
def shared_address(postgres: Server) -> str:
    """Return the address of an empty database."""
    return postgres.new_database("archivio")


@pytest.fixture
def library(settings: Settings) -> Library:
    return Library(settings)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Return a folder with one photo of each colour."""
    folder = tmp_path / "foto"
    for name, colour in PAINT.items():
        paint(folder / f"{name}.png", colour)
    return folder


@pytest.fixture
def client(library: Library, photos: Path) -> Iterator[TestClient]:
    """A person who looks at the page of an archive of these photos."""
    from tests.support.web_client import visitor

    library.index([photos])
    with visitor(library.settings) as found:
        yield found


def paint(path: Path, colour: tuple[int, int, int], size: tuple[int, int] = (60, 40)) -> Path:
    """Write a picture of one colour, in the format that the name says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).save(path)
    return path


@pytest.fixture
def no_video_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pretend that the extra for videos is not installed."""
    monkeypatch.setitem(file_kind.EXTRAS, file_kind.VIDEO, ("non_installato", "video"))


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Read words with the tests' engine. The returned function sets what happens, by colour."""
    from cercafoto.ocr import ocr_processes
    from tests.support import fake_engine

    monkeypatch.setattr(ocr_processes, "ENGINE", fake_engine.MODULE)

    def behave(**happenings: str) -> None:
        monkeypatch.setenv(fake_engine.VARIABLE, json.dumps(happenings))

    behave()
    return behave


@pytest.fixture
def cli(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Iterator[Cli]:
    """Run a command line in this process, with the tiny model: (exit code, stdout, stderr)."""
    from cercafoto.cli.main import run

    monkeypatch.setenv("CERCAFOTO_ARCHIVIO", str(settings.archive))
    monkeypatch.setenv("CERCAFOTO_MODELLI", str(settings.models))
    monkeypatch.setenv("CERCAFOTO_MODELLO", "tiny")

    def call(*arguments: str | Path) -> tuple[int, str, str]:
        capfd.readouterr()
        code = run([str(a) for a in arguments])
        out, err = capfd.readouterr()
        return code, out, err

    yield call


def names(library: Library, text: str, **typed: object) -> list[str]:
    """Return the names of the photos found for `text`, best first.

    typed: options of filters.
    """
    query = Query.of(Question((text,), typed=Filters(typed)))
    return [Path(hit.path.decode()).stem for hit in library.search(query).hits]
