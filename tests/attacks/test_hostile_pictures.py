"""Pictures made to hang, crash or fill their decoder cost only an error message, wherever they come
from.
"""

from __future__ import annotations

import ast
import io
import os
import re
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
from tests.photos.test_picture import EXACT
from tests.support.scenes import scene
from tests.support.web_client import visitor

Cli = Callable[..., tuple[int, str, str]]

posix = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes and devices of POSIX")

SCANS = 20_000
AT_MOST = 40  # seconds that a test may take before it counts as hanging
HUNG = "interrotta dopo 2 secondi"

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


HOSTILE = {
    "scans": (many_scans, HUNG),
    "bomb": (bomb, "troppo grande da decodificare"),
    "cut": (truncated, "immagine danneggiata o incompleta"),
}


@pytest.fixture(params=HOSTILE)
def hostile(request: pytest.FixtureRequest) -> tuple[bytes, str]:
    """Return a hostile file, and the error expected for it."""
    make, message = HOSTILE[request.param]
    return make(), message


def each_with(*ways: object) -> list[tuple[object, str]]:
    """Return all pairs of way in and hostile file; the file that hangs goes only the first way."""
    return [(way, name) for way in ways for name in HOSTILE if name != "scans" or way is ways[0]]


def special(path: Path, kind: str) -> Path:
    """Put a pipe without a writer, or a link to an endless device, at a path."""
    path.unlink(missing_ok=True)
    if kind == "fifo":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/zero")
    return path


def arrives(content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))


# -- a photo that the person names ---------------------------------------------------------------

NAMED = [("cerca", "--come"), ("simili",), ("dove", "rosso")]


@pytest.mark.parametrize(("command", "hostile"), each_with(*NAMED), indirect=["hostile"])
def test_a_hostile_photo_named_on_the_command_line_is_refused(
    cli: Cli,
    photos: Path,
    tmp_path: Path,
    command: tuple[str, ...],
    hostile: tuple[bytes, str],
    own_decoders: Children,
) -> None:
    content, message = hostile
    assert cli("index", photos)[0] == 0
    path = tmp_path / "ostile.jpg"
    path.write_bytes(content)
    code, out, err = cli(*command, path)
    assert (code, out) == (1, "")
    assert f"{path}: " in err and message in err.replace("\n", " ")
    assert not own_decoders()


@pytest.mark.parametrize("command", NAMED, ids=" ".join)
def test_a_named_photo_that_crashes_its_decoder(
    cli: Cli, photos: Path, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cli("index", photos)[0] == 0
    monkeypatch.setattr(decoder_processes, "PROGRAM", CRASHING)
    code, out, err = cli(*command, photos / "rosso.png")
    assert (code, out) == (1, "")
    assert "si è bloccato di colpo" in err.replace("\n", " ")


@posix
@pytest.mark.parametrize("kind", ["fifo", "zero"])
@pytest.mark.parametrize("command", NAMED, ids=" ".join)
def test_a_named_pipe_or_device(
    cli: Cli, photos: Path, tmp_path: Path, command: tuple[str, ...], kind: str
) -> None:
    assert cli("index", photos)[0] == 0
    code, out, err = cli(*command, special(tmp_path / "ostile.jpg", kind))
    assert (code, out) == (1, "")
    assert "non è un file" in err


SENT = [("cerca", "--come", "-"), ("dove", "rosso", "-")]


@pytest.mark.parametrize(("command", "hostile"), each_with(*SENT), indirect=["hostile"])
def test_a_photo_that_another_program_sends(
    cli: Cli,
    photos: Path,
    command: tuple[str, ...],
    hostile: tuple[bytes, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    content, message = hostile
    assert cli("index", photos)[0] == 0
    arrives(content, monkeypatch)
    code, out, err = cli(*command)
    assert (code, out) == (1, "")
    assert message in err.replace("\n", " ")


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


def test_duplicates(
    library: Library,
    swapped: Callable[[bytes], Path],
    hostile: tuple[bytes, str],
    own_decoders: Children,
) -> None:
    folder = swapped(hostile[0])
    result = library.duplicates()
    assert result.skipped == ((os.fsencode(folder / "a.jpg"), "ora è illeggibile"),)
    ((best, others),) = [(g.best.path, [o.path for o in g.others]) for g in result.groups]
    assert (best, others) == (os.fsencode(folder / "b.png"), [os.fsencode(folder / "c" / "c.png")])
    assert not own_decoders()


def test_duplicates_of_a_folder(
    library: Library, swapped: Callable[[bytes], Path], hostile: tuple[bytes, str]
) -> None:
    folder = swapped(hostile[0])
    result = library.compare_folder(folder / "c")
    ((found, copies),) = [(each.path, each.copies) for each in result.found]
    assert found == os.fsencode(folder / "c" / "c.png")
    assert copies == (os.fsencode(folder / "b.png"),)


def test_duplicates_whose_decoders_crash(
    library: Library, swapped: Callable[[bytes], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    swapped(b"")
    monkeypatch.setattr(decoder_processes, "PROGRAM", CRASHING)
    result = library.duplicates()
    assert (len(result.skipped), result.groups) == (3, ())


def test_the_measuring_of_a_prepared_model(
    tiny: Path, tmp_path: Path, photos: Path, hostile: tuple[bytes, str]
) -> None:
    path = tmp_path / "ostile.jpg"
    path.write_bytes(hostile[0])
    encoder = Encoder(ModelFolder.open(tiny))
    vectors = quantization._vectors(encoder, [path, photos / "rosso.png"])
    assert len(vectors) == 1


# -- the page ------------------------------------------------------------------------------------


@pytest.fixture
def client(library: Library, photos: Path) -> Iterator[TestClient]:
    library.index([photos])
    with visitor(library.settings) as found:
        yield found


def number_of(client: TestClient, name: str) -> str:
    found = re.search(rf'data-foto="(\d+)">\s*<img [^>]* alt="{name}', client.get("/").text)
    assert found is not None
    return found[1]


def test_a_hostile_upload_is_refused(client: TestClient, hostile: tuple[bytes, str]) -> None:
    content, message = hostile
    answer = client.post("/carica", content=content)
    assert answer.status_code == 422
    assert message in answer.text


@pytest.mark.parametrize(("page", "hostile"), each_with("etichetta", "dove"), indirect=["hostile"])
def test_a_photo_of_the_archive(
    client: TestClient, photos: Path, page: str, hostile: tuple[bytes, str]
) -> None:
    content, message = hostile
    number = number_of(client, "rosso")
    (photos / "rosso.png").write_bytes(content)
    if page == "etichetta":
        answer = client.post("/etichetta", json={"foto": f"f{number}", "testo": "rosso\nblu"})
    else:
        answer = client.get(f"/dove/mappa.png?foto=f{number}&q=rosso")
    assert answer.status_code == 422
    assert message in answer.text


@pytest.mark.parametrize("page", ["etichetta", "dove", "cerca"])
def test_a_copy_that_was_made_elsewhere(client: TestClient, photos: Path, page: str) -> None:
    """A thumbnail in the cache may have been made on another machine."""
    number = number_of(client, "rosso")
    archive = client.app.state.archive  # type: ignore[attr-defined]
    tile = archive.tile(int(number))
    copy = archive.thumbnails.path(tile.digest, 1600)
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.write_bytes(bomb())
    asked = {
        "etichetta": lambda: client.post(
            "/etichetta", json={"foto": f"f{number}", "testo": "rosso\nblu"}
        ),
        "dove": lambda: client.get(f"/dove/mappa.png?foto=f{number}&q=rosso"),
        "cerca": lambda: client.get(f"/?come=f{number}"),
    }
    answer = asked[page]()
    assert HOSTILE["bomb"][1] in answer.text


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


@pytest.mark.parametrize("name", HOSTILE)
def test_keywords_of_a_hostile_photo(cli: Cli, photos: Path, name: str) -> None:
    """Keywords are read without decoding pixels: nothing hangs, and the labels are written."""
    assert cli("index", photos)[0] == 0
    (photos / "rosso.png").write_bytes(HOSTILE[name][0]())
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
