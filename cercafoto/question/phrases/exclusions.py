"""Take phrases that exclude: "senza persone", "ma non con la Canon", "tranne Roma"."""

from __future__ import annotations

from collections.abc import Sequence

from cercafoto.base.word_stems import is_telling
from cercafoto.question.filters.excepted import Case
from cercafoto.question.filters.file_filters import VIDEO
from cercafoto.question.grammar.exclusion_phrases import BEFORE_NO, LISTS, NO, SCENE, read_without
from cercafoto.question.grammar.kind_phrases import MADE_VIDEOS
from cercafoto.question.grammar.missing_phrases import kind_excluded
from cercafoto.question.grammar.quality_phrases import PORTRAITS
from cercafoto.question.grammar.request_phrases import read_request
from cercafoto.question.grammar.tokens import Token, join, word_set
from cercafoto.question.grammar.vocabulary import OF, PHOTOS, Phrase, key
from cercafoto.question.phrases.exceptions import leave_out, take_lacking
from cercafoto.question.phrases.files import (
    NO_SUCH_CAMERA,
    excluded_case,
    excluded_in,
    favourites_in,
    qualities_in,
)
from cercafoto.question.phrases.places import cases_in
from cercafoto.question.phrases.sentence import Sentence, Spot
from cercafoto.question.word_roles import FILE

# "ma senza data", "né data né luogo", "nessuna data"
LACKS = NO | word_set("senza ne")


def take_without(sentence: Sentence, spot: Spot) -> int:
    """Take a phrase that excludes concepts."""
    spot = _of_videos(sentence, spot)
    free, i, before = spot
    if i == 0 and free[0].key == "non" and read_request(free):
        return 0  # "non trovo le foto di un gatto"
    last = before[-1] if before else Token("", "", -2)
    # "un ritratto non sfocato", "un ritratto in bianco e nero ma non sfocato"
    between = range(last.at + 1, free[i].at)
    touches = bool(before) and all(sentence.roles.kind_at(at) == FILE for at in between)
    is_thing = touches and (is_telling(last.key) or last.key in PHOTOS)
    thing = last.text if is_thing else ""
    without = read_without(free, i, last.key, thing, sentence.known.places)
    if (without := sentence.unkept(spot, without)) is None:
        return 0
    without = _before_of(sentence, spot, without, thing)
    words, concepts = spot.words(without), without.value
    if lacking := _lacking(spot, words, concepts):
        shown = [concept for concept in concepts if concept not in lacking]
        take_lacking(sentence, spot, words, [*lacking.values()], shown)
    elif (cases := excluded_case(sentence, spot, words)) is not None:
        words = words[words[0].key == "," :]
        if cases:
            leave_out(sentence, words, cases)
        else:
            sentence.roles.ignore(words, NO_SUCH_CAMERA)
    else:
        _take_concepts(sentence, spot, words, concepts, thing)
    return without.end


def _take_concepts(
    sentence: Sentence, spot: Spot, words: Sequence[Token], concepts: Sequence[str], thing: str
) -> None:
    """Take the words of a phrase that excludes concepts, each read as if it were excluded alone.

    thing: see `read_without`.
    """
    portrait = _portrait_before(sentence, spot.free[spot.i].at)
    shown, cases, without_photos = list[str](), list[Case](), list[str]()
    for concept in concepts:
        found: list[Case] | None = (
            qualities_in(concept if thing else f"{portrait} {concept}", bool(portrait))
            or favourites_in(sentence, concept)
            or excluded_in(sentence, spot, words, concept)
        )
        if found is None:
            found = cases_in(sentence, concept)
            shown += [] if found else [concept]
        elif not found:
            without_photos.append(concept)
        cases += found
    if not shown and not cases:
        sentence.roles.ignore(words, NO_SUCH_CAMERA)
        return
    sentence.roles.notes += [f"«{concept}»: {NO_SUCH_CAMERA}" for concept in without_photos]
    leave_out(sentence, words, cases, shown)


def _portrait_before(sentence: Sentence, at: int) -> str:
    """Return the portrait before a word, with at most phrases about the file between them, as in
    "un selfie in bianco e nero non mosso"; "" if there is none."""
    for word in reversed(sentence.roles.words[:at]):
        if word.key in PORTRAITS:
            return word.key
        if sentence.roles.kind_at(word.at) != FILE:
            break
    return ""


def _of_videos(sentence: Sentence, spot: Spot) -> Spot:
    """Return a spot where "non girati a" says of videos what "non scattate a" says of photos."""
    free, at = list(spot.free), spot.i + (spot.free[spot.i].key in BEFORE_NO) + 1
    is_made = key(free, at - 1) == "non" and key(free, at) in MADE_VIDEOS
    if is_made and VIDEO.name in sentence.filters and key(free, at + 1) in SCENE | {"di", "ne"}:
        free[at] = free[at]._replace(key="scattati")
    return spot._replace(free=free)


def _before_of(
    sentence: Sentence, spot: Spot, without: Phrase[tuple[str, ...]], thing: str
) -> Phrase[tuple[str, ...]]:
    """Return "senza data né GPS" of "senza data né GPS di Roma e senza titolo", where "di" goes on
    with a place or the person's own words, and "non sfocate" of "non sfocate del mare"; otherwise
    the whole phrase.

    thing: see `read_without`.
    """
    words = spot.words(without)
    at = next((n for n, word in enumerate(words) if word.key in OF), 0)
    places = sentence.known.places
    before = key(spot.before, len(spot.before) - 1)
    shorter = read_without(words[:at], 0, before, thing, places)
    # "senza nomi di persone"
    is_whole = _lacking(spot, words, without.value).keys() == {*without.value}
    if is_whole or shorter is None or shorter.end < at or not shorter.value:
        return without
    # "senza mosse di karate"
    denied = next((word.key for word in words if word.key not in BEFORE_NO), "") in ("non", "ne")
    if denied and all(map(qualities_in, shorter.value)):
        return Phrase(spot.i + at, shorter.value)
    if not _lacking(spot, words[:at], shorter.value[-1:]):
        return without
    end = next((n for n in range(at, len(words)) if words[n].key in LISTS | {","}), len(words))
    rest = join(words[at + 1 : end])
    heard = sentence.known.hear(rest)
    if cases_in(sentence, f"a {rest}") or any(each.covers == 1 for each in heard):
        return Phrase(spot.i + at, shorter.value)
    return without


def _lacking(spot: Spot, words: Sequence[Token], concepts: Sequence[str]) -> dict[str, str]:
    """Return the excluded concepts that are no sight but data that photos may lack ("senza data"),
    each with its kind.

    words: of the phrase that excludes. "tranne la data" and "-data" are about what is seen, and so
        are words in quotes, and "senza: data" of a line "cerco:".
    """
    trigger = next((word.key for word in words if word.key not in BEFORE_NO), "")
    if trigger not in LACKS or any(word.key in ("", ":") for word in words):
        return {}
    kinds = {concept: kind_excluded(concept, spot.before, spot.free) for concept in concepts}
    return {concept: kind for concept, kind in kinds.items() if kind}
