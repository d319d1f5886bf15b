"""Check the file of faces, and save what can be read if it is damaged."""

from __future__ import annotations

from collections.abc import Iterator

from cercafoto.archive.local.face_salvage import can_be_salvaged, problem_with, salvage_faces
from cercafoto.archive.local.face_tables import FACE_TABLE
from cercafoto.results.finding import MEND, Finding
from cercafoto.settings import Settings

FACES_BEYOND = (
    "Rimetti una tua copia, se ne hai una; oppure cancellalo con «cercafoto persone dimentica "
    "--tutto --conferma», e ricomincia con «cercafoto persone attiva»."
)


def check_file(settings: Settings, mend: bool) -> Iterator[Finding]:
    """Yield what is wrong with the file of faces; salvage it if `mend`."""
    problem = problem_with(settings.faces)
    if problem is None:
        return
    can_mend = can_be_salvaged(problem)
    if not (mend and can_mend):
        yield Finding("faces", problem.message, MEND if can_mend else problem.hint)
        return
    saved = salvage_faces(settings.faces)
    if saved is None:
        yield Finding("faces", f"{problem.message} Non se ne legge niente.", FACES_BEYOND)
        return
    lost = [
        f"{FACE_TABLE[name].said}: {'non si sa quante' if number is None else number}"
        for name, number in saved.lost.items()
    ]
    yield Finding(
        "faces",
        f"{problem.message} Volti salvati: {saved.rows['faces']}; nomi: {saved.rows['people']}."
        + (f" Righe perdute: {', '.join(lost)}." if lost else "")
        + f" Il file danneggiato è in {saved.aside}.",
        "Esegui «cercafoto persone attiva» per cercare di nuovo i volti perduti, poi «cercafoto "
        "persone nomina»: i nomi perduti vanno ridati.",
        mended=True,
    )
    if saved.doubtful:
        yield Finding(
            "names",
            "Nomi in righe danneggiate, come si leggono ora: "
            + ", ".join(f"«{name}»" for name in saved.doubtful)
            + ".",
            "Se un nome è sbagliato: cercafoto persone nomina, poi cercafoto persone unisci",
            mended=True,
        )
