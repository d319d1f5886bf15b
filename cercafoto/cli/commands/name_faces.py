"""The commands of `persone` that find faces, and forget them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cercafoto.base.paths import printable
from cercafoto.base.reporter import Reporter
from cercafoto.cli.console import notice
from cercafoto.errors import UsageError

if TYPE_CHECKING:
    from cercafoto.faces.album import FaceAlbum
    from cercafoto.faces.name_traces import NameTraces
    from cercafoto.library import Library
    from cercafoto.looking.look_report import LookReport

EXPLAINED = """\
I volti: che cosa succede se li attivi
  cercafoto cerca i volti nelle tue foto e nei video, su questo computer, e di ognuno conserva \
128 numeri che servono a riconoscere i volti simili. Poi ti chiede di chi sono, con \
«cercafoto persone nomina».
  Tutto sta in un file che puoi leggere soltanto tu: {path}
  Niente lascia il computer, e le foto non vengono toccate. Quel file non entra nelle copie \
dell'archivio, né negli archivi condivisi.
  Per cancellare tutto: cercafoto persone dimentica --tutto --conferma
  Per saperne di più, anche se le foto sono di un ufficio: docs/persone.md"""
LOST_WITH_OLDER = (
    "I volti che ci sono, di una versione precedente di cercafoto, si cercano di nuovo: i nomi e "
    "le risposte che hai dato si perdono."
)
STOP = "basta"
YES, NO = ("s", "sì", "si"), ("n", "no")


def find(
    library: Library,
    paths: Sequence[Path],
    confirmed: bool,
    retry: bool,
    wait: bool,
    reporter: Reporter,
) -> LookReport:
    """Find the faces in photos. The first time, explain what will be stored and ask for consent.

    confirmed: do not ask. Raises UsageError if the person says no, or cannot be asked.
    """
    album = library.faces
    with library.local().reading() as archive:
        archive.known_folders(paths)  # raises before anything is asked
    anew = album.is_older
    if (anew or not album.is_active) and not confirmed:
        notice(EXPLAINED.format(path=printable(library.settings.faces)))
        if anew:
            notice(f"\n{LOST_WITH_OLDER}")
        if not can_ask():
            raise UsageError(
                "I volti non sono attivi.", "Per attivarli: cercafoto persone attiva --conferma"
            )
        if asked("Li attivo? [s/N] ").lower() not in YES:
            raise UsageError("I volti restano spenti: non è stato conservato niente.")
    return album.find(paths, anew=anew, retry=retry, wait=wait, reporter=reporter)


def can_ask() -> bool:
    """Whether a person is at the terminal."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def asked(question: str) -> str:
    """Return what the person types; STOP at the end of the input."""
    try:
        return " ".join(input(question).split())
    except EOFError:
        return STOP


def faces_summary(report: LookReport, library: Library) -> str:
    """Return the lines that say how a run went, and what to do next."""
    from cercafoto.cli.render.looks import look_summary
    from cercafoto.faces.face_sense import Faces

    return f"{look_summary(Faces(), report)}\n{_next_step(library.faces)}"


def _next_step(album: FaceAlbum) -> str:
    """Return the command that asks whose the faces are, or why there is nothing to ask."""
    from cercafoto.cli.render.formatting import count
    from cercafoto.faces.questions import SMALLEST_GROUP

    questions = album.questions()
    if questions:
        asks = count(len(questions), "domanda", "domande")
        return f"Di chi sono? Per rispondere ({asks}): cercafoto persone nomina"
    faces = album.gain(()).of
    if not faces:
        return "Nelle foto guardate non ci sono volti: non c'è niente da chiedere."
    if album.names():
        return "Non c'è niente da chiedere: i gruppi di volti simili hanno già una risposta."
    return (
        f"Non c'è ancora niente da chiedere: nessun volto è in almeno {SMALLEST_GROUP} foto. "
        "Dopo altre foto: cercafoto index --persone"
    )


def forgotten(library: Library, name: str | None, confirmed: bool) -> str:
    """Forget a person, or everybody if `name` is None, if `confirmed`. Return the lines that tell
    the person what was or would be deleted."""
    from cercafoto.cli import last_answer
    from cercafoto.cli.render.formatting import count

    album, still = library.faces, ""
    if name is None:
        if not album.is_active:
            return "In questo archivio non ci sono volti."
        whose = "tutti i volti e i loro nomi"
        if confirmed:
            album.forget_all()
    else:
        whose = f"{count(album.forget(name, confirmed=confirmed), 'volto', 'volti')} di {name}"
        still = still_named(album.traces(name))
    if not confirmed:
        return (
            f"Da cancellare: {whose}, e l'ultima ricerca.{still}{_other_way(name)} Per farlo "
            "davvero aggiungi --conferma."
        )
    last_answer.forget(library.settings.archive)
    return f"Cancellati: {whose}, e l'ultima ricerca.{still} {_IN_FILES}"


def _other_way(name: str | None) -> str:
    """Return what forgetting a person means, and the command that only takes the name off."""
    if name is None:
        return ""
    return (
        " Quelle foto non si guarderanno mai più, e non si potrà annullare: né questo, né le "
        "risposte date prima. Per togliere soltanto il nome, e tenere i volti: cercafoto persone "
        f'togli-nome "{printable(name)}".'
    )


def still_named(traces: NameTraces) -> str:
    """Return where a name stays after the person is forgotten, and how to take it away there."""
    from cercafoto.cli.render.formatting import count

    places = []
    if traces.collections:
        names = ", ".join(f"«{printable(name)}»" for name in traces.collections)
        places.append(f"nelle raccolte {names} (cercafoto raccolte --togli NOME)")
    if traces.labels:
        names = ", ".join(f"«{printable(name)}»" for name in traces.labels)
        places.append(f"nelle etichette {names} (cercafoto tag --togli NOME FOTO)")
    if traces.photos:
        places.append(f"nei dati di {count(traces.photos, 'foto', 'foto')}")
    return f" Il nome resta {'; '.join(places)}." if places else ""


_IN_FILES = (
    "I nomi già scritti nelle foto o nei loro file .xmp restano lì: li toglie chi li ha scritti, "
    "o «cercafoto tag --annulla»."
)
