"""Fill the table of models: read the sets that are there, and measure each model on them.

Kinds of question: "text -> photo", every caption among all photos of its set; "photo -> text",
every photo among all captions, of which any of its own is right; "photo -> label", which class a
photo shows. Figures are shares of right answers found first, among five and among ten, with 95 %
intervals for which photos are resampled. A tie counts against the model.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from cercafoto.base.arrays import Floats, Ints
from cercafoto.errors import CercafotoError
from cercafoto.training.measure.board import FIGURES, Board, Row
from cercafoto.training.measure.class_sets import ClassSet, class_readers
from cercafoto.training.measure.evaluate import (
    class_vectors,
    embed_files,
    numbers,
    with_intervals,
)
from cercafoto.training.measure.metrics import hits, ranks_among, ranks_of_any_among
from cercafoto.training.measure.retrieval_sets import RetrievalSet, retrieval_readers
from cercafoto.training.measure.sources import Source
from cercafoto.training.training_errors import InputError

TO_PHOTO, TO_TEXT, TO_LABEL = "text -> photo", "photo -> text", "photo -> label"

Reader = Callable[[], RetrievalSet | ClassSet]


def readers(data: Path, pairs: Path | None = None) -> dict[str, tuple[str, Reader]]:
    """Return the title and the reader of every set, by its key, in the table's order."""
    return {**retrieval_readers(data, pairs), **class_readers(data)}


def fill(
    names: Sequence[str], open_model: Callable[[str], Source], sets: dict[str, tuple[str, Reader]]
) -> Board:
    """Measure models on sets, one model in memory at a time, and return the table.

    Sets are read before any model is opened. A set that cannot be read or measured is missing from
    the table, with the reason; so are all sets for a model that cannot be opened, and the other
    models are measured all the same. Raises InputError if nothing could be measured.

    names: names of the models.
    """
    board = Board({key: title for key, (title, _) in sets.items()})
    found: dict[str, RetrievalSet | ClassSet] = {}
    unread: dict[str, str] = {}
    for key, (_, read) in sets.items():
        try:
            found[key] = read()
        except InputError as error:
            unread[key] = str(error)
        else:
            board.notes += _notes(found[key])
    for name in names if found else ():
        try:
            rows, missing = _measure_all(open_model(name), found)
        except (InputError, CercafotoError) as error:
            rows, missing = {}, dict.fromkeys(found, str(error))
        missing = {key: f"{name}: {reason}" for key, reason in missing.items()}
        board.rows[name], board.missing[name] = rows, unread | missing
    if not any(board.rows.values()):
        reasons = next(iter(board.missing.values()), unread)
        lines = [f"  {board.titles[key]}: {reason}" for key, reason in reasons.items()]
        raise InputError("nothing could be measured\n" + "\n".join(lines))
    return board


def _measure_all(
    source: Source, sets: dict[str, RetrievalSet | ClassSet]
) -> tuple[dict[str, list[Row]], dict[str, str]]:
    rows: dict[str, list[Row]] = {}
    missing: dict[str, str] = {}
    embedded: dict[int, Floats] = {}  # by id of the photos, which two sets may share

    def vectors(photos: list[Path]) -> Floats:
        if id(photos) not in embedded:
            embedded[id(photos)] = embed_files(source, photos)
        return embedded[id(photos)]

    for key, one in sets.items():
        try:
            if isinstance(one, RetrievalSet):
                rows[key] = measure_retrieval(source, one)
            else:
                rows[key] = measure_classes(source, one, vectors(one.photos))
        except InputError as error:
            missing[key] = str(error)
    return rows, missing


def measure_retrieval(source: Source, one: RetrievalSet) -> list[Row]:
    """Return the rows of a set in both directions: of the whole, its groups, its first captions."""
    gold = one.pairs.gold
    photos = embed_files(source, one.pairs.photos)
    texts = numbers(source.embed_texts(one.pairs.captions))
    every = np.arange(len(photos))

    def rows_of(
        part: str, of_text: Ints, of_photo: Ints, own: Ints, shown: Ints, among: int = len(texts)
    ) -> list[Row]:
        """Return a row for each direction; own, shown: photo of each caption, and each photo."""
        return [
            _row(one.title, part, TO_PHOTO, of_text, own, len(photos)),
            _row(one.title, part, TO_TEXT, of_photo, shown, among),
        ]

    of_text, of_photo = _both_ways(photos, texts, gold)
    rows = rows_of("", of_text, of_photo, gold, every)
    for title, chosen in one.groups.items():
        asked = chosen[gold]
        rows += rows_of(title, of_text[asked], of_photo[chosen], gold[asked], every[chosen])
    if one.first_apart:
        first = np.unique(gold, return_index=True)[1]
        both = _both_ways(photos, texts[first], gold[first])
        rows += rows_of("first caption alone", *both, gold[first], every, len(first))
    return rows


def measure_classes(source: Source, one: ClassSet, photos: Floats) -> list[Row]:
    """Return the rows of a set, one for each kind of prompt.

    photos [N, D]: vectors of its photos; those of classes without a label are left out.
    Raises InputError if no photo is left.
    """
    chosen = np.isin(one.gold, one.classes)
    if not chosen.any():
        raise InputError("no photo is of a class that has a label")
    gold = np.searchsorted(one.classes, one.gold[chosen])
    # Equal labels must have equal vectors, to the bit: then they tie.
    distinct, place = np.unique(one.labels, return_inverse=True)
    rows = []
    for title, templates in one.prompts.items():
        texts = class_vectors(source, distinct.tolist(), templates)
        rank = ranks_among(photos[chosen], texts, gold, place)
        rows.append(_row(one.title, title, TO_LABEL, rank, np.arange(len(rank)), len(place)))
    return rows


def _both_ways(photos: Floats, texts: Floats, gold: Ints) -> tuple[Ints, Ints]:
    return ranks_among(texts, photos, gold), ranks_of_any_among(photos, texts, gold)


def _row(title: str, part: str, asked: str, rank: Ints, photo: Ints, among: int) -> Row:
    values = {name: hits(rank, k) for name, k in FIGURES.items()}
    return Row(title, part, asked, len(rank), among, *with_intervals(values, photo))


def _notes(one: RetrievalSet | ClassSet) -> list[str]:
    notes = list(one.notes)
    if isinstance(one, ClassSet) and one.shared:
        notes.append(
            f"{one.title}: {one.shared} of {len(one.labels)} classes share their label with "
            "another and are never found first"
        )
    return notes
