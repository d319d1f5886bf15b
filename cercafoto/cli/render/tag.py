"""Render the results of `tag`: labels of photos, and changes to sidecars."""

from __future__ import annotations

import shlex
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from cercafoto.base.italian_counts import media, thousands
from cercafoto.base.json_keys import as_data, as_json
from cercafoto.base.paths import printable
from cercafoto.cli.render.formatting import count, media_of, text_lines, wrapped
from cercafoto.cli.render.table import Column, PathCell, table
from cercafoto.results.answer import confidence_word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cercafoto.labels.by_hand import HandLabels, LabelChange
    from cercafoto.labels.forget_labels import ForgottenLabels
    from cercafoto.labels.sidecars.write import XmpReport
    from cercafoto.labels.undoing import UndoneLabels
    from cercafoto.results.labels import LabelDifference, Tagged, TagResult


FIRST = 20  # labels in a summary


def with_sidecars(
    labels: TagResult | HandLabels | ForgottenLabels, sidecars: XmpReport | None
) -> str:
    """Return labels as JSON, with what happened to the sidecars unless it is None."""
    return as_json(as_data(labels) | ({} if sidecars is None else {"xmp": as_data(sidecars)}))


def own_names_text(result: TagResult) -> str:
    """Return which labels are names that the model cannot know, and how to give them."""
    names = [path[-1] for path in result.own_names]
    genera = dict.fromkeys(path[-2] for path in result.own_names)
    one = len(names) == 1
    return wrapped(
        f"{_listed(names)}: {'è un nome tuo' if one else 'sono nomi tuoi'}, e il modello non "
        f"{'lo' if one else 'li'} conosce. Dall'elenco si dà soltanto quello che sta sopra "
        f"({_listed([*genera])}); il nome si dà a mano: cercafoto tag --aggiungi "
        f"{shlex.quote(names[0])} FOTO"
    )


def _listed(labels: Sequence[str]) -> str:
    more = len(labels) - FIRST
    listed = ", ".join(f"«{printable(label)}»" for label in labels[:FIRST])
    return listed + (f" e {count(more, 'altra', 'altre')}" if more > 0 else "")


def tag_summary(result: TagResult) -> str:
    """Return a line with how many photos have labels; the most frequent labels, FIRST at most, each
    with its number of photos; how many labels are left, and how many photos have none. Labels for
    "the rest of a section" come last."""
    number_of = Counter(label for photo in result.photos for label, _, _ in photo.tags)
    if not number_of:
        return f"Nessuna etichetta in {media_of(photo.path for photo in result.photos)}.\n"
    listed = [label for label in result.places if label in number_of]
    listed.sort(key=lambda label: (label in result.rests, -number_of[label]))
    without = [photo.path for photo in result.photos if not photo.tags]
    given_to = media_of(photo.path for photo in result.photos if photo.tags)
    line = f"Etichette date a {given_to}: "
    line += ", ".join(
        f"{printable(label)} {thousands(number_of[label])}" for label in listed[:FIRST]
    )
    more = len(listed) - FIRST
    if more > 0:
        line += " e " + count(more, "altra etichetta", "altre etichette")
    line += f"; {media_of(without)} senza etichette." if without else "."
    return f"{wrapped(line)}\n"


def tag_table(result: TagResult) -> str:
    """Return the table of photos and their labels. A genus is shown only before its species."""
    columns = [Column("Foto"), Column("Etichette", folds=True)]
    return table(columns, [[PathCell(p.path), _labels(p, result.places)] for p in result.photos])


def _labels(photo: Tagged, places: dict[str, tuple[str, ...]]) -> str:
    paths = [places.get(label, (label,)) for label, _, _ in photo.tags]
    genera = {genus for path in paths for genus in path[:-1]}
    shown = [
        f"{' > '.join(path)} (fiducia {confidence_word(sure)})"
        for path, (label, _, sure) in zip(paths, photo.tags, strict=True)
        if label not in genera
    ]
    return ", ".join(shown) or "nessuna"


def by_hand_text(labels: HandLabels) -> str:
    """Return a line for each label that was or would be given or taken away."""
    given, taken = ("sarebbe data", "sarebbe tolta") if labels.rehearsal else ("data", "tolta")
    added = [_change(change, given, "l'aveva già", "l'avevano già") for change in labels.added]
    removed = [_change(change, taken, "non l'aveva", "non l'avevano") for change in labels.removed]
    return text_lines((*added, *removed))


def _change(change: LabelChange, done: str, one_other: str, others: str) -> str:
    photos = f"{done} a {media(change.photos, change.videos)}"
    same = media(change.others, change.other_videos)
    rest = f"{same} {one_other if change.others == 1 else others}"
    if not change.photos:
        return f"Etichetta «{printable(change.label)}»: {rest}."
    return f"Etichetta «{printable(change.label)}» {photos}{f'; {rest}' if change.others else ''}."


def forgotten_text(forgotten: ForgottenLabels) -> str:
    """Return a line with the labels of a label file that were or would be removed, each with its
    number of photos."""
    line = ", ".join(
        f"{printable(label)} {thousands(number)}" for label, number in forgotten.labels[:FIRST]
    )
    if len(forgotten.labels) > FIRST:
        line += " e " + count(len(forgotten.labels) - FIRST, "altra", "altre")
    verb = "Da togliere" if forgotten.rehearsal else "Tolte"
    name = Path(forgotten.label_file).name
    photos = media(forgotten.photos, forgotten.videos)
    return f"{verb} le etichette date da «{printable(name)}» a {photos}: {line}.\n"


def undone_text(undone: UndoneLabels) -> str:
    """Return which action was or would be undone, and its label changes; "" if there is no such
    action."""
    from cercafoto.labels.marking import is_marking

    if undone.action is None:
        return ""
    kinds = {
        "tolte": undone.removed,
        "rimesse": undone.returned,
        "con la fiducia di prima": undone.rescored,
    }
    parts = [f"{done}: {_most(changed)}" for done, changed in kinds.items() if changed]
    verb = "Da annullare" if undone.rehearsal else "Annullato"
    what = f"«{printable(undone.action.command)}» del {undone.action.when:%d/%m/%Y alle %H:%M}"
    if not parts and is_marking(undone.action.what):
        return f"{verb} {what}.\n"
    if not parts:
        return f"{verb} {what}: nell'archivio non aveva cambiato niente.\n"
    on = f" su {media(undone.photos, undone.videos)}" if undone.photos else ""
    return f"{verb} {what}{on}. Etichette {'; '.join(parts)}.\n"


def _most(differences: Sequence[LabelDifference]) -> str:
    """Return the first labels, each with its number of photos, and how many more there are."""
    line = ", ".join(
        f"{printable(difference.label)} {difference.photos}" for difference in differences[:FIRST]
    )
    more = len(differences) - FIRST
    return f"{line} e {count(more, 'altra', 'altre')}" if more > 0 else line


def undone_hint(undone: UndoneLabels) -> str:
    """Return what the person can undo next; "" if there is nothing to say."""
    if undone.is_empty:
        return (
            "Non c'è niente da annullare nelle etichette. "
            "Per gli spostamenti: cercafoto doppioni --annulla"
        )
    more = undone.more and not undone.rehearsal
    return "Un altro «cercafoto tag --annulla» annulla il comando prima." if more else ""


def xmp_diff(report: XmpReport) -> str:
    return "".join(change.diff() for change in report.changes)


def xmp_summary(report: XmpReport, undone: bool = False) -> str:
    number, waiting = len(report.changed), sum(report.waiting.values())
    if not (number or report.unchanged or report.problems or waiting):
        return "File .xmp: nessuno da scrivere."
    singular, plural = {
        (False, False): ("scritto", "scritti"),
        (False, True): ("da scrivere", "da scrivere"),
        (True, False): ("rimesso com'era", "rimessi com'erano"),
        (True, True): ("da rimettere com'era", "da rimettere com'erano"),
    }[undone, report.rehearsal]
    parts = [
        count(number, singular, plural),
        count(report.unchanged, "già a posto", "già a posto"),
        "" if report.rehearsal else count(waiting, "che aspetta", "che aspettano"),
        count(len(report.problems), "lasciato com'è", "lasciati come sono"),
    ]
    return f"File .xmp: {', '.join(part for part in parts if part)}."


def names_left_text(report: XmpReport) -> str:
    """Return which names stay in keywords, and who can take them away."""
    names = sorted(report.names_left)
    stays, goes = ("Resta", "toglie") if len(names) == 1 else ("Restano", "tolgono")
    return wrapped(
        f"{stays} fra le parole chiave, scritte da un altro programma: {_listed(names)}. "
        f"Si {goes} con quel programma."
    )


def waiting(report: XmpReport, reason: str) -> str:
    """Return why nothing was undone, and what to do. reason: see `Library.unsigned_reason`."""
    lines = count(report.unsigned, "file .xmp lo nomina", "file .xmp li nomina")
    return (
        f"{lines} un registro che {reason}. Non è stato annullato niente: se quello che c'è qui "
        "sopra va bene, cercafoto tag --annulla --conferma"
    )
