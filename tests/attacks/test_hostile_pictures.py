"""Pictures made to hang, crash or fill their decoder cost only an error message, wherever they come
from.
"""

from __future__ import annotations

import ast
import io
import os
import re
import shutil
import signal
import struct
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from PIL import Image, PngImagePlugin
from starlette.testclient import TestClient

from cercafoto import Library
from cercafoto.base import child_process
from cercafoto.errors import ImageError
from cercafoto.labels.sidecars.merge import keywords, merge
from cercafoto.labels.sidecars.packet import EMPTY
from cercafoto.models.encode.encoder import Encoder
from cercafoto.models.model_folder import ModelFolder
from cercafoto.models.prepare import quantization
from cercafoto.photos.decoding import decoder_processes
from cercafoto.photos.decoding.decoder_processes import Decoders
from tests.conftest import Cli
from tests.photos.test_picture import EXACT
from tests.support.scenes import scene

posix = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes and devices of POSIX")

SCANS = 20_000
AT_MOST = 40  # seconds that a test may take before it counts as hanging
HUNG = "la decodifica non finiva: interrotta dopo"

# This decoder dies on every request; the process that asked must survive.
CRASHING = """
import os, sys
sys.path += [place for place in sys.argv[1:] if place not in sys.path]
from cercafoto.photos.decoding import decoder_worker as worker
worker.read_photo = worker.read_content = worker.read_keywords = lambda *_: os.abort()
worker.main()
"""


Children = Callable[[], list[psutil.Process]]


@pytest.fixture(autouse=True)
def bounded(monkeypatch: pytest.MonkeyPatch, own_decoders: None) -> Iterator[None]:
    """Limit decoders to two seconds; a test that waits for something fails."""
    monkeypatch.setattr(decoder_processes, "LIMIT", 2.0)
    monkeypatch.setattr(decoder_processes, "BYTES_PER_SECOND", 10**12)
    if not hasattr(signal, "SIGALRM"):
        yield
        return

    def fail(*_: object) -> None:
        raise AssertionError("it hangs")

    before = signal.signal(signal.SIGALRM, fail)
    signal.alarm(AT_MOST)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def many_scans() -> bytes:
    """Return a JPEG of 9 megapixels whose last scan, of the whole picture, comes SCANS times."""
    stream = io.BytesIO()
    Image.new("L", (3000, 3000), 128).save(stream, "JPEG", progressive=True)
    jpeg = stream.getvalue()
    scan = jpeg[jpeg.rindex(b"\xff\xda") : -2]
    return jpeg[:-2] + scan * SCANS + jpeg[-2:]


def bomb() -> bytes:
    """Return a PNG of a few hundred kilobytes that would take gigabytes decoded."""
    side = 60_000

    def chunk(kind: bytes, data: bytes) -> bytes:
        crc = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + crc

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(50_000_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows)


def truncated() -> bytes:
    stream = io.BytesIO()
    scene(1, (900, 700)).save(stream, "JPEG", quality=95)
    return stream.getvalue()[: len(stream.getvalue()) // 2]


TOO_LARGE = "troppo grande da decodificare"
CUT = "immagine danneggiata o incompleta"


def special(path: Path, kind: str) -> Path:
    """Put a pipe without a writer, or a link to an endless device, at a path."""
    path.unlink(missing_ok=True)
    if kind == "fifo":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/zero")
    return path


# -- a photo that the person names ---------------------------------------------------------------


@pytest.mark.parametrize("command", ["cerca --come", "dove rosso"])
def test_a_named_photo(
    cli: Cli,
    photos: Path,
    tmp_path: Path,
    command: str,
    own_decoders: Children,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert cli("index", photos)[0] == 0
    path = tmp_path / "ostile.jpg"

    def refused(why: str) -> None:
        code, out, err = cli(*command.split(), path)
        assert (code, out) == (1, "")
        assert f"{path}: " in err and why in err.replace("\n", " ")
        assert not own_decoders()

    path.write_bytes(bomb())
    refused(TOO_LARGE)
    if command == "cerca --come":  # what a decoder is told is the same for all
        path.write_bytes(truncated())
        refused(CUT)
        path.write_bytes(many_scans())
        refused(HUNG)
    for kind in ("fifo", "zero") if hasattr(os, "mkfifo") else ():
        special(path, kind)
        refused("non è un file")
    path.unlink()
    monkeypatch.setattr(decoder_processes, "PROGRAM", CRASHING)
    shutil.copy(photos / "rosso.png", path)
    refused("si è bloccato di colpo")


@pytest.mark.parametrize("command", ["cerca --come -", "dove rosso -"])
def test_a_photo_that_another_program_sends(
    cli: Cli, photos: Path, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cli("index", photos)[0] == 0
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(bomb())))
    code, out, err = cli(*command.split())
    assert (code, out) == (1, "") and TOO_LARGE in err.replace("\n", " ")


# -- a photo of the archive that became another file since ---------------------------------------


@pytest.fixture
def swapped(tmp_path: Path, library: Library) -> Callable[[bytes], Path]:
    """Index two copies of a picture; return a function that replaces one with a file of equal size
    and time."""

    def swap(content: bytes) -> Path:
        folder = tmp_path / "scene"
        folder.mkdir()
        picture = io.BytesIO()
        scene(2, (300, 200)).save(picture, "JPEG", quality=90)
        size = max(len(content), len(picture.getvalue()))
        (folder / "a.jpg").write_bytes(picture.getvalue().ljust(size, b"\0"))  # still a picture
        scene(2, (300, 200)).save(folder / "b.png")
        (folder / "c").mkdir()
        scene(2, (200, 133)).save(folder / "c" / "c.png")
        assert library.index([folder]).new == 3
        status = (folder / "a.jpg").stat()
        (folder / "a.jpg").write_bytes(content.ljust(size, b"\0"))
        os.utime(folder / "a.jpg", ns=(status.st_atime_ns, status.st_mtime_ns))
        return folder

    return swap


@pytest.mark.parametrize("make", [bomb, truncated, many_scans])
def test_duplicates(
    library: Library,
    swapped: Callable[[bytes], Path],
    make: Callable[[], bytes],
    own_decoders: Children,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = swapped(make())
    result = library.duplicates.find()
    assert result.skipped == ((os.fsencode(folder / "a.jpg"), "ora è illeggibile"),)
    ((best, others),) = [(g.best.path, [o.path for o in g.others]) for g in result.groups]
    assert (best, others) == (os.fsencode(folder / "b.png"), [os.fsencode(folder / "c" / "c.png")])
    assert not own_decoders()
    if make is bomb:
        ((found, copies),) = [
            (each.path, each.copies) for each in library.duplicates.compare(folder / "c").found
        ]
        assert found == os.fsencode(folder / "c" / "c.png")
        assert copies == (os.fsencode(folder / "b.png"),)
        monkeypatch.setattr(decoder_processes, "PROGRAM", CRASHING)
        result = library.duplicates.find()
        assert (len(result.skipped), result.groups) == (3, ())


def test_the_measuring_of_a_prepared_model(tiny: Path, tmp_path: Path, photos: Path) -> None:
    path = tmp_path / "ostile.jpg"
    path.write_bytes(bomb())
    encoder = Encoder(ModelFolder.open(tiny))
    assert len(quantization._vectors(encoder, [path, photos / "rosso.png"])) == 1


# -- the page ------------------------------------------------------------------------------------


def test_an_upload(client: TestClient) -> None:
    for content, why in ((many_scans(), HUNG), (bomb(), TOO_LARGE)):
        answer = client.post("/carica", content=content)
        assert answer.status_code == 422 and why in answer.text
        assert "arrivata" not in answer.text  # nor does it tell where things lie


def test_a_photo_of_the_archive(client: TestClient, photos: Path) -> None:
    """Neither its file nor the small copy of it, which may have come from another machine."""
    found = re.search(r'data-foto="(\d+)">\s*<img [^>]* alt="rosso', client.get("/").text)
    assert found is not None
    number = found[1]
    label = {"foto": f"f{number}", "testo": "rosso\nblu"}
    (photos / "rosso.png").write_bytes(bomb())
    for answer in (
        client.post("/etichetta", json=label),
        client.get(f"/dove/mappa.png?foto=f{number}&q=rosso"),
    ):
        assert answer.status_code == 422 and TOO_LARGE in answer.text
    archive = client.app.state.archive  # type: ignore[attr-defined]
    copy = archive.thumbnails.path(archive.tile(int(number)).digest, 1600)
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.write_bytes(bomb())
    for answer in (
        client.post("/etichetta", json=label),
        client.get(f"/dove/mappa.png?foto=f{number}&q=rosso"),
        client.get(f"/?come=f{number}"),
    ):
        assert TOO_LARGE in answer.text


# -- keywords inside a photo ---------------------------------------------------------------------


def labelled(cli: Cli, photos: Path) -> tuple[int, str]:
    labels = photos.parent / "etichette.txt"
    labels.write_text("rosso\n[uno]\nverde\n", "utf-8")
    code, _, err = cli("tag", "--labels", labels, "--xmp")
    return code, err.replace("\n", " ")


def test_keywords_come_from_a_decoder(cli: Cli, photos: Path) -> None:
    packet = merge(EMPTY, [("vacanze",)], "")
    text = PngImagePlugin.PngInfo()
    text.add_itxt("XML:com.adobe.xmp", packet.decode())
    Image.new("RGB", (60, 40), (250, 10, 10)).save(photos / "rosso.png", pnginfo=text)
    assert cli("index", photos)[0] == 0
    assert labelled(cli, photos)[0] == 0
    assert keywords((photos / "rosso.png.xmp").read_bytes()) == ["vacanze", "rosso"]


def test_keywords_whose_decoder_crashes(
    cli: Cli, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sidecar stays unchanged: a new one without the photo's own keywords would hide them."""
    assert cli("index", photos)[0] == 0
    monkeypatch.setattr(decoder_processes, "PROGRAM", CRASHING)
    code, err = labelled(cli, photos)
    assert code == 3
    assert "si è bloccato di colpo" in err and "il file .xmp resta com'è" in err
    assert not list(photos.glob("*.xmp"))


@posix
@pytest.mark.parametrize("kind", ["fifo", "zero"])
def test_keywords_of_a_pipe_or_device(cli: Cli, photos: Path, kind: str) -> None:
    assert cli("index", photos)[0] == 0
    special(photos / "rosso.png", kind)
    code, err = labelled(cli, photos)
    assert code == 3
    assert "il file .xmp resta com'è" in err
    assert not (photos / "rosso.png.xmp").exists()
    assert (photos / "verde.png.xmp").exists()


def test_keywords_of_a_hostile_photo(cli: Cli, photos: Path) -> None:
    """Pixels are not looked at for them: nothing hangs, and the labels are written."""
    assert cli("index", photos)[0] == 0
    (photos / "rosso.png").write_bytes(many_scans())
    assert labelled(cli, photos)[0] == 0
    assert keywords((photos / "rosso.png.xmp").read_bytes()) == ["rosso"]


# -- what a decoder may do -----------------------------------------------------------------------

WRITING = """
import sys
sys.path += [place for place in sys.argv[1:] if place not in sys.path]
from cercafoto.photos.decoding import decoder_worker as worker

def write(content, name, *rest):
    with open(name, "wb") as file:
        file.write(b"x")

worker.read_content = write
worker.main()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_a_decoder_cannot_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoder_processes, "PROGRAM", WRITING)
    path = tmp_path / "scritto"
    with Decoders(None, 1) as decoders, pytest.raises(ImageError):
        decoders.decode(b"foto", str(path))
    assert not path.exists() or path.stat().st_size == 0


ANSWERING = """
import json, sys
print(json.dumps({"ready": True}), flush=True)
sys.stdin.readline()
print(ANSWER, flush=True)
sys.stdin.readline()
"""


@pytest.mark.parametrize(
    "answer",
    [
        "json.dumps({'problem': 'a' * 20_000})",
        # A side of 32 pixels needs 3,072 bytes.
        "json.dumps({'image': 3_073, 'small_copy': 0}) + 'a' * 3_073",
        "json.dumps({'image': -1, 'small_copy': 0})",
        "json.dumps({'image': 0, 'small_copy': 1})",
    ],
    ids=["line", "image", "negative", "small copy"],
)
def test_a_decoder_that_answers_more_than_was_asked_for_is_ended(
    answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child_process, "MAX_ANSWER_BYTES", 10_000)
    monkeypatch.setattr(decoder_processes, "PROGRAM", ANSWERING.replace("ANSWER", answer))
    with Decoders(EXACT, 1) as decoders, pytest.raises(ImageError, match="bloccato di colpo"):
        decoders.decode(b"foto", "foto")


def test_only_decoders_open_pictures() -> None:
    """Only decoders import picture readers; `training` is not installed for users."""
    package = Path(decoder_processes.__file__).parents[2]
    found = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute)
        and node.attr == "open"
        and isinstance(node.value, ast.Name)
        and node.value.id == "Image"
    }
    assert {path for path in found if not path.startswith("training/")} == {
        "photos/decoding/picture.py",
        "photos/decoding/raw.py",
    }
