"""The panel that lists the keys."""

from __future__ import annotations

from typing import ClassVar

from rich.table import Table
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

KEYS = (
    ("/", "scrivi che cosa cerchi; Invio cerca, ↓ o Esc torna alle foto"),
    ("← → ↑ ↓", "da una foto all'altra; anche h j k l, Pag↑ Pag↓, Inizio, Fine"),
    ("Invio", "vedi la foto in grande; lì ← → passano alle vicine"),
    ("Esc", "torna indietro"),
    ("1 … 9", "togli un pezzo della domanda, quello con quel numero"),
    ("m", "solo le foto con le tue parole; anche altre"),
    ("f", "restringi a un anno, un luogo, un'etichetta… o con un altro filtro"),
    ("r", "salva la domanda come raccolta"),
    ("+  -", "altre come questa; non questa (in una raccolta: toglila)"),
    ("t", "mostra anche le meno probabili"),
    ("v  L", "cerca quello che forse intendevi; le parole così come sono"),
    ("⌫", "torna alla domanda di prima"),
    ("spazio x", "scegli la foto, o toglila dalle scelte"),
    ("X", "scegli tutte le foto fino a questa"),
    ("s", "che cosa fare delle foto scelte"),
    ("e", "etichette della foto, o delle foto scelte"),
    ("p", "le parole scritte nella foto"),
    ("c  C", "copia il percorso; copia l'immagine"),
    ("o", "apri la foto con il programma del sistema"),
    ("d", "nella foto in grande: dove si vede quello che scrivi"),
    ("z  Z", "foto più grandi; più piccole"),
    ("q", "esci"),
)


class HelpScreen(ModalScreen[None]):
    """A panel that lists the keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,f1,enter,space", "dismiss", show=False)
    ]

    def compose(self) -> ComposeResult:
        table = Table.grid(padding=(0, 2))
        table.add_column(style="bold", no_wrap=True)
        table.add_column()
        for keys, said in KEYS:
            table.add_row(keys, said)
        with VerticalScroll(classes="pannello"):
            yield Static(table)
