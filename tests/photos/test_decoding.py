"""Tests of the decoding processes: a crash, a hang or full memory costs only one photo."""

from __future__ import annotations

import hashlib
import io
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pillow_heif
import psutil
import pytest
from PIL import Image

from cercafoto import Library, Settings
from cercafoto.base import child_process
from cercafoto.errors import CercafotoError, ImageError, PassingImageError
from cercafoto.photos.decoding import decoder_processes as decoding
from cercafoto.photos.decoding import photo_file
from cercafoto.photos.decoding.decoder_processes import Decoders, _MemoryBudget
from cercafoto.photos.decoding.photo_file import read_photo
from cercafoto.photos.read_file import Extent, FoundFile, ReadFile
from tests.conftest import PAINT, paint
from tests.photos.test_picture import EXACT, corners
from tests.support.raw_file import dng
from tests.support.waiting import PATIENCE, until

pillow_heif.register_heif_opener()

pytestmark = pytest.mark.usefixtures("own_decoders")

Children = Callable[[], list[psutil.Process]]

# The name of a file tells the decoder what to do.
INJECTED = """
import ctypes, os, sys, time
sys.path += [place for place in sys.argv[1:] if place not in sys.path]
from cercafoto.photos.decoding import decoder_worker
read = decoder_worker.read_photo

def misbehaving(path, *rest):
    name = os.path.basename(path)
    if b"abort" in name:
        os.abort()
    if b"segfault" in name:
        ctypes.string_at(0)
    if b"hang" in name:
        time.sleep(1000)
    if b"busy" in name:
        while True:
            pass
    if b"slow" in name:
        time.sleep(2)
    if b"memory" in name:
        bytearray(10**11)
    if b"killed" in name:
        os.kill(os.getpid(), 9)
    if b"print" in name:
        os.write(1, b"warning: not JSON\\n")
    if b"once" in name and not os.path.exists(path + b".seen"):
        open(path + b".seen", "w").close()
        os.abort()
    return read(path, *rest)

decoder_worker.read_photo = misbehaving
decoder_worker.read_content = lambda content, name, *rest: os.abort()
decoder_worker.main()
"""


@pytest.fixture
def injected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "PROGRAM", INJECTED)


def read_one(path: Path) -> ReadFile:
    with Decoders(EXACT, 1) as decoders:
        return decoders.look_at(os.fsencode(path))


def test_a_decoding_process_gives_the_same_result(tmp_path: Path, own_decoders: Children) -> None:
    path = tmp_path / "a.png"
    corners().save(path)
    assert read_one(path) == read_photo(os.fsencode(path), EXACT)
    assert not own_decoders()


@pytest.mark.parametrize("side", [60, 1000])
def test_a_small_copy_is_made_if_there_are_enough_pixels(tmp_path: Path, side: int) -> None:
    path = tmp_path / "a.png"
    corners().resize((300, 200)).save(path)
    with Decoders(EXACT, 1, copy=side) as decoders:
        photo = decoders.look_at(os.fsencode(path))
    assert replace(photo, small_copy=None) == read_photo(os.fsencode(path), EXACT)
    if side == 1000:  # of the 300 x 200 pixels some 100 x 66 were kept
        assert photo.small_copy is None
        return
    assert photo.small_copy is not None
    copy = Image.open(io.BytesIO(photo.small_copy))
    assert (copy.format, copy.size) == ("WEBP", (60, 40))
    red, _, blue = copy.convert("RGB").getpixel((9, 9))  # type: ignore[misc]
    assert red > 200 and blue < 60


def test_a_process_reads_bytes(tmp_path: Path, own_decoders: Children) -> None:
    path = tmp_path / "a.png"
    corners().save(path)
    with Decoders(EXACT, 1) as decoders:
        photo = decoders.decode(path.read_bytes(), "la foto ricevuta")
        named = FoundFile(b"la foto ricevuta", path.stat().st_size, 0)
        assert photo == replace(read_photo(os.fsencode(path), EXACT), file=named)
        large = path.read_bytes() + bytes(10**6)
        assert decoders.decode(large, "x").image == photo.image  # more than a pipe holds
        with pytest.raises(ImageError, match=r"^la foto ricevuta: non è"):
            decoders.decode(b"ciao", "la foto ricevuta")
        with pytest.raises(ImageError) as caught:
            decoders.decode(b"", "la foto ricevuta")
        assert "interrotta" not in str(caught.value)  # its decoder answered
        assert read_photo(os.fsencode(path), EXACT) == decoders.look_at(os.fsencode(path))
    assert not own_decoders()


def test_a_crash_on_bytes_is_an_error(injected: None, own_decoders: Children) -> None:
    with Decoders(EXACT, 1) as decoders, pytest.raises(ImageError, match="bloccato di colpo"):
        decoders.decode(bytes(10**6), "la foto ricevuta")
    assert not own_decoders()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("abort", "bloccato di colpo"),
        ("segfault", "bloccato di colpo"),
        ("memory", "memoria non basta"),
    ],
)
def test_a_crash_is_an_error_of_the_photo(
    tmp_path: Path, injected: None, name: str, reason: str
) -> None:
    path = paint(tmp_path / f"{name}.png", (250, 10, 10))
    with pytest.raises(ImageError, match=reason) as caught:
        read_one(path)
    assert str(path) in caught.value.message
    assert not isinstance(caught.value, PassingImageError)


@pytest.mark.parametrize(
    ("name", "late"),
    [
        ("hang", f"{child_process.PATIENCE} secondi."),
        pytest.param(
            "busy",
            "1 secondi di calcolo.",
            marks=pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="Windows"),
        ),
    ],
)
def test_a_hang_ends_after_the_time_limit(
    tmp_path: Path,
    injected: None,
    monkeypatch: pytest.MonkeyPatch,
    own_decoders: Children,
    name: str,
    late: str,
) -> None:
    monkeypatch.setattr(decoding, "LIMIT", 1.0)
    if name == "busy":  # a busy machine may take long to give it a second
        monkeypatch.setattr(child_process, "PATIENCE", 600)
    path = paint(tmp_path / f"{name}.png", (250, 10, 10))
    with pytest.raises(ImageError, match=f"interrotta dopo {late}"):
        read_one(path)
    assert not own_decoders()


def test_a_photo_that_waits_on_a_busy_machine_is_read(
    tmp_path: Path, injected: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoding, "LIMIT", 1.0)
    assert read_one(paint(tmp_path / "slow.png", (250, 10, 10))).width == 60


def test_a_process_killed_by_the_system_is_tried_again_later(
    tmp_path: Path, injected: None
) -> None:
    with pytest.raises(PassingImageError, match="mancanza di memoria"):
        read_one(paint(tmp_path / "killed.png", (250, 10, 10)))


def test_a_photo_is_tried_in_a_new_process_after_a_crash(tmp_path: Path, injected: None) -> None:
    assert read_one(paint(tmp_path / "once.png", (250, 10, 10))).width == 60


def test_a_run_loses_only_the_bad_photos(
    settings: Settings, tmp_path: Path, injected: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "foto"
    # Only the photo that hangs has little time: others take long on a machine that does much else.
    monkeypatch.setattr(decoding, "VIDEO_LIMIT", 1.0)
    monkeypatch.setattr(decoding, "is_video", lambda path: b"hang" in path)
    for number, name in enumerate(("abort", "segfault", "hang", "memory", "print")):
        paint(folder / f"{name}.png", (250, number, 10))
    for number in range(30):
        paint(folder / f"{number:02}.png", (number, 250, 10))
    report = Library(settings).index([folder])
    assert report.new == 31
    assert {Path(os.fsdecode(path)).stem for path, _ in report.problems} == {
        "abort",
        "segfault",
        "hang",
        "memory",
    }
    again = Library(settings).index()
    assert (again.unchanged, len(again.problems), again.embedded) == (31, 4, 0)


def test_no_process_starts_for_a_folder_that_is_unchanged(
    settings: Settings, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Library(settings).index([photos]).new == len(PAINT)

    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("a process was started")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    assert Library(settings).index().unchanged == len(PAINT)


def test_a_known_content_is_not_decoded(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"not a picture, but known")
    asked = []

    def wanted(digest: bytes) -> Extent:
        asked.append(digest)
        return "nothing"

    with Decoders(EXACT, 1) as decoders:
        photo = decoders.read(FoundFile(os.fsencode(path), 24, 0), wanted)
    assert asked == [photo.content_digest]
    assert photo.image is None


@pytest.mark.skipif(os.name != "posix", reason="a shell script stands in for the bundle")
def test_a_bundle_decodes_by_starting_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = paint(tmp_path / "foto.png", (250, 10, 10))
    start = Path(__file__).parents[2] / "bundle" / "start.py"
    program = tmp_path / "cercafoto"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{start}" "$@"\n')
    program.chmod(0o755)
    expected = read_one(path)
    monkeypatch.setattr(sys, "executable", str(program))
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert read_one(path) == expected


def test_if_no_decoder_starts_the_run_stops(
    settings: Settings, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoding, "PROGRAM", "raise SystemExit(3)")
    with pytest.raises(CercafotoError, match="non parte"):
        Library(settings).index([photos])
    monkeypatch.undo()
    assert Library(settings).problems() == []


def test_a_decoder_imports_little() -> None:
    heavy = ("numpy", "onnxruntime", "torch", "sqlite3", "click", "rich", "huggingface_hub")
    program = (
        "import sys, cercafoto.photos.decoding.decoder_worker; "
        f"print([m for m in {heavy} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program, *heavy], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


# -- around the run ----------------------------------------------------------------------------

# As a person would write it: the main module has no guard against a second run.
SCRIPT = """
import sys
from pathlib import Path
from cercafoto import Library, Settings
print("una volta", flush=True)
report = Library(Settings.resolve()).index([Path(sys.argv[1])])
print(report.new)
"""


@pytest.fixture
def chosen(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CERCAFOTO_ARCHIVIO", str(settings.archive))
    monkeypatch.setenv("CERCAFOTO_MODELLI", str(settings.models))
    monkeypatch.setenv("CERCAFOTO_MODELLO", "tiny")


def test_a_script_without_main_guard_runs_once(chosen: None, photos: Path, tmp_path: Path) -> None:
    script = tmp_path / "mio.py"
    script.write_text(SCRIPT)
    done = subprocess.run([sys.executable, script, photos], capture_output=True, text=True)
    assert done.stdout.split("\n")[:2] == ["una volta", str(len(PAINT))], done.stderr


def test_modules_beside_the_photos_are_not_run(
    library: Library, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("json", "PIL", "cercafoto"):
        (photos / f"{name}.py").write_text("raise SystemExit('eseguito')")
    monkeypatch.chdir(photos)
    assert library.index([Path(".")]).new == len(PAINT)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_decoders_die_with_their_parent(chosen: None, tmp_path: Path) -> None:
    paint(tmp_path / "foto" / "hang.png", (250, 10, 10))
    program = (
        "from cercafoto.photos.decoding import decoder_processes as processes\n"
        f"processes.PROGRAM = {INJECTED!r}\n{SCRIPT}"
    )
    parent = subprocess.Popen([sys.executable, "-c", program, str(tmp_path / "foto")])
    try:
        decoders = until(lambda: psutil.Process(parent.pid).children())
    finally:
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    until(lambda: not any(map(psutil.Process.is_running, decoders)))


def test_a_photo_waits_until_there_is_memory() -> None:
    budget = _MemoryBudget(100)
    order = []

    def small() -> None:
        with budget.lease() as take:
            take(60)
            order.append("small")

    with budget.lease() as take:
        take(50)
        take(30)
        other = threading.Thread(target=small)
        other.start()
        other.join(0.2)
        assert order == []
        order.append("large")
    other.join(PATIENCE)
    assert order == ["large", "small"]
    with budget.lease() as take:
        take(1000)  # more than there is, but alone


# -- files that change -------------------------------------------------------------------------


@pytest.mark.parametrize("held", [photo_file.HELD, 10])
@pytest.mark.parametrize("change", ["grow", "shrink", "vanish", "replace", "rewrite"])
def test_a_file_that_changes_while_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held: int, change: str
) -> None:
    monkeypatch.setattr(photo_file, "HELD", held)
    path = tmp_path / "a.png"
    corners().save(path)

    def meanwhile(digest: bytes) -> Extent:
        if change == "vanish":
            path.unlink()
        elif change == "replace":
            paint(tmp_path / "b.png", (1, 2, 3)).replace(path)
        elif change == "rewrite":
            status = path.stat()
            path.write_bytes(path.read_bytes())
            os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1_000_000))
        else:
            with path.open("r+b") as stream:
                stream.truncate(path.stat().st_size + (100 if change == "grow" else -50))
        return "all"

    with pytest.raises(PassingImageError, match="cambiato o sparito"):
        read_photo(os.fsencode(path), EXACT, wanted=meanwhile)


def test_a_large_file_is_read_as_a_small_one_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind in ("png", "jpg", "tif", "webp", "avif", "jp2", "heic", "dng"):
        path = tmp_path / f"a.{kind}"
        if kind == "dng":
            path.write_bytes(dng(6))
        else:
            corners().resize((300, 200)).save(path)
        held = read_photo(os.fsencode(path), EXACT)
        with monkeypatch.context() as small:
            small.setattr(photo_file, "HELD", 10)
            assert read_photo(os.fsencode(path), EXACT) == held


def test_a_large_file_is_hashed_again_only_if_it_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[object] = []
    real = hashlib.file_digest
    monkeypatch.setattr(photo_file, "HELD", 10)
    monkeypatch.setattr(hashlib, "file_digest", lambda *given: hashed.append(given) or real(*given))
    path = tmp_path / "a.png"
    corners().save(path)
    first = read_photo(os.fsencode(path), EXACT)
    assert read_photo(os.fsencode(path), EXACT) == first and len(hashed) == 1
    times = path.stat()
    paint(path, (1, 2, 3))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))  # as a careless copy does
    now = read_photo(os.fsencode(path), EXACT)
    assert now.content_digest == hashlib.sha256(path.read_bytes()).digest() and len(hashed) == 2
