"""Read the words of photos in child processes: decoders decode, OCR processes run the engine.

A photo that makes one of them crash, hang or fill the memory costs only itself.
"""

from __future__ import annotations

import sys
from queue import LifoQueue
from typing import Any

from cercafoto.base.child_process import (
    FLAGS,
    ChildProcess,
    ClosedError,
    GoneError,
    NotStartedError,
)
from cercafoto.base.installation import REINSTALL, install_command
from cercafoto.base.own_process import is_frozen, usable_cores
from cercafoto.base.piped_picture import PipedPicture
from cercafoto.errors import CercafotoError
from cercafoto.looking.sense import UnreadError
from cercafoto.ocr.engine import EngineError
from cercafoto.ocr.rapid import EXTRA, lacking
from cercafoto.ocr.reading import DECODED
from cercafoto.photos.decoding.decoder_processes import Decoders
from cercafoto.photos.opening import PhotoFolders
from cercafoto.photos.preprocessing import WHOLE, Preprocessing, fitting
from cercafoto.photos.read_file import ReadFile
from cercafoto.results.texts import ReadText, TextLine

ENGINE = "cercafoto.ocr.rapid"
PROGRAM = (
    "import sys; sys.path += [place for place in sys.argv[2:] if place not in sys.path]; "
    "from cercafoto.ocr.ocr_worker import main; main()"
)
ENVIRONMENT = {
    # There is one process for each core already.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    # glibc: keep freed memory for the next line. Giving it back to the system, as glibc does by
    # default and as decoders want it, took up to a third of the time.
    "MALLOC_MMAP_THRESHOLD_": str(64 * 1024 * 1024),
    "MALLOC_TRIM_THRESHOLD_": str(128 * 1024 * 1024),
    "MALLOC_ARENA_MAX": "1",
}
# Seconds of computing for the words of a photo: ten times what a page of a newspaper takes.
LIMIT = 180.0
MOST_READERS = 8  # each takes up to 440 MB of memory, and its decoder 120 MB

PICTURE = Preprocessing(DECODED, WHOLE, DECODED // 2, "lanczos", (0.0,) * 3, (1.0,) * 3)


class Readers:
    """Up to `number` OCR processes, for use by several threads in a with block, which ends the
    processes when it is left.

    number: None for one process per core; never more than MOST_READERS.
    folders: see `Decoders`.
    """

    def __init__(self, number: int | None = None, folders: PhotoFolders | None = None) -> None:
        self.number = min(number or usable_cores(), MOST_READERS)
        self._decoders = Decoders(PICTURE, self.number, folders=folders)
        self._all = [ChildProcess(_command, ENVIRONMENT) for _ in range(self.number)]
        # Last in, first out: a running process is taken before a new one is started.
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
        """Return the engine's name and version; start a process if none runs.

        Raises EngineError if the engine is missing or damaged, CercafotoError if the with block was
        left.
        """
        process = self._idle.get()
        try:
            return str(_started(process)["engine"])
        finally:
            self._idle.put(process)

    def read_file(self, path: bytes) -> ReadText:
        """Return the text in a photo file.

        Raises ImageError if the photo cannot be decoded, UnreadError if it can be but its words
        cannot be read, and the errors of `engine`.
        """
        return self.words(self._decoders.look_at(path))

    def read_piped(self, picture: PipedPicture) -> ReadText:
        """Return the text in a picture given as bytes. Raises the errors of `read_file`."""
        return self.words(self._decoders.decode(picture.content, picture.name))

    def words(self, photo: ReadFile, closely: bool = True) -> ReadText:
        """Return the text in a decoded photo. closely: see `reading.read`. Raises UnreadError, and
        the errors of `engine`."""
        process = self._idle.get()
        try:
            return _read(process, photo, closely)
        finally:
            self._idle.put(process)


def _read(process: ChildProcess, photo: ReadFile, closely: bool) -> ReadText:
    """Return the text in a decoded photo. If `process` crashes while it reads, try once more."""
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
                raise _interrupted() from error
            if late := process.timed_out:
                raise UnreadError(
                    f"la lettura delle parole non finiva: interrotta dopo {late}"
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
        raise _interrupted() from error
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


def _interrupted() -> CercafotoError:
    return CercafotoError("La lettura delle parole è stata interrotta.")
