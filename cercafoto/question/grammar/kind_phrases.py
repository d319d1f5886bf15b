"""Read phrases that name the kind of file: "il video di", "schermate", "foto panoramiche", "fatte
col telefono", "senza video".

"Una ragazza col telefono" and "una vista panoramica" are seen, and stay text; "foto e video" asks
for both. Of "mare col telefono" the telephone took the photo.
"""

from __future__ import annotations

from collections.abc import Callable

from cercafoto.base.file_kinds import PANORAMA, PHONE, SCAN, SCREENSHOT, SELFIE
from cercafoto.question.grammar.tokens import word_set
from cercafoto.question.grammar.vocabulary import (
    ARTICLES,
    FROM,
    IN,
    MADE,
    OF,
    ON,
    PHOTOS,
    TAKEN,
    TO,
    Lead,
    Phrase,
    Words,
    key,
    skip,
)

VIDEOS = word_set("video videi filmato filmati filmino filmini videoclip")
# After "video" these words name a thing.
NOT_AFTER_VIDEO = word_set("camera gioco giochi proiettore sorveglianza citofono e o ed")
# "I video girati al mare"
MADE_VIDEOS = word_set("girato girati registrato registrati ripreso ripresi filmati")
# "Che non sono del 2019", "che siano state fatte a Roma", "che non ho mai girato a Roma"
BEING = word_set("sono siano e sia era erano ho hai ha abbiamo hanno")
BEING_MADE = BEING | TAKEN | MADE | MADE_VIDEOS | word_set("stata state stato stati mai")
ONLY = word_set("solo soltanto solamente")
BEFORE_KIND = word_set(
    "tutti tutte dei delle alcuni alcune qualche mie miei nostri nostre quei quelle"
)
NAMES = {
    "schermata": SCREENSHOT, "schermate": SCREENSHOT, "screenshot": SCREENSHOT,
    "screenshots": SCREENSHOT, "panoramica": PANORAMA, "panoramiche": PANORAMA,
    "scansione": SCAN, "scansioni": SCAN, "scansionata": SCAN, "scansionate": SCAN,
    "scannerizzata": SCAN, "scannerizzate": SCAN, "selfie": SELFIE, "selfies": SELFIE,
}  # fmt: skip
# They say of photos how these were made, so only after "foto".
SAID_OF_PHOTOS = word_set("scansionata scansionate scannerizzata scannerizzate")
PHONES = word_set("telefono telefonino cellulare smartphone")
WITH = word_set("con col")
# Nobody there holds the telephone, and it does not lie on them: "mare col telefono".
SCENES = word_set(
    "mare spiaggia spiagge montagna montagne tramonto tramonti alba albe lago laghi fiume fiumi "
    "neve bosco boschi cielo luna stelle nuvole pioggia temporale arcobaleno panorama panorami "
    "paesaggio paesaggi campagna collina colline isola isole porto citta paese piazza centro "
    "monumenti chiesa castello duomo museo mostra fiori giardino vacanza vacanze ferie viaggio "
    "viaggi gita gite escursione crociera festa feste compleanno matrimonio battesimo laurea "
    "concerto partita gara recita saggio natale capodanno carnevale pasqua ferragosto estate "
    "inverno autunno primavera"
)
MY = word_set("mio suo tuo nostro")
# A photo shows "il vecchio telefono", but is taken "col vecchio telefono".
OLD_OR_NEW = word_set("vecchio nuovo")


def read_video(t: Words, i: int, lead: Lead) -> Phrase[bool] | None:
    """Return True if the phrase at token `i` asks for videos, False for "senza video"; None if it
    asks for neither. The phrase includes "di" behind it: "i video del mare"."""
    if key(t, i) in ("senza", "niente", "escludi"):
        at = skip(t, i + 1, ARTICLES)
        end = at + 1
        return Phrase(end, False) if key(t, at) in VIDEOS and key(t, end) not in OF else None
    only = key(t, i) in ONLY
    inside = key(t, i) == "in" and i + 2 == len(t)  # "il compleanno in video"
    at = skip(t, i + (only or inside), ARTICLES | BEFORE_KIND)
    if key(t, at) not in VIDEOS or key(t, at + 1) in NOT_AFTER_VIDEO:
        return None
    end = at + 1
    begins = _begins(lead)
    if not (only or begins or end == len(t) or key(t, end) in OF):
        return None
    if lead.before in ("e", "o", "ed", "un", "una") and not only:
        return None  # "foto e video"
    end += key(t, end) in MADE_VIDEOS
    return Phrase(_with_of(t, end), True)


def read_kind(
    t: Words, i: int, lead: Lead, is_meant: Callable[[str], bool]
) -> Phrase[tuple[str, ...]] | None:
    """Return the kind of photo that the phrase at token `i` names, one of FILE_KINDS; None if it
    names none. is_meant: whether a kind may be meant, since the archive has photos of it."""
    kind = _by_telephone(t, i, lead) or _named(t, i, lead)
    return kind if kind is not None and is_meant(kind.value[0]) else None


def _named(t: Words, i: int, lead: Lead) -> Phrase[tuple[str, ...]] | None:
    at = skip(t, i, ARTICLES | BEFORE_KIND)
    word = key(t, at)
    if word not in NAMES:
        return None
    if not (lead.photos or (_begins(lead) and word not in SAID_OF_PHOTOS)):
        return None
    return Phrase(_with_of(t, at + 1), (NAMES[word],))


def _by_telephone(t: Words, i: int, lead: Lead) -> Phrase[tuple[str, ...]] | None:
    """Return the phrase "(fatte) col (mio) telefono" at `i`, or "del telefono" after "foto"; else
    None."""
    made = key(t, i) in TAKEN | MADE
    at = i + made
    word = key(t, at)
    loose = lead.before in {"", ","} | SCENES
    of_photos = made or lead.taken or lead.photos or loose
    theirs = word == "del"
    if not of_photos or not (theirs or word in WITH | FROM):
        return None
    at = skip(t, at + 1, ARTICLES | MY if theirs else ARTICLES | MY | OLD_OR_NEW)
    if key(t, at) not in PHONES or (word in FROM and not (made or lead.taken)):
        return None
    if theirs and not (lead.photos and _says_no_more(t, at + 1)):
        return None
    held = (key(t, at + 1), key(t, at + 2)) == ("in", "mano")
    return Phrase(at + 1, (PHONE,)) if not held else None


def _says_no_more(t: Words, i: int) -> bool:
    """Whether the words at `i` do not tell which telephone is seen: "foto del telefono al mare",
    but not "del telefono rotto", "del telefono a gettoni", "del telefono e del computer". Phrases
    of time and place that were read are no longer there."""
    word, after = key(t, i), key(t, i + 1)
    if word == ",":
        return after not in OF
    # A word in quotes has no key.
    return i >= len(t) or word == "?" or (word in TO | IN | ON and after in SCENES)


def _begins(lead: Lead) -> bool:
    """Whether nothing that a photo shows is right before a phrase."""
    return lead.before in ("", ",", "in") or lead.photos or lead.before in ASKING


# Last words of "mostrami", "ci sono": what follows them is asked for.
ASKING = PHOTOS | word_set(
    "mostrami mostraci trovami trova cerca cercami dammi vedere rivedere trovare cercare voglio "
    "vorrei elencami ci sono hai dove quanti quante gli ultimi ultime primi prime"
)


def _with_of(t: Words, end: int) -> int:
    """Return `end`, or where "di", "del" behind it ends, before a word."""
    return end + 1 if key(t, end) in OF and end + 1 < len(t) else end
