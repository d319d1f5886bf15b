"""Give labels to photos by hand, and take them away (`tag --aggiungi`, `--togli`)."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cercafoto.archive.archive import Archive, Rows
from cercafoto.base.json_keys import Key, json_keys
from cercafoto.base.paths import printable
from cercafoto.base.word_stems import fold
from cercafoto.errors import UsageError
from cercafoto.labels.asked_labels import no_such_label
from cercafoto.photos.decoding.file_kind import count_videos

LONGEST = 80  # letters of a label


@json_keys("label photos others")
@dataclass(frozen=True)
class LabelChange:
    """How many photos get or lose a label, or would in a rehearsal.

    photos: how many photos got the label, or lost it.
    others: how many photos stayed the same: they already had the label, or did not have it.
    videos, other_videos: how many of these are videos.
    """

    label: str
    photos: int
    others: int
    videos: int = 0
    other_videos: int = 0


@json_keys("rehearsal added removed", Key("photos", "paths"), "unknown")
@dataclass(frozen=True)
class HandLabels:
    """The result of giving labels and taking them away by hand, or of its rehearsal.

    photos: (path of a photo, all labels that the photo has by hand after the change), for each
        photo at or under the given paths.
    unknown: the given paths without a photo in the archive.
    action: id of the action, to undo it; None for a rehearsal and in a shared archive.
    """

    rehearsal: bool
    added: tuple[LabelChange, ...]
    removed: tuple[LabelChange, ...]
    photos: tuple[tuple[bytes, tuple[str, ...]], ...]
    unknown: tuple[bytes, ...] = ()
    action: int | None = None

    @property
    def paths(self) -> list[bytes]:
        return [path for path, _ in self.photos]


def label_photos(
    archive: Archive,
    paths: Sequence[Path],
    add: Sequence[str],
    remove: Sequence[str],
    *,
    rehearsal: bool = False,
    missing_ok: bool = False,
) -> HandLabels:
    """Give labels to the photos at or under `paths` and take labels away; see
    `LabelAlbum.give`.

    missing_ok: raise no UsageError for a label to take away that no photo has, or that is also
        given.
    """
    names, files = _checked(add), [archive.path_of(path) for path in paths]
    with archive.reading():
        model_id, _ = archive.models.in_use()
        if rehearsal:
            return _label(archive, True, model_id, files, names, remove, missing_ok)
    with archive.labelling() as rows:
        return _label(rows, False, model_id, files, names, remove, missing_ok)


def _label(
    rows: Rows,
    rehearsal: bool,
    model_id: int,
    paths: Sequence[bytes],
    add: Sequence[str],
    remove: Sequence[str],
    missing_ok: bool,
) -> HandLabels:
    """Return the changes, and write them unless it is a rehearsal. Raises UsageError as
    `label_photos`."""
    photos: dict[bytes, int] = {}
    unknown = []
    for path in paths:
        here = dict(rows.photos.paths([path]))
        photos |= here
        if not here:
            unknown.append(path)
    if not photos:
        raise UsageError(
            f"{printable(unknown[0])}: non è nell'archivio."
            if len(unknown) == 1
            else "Nessuna delle foto indicate è nell'archivio.",
            "Prima aggiungile: cercafoto index CARTELLA",
        )
    spelling = _Spelling(rows.labels.names())
    given = list(dict.fromkeys(map(spelling.of, add)))
    taken = list(dict.fromkeys(label for name in remove for label in spelling.all(name)))
    if not missing_ok:
        _refuse(given, taken, [name for name in remove if not spelling.all(name)], spelling)
    borne = rows.labels.of_contents(set(photos.values()))

    def change(label: str, is_borne: bool) -> LabelChange:
        """Return for how many photos a label changes: if `is_borne`, the photos that have the label
        now and lose it; else the photos that lack it and get it."""
        changed, same = list[bytes](), list[bytes]()
        for path, content in photos.items():
            does_change = (label in borne.get(content, {})) == is_borne
            (changed if does_change else same).append(path)
        return LabelChange(
            label, len(changed), len(same), count_videos(changed), count_videos(same)
        )

    report = HandLabels(
        rehearsal,
        tuple(change(label, False) for label in given),
        tuple(change(label, True) for label in taken),
        tuple(
            (path, _by_hand(borne.get(content, {}), given, taken))
            for path, content in sorted(photos.items())
        ),
        tuple(unknown),
    )
    if not rehearsal:
        contents = set(photos.values())
        action = rows.labels.record(_said(given, taken))
        for label in taken:
            rows.labels.take_away(contents, label)
        for label in given:
            rows.labels.give_by_hand(contents, label, model_id)
        return replace(report, action=action)
    return report


def _said(given: Sequence[str], taken: Sequence[str]) -> str:
    """Return the options of `tag` that give and take these labels, for the history."""
    options = [("--aggiungi", name) for name in given] + [("--togli", name) for name in taken]
    return " ".join(f"{option} {shlex.quote(name)}" for option, name in options)


def _by_hand(borne: dict[str, bool], given: Sequence[str], taken: Sequence[str]) -> tuple[str, ...]:
    """Return the labels that a photo has by hand after a change.

    borne: label that the photo has now -> whether by hand.
    """
    kept = [label for label, by_hand in borne.items() if by_hand and label not in taken]
    return tuple(dict.fromkeys([*kept, *given]))


class _Spelling:
    """Finds the labels of an archive by name, whatever the capitals and accents."""

    def __init__(self, labels: Iterable[str]) -> None:
        self.labels: dict[str, list[str]] = {}
        for label in labels:
            self.labels.setdefault(fold(label), []).append(label)

    def of(self, name: str) -> str:
        """Return the existing label with this name; else the name itself, as a new label."""
        same = self.labels.setdefault(fold(name), [name])
        return name if name in same else same[0]

    def all(self, name: str) -> list[str]:
        """Return all labels with this name, whatever the capitals and accents; perhaps []."""
        return self.labels.get(fold(name), [])


def _checked(names: Sequence[str]) -> list[str]:
    """Return names with single spaces. Raises UsageError for a name that cannot be a label."""
    names = [" ".join(name.split()) for name in names]
    for name in names:
        if not name or len(name) > LONGEST or not name.isprintable():
            wrong = f"«{printable(name)}» non può essere un'etichetta."
            raise UsageError(
                wrong if name else "L'etichetta è vuota.",
                f"Un'etichetta è una parola o poche, al massimo {LONGEST} lettere.",
            )
    return names


def _refuse(
    given: Sequence[str], taken: Sequence[str], unknown: Sequence[str], spelling: _Spelling
) -> None:
    """Raise UsageError if a label is both given and taken, or if a label to take is unknown."""
    for label in set(given) & set(taken):
        raise UsageError(f"«{label}» non si può dare e togliere insieme.", "Scegli una delle due.")
    for name in unknown:
        raise no_such_label(name, [label for same in spelling.labels.values() for label in same])
