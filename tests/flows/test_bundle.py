"""The bundle that `make bundle` built works on a machine without Python.

It is tested with the photos of the demo, whose answers `test_demo` checks.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from pathlib import Path
from urllib.parse import urljoin
from urllib.request import HTTPCookieProcessor, build_opener

import pytest
from PIL import Image

from tests.demo import collect
from tests.support.pressed_keys import on_a_terminal

pytest.importorskip("skimage", reason="the demo's photos are in the scikit-image wheel")
pytest.importorskip("sklearn", reason="the demo's photos are in the scikit-learn wheel")

DIST = Path(__file__).parents[2] / "dist"
SUFFIX = ".exe" if sys.platform == "win32" else ""
FOLDER = DIST / "cercafoto" / f"cercafoto{SUFFIX}"
ARCHIVES = (".gz", ".zip")
FILES = [file for file in DIST.glob(f"cercafoto-*{SUFFIX}") if file.suffix not in ARCHIVES]
MOST = 215 * 2**20  # bytes; the model that knows faces is 10 MB of them

pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason="no dist/cercafoto: make bundle")


class Bundle:
    """The bundled program, with its own home and an otherwise empty environment."""

    def __init__(self, program: Path, home: Path) -> None:
        self.program, self.home = program, home
        self.environment = {"PATH": os.fspath(home / "nowhere"), "HOME": os.fspath(home)}
        if sys.platform == "win32":
            kept = ("SYSTEMROOT", "TEMP", "TMP")
            self.environment |= {"USERPROFILE": str(home), "LOCALAPPDATA": str(home)}
            self.environment |= {name: os.environ[name] for name in kept if name in os.environ}

    def run(self, *arguments: object, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.program, *map(str, arguments)],
            env=self.environment | variables,
            cwd=self.home,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=300,
        )

    def output(self, *arguments: object, **variables: str) -> str:
        done = self.run(*arguments, **variables)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = collect(tmp_path_factory.mktemp("foto"))
    import pillow_heif

    pillow_heif.register_heif_opener()
    with Image.open(folder / "coffee.png") as picture:
        picture.save(folder / "telefono.heic")
        picture.save(folder / "rete.avif")
    return folder


@pytest.fixture(scope="module")
def bundle(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    made = Bundle(FOLDER, tmp_path_factory.mktemp("casa"))
    report = json.loads(made.output("index", demo, "--json"))
    assert (report["embedded"], report["problems"], report["model"]) == (18, [], "mini")
    return made


def first(bundle: Bundle, *words: str) -> str:
    answer = json.loads(bundle.output("cerca", *words, "--json"))
    return Path(answer["hits"][0]["path"]).name


def test_it_finds_the_cat(bundle: Bundle) -> None:
    assert first(bundle, "un", "gatto") == "chelsea.png"


def test_the_single_file_finds_it_too(demo: Path, tmp_path: Path) -> None:
    (program,) = FILES
    single = Bundle(program, tmp_path)
    single.output("index", demo / "chelsea.png", demo / "moon.png", "-q")
    assert first(single, "un", "gatto") == "chelsea.png"


def test_it_has_the_places_the_grammars_the_labels_and_the_graph(bundle: Bundle) -> None:
    question = "un gatto a Firenze senza persone"
    read = json.loads(bundle.output("cerca", "--spiega", question, "--json"))
    assert "Firenze" in json.dumps(read, ensure_ascii=False)
    corrected = bundle.run("cerca", "--spiega", "una montanga")
    assert "montagna" in corrected.stdout + corrected.stderr
    assert "gatto" in bundle.output("tag", "--labels", "predefinite", "--elenco")
    assert json.loads(bundle.output("stato", "--json"))["graph"] is True
    assert bundle.run("controlla").returncode == 0
    assert bundle.run("modello", "verifica").returncode == 0


def test_shells_complete(bundle: Bundle) -> None:
    offered = bundle.output(_CERCAFOTO_COMPLETE="complete_bash", COMP_WORDS="cercafoto cer")
    assert offered.split() == ["cerca"]
    assert "_cercafoto_completion" in bundle.output("completamento", "zsh", "--mostra")


def test_it_serves_the_page(bundle: Bundle) -> None:
    with subprocess.Popen(
        [bundle.program, "web", "--porta", "0"],
        env=bundle.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
    ) as process:
        guard = threading.Timer(60, process.kill)
        guard.start()
        try:
            assert process.stdout is not None
            address = process.stdout.readline().strip()
            person = build_opener(HTTPCookieProcessor())
            person.open(address).close()  # gives the cookie that lets in
            with person.open(urljoin(address, "/")) as page:
                (style,) = re.findall(r'href="(/[^"]+stile[^"]*)"', page.read().decode())
            with person.open(urljoin(address, style)) as sheet:
                assert sheet.headers["Content-Type"].startswith("text/css")
        finally:
            guard.cancel()
            process.kill()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such terminals")
def test_it_has_the_screen_of_the_terminal(bundle: Bundle) -> None:
    environ = bundle.environment | {"TERM": "xterm-256color"}
    command = [os.fspath(bundle.program), "sfoglia", "un gatto", "--percorsi"]
    code, _, out = on_a_terminal(command, environ, b" ", b"q")
    assert code == 0 and Path(out.decode().strip()).name == "chelsea.png"


def test_it_is_small_and_has_nothing_of_torch(bundle: Bundle) -> None:
    files = [file for file in FOLDER.parent.rglob("*") if file.is_file() and not file.is_symlink()]
    assert sum(file.stat().st_size for file in files) <= MOST
    assert all(file.stat().st_size <= MOST for file in FILES)
    names = {part for file in files for part in file.relative_to(FOLDER.parent).parts}
    assert {"licenze", "luoghi.sqlite", "image.onnx.data"} <= names
    assert not names & {"torch", "transformers", "onnxscript", "matplotlib", "training"}
