"""How well made-up documents are read and found: parts of `reading`."""

from __future__ import annotations

import os
import random
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from rich.table import Table

from cercafoto import Library, Question, Settings
from cercafoto.archive.local.catalog import Catalog
from cercafoto.base.word_stems import is_telling, words_of
from cercafoto.question.filters.filter import Filters
from tests.bench.read_errors import errors, letters
from tests.bench.reading_run import ReadingRun, finish, read_words, share
from tests.support.document_texts import KINDS
from tests.support.documents import GRADES, Document, missing_fonts

WORST = {"pulite": 3.0, "difficili": 10.0}  # wrong letters of a hundred
FOUND = 95.0  # of a hundred photos that bear what is asked
MOST_BEARERS = 20  # a phrase that more documents bear asks for none of them


def accuracy(run: ReadingRun) -> None:
    if lacking := missing_fonts():
        run.console.print(f"drawn without {', '.join(lacking)}: figures are not those of the docs")
    folder, drawn = run.documents()
    settings = run.archive("documenti", folder)
    finish(read_words(settings, "--tutte"))
    if "errors" in run.chosen.only:
        _tell_errors(run, settings, folder, drawn)
    if "questions" in run.chosen.only:
        _tell_found(run, settings, drawn)


def _tell_errors(
    run: ReadingRun, settings: Settings, folder: Path, drawn: Sequence[Document]
) -> None:
    wrong: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    with Catalog.open(settings.catalog) as catalog:
        for each in drawn:
            content = catalog.photos.content_at(bytes(folder / f"{each.name}.jpg"))
            text = catalog.texts.of_content(content) if content is not None else None
            read = [line.text for line in text.lines] if text is not None else []
            for kind in (each.kind, "all"):
                sums = wrong[kind, each.grade]
                sums[0] += min(errors(each.lines, read), letters(each.lines))
                sums[1] += letters(each.lines)
    table = Table("wrong letters, %", *GRADES, box=None)
    for kind in (*KINDS, "all"):
        table.add_row(kind, *(share(*wrong[kind, grade]) for grade in GRADES))
    table.add_row("target", *(f"<= {WORST[grade]:g}" for grade in GRADES))
    run.console.print(table)


def _tell_found(run: ReadingRun, settings: Settings, drawn: Sequence[Document]) -> None:
    said = {each.name: [words_of(line) for line in each.lines] for each in drawn}
    library = Library(settings)
    table = Table("asked", "questions", *(f"found, {g}" for g in GRADES), "beside", box=None)
    for title, choose in (("two words", _two_words), ("a number, a code", _number)):
        grades = {grade: [0, 0] for grade in GRADES}
        questions, beside = 0, 0
        for each in drawn:
            phrase = choose(each, random.Random(each.name))
            bearers = {name for name, lines in said.items() if _says(lines, words_of(phrase))}
            if not phrase or len(bearers) > MOST_BEARERS:
                continue
            questions += 1
            result = library.search(
                library.parse(Question(typed=Filters(texts=(phrase,)))), 10 * len(drawn)
            )
            paths = [path for hit in result.hits for path in (hit.path, *hit.copies)]
            found = {Path(os.fsdecode(path)).stem for path in paths}
            grades[each.grade][0] += each.name in found
            grades[each.grade][1] += 1
            beside += len(found - bearers)
        shares = [share(*grades[grade]) for grade in GRADES]
        table.add_row(title, str(questions), *shares, f"{beside / max(questions, 1):.2f}")
    table.add_row("target", "", *[f">= {FOUND:g}"] * len(GRADES), "")
    run.console.print(table)


def _two_words(document: Document, rng: random.Random) -> str:
    """Choose two adjacent words, at least one of them specific."""
    pairs = [
        f"{one} {other}"
        for line in document.lines
        for one, other in zip(line.split(), line.split()[1:], strict=False)
        if len(one) > 2 < len(other) and max(one, other, key=len)[:5].isalpha()
        and any(is_telling(word) and len(word) >= 5 for word in words_of(f"{one} {other}"))
    ]  # fmt: skip
    return rng.choice(pairs) if pairs else ""


def _number(document: Document, rng: random.Random) -> str:
    """Choose digits that people search for: "23,50", a code, parts of a telephone number."""
    numbers = [
        word
        for line in document.lines
        for word in line.split()
        if sum(letter.isdigit() for letter in word) >= 3
    ]
    return rng.choice(numbers) if numbers else ""


def _says(lines: Sequence[Sequence[str]], phrase: Sequence[str]) -> bool:
    return any(
        list(line[at : at + len(phrase)]) == list(phrase)
        for line in lines
        for at in range(len(line) - len(phrase) + 1)
    )
