"""The command `tag`: give photos labels, stars and colours, in the archive and in .xmp files beside
the photos."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

from cercafoto.base.json_keys import as_json
from cercafoto.cli import click_italian, options
from cercafoto.cli.app import DONE, SKIPPED
from cercafoto.cli.common import common, open_library, tell
from cercafoto.cli.console import notice, refuse_several, write
from cercafoto.cli.options import argument, flag, option
from cercafoto.cli.percentage import CONFIDENCE
from cercafoto.cli.progress import TerminalReporter
from cercafoto.cli.shell_completion import COLOR_TO_GIVE, LABEL, LABEL_FILE, PATH
from cercafoto.errors import UsageError

if TYPE_CHECKING:
    from cercafoto.labels.by_hand import HandLabels
    from cercafoto.labels.forget_labels import ForgottenLabels
    from cercafoto.labels.sidecars.write import XmpReport
    from cercafoto.library import Library
    from cercafoto.results.labels import TagResult

app = click_italian.Typer()

USUAL_MOST = 8  # labels per photo without --massimo


LabelFile = Annotated[
    Path | None,
    option(
        "--labels --etichette",
        "FILE",
        "File con un'etichetta per riga, oppure «predefinite».",
        LABEL_FILE,
    ),
]
Photos = Annotated[
    list[Path] | None,
    argument("[CARTELLA|FOTO]...", "Quali foto; se non ne indichi, tutte.", PATH),
]
Add = Annotated[
    list[str],
    option(
        "--aggiungi", "NOME", "Dà a mano questa etichetta alle foto indicate; ripetibile.", LABEL
    ),
]
Remove = Annotated[
    list[str],
    option("--togli", "NOME", "Toglie questa etichetta dalle foto indicate; ripetibile.", LABEL),
]
Stars = Annotated[
    int | None,
    option(
        "--stelle",
        "N",
        "Dà da 1 a 5 stelle alle foto indicate, nei file .xmp; 0 le toglie, -1 scarta la foto.",
    ),
]
Color = Annotated[
    str | None,
    option(
        "--colore",
        "COLORE",
        "Dà alle foto indicate un'etichetta colorata, nei file .xmp: rosso; «nessuno» la toglie.",
        COLOR_TO_GIVE,
    ),
]
Forget = Annotated[
    Path | None,
    option(
        "--dimentica",
        "FILE",
        "Toglie tutte le etichette date da questo elenco, che ci sia ancora o no; vuole "
        "--conferma.",
        PATH,
    ),
]
Threshold = Annotated[
    float | None,
    option(
        "--soglia",
        "N",
        "Fiducia minima: 0,3 (di norma; 0,5 nei file .xmp) oppure 30%. "
        "Quella scritta nel file vince.",
        CONFIDENCE,
    ),
]
Most = Annotated[
    int | None,
    option(
        "--massimo",
        "N",
        f"Numero massimo di etichette per foto, generi a parte (di norma {USUAL_MOST}).",
    ),
]
Xmp = Annotated[bool, flag("--xmp", "Scrive le etichette anche nei file .xmp accanto alle foto.")]
People = Annotated[
    bool,
    flag(
        "--persone", "Con --xmp: scrive nei file .xmp chi c'è nelle foto, per gli altri programmi."
    ),
]
Rehearsal = Annotated[bool, flag("--prova", "Mostra soltanto che cosa cambierebbe.")]
Confirmed = Annotated[
    bool,
    flag(
        "--conferma",
        "Con --dimentica: lo fa davvero. Con --annulla e --xmp: anche se l'archivio viene da "
        "altrove.",
    ),
]
Undo = Annotated[
    bool, flag("--annulla", "Annulla l'ultimo «tag», etichette e file .xmp; poi quello prima.")
]
Listing = Annotated[
    bool,
    flag("--elenco", "Mostra le etichette di ogni foto, non soltanto quante foto ne hanno una."),
]


@app.command("tag", epilog="Esempio: cercafoto tag --labels etichette.txt ~/Foto/2019")
def tag(
    label_file: LabelFile = None,
    photos: Photos = None,
    add: Add = [],
    remove: Remove = [],
    stars: Stars = None,
    color: Color = None,
    forget: Forget = None,
    threshold: Threshold = None,
    most: Most = None,
    xmp: Xmp = False,
    people: People = False,
    rehearsal: Rehearsal = False,
    confirmed: Confirmed = False,
    undo: Undo = False,
    listing: Listing = False,
    json: options.Json = False,
) -> int:
    """Dà alle foto etichette, stelle e colori. Non ha bisogno di rianalizzarle."""
    given = _Given(
        *(
            label_file,
            photos or [],
            add,
            remove,
            stars,
            color,
            forget,
            threshold,
            most,
            xmp,
            people,
        ),
        *(rehearsal, confirmed, undo, listing, json),
    )
    given.check()
    if people:
        return given.write_people()
    if undo:
        return given.undo_last()
    if given.marks:
        return given.mark()
    if given.by_hand:
        return given.label_by_hand()
    if forget:
        return given.forget_file(forget)
    return given.tag()


class _Given(NamedTuple):
    """The options of `tag` as given; each method does one thing, reports it, and returns the exit
    code."""

    label_file: Path | None
    photos: list[Path]
    add: list[str]
    remove: list[str]
    stars: int | None
    color: str | None
    forget: Path | None
    threshold: float | None
    most: int | None
    xmp: bool
    people: bool
    rehearsal: bool
    confirmed: bool
    undo: bool
    listing: bool
    json: bool

    @property
    def by_hand(self) -> bool:
        return bool(self.add or self.remove)

    @property
    def marks(self) -> bool:
        return self.stars is not None or self.color is not None

    def check(self) -> None:
        """Raise UsageError if options do not go together."""
        with_file = self.label_file is not None
        other = self.by_hand or self.marks or self.forget or self.undo
        if self.undo and (
            with_file or self.photos or self.by_hand or self.marks or self.forget or self.xmp
        ):
            raise UsageError(
                "--annulla non vuole etichette, foto, né --xmp.",
                "Annulla tutto quello che ha fatto l'ultimo «tag»: cercafoto tag --annulla",
            )
        if self.marks and (with_file or self.by_hand or self.forget or self.xmp or self.people):
            raise UsageError(
                "--stelle e --colore vanno senza etichette, e scrivono nei file .xmp anche senza "
                "--xmp.",
                "Per esempio: cercafoto tag --stelle 4 ~/Foto/2019/gita.jpg",
            )
        if with_file + self.by_hand + (self.forget is not None) > 1:
            raise UsageError(
                "Le etichette di un elenco (--labels), quelle a mano (--aggiungi, --togli) e "
                "--dimentica si escludono a vicenda.",
                "Scrivi un comando dopo l'altro.",
            )
        refuse_several({"--prova": self.rehearsal, "--conferma": self.confirmed})
        if self.confirmed and not (self.forget or self.undo or self.xmp or self.marks):
            raise UsageError(
                "--conferma va insieme a --dimentica, --annulla, --xmp, --stelle o --colore."
            )
        if self.listing and (self.json or other or (self.xmp and self.rehearsal)):
            raise UsageError("--elenco va insieme a --labels, e non a --json né a --xmp --prova.")
        for name, number in (("--soglia", self.threshold), ("--massimo", self.most)):
            if number is not None and (other or self.people):
                raise UsageError(f"{name} va insieme a --labels.")
        if common().settings().shared and (self.xmp or self.undo or self.forget or self.marks):
            raise UsageError(
                "--xmp, --stelle, --colore, --annulla e --dimentica lavorano sulle foto di "
                "questa macchina, non su un archivio condiviso.",
                "Usali dove sono le foto, e poi pubblica: cercafoto pubblica INDIRIZZO",
            )
        if self.people and (not self.xmp or with_file or other or self.listing):
            raise UsageError(
                "--persone va insieme a --xmp, e senza etichette.",
                "Per esempio: cercafoto tag --xmp --persone ~/Foto/2019",
            )

    def write_people(self) -> int:
        """Write into .xmp files whom the photos show."""
        from cercafoto.cli.render import tag as render

        library = open_library()
        written = library.labels.write_people(self.photos, self.rehearsal, confirmed=self.confirmed)
        if self.rehearsal or self.json:
            write(as_json(written) if self.json else render.xmp_diff(written))
        return notice_sidecars(library, written)

    def mark(self) -> int:
        """Give stars and a coloured label."""
        from cercafoto.base.color_labels import NO_COLOR
        from cercafoto.cli.render import tag as render
        from cercafoto.labels.marking import COLOR, STARS
        from cercafoto.question.filters.file_filters import color_meant

        if not self.photos:
            raise UsageError(
                f"{STARS} e {COLOR} vogliono almeno una foto o una cartella.",
                "Per esempio: cercafoto tag --stelle 4 ~/Foto/2019/gita.jpg",
            )
        if self.stars is not None and not -1 <= self.stars <= 5:
            raise UsageError(f"{STARS} vuole un numero da 0 a 5, o -1, non {self.stars}.")
        color = self.color
        if color is not None:
            color = "" if color.strip().lower() == NO_COLOR else color_meant(COLOR, color)
        library = open_library()
        marked = library.labels.mark(
            self.photos, self.stars, color, rehearsal=self.rehearsal, confirmed=self.confirmed
        )
        if self.json:
            write(as_json(marked))
        elif self.rehearsal:
            write(render.xmp_diff(marked.sidecars))
        code = notice_sidecars(library, marked.sidecars)
        return notice_unknown(marked.unknown) or code

    def label_by_hand(self) -> int:
        """Give and take away single labels."""
        from cercafoto.cli.render import tag as render

        if not self.photos:
            raise UsageError(
                "--aggiungi e --togli vogliono almeno una foto o una cartella.",
                "Per esempio: cercafoto tag --aggiungi mare ~/Foto/2019",
            )
        library = open_library()
        labelled = library.labels.give(self.photos, self.add, self.remove, rehearsal=self.rehearsal)
        code = self._show(library, labelled, render.by_hand_text(labelled))
        return notice_unknown(labelled.unknown) or code

    def forget_file(self, label_file: Path) -> int:
        """Take away the labels of a file."""
        from cercafoto.cli.render import tag as render

        if self.photos:
            raise UsageError(
                "--dimentica non vuole foto: vale per tutte.",
                "Per toglierne una da poche foto: cercafoto tag --togli NOME FOTO...",
            )
        library = open_library()
        forgotten = library.labels.forget_file(label_file, rehearsal=not self.confirmed)
        code = self._show(library, forgotten, render.forgotten_text(forgotten))
        if not (self.confirmed or self.json):
            tell("Per farlo davvero aggiungi --conferma.")
        return code

    def tag(self) -> int:
        """Give photos the labels of a file that fit them."""
        from cercafoto.cli.render import tag as render
        from cercafoto.labels.label_file import DEFAULT, default_labels, read_labels

        if self.label_file is None:
            raise UsageError(
                "Manca l'opzione --labels.",
                "Indica un file con un'etichetta per riga, oppure: --labels predefinite\n"
                "Per darne una a mano: cercafoto tag --aggiungi NOME FOTO...",
            )
        if self.most is not None and self.most < 1:
            raise UsageError(f"--massimo vuole un numero da 1 in su, non {self.most}.")
        shipped = str(self.label_file) == DEFAULT
        labels = default_labels() if shipped else read_labels(self.label_file)
        library = open_library()
        result = library.labels.tag(
            labels,
            DEFAULT if shipped else str(self.label_file.absolute()),
            self.photos,
            threshold=self.threshold,
            most=USUAL_MOST if self.most is None else self.most,
            store=not self.rehearsal,
            reporter=TerminalReporter(),
        )
        report = self._write_sidecars(library, result)
        if report is not None and self.rehearsal:
            write(as_json(report) if self.json else render.xmp_diff(report))
        elif self.json:
            write(render.with_sidecars(result, report))
        else:
            write(render.tag_table(result) if self.listing else render.tag_summary(result))
        if result.own_names:
            tell(render.own_names_text(result))
        code = DONE if report is None else notice_sidecars(library, report)
        return notice_unknown(result.unknown) or code

    def undo_last(self) -> int:
        """Undo the last `tag`."""
        from cercafoto.cli.render import tag as render

        library = open_library()
        undone = library.labels.undo(self.rehearsal, self.confirmed)
        sidecars = undone.sidecars
        if self.json:
            write(as_json(undone))
        else:
            write(render.undone_text(undone))
            write(render.xmp_diff(sidecars))
        code = DONE
        if sidecars.changed or sidecars.unchanged or sidecars.problems:
            code = notice_sidecars(library, sidecars, undone=True)
        if sidecars.unsigned:
            notice(render.waiting(sidecars, library.unsigned_reason))
            return SKIPPED
        if hint := render.undone_hint(undone):
            tell(hint)
        return code

    def _show(self, library: "Library", labels: "HandLabels | ForgottenLabels", text: str) -> int:
        """Report how labels and sidecars changed or would change. text: about the labels."""
        from cercafoto.cli.render import tag as render

        report = self._write_sidecars(library, labels)
        if self.json:
            write(render.with_sidecars(labels, report))
        else:
            write(text)
            if report is not None and report.rehearsal:
                write(render.xmp_diff(report))
        return DONE if report is None else notice_sidecars(library, report)

    def _write_sidecars(
        self, library: "Library", labels: "TagResult | HandLabels | ForgottenLabels"
    ) -> "XmpReport | None":
        """Write labels into .xmp files; None without --xmp."""
        if not self.xmp:
            return None
        rehearsal = self.rehearsal if self.forget is None else not self.confirmed
        return library.labels.write_xmp(labels, rehearsal, confirmed=self.confirmed)


def notice_unknown(paths: tuple[bytes, ...]) -> int:
    """Tell the person that these photos are not in the archive and were skipped. Return the exit
    code."""
    from cercafoto.base.paths import printable

    for path in paths:
        notice(f"{printable(path)}: non è nell'archivio, saltata.")
    if paths:
        notice("Per aggiungere quello che manca: cercafoto index CARTELLA")
    return SKIPPED if paths else DONE


def notice_sidecars(library: "Library", report: "XmpReport", *, undone: bool = False) -> int:
    """Write to stderr the summary of sidecars, which of them wait for the person, and problems.
    Return the exit code."""
    from cercafoto.base.paths import printable
    from cercafoto.cli.render import own_folders
    from cercafoto.cli.render import tag as render
    from cercafoto.cli.render.formatting import count

    tell(render.xmp_summary(report, undone))
    if report.names_left:
        tell(render.names_left_text(report))
    if report.confirmed:
        tell(own_folders.confirmed_text(report.confirmed))
    for path, reason in report.problems:
        notice(f"{printable(path)}: {reason}")
    if number := sum(report.waiting.values()):
        what = count(number, "file .xmp aspetta", "file .xmp aspettano")
        notice(own_folders.waiting_text(what, report.waiting, library.unsigned_reason))
    return SKIPPED if report.problems or report.waiting else DONE
