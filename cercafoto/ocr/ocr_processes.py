"""Photos read in processes of their own: decoded by the decoders, their words read by an engine in
another process. A photo that makes either crash, hang or fill the memory costs itself alone."""

from __future__ import annotations

import sys
from queue import LifoQueue
from typing import Any

from cercafoto.base.bundle import is_frozen
from cercafoto.base.child_process import (
    FLAGS,
    ChildProcess,
    ClosedError,
    GoneError,
    NotStartedError,
)
from cercafoto.base.cores import usable_cores
from cercafoto.base.installation import REINSTALL, install_command
from cercafoto.base.piped_picture import PipedPicture
from cercafoto.errors import CercafotoError
from cercafoto.ocr.engine import EngineError
from cercafoto.ocr.rapid import EXTRA, lacking
from cercafoto.ocr.reading import DECODED
from cercafoto.photos.decoding.decoder_processes import Decoders
from cercafoto.photos.opening import PhotoFolders
from cercafoto.photos.preprocessing import WHOLE, Preprocessing, fitting
from cercafoto.photos.read_file import ReadFile
from cercafoto.results import ReadText, TextLine

ENGINE = "cercafoto.ocr.rapid"
PROGRAM = (
    "import sys; sys.path += [place for place in sys.argv[2:] if place not in sys.path]; "
    "from cercafoto.ocr.ocr_worker import main; main()"
)
ENVIRONMENT = {
    # One process for each core reads already.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    # glibc: keep what was freed for the next line. Given back and asked for anew, as glibc does of
    # itself or for decoders, it was up to a third of the time.
    "MALLOC_MMAP_THRESHOLD_": str(64 * 1024 * 1024),
    "MALLOC_TRIM_THRESHOLD_": str(128 * 1024 * 1024),
    "MALLOC_ARENA_MAX": "1",
}
# Seconds that the words of a photo may take: those of a page of a newspaper, ten times over.
LIMIT = 180.0
MOST_READERS = 8  # each takes up to 440 MB, and its decoder 120

_PICTURE = Preprocessing(DECODED, WHOLE, DECODED // 2, "lanczos", (0.0,) * 3, (1.0,) * 3)


class UnreadError(CercafotoError):
    """The words of one photo cannot be read; the message is the reason alone."""


class Readers:
    """Up to `number` processes that read. Use it as a context manager: leaving it ends them at
    once. For use by several threads.

    folders: see `Decoders`.
    """

    def __init__(self, number: int | None = None, folders: PhotoFolders | None = None) -> None:
        self.number = min(number or usable_cores(), MOST_READERS)
        self._decoders = Decoders(_PICTURE, self.number, folders=folders)
        self._all = [ChildProcess(_command, ENVIRONMENT) for _ in range(self.number)]
        # Last in, first out: one that runs already is taken before another is started.
        self._idle: LifoQueue[ChildProcess] = LifoQueue()
        for process in self._all:
            self._idle.put(process)

    def __enter__(self) -> Readers:
        return self

    def __exit__(self, *exc: object) -> None:
        for process in self._all:
            process.close()
        self._decoders.__exit__()

    def engine(self) -> str:
        """Return the engine's name with its version, once a process with it runs.

        Raises EngineError for one that is not there or damaged; CercafotoError.
        """
        process = self._idle.get()
        try:
            return str(_started(process)["engine"])
        finally:
            self._idle.put(process)

    def read_file(self, path: bytes, closely: bool = True) -> tuple[bytes, ReadText]:
        """Read a photo on the disk: SHA-256 of its content, what is written in it.

        closely: see `reading.read`.

        Raises ImageError where it cannot be decoded, UnreadError, EngineError, CercafotoError.
        """
        photo = self._decoders.look_at(path)
        return photo.content_digest, self._words(photo, closely)

    def read_piped(self, picture: PipedPicture) -> ReadText:
        """Read a picture that is no file. Raises as `read_file`."""
        return self._words(self._decoders.decode(picture.content, picture.name))

    def _words(self, photo: ReadFile, closely: bool = True) -> ReadText:
        process = self._idle.get()
        try:
            return _read(process, photo, closely)
        finally:
            self._idle.put(process)


def _read(process: ChildProcess, photo: ReadFile, closely: bool) -> ReadText:
    """Read a decoded photo, with a second process where the first one ends while reading."""
    width, height = fitting((photo.width, photo.height), DECODED)
    pixels = photo.image or b""
    request = {"width": width, "height": height, "closely": closely, "bytes": len(pixels)}
    for last in (False, True):
        engine = _started(process)["engine"]
        try:
            return _text(engine, process.ask(request, LIMIT, pixels))
        except GoneError as error:
            process.end()
            if process.closed:
                raise _closing() from error
            if process.timed_out:
                raise UnreadError(
                    f"la lettura delle parole non finiva: interrotta dopo {LIMIT:.0f} secondi"
                ) from error
            if last:
                raise UnreadError("il motore che legge le parole si è bloccato di colpo") from error
    raise AssertionError("unreachable")


def _text(engine: str, reply: dict[str, Any]) -> ReadText:
    if "problem" in reply:
        raise UnreadError(reply["problem"])
    lines = (line | {"box": tuple(line["box"])} for line in reply["lines"])
    return ReadText(engine, tuple(TextLine(**line) for line in lines), reply["turned"])


def _started(process: ChildProcess) -> dict[str, Any]:
    try:
        greeting = process.start()
    except ClosedError as error:
        raise _closing() from error
    except NotStartedError as error:
        raise EngineError(
            "Il processo che legge le parole nelle foto non parte.",
            f"Reinstalla: {install_command(EXTRA, REINSTALL)}",
        ) from error
    if "broken" in greeting:
        process.end()
        raise EngineError(greeting["broken"], greeting["hint"])
    return greeting


def _command() -> list[str]:
    if is_frozen():
        raise lacking()
    return [sys.executable, *FLAGS, PROGRAM, ENGINE, *filter(None, sys.path)]


def _closing() -> CercafotoError:
    return CercafotoError("La lettura delle parole è stata interrotta.")
