"""Take phrases about the file: its colours, kind, camera, lens, exposure, shape, format, rating,
and the collection that it is in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

from cercafoto.base.file_kinds import SCREENSHOT
from cercafoto.question.filters.excepted import Case
from cercafoto.question.filters.exposure_filters import (
    APERTURE,
    EXPOSURE_TIME,
    FLASH,
    FOCAL,
    SENSITIVITY,
)
from cercafoto.question.filters.file_filters import (
    CAMERA,
    COLOR_LABEL,
    FORMAT,
    LENS,
    MONOCHROME,
    ORIENTATION,
    RATING,
    VIDEO,
)
from cercafoto.question.filters.filter import Filter
from cercafoto.question.filters.kinds import FILE_KIND
from cercafoto.question.filters.names import COLLECTIONS
from cercafoto.question.filters.quality import QUALITY
from cercafoto.question.grammar.camera_phrases import read_cameras, read_lenses
from cercafoto.question.grammar.collection_phrases import read_collection
from cercafoto.question.grammar.exclusion_phrases import BEFORE_NO
from cercafoto.question.grammar.exposure_phrases import (
    read_aperture,
    read_flash,
    read_focal,
    read_iso,
    read_time,
)
from cercafoto.question.grammar.kind_phrases import read_kind, read_video
from cercafoto.question.grammar.mark_phrases import MINE, read_color_label, read_favourites
from cercafoto.question.grammar.picture_phrases import read_colour, read_format, read_shape
from cercafoto.question.grammar.quality_phrases import (
    as_of_photos,
    is_of_several,
    read_quality,
)
from cercafoto.question.grammar.rating_phrases import read_rating
from cercafoto.question.grammar.request_phrases import BEFORE_OTHER, PICTURES
from cercafoto.question.grammar.tokens import Token, join, tokens, word_set
from cercafoto.question.grammar.vocabulary import (
    ARTICLES,
    OF,
    OR,
    PHOTOS,
    Lead,
    Phrase,
    Words,
    key,
    skip,
)
from cercafoto.question.phrases.exceptions import exception_before, leaves_out
from cercafoto.question.phrases.sentence import Sentence, Spot
from cercafoto.question.word_roles import FILE

V = TypeVar("V")

# Grammars with their filters.
GRAMMARS: tuple[tuple[Callable[[Words, int, Lead], Phrase[Any] | None], Filter[Any]], ...] = (
    (read_lenses, LENS),
    (read_shape, ORIENTATION),
    (read_format, FORMAT),
    (read_rating, RATING),
    (read_color_label, COLOR_LABEL),
    (read_quality, QUALITY),
)
# Those whose numbers are no dates and no hours.
OF_EXPOSURE: tuple[tuple[Callable[[Words, int, Lead], Phrase[Any] | None], Filter[Any]], ...] = (
    (read_focal, FOCAL),
    (read_iso, SENSITIVITY),
    (read_aperture, APERTURE),
    (read_time, EXPOSURE_TIME),
)
# A photo needs one of their values.
EITHER = (CAMERA.name, LENS.name, COLOR_LABEL.name, QUALITY.name)
SCREENSHOT_WORDS = ("schermata", "screenshot")
BY_MEANS = word_set("con col coi fatte fatta scattate scattata")
NO_SUCH_CAMERA = "nessuna foto ha quella fotocamera"


def take_collection(sentence: Sentence, spot: Spot) -> int:
    """Take "nella raccolta Viaggi" or "fra le foto della raccolta Viaggi"."""
    called = sentence.unkept(spot, read_collection(spot.free, spot.i, sentence.collections))
    if called is None:
        return 0
    words = spot.words(called)
    names: tuple[str, ...] = (called.value,)
    if not leaves_out(sentence, spot, words, [((COLLECTIONS, names),)]):
        sentence.add(COLLECTIONS, names)
        sentence.roles.take(words, FILE, COLLECTIONS.say(names))
    return called.end


def take_colour(sentence: Sentence, spot: Spot) -> int:
    """Take a phrase that says whether photos have colour."""
    colour = read_colour(spot.free, spot.i, sentence.lead(spot))
    return _take(sentence, spot, MONOCHROME, colour)


def take_exposure(sentence: Sentence, spot: Spot) -> int:
    """Take a phrase about focal length, sensitivity, aperture, time or flash."""
    if not sentence.tells_exposure:
        return 0
    lead = sentence.lead(spot)
    flash = read_flash(spot.free, spot.i, lead)
    if end := _take(sentence, spot, FLASH, flash):
        return end
    for read_phrase, which in OF_EXPOSURE:
        if which is EXPOSURE_TIME and VIDEO.name in sentence.filters:
            continue  # "video più lunghi di 10 secondi"
        if which is EXPOSURE_TIME and _is_beside_exposure(sentence, spot):
            lead = lead._replace(photos=True)
        if end := _take(sentence, spot, which, read_phrase(spot.free, spot.i, lead)):
            return end
    return 0


def _is_beside_exposure(sentence: Sentence, spot: Spot) -> bool:
    """Whether a number at a spot comes after a phrase that was taken, or a comma, in a question
    that also says how photos were exposed: "a ISO 100, 30"", "ISO 100 2 s"."""
    if not any(which.name in sentence.filters for _, which in OF_EXPOSURE):
        return False
    last = spot.before[-1] if spot.before else Token("", "", -2)
    word = spot.free[spot.i]
    return word.key[:1].isdigit() and (last.key == "," or last.at != word.at - 1)


def take_kind(sentence: Sentence, spot: Spot) -> int:
    """Take a phrase that names the kind of file."""
    free, i, _ = spot
    lead = sentence.lead(spot)
    video = None if _is_beside_photos(spot) else read_video(free, i, lead)
    if end := _take(sentence, spot, VIDEO, video):
        return end
    kind = sentence.unkept(spot, read_kind(free, i, lead, partial(_is_kind_meant, sentence)))
    if kind is None or exception_before(sentence, spot):
        return 0  # "ritratti tranne i selfie": what these show is excluded
    sentence.add(FILE_KIND, kind.value)
    sentence.roles.take(spot.words(kind), FILE, FILE_KIND.say(kind.value))
    return kind.end


def _is_beside_photos(spot: Spot) -> bool:
    """Whether photos are asked for too: "le foto e i video del mare"."""
    n = len(spot.before)
    while n and spot.before[n - 1].key in BEFORE_OTHER:
        n -= 1
    return key(spot.before, n - 1) == "e" and key(spot.before, n - 2) in PICTURES


def _is_kind_meant(sentence: Sentence, kind: str) -> bool:
    """Whether a kind of file is meant by its name: the archive has photos of it, or they are
    screenshots, which sight does not find. Unless only the person's own words have them."""
    if sentence.has_kind(kind):
        return True
    return kind == SCREENSHOT and not any(map(sentence.known.hear, SCREENSHOT_WORDS))


def take_file(sentence: Sentence, spot: Spot) -> int:
    """Take a phrase about the camera, lens, shape, format or rating."""
    free, i, _ = spot
    lead = sentence.lead(spot)
    cameras = sentence.unkept(spot, read_cameras(free, i, sentence.known.cameras, lead))
    if cameras is not None:
        words = spot.words(cameras)
        names = tuple(filter(None, cameras.value))
        if not names:
            sentence.roles.keep(words, NO_SUCH_CAMERA)
            return cameras.end
        if len(names) < len(cameras.value):
            sentence.roles.notes.append(f"«{join(words)}»: di una fotocamera non c'è nessuna foto")
        return _take(sentence, spot, CAMERA, Phrase(cameras.end, names))
    for read_phrase, which in GRAMMARS:
        if which is QUALITY and i == 0 and key(sentence.roles.words, free[0].at - 1) in OF:
            continue  # "foto di mosse", of karate
        if end := _take(sentence, spot, which, read_phrase(free, i, lead)):
            return end
    return _take(sentence, spot, RATING, _favourites(sentence, free, i, lead))


def _favourites(sentence: Sentence, t: Words, i: int, lead: Lead) -> Phrase[int] | None:
    """Return "le mie preferite" at `i`, unless photos bear the word as a keyword, or label, of
    their own; else None."""
    phrase = read_favourites(t, i, lead)
    heard = phrase is not None and sentence.known.hear(t[phrase.end - 1].text)
    return None if heard else phrase


def favourites_in(sentence: Sentence, concept: str) -> list[Case]:
    """Return the favourite photos if an excluded concept means them: "preferite", "mie foto
    preferite"; else []."""
    words = tokens(concept)
    at = skip(words, 0, MINE | PHOTOS)
    # What is left out are photos.
    phrase = _favourites(sentence, words, at, Lead(photos=True))
    return [((RATING, phrase.value),)] if phrase is not None and phrase.end == len(words) else []


def qualities_in(concept: str, of_portrait: bool = False) -> list[Case]:
    """Return the photos that came out as an excluded concept says ("mosse", "foto sfocate",
    "ritratto sfocato"); [] if it says something else.

    of_portrait: whether it is said of the portrait that is asked for: "un ritratto non scuro".
    """
    words = as_of_photos(tokens(concept), of_portrait)
    at = skip(words, 0, ARTICLES | PHOTOS)
    phrase = read_quality(words, at, Lead(photos=True)) if at or is_of_several(words, 0) else None
    whole = phrase is not None and phrase.end == len(words)
    return [((QUALITY, phrase.value),)] if phrase is not None and whole else []


def _take(sentence: Sentence, spot: Spot, which: Filter[V], phrase: Phrase[V] | None) -> int:
    """Add a filter for the words of a phrase, leave out its photos if the words before it exclude
    it, or keep the words as text if the filter already has another value. Return where the phrase
    ends; 0 if there is none."""
    if (phrase := sentence.unkept(spot, phrase)) is None:
        return 0
    if leaves_out(sentence, spot, spot.words(phrase), [((which, phrase.value),)]):
        return phrase.end
    words, value, earlier = spot.words(phrase), phrase.value, which.of(sentence.filters)
    # "con la Canon al mare o con la Nikon"
    is_either = which.name in EITHER and key(spot.before, len(spot.before) - 1) in OR
    if earlier not in (None, value) and not is_either:
        sentence.roles.keep(words, f"{which.say(earlier)} è già chiesto")
    else:
        sentence.add(which, value)
        sentence.roles.take(words, FILE, which.say(value))
    return phrase.end


def excluded_in(
    sentence: Sentence, spot: Spot, phrase: Sequence[Token], concept: str
) -> list[Case] | None:
    """Return what one concept of a list that excludes says of the camera, the format and so on; see
    `excluded_case`.

    phrase: the words of the list, which begins like "non" or "ma non" and may have "con la" before
        the concept.
    """
    first = next(word for word in phrase if word.key not in BEFORE_NO)
    words = tokens(concept)
    words = words[skip(words, 0, PHOTOS) :]
    at = next((n for n, word in enumerate(phrase) if word.text == words[0].text), 0) if words else 0
    while at and key(phrase, at - 1) in ARTICLES:
        at -= 1
    link = phrase[at - 1 : at] if key(phrase, at - 1) == "con" else []
    return excluded_case(sentence, spot, [first, *link, *words], (1,))


def excluded_case(
    sentence: Sentence, spot: Spot, words: Sequence[Token], starts: Sequence[int] = (1, 2)
) -> list[Case] | None:
    """Return what a phrase that excludes says of the camera, the format and so on: "foto non
    verticali", "ma non con la Canon"; None if it says nothing of them, [] if it names a camera of
    no photo.

    words: of the phrase.
    starts: where what is excluded may begin: after "non" or "ma non".
    """
    known, lead = sentence.known, sentence.lead(spot)
    for i in starts:
        cameras = read_cameras(words, i, known.cameras, lead, after_article=True)
        if cameras is not None and cameras.end == len(words):
            names = tuple(filter(None, cameras.value))
            return [((CAMERA, names),)] if names else []
        for read_phrase, which in (*GRAMMARS, (read_colour, MONOCHROME)):
            phrase = read_phrase(words, i, lead)
            if phrase is not None and phrase.end == len(words):
                return [((which, phrase.value),)]
        kind = read_kind(words, i, lead, sentence.has_kind)
        if kind is not None and kind.end == len(words) and key(words, i) in BY_MEANS:
            return [((FILE_KIND, kind.value),)]
    return None
