"""What reading costs, and what is read first: parts of `reading`."""

from __future__ import annotations

import random
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil
from rich.table import Table

from cercafoto import Settings
from cercafoto.archive.local.catalog import Catalog
from cercafoto.base.own_process import usable_cores
from cercafoto.base.word_stems import words_of
from cercafoto.photos.scan import is_picture
from tests.bench.reading_run import ReadingRun, finish, read_words, share
from tests.support.document_texts import PAGE
from tests.support.documents import GRADES, document, documents

WITHOUT_WORDS, PAGES = 4.0, 0.8  # photos a second
EARLY, WORDS_EARLY = 0.2, 90.0
LOOK = 0.25  # seconds between two looks at what was read


def cost(run: ReadingRun) -> None:
    number = run.chosen.timed
    mixed, pages = run.work / "foto", run.work / "pagine"
    _copy(_photos(run.chosen.photos, number), mixed)
    finish(read_words(run.archive("prima", mixed), "--tutte"))
    pages.mkdir()
    for at in range(number):
        document(f"{at:04}", PAGE, GRADES[at % 2], random.Random(f"cost {at}")).save(pages)
    plain = _without_words(run.work / "prima", mixed)
    columns = ("read", "photos/s", "processor, s a photo", "photos/s of free cores", "target")
    table = Table("photos", *columns, box=None)
    for title, folder, target in (
        ("without words", plain, WITHOUT_WORDS),
        ("full pages", pages, PAGES),
    ):
        photos = sorted(folder.iterdir())
        _copy(photos[:1], run.work / f"{title}, una")
        (wall, spent), (start, spent_on_start) = (
            _timed(run, each) for each in (folder, run.work / f"{title}, una")
        )
        more = len(photos) - 1
        table.add_row(
            title,
            str(more),
            f"{more / (wall - start):.2f}",
            f"{(spent - spent_on_start) / more:.2f}",
            f"{usable_cores() * more / (spent - spent_on_start):.2f}",
            f">= {target:g}",
        )
    run.console.print(table)
    run.console.print(
        f"{usable_cores()} cores; what one photo takes, with the starts, is taken away"
    )


def _timed(run: ReadingRun, folder: Path) -> tuple[float, float]:
    """Read a folder; return the seconds by the clock and of the processor."""
    settings = run.archive(f"archivio di {folder.name}", folder)
    before, started = _spent(), time.perf_counter()
    finish(read_words(settings, "--tutte"))
    return time.perf_counter() - started, _spent() - before


def _spent() -> float:
    """Return the processor seconds of all child processes that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _without_words(archive: Path, folder: Path) -> Path:
    """Put the photos in which nothing was read into a folder of their own."""
    apart = folder.with_name(f"{folder.name} senza parole")
    with Catalog.open(Settings(archive, archive).catalog) as catalog:
        read = {name: catalog.photos.content_at(bytes(name)) for name in sorted(folder.iterdir())}
        texts = {name: catalog.texts.of_content(content or 0) for name, content in read.items()}
    _copy([name for name, text in texts.items() if text is not None and not text.lines], apart)
    return apart


def _photos(folder: Path, number: int) -> list[Path]:
    found = sorted(path for path in folder.rglob("*") if is_picture(path.name.lower().encode()))
    if len(found) < number:
        sys.exit(f"{folder} has {len(found)} photos: choose another one with --photos")
    return random.Random(0).sample(found, number)


def _copy(photos: Sequence[Path], folder: Path) -> None:
    folder.mkdir()
    for at, path in enumerate(photos):
        shutil.copyfile(path, folder / f"foto-{at:05}{path.suffix}")  # links are not followed


def likeliest_first(run: ReadingRun) -> None:
    papers, others = run.chosen.mixed
    folder = run.work / "misto"
    _copy(_photos(run.chosen.photos, others), folder)
    for each in documents(papers, run.chosen.seed + 1):
        each.save(folder)
    settings = run.archive("misto-archivio", folder)
    process = read_words(settings, "--tutte")
    when: dict[int, float] = {}
    whole = 0.0
    with Catalog.open(settings.catalog) as catalog:
        for whole in _while_running(process):
            for content in catalog.texts.contents_read():
                when.setdefault(content, whole)
        words = {
            content: sum(len(words_of(line.text)) for line in text.lines)
            for content in catalog.texts.contents_read()
            if (text := catalog.texts.of_content(content)) is not None
        }
        own = {catalog.photos.content_at(bytes(path)) for path in folder.glob("[0-9]*.jpg")}
    finish(process)
    table = Table(
        "words",
        "in all",
        f"in the first {EARLY:.0%} of the time, %",
        "target",
        f"{WORDS_EARLY:g} % after",
        box=None,
    )
    for title, counted in (
        ("of all photos", words),
        ("of the documents", {c: n for c, n in words.items() if c in own}),
    ):
        early = sum(
            number
            for content, number in counted.items()
            if when.get(content, whole) <= EARLY * whole
        )
        total = sum(counted.values())
        later, had = 0.0, 0
        for content in sorted(counted, key=lambda content: when.get(content, whole)):
            if had < WORDS_EARLY / 100 * total:
                later, had = when.get(content, whole), had + counted[content]
        target, after = f">= {WORDS_EARLY:g}", f"{later / whole:.0%} of it"
        table.add_row(title, str(total), share(early, total), target, after)
    run.console.print(table)
    run.console.print(
        f"{papers} documents among {papers + others} photos, {whole:.0f} s of the processor"
    )


def _while_running(process: subprocess.Popen[bytes]) -> Iterator[float]:
    """Yield, while a process runs and once at its end, the processor seconds of it and its
    children."""
    spent: dict[int, float] = {}
    watched = psutil.Process(process.pid)
    running = True
    while running:
        running = process.poll() is None
        try:
            for one in (watched, *watched.children(recursive=True)):
                times = one.cpu_times()
                spent[one.pid] = times.user + times.system
        except psutil.NoSuchProcess:
            pass  # what it had taken when last seen counts
        yield sum(spent.values())
        time.sleep(LOOK)
