"""Word what the screens say about an answer, and about each photo in it."""

from __future__ import annotations

import os

from rich.text import Text

from cercafoto.base.italian_counts import thousands
from cercafoto.base.paths import printable
from cercafoto.browse.answer_page import how_many
from cercafoto.browse.photo_facts import line_about, name_of, say_day
from cercafoto.browse.text_rows import said
from cercafoto.results.answer import (
    EVIDENCE_IN_FEWER_WORDS,
    HIGH,
    LOW,
    MEDIUM,
    NONE,
    WEAK,
    doubt_in_words,
    sources_in_words,
)
from cercafoto.terminal.browse_state import Browsing

COLOURS = {HIGH: "green", MEDIUM: "yellow", LOW: "none"}
ROOM = 40  # characters shown of the text in a photo
MARK, HERE = "✓", "▸"


def caption(browsing: Browsing, place: int, current: bool) -> Text:
    """Return the line below a photo of the grid.

    place: the photo's place in the answer, from 0.
    current: whether the cursor is on the photo.
    """
    found = browsing.found[place]
    text = Text()
    if current:
        text.append(f"{HERE} ", "bold")
    if found.tile.photo_id in browsing.marked:
        text.append(f"{MARK} ", "bold")
    if found.hit is not None and by_content(browsing):
        if browsing.answer.verdict == NONE:
            text.append("somigliante")
        elif browsing.unlikely_at is not None and place >= browsing.unlikely_at:
            text.append("meno probabile", "dim")
        else:
            colour = "none" if current else COLOURS[found.hit.word]
            text.append(f"fiducia {found.hit.word}", colour)
        if why := line_about(found.hit, EVIDENCE_IN_FEWER_WORDS):
            text.append(f" · {why}")
    else:
        if doubt := doubt_in_words(found.tile.doubtful):
            text.append(f"{printable(doubt)} · ")
        text.append(name_of(found.tile))
    if current:
        text.stylize("reverse")
    return text


def by_content(browsing: Browsing) -> bool:
    """Return True if the question is about what photos show, so that hits have a confidence."""
    query = browsing.answer.query
    return query is not None and not query.is_list


def verdict(browsing: Browsing) -> Text:
    """Return the line about the whole answer: how many photos, how sure, what may be misspelt."""
    answer, asked = browsing.answer, browsing.asked
    text = Text()
    if not browsing.found:
        text.append("Nessuna foto corrisponde" if asked else "Qui non c'è ancora nessuna foto")
        text.append(
            ": togli qualche filtro, oppure prova con altre parole."
            if asked
            else ": aggiungile con «cercafoto index CARTELLA»."
        )
    elif answer.verdict == NONE:
        text.append("Probabilmente non c'è", "bold")
        one = len(browsing.found) == 1
        likest = "questa è la più somigliante" if one else "queste sono le più somiglianti"
        text.append(f": {likest}{'' if asked.everything else ' (t per vederne altre)'}")
    else:
        text.append(how_many(answer, browsing.found), "bold")
        if answer.sources:
            text.append(f": {printable(sources_in_words(answer.sources))}")
        elif not (by_content(browsing) or answer.own_words_first):
            text.append(", dalla più recente")
        elif answer.verdict == WEAK:
            text.append(". Risultati incerti: controlla tu")
    if answer.query is not None:
        for note in (*answer.reasons, *answer.query.notes):
            text.append(f" · {printable(note)}", "italic")
        if answer.corrected:
            text.append(" · Ho cercato ").append(
                ", ".join(f"«{printable(meant)}»" for _, meant in answer.corrected), "bold"
            )
            typed = ", ".join(f"«{printable(typed)}»" for typed, _ in answer.corrected)
            text.append(f"; L cerca invece {typed}")
        elif answer.query.suggestions:
            text.append(" · Forse cercavi: ").append(
                ", ".join(map(printable, answer.query.suggestions)), "bold"
            )
            text.append("? (v)")
    return text


def about(browsing: Browsing, place: int) -> Text:
    """Return the line about the photo at the cursor: its place in the answer, name, day and
    confidence, and how many photos are marked.

    place: the photo's place in the answer, from 0.
    """
    found = browsing.found[place]
    total = browsing.answer.total
    of = "molte" if total is None else thousands(max(total, len(browsing.found)))
    parts = [
        f"{thousands(place + 1)} di {of}",
        printable(os.fsdecode(found.tile.path).rpartition(os.sep)[2]),
    ]
    if day := say_day(found.tile.taken_at):
        parts.append(day)
    if found.hit is not None and by_content(browsing):
        sure = f"fiducia {found.hit.word} ({found.hit.confidence:.0%})"
        parts.append(sure + (f", {why}" if (why := line_about(found.hit)) else ""))
        if pieces := said(found.hit, ROOM):
            parts.append(f"«{''.join(piece for piece, _ in pieces)}»")
    elif doubt := doubt_in_words(found.tile.doubtful):
        parts.append(printable(doubt))
    if browsing.marked:
        parts.append(
            f"{MARK} {thousands(len(browsing.marked))} "
            f"scelt{'a' if len(browsing.marked) == 1 else 'e'}"
        )
    return Text(" · ".join(parts))
