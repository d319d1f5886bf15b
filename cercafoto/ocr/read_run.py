"""Read the words of photos that have not been read yet, the likeliest to show words first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from cercafoto.looking.sense import Look, Request, Todo
from cercafoto.ocr.likely import LIKELY_FROM, text_confidence
from cercafoto.ocr.ocr_processes import PICTURE, Readers
from cercafoto.photos.read_file import ReadFile
from cercafoto.results.texts import ReadText


class WordReader:
    """Reads words, and writes them into the catalogue. A `Looker`."""

    picture, at_once = PICTURE, 1

    def __init__(self, request: Request, readers: Readers) -> None:
        self.catalog, self.readers = request.catalog, readers
        self.engine = readers.engine()

    def ready_made(self, look: Look) -> Sequence[bytes]:
        return ()  # small copies are smaller than `picture`

    def see(self, look: Look, photo: ReadFile) -> ReadText:
        return self.readers.words(photo, closely=look.is_likely)

    def write(self, found: Sequence[tuple[Look, ReadText]]) -> int:
        with self.catalog.transaction():
            for look, text in found:
                self.catalog.texts.write(look.content, text)
        return sum(bool(text.lines) for _, text in found)


@contextmanager
def opened(request: Request, number: int) -> Iterator[WordReader]:
    """Open the OCR processes for a with block. Raises EngineError."""
    with Readers(number) as readers:
        yield WordReader(request, readers)


def likeliest_first(request: Request, looks: Sequence[Look]) -> Todo:
    """Return the looks whose words were not read, the likeliest to show words first."""
    read = request.catalog.texts.contents_read()
    if request.again:
        with Readers(1) as readers:
            engine = readers.engine()
        read = {content: name for content, name in read.items() if name == engine}
    todo = [look for look in looks if look.content not in read]
    frames = [look.content for look in looks if look.start is not None]
    sure = text_confidence(request.archive, request.named, frames) if todo else {}
    todo.sort(key=lambda look: -sure.get(look.content, 0.0))
    named = {*request.named}
    todo = [
        look._replace(
            is_likely=sure.get(look.content, 0.0) >= LIKELY_FROM or not named.isdisjoint(look.paths)
        )
        for look in todo
    ]
    chosen = [look for look in todo if request.every or look.is_likely]
    return Todo(chosen, [look for look in todo if not (request.every or look.is_likely)])
