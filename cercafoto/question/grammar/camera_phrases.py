"""Read phrases that name a camera or a lens: "con la Canon", "foto Nikon", "con il 50 mm".

A name counts if the archive has such a camera; without an archive, if it is in KNOWN. "Un cannone"
and "con la moto" are things that photos show, whatever the names of the archive's cameras are.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from cercafoto.question.grammar.listed_words import common_nouns
from cercafoto.question.grammar.tokens import Token, fold, join, word_set
from cercafoto.question.grammar.vocabulary import (
    AND,
    ARTICLES,
    FROM,
    MADE,
    MOST_LISTED,
    OF,
    OR,
    SOME,
    TAKEN,
    Lead,
    Phrase,
    Words,
    key,
    skip,
)
from cercafoto.question.lens_names import lens_meant

# Makes of cameras and of telephones, and lines of their models that go by their own name.
KNOWN = word_set(
    "canon eos powershot ixus nikon coolpix sony cybershot olympus panasonic lumix fujifilm fuji "
    "finepix pentax leica hasselblad sigma ricoh casio exilim kodak easyshare minolta konica "
    "samsung galaxy apple iphone ipad huawei xiaomi redmi oppo motorola nokia lumia "
    "oneplus google pixel realme asus zenfone htc gopro dji wiko alcatel blackberry zte"
)
# Words that may follow in the name of a model.
VERSIONS = word_set("mark ii iii iv pro max plus mini ultra lite edge air note hero")
# Makes and models that are also ordinary words: "con la moto", "un ritratto vivo".
WORDS = word_set("moto vivo mini note camera digital computer black one hero mobile foto")
LETTERS = "bcdfghjklmnpqrstvwxyz"  # of "iPhone 5 s"; a vowel is a word
UNITS = word_set("mm stella stelle megapixel mp")  # "canon 50 mm", "iphone 5 stelle"
LONGEST = 6  # words of a name: "Apple iPhone 12 Pro Max"
# Makes and lines that are also firms, fruits and stars: "google maps", "una mela apple".
FIRMS = word_set("apple google pixel galaxy sigma oppo alcatel wiko konica samsung sony")
# Beside these words a camera is a thing that a photo shows: "iphone rotto", "custodia iphone".
SHOWN_AFTER = word_set(
    "su sul sullo sull' sulla sui sulle rotto rotta rotti nuovo nuova vecchio vecchia spento "
    "bianco nero rosso caduto in dentro accanto e o"
)
SHOWN_BEFORE = word_set(
    "telefono telefonino cellulare custodia scatola negozio logo cover fotocamera macchina reflex "
    "maglietta cartello insegna obiettivo schermo caricatore pubblicita foto di un uno una"
)
SMALL = word_set("e o ed od con col per che non ma a ad in su da di dal del al nel sul tra fra")
TOOLS = word_set(
    "fotocamera reflex macchinetta macchina telefono telefonino cellulare smartphone tablet drone "
    "compatta mirrorless"
)
OWN = word_set("mia mio nostra nostro sua suo vecchia vecchio nuova nuovo")
LENSES = word_set("obiettivo zoom")
WITH = word_set("con col")
MARKS = frozenset(",;:.?!")
_RANGE = r"\d{1,4}-\d{1,4}(mm)?"
_FOCAL = r"\d{1,4}mm"


def read_cameras(
    t: Words,
    i: int,
    cameras: Collection[str] | None,
    lead: Lead,
    after_article: bool = False,
) -> Phrase[tuple[str | None, ...]] | None:
    """Return the cameras that the phrase at token `i` names, of which a photo has one: "con la
    Canon o la Nikon". Each is part of a name as typed, or the whole name; None for a camera that no
    photo has. None if the phrase names no camera.

    cameras: names of the archive's cameras; None without an archive.
    after_article: whether "la Canon" is enough.
    """
    first = _read_camera(t, i, cameras, lead, after_article and key(t, i) in ARTICLES - SOME)
    if first is None:
        return None
    names, end = [first.value], first.end
    while len(names) < MOST_LISTED and key(t, end) in AND | {","}:
        after = _read_camera(t, end + 1, cameras, lead, is_listed=True)
        if after is None:
            break
        names.append(after.value)
        end = after.end
    return Phrase(end, tuple(dict.fromkeys(names)))


def _read_camera(
    t: Words,
    i: int,
    cameras: Collection[str] | None,
    lead: Lead,
    is_listed: bool = False,
) -> Phrase[str | None] | None:
    """Return the camera that the phrase at token `i` names; see `read_cameras`.

    is_listed: whether it follows another camera and "o".
    """
    at = _after_preposition(t, i, lead, is_listed)
    said = is_listed or at > i
    makes = KNOWN | frozenset(_makes(cameras or ()))
    for end in range(min(len(t), at + LONGEST), at, -1):
        words = _with_letter(t[at:end])
        whole = i == 0 and end == len(t)
        several = len(words) > 1 or said or whole
        if not all(word.key for word in words) or not _is_telling(words, makes, several):
            continue
        model = len(words) > 1 and any(map(_is_model, words))
        loose = model and lead.before not in ARTICLES | OF | FROM | {"con", "un", "una"}
        bare = _is_bare(t, at, end, lead)
        known = all(map(_is_known, words)) and any(word.key in KNOWN for word in words)
        if not (said or lead.photos or whole or loose or bare):
            if known and _name_in(words, cameras or ()):
                return None  # not the camera "iPhone" either: "iPhone 12 sul tavolo"
            continue
        name = join(words) if cameras is None and known else _name_in(words, cameras or ())
        if name and not (end < len(t) and (_goes_on(t, end) or t[end].key in makes)):
            return Phrase(end, name)  # only a whole name: "Canon EOS 90D" is not another Canon
        if said and known:
            return Phrase(end, None)
    return None


def _goes_on(t: Words, i: int) -> bool:
    """Whether the name of a model goes on at `i`: "90D" after "Canon EOS", "13" after "iPhone",
    "pro" after "iPhone 12"."""
    if _is_model(t[i]):
        return True
    is_number = t[i].key.isdecimal() and key(t, i + 1) not in UNITS
    return t[i].at == t[i - 1].at + 1 and (is_number or t[i].key in VERSIONS)


def _with_letter(words: Words) -> Words:
    """Return some words with a letter joined to the number before it: "iPhone 5s" for "iPhone 5 s",
    "Canon 5D Mark III" for "Canon 5 D Mark III"."""
    joined = list[Token]()
    for word in words:
        is_letter = len(word.key) == 1 and word.key in LETTERS
        if is_letter and len(joined) > 1 and joined[-1].key.isdecimal():
            number = joined.pop()
            word = number._replace(text=number.text + word.text, key=number.key + word.key)
        joined.append(word)
    return joined


def _is_bare(t: Words, i: int, end: int, lead: Lead) -> bool:
    """Whether the words name a line of cameras without a preposition, as people type it beside what
    a photo shows: "iphone al mare", "mare gopro"."""
    if t[i].key not in KNOWN - FIRMS or not all(map(_is_known, t[i:end])):
        return False
    if not lead.before:
        after = key(t, end + 1) if key(t, end) in OR else key(t, end)  # "iphone o gopro al mare"
        return bool(after) and after not in SHOWN_AFTER and (after == key(t, end) or after in KNOWN)
    small = SMALL | ARTICLES | OF | FROM | SHOWN_BEFORE
    while end < i + MOST_LISTED and key(t, end) in OR and key(t, end + 1) in KNOWN - FIRMS:
        end += 2  # "mare iphone o nikon"
    return end == len(t) and lead.before not in small


def _name_in(words: Words, cameras: Collection[str]) -> str | None:
    """Return the words if they are part of a camera's name, or else the name of the only camera
    whose name has all the words ("Canon EOS 80D" for "Canon 80D"); else None."""
    name = fold(join(words))
    if any(_is_in(name, fold(camera)) for camera in cameras):
        return join(words)
    having = [c for c in cameras if all(_is_in(word.key, fold(c)) for word in words)]
    return having[0] if len(having) == 1 else None


def _after_preposition(t: Words, i: int, lead: Lead, is_listed: bool) -> int:
    """Return where the name of a camera begins after "con la", "fatte col telefono"; `i` if the
    phrase does not begin with such words. In a list the article is enough."""
    at = i
    made = key(t, at) in TAKEN | MADE
    at += made
    word = key(t, at)
    taken = made or lead.taken
    if word in ("con", "col") or (word in FROM and taken) or (word in OF and lead.photos):
        at += 1
    elif not is_listed:
        return i
    if key(t, at) in SOME and not (taken or lead.photos or not lead.before):
        return i  # "una ragazza con un iPhone": a photo shows it
    at = skip(t, at, ARTICLES | OWN)
    if key(t, at) in TOOLS:
        at += 1
        if key(t, at) == "fotografica":
            at += 1
    return at


def _is_telling(words: Words, makes: frozenset[str], model: bool) -> bool:
    """Whether some word is in `makes`, or, if `model` is true, looks like the name of a model."""
    return any(word.key in makes or (model and _is_model(word)) for word in words)


def _makes(cameras: Collection[str]) -> Iterator[str]:
    """Yield the first word of each camera's name, folded, unless it is an ordinary word."""
    for camera in cameras:
        make = fold(camera).split(" ", 1)[0]
        if len(make) > 2 and make not in WORDS and make not in common_nouns():
            yield make


def _is_model(word: Token) -> bool:
    """Whether a word has digits and letters, as names of models have: "80D", "D3500"."""
    text = word.key
    return any(map(str.isdigit, text)) and any(map(str.isalpha, text))


def _is_known(word: Token) -> bool:
    """Whether a word may be part of the name of any known camera."""
    text = word.key
    return text in KNOWN or text in VERSIONS or any(map(str.isdigit, text))


def _is_in(name: str, camera: str) -> bool:
    """Whether `name` is part of a camera's name, from the beginning of a word to the end of a word.
    After a digit it may also end inside a word."""
    at = camera.find(name)
    while at >= 0:
        after = camera[at + len(name) :]
        starts = at == 0 or not camera[at - 1].isalnum()
        if starts and (not after[:1].isalnum() or name[-1].isdigit()):
            return True
        at = camera.find(name, at + 1)
    return False


def read_lenses(t: Words, i: int, lead: Lead) -> Phrase[tuple[int | str, ...]] | None:
    """Return the lenses that the phrase at token `i` names, of which a photo has one: "con il 50mm
    o il 35mm". None if it names none. A length names a lens only after "con il", "obiettivo" or
    "foto", or as the whole question: a photo shows "un chiodo da 50 mm"."""
    at = i + (key(t, i) in TAKEN | MADE)
    said = key(t, at) in WITH
    at += said
    at = skip(t, at, ARTICLES) if said else at
    named = key(t, at) in LENSES
    at += named
    at += named and key(t, at) in ("da", "di")
    names, end = _lengths(t, at)
    if not names or not (said or named or lead.photos or (i == 0 and end == len(t))):
        return None
    if named and not said and lead.before in SOME:
        return None  # "un obiettivo da 50 mm su un tavolo": a photo shows it
    if not (named or any(re.fullmatch(f"{_RANGE}|{_FOCAL}", name) for name in names)):
        return None  # "con il 50" may be anything
    if not (said or named or any(name.endswith("mm") for name in names)):
        return None  # "foto 24-70"
    return Phrase(end, tuple(dict.fromkeys(map(lens_meant, names))))


def _lengths(t: Words, at: int) -> tuple[list[str], int]:
    """Return the focal lengths of a list at token `at`, and the index after it."""
    name, end = _length(t, at)
    names = [name] if name else []
    while names and len(names) < MOST_LISTED and key(t, end) in AND | {","}:
        begin = end + 1 + (key(t, end + 1) in WITH)
        begin = skip(t, begin, ARTICLES | LENSES | {"da", "di"})
        name, after = _length(t, begin)
        if not name or not (name.endswith("mm") or re.fullmatch(_RANGE, name)):
            break
        names.append(name)
        end = after
    return names, end


def _length(t: Words, at: int) -> tuple[str, int]:
    """Return the focal length at token `at` as one word ("50", "50mm", "24-70mm"), and the index
    after it; ("", at) if there is none."""
    name, end = "", at
    while end < len(t) and len(name) < 9 and t[end].key not in MARKS and (not name or t[end].glued):
        name, end = name + t[end].key, end + 1
    if key(t, end) == "mm":
        name, end = f"{name}mm", end + 1
    return (name, end) if re.fullmatch(r"\d{1,4}(-\d{1,4})?(mm)?", name) else ("", at)
