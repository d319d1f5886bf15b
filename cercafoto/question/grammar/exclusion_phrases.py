"""Read phrases that exclude: "senza persone", "tranne i gatti", "ma non al chiuso", "né cani né
gatti". "-gatto" excludes one word, a phrase in quotes, or a place of several words.

"Mare non tramonto" excludes too, but "non lontano da qui" and "un cane che non corre" do not. Of
"un gatto non nero" black cats are excluded, not all that is black.

Excluded concepts are not part of the text for the model, which takes "senza persone" for people.

An excluded concept ends at a comma, at another condition, or at a preposition of place, with which
the scene goes on: "un tramonto senza persone sulla spiaggia". Names of places go on: "tranne Reggio
nell'Emilia".
"""

from __future__ import annotations

from cercafoto.question.grammar.kind_phrases import BEING, MADE_VIDEOS, VIDEOS
from cercafoto.question.grammar.listed_words import common_nouns, verbs
from cercafoto.question.grammar.place_meant import Places
from cercafoto.question.grammar.place_phrases import end_of_name, read_name_around
from cercafoto.question.grammar.quality_phrases import is_of_several, is_said_of_photos
from cercafoto.question.grammar.tokens import Token, fold, join, word_set
from cercafoto.question.grammar.vocabulary import (
    ARTICLES,
    COLOURS,
    FAVOURITES,
    HOURS,
    MADE,
    MOST_LISTED,
    OF,
    PHOTOS,
    SEASONS,
    SOME,
    TAKEN,
    Phrase,
    Words,
    count,
    key,
    skip,
)

EXCEPT = word_set("senza tranne eccetto salvo escluso esclusa esclusi escluse fuorche")
NO = word_set("niente nessun nessuna nessun' nessuno")
THERE_IS_NOT = {
    ("non", "c'", "e"), ("non", "c'", "era"), ("non", "ci", "sono"), ("non", "ci", "erano"),
}  # fmt: skip
THERE_IS = {words[1:] for words in THERE_IS_NOT}
# What is not meant to be seen after it: "non c'è più", "non c'è di che".
NOT_THERE = word_set("piu niente nulla mai ancora anche solo bisogno modo campo io qui qua")
NOT_BEFORE_NO = word_set("con di che non a da per c'e senza")
BEFORE_NO = word_set("ma e ed o pero ,")
PHRASES = (
    ("ad", "eccezione"), ("fatta", "eccezione"), ("all'", "infuori"), ("a", "eccezione"),
)  # fmt: skip
NEITHER = ("né", "nè")  # "ne" is also a pronoun
LISTS = word_set("e ed o oppure ne")
# A concept ends before these words, after which the scene goes on.
SCENE = word_set(
    "a ad al allo all' alla agli ai alle in nel nello nell' nella negli nei nelle su sul sullo "
    "sull' sulla sugli sui sulle dal dallo dall' dalla dagli dai dalle davanti dietro vicino sotto "
    "sopra dentro fuori accanto tra fra con che mentre durante per lungo attorno intorno ma pero "
    "dopo prima"
)
MARKS = frozenset(",;.:!?()")
# Words before which "non" excludes nothing, since they are pronouns, measures, verbs or the rest
# of a name: "una porta che non si apre", "non troppo", "non so dove", "cartello non fumatori". Nor
# does it before verbs of `verbs.txt` and infinitives.
NOT_AFTER_NON = word_set(
    "si ti mi ci vi li ne e è c' c'e ha hanno sono era troppo molto tanto ancora piu meno "
    "solo soltanto c'era sia lontano lontana lontani lontane distante distanti male proprio sempre "
    "mai "
    "molti molte tanti tante tutti tutte so sai sappiamo ricordo ricorda trovo trovi troviamo vedo "
    "vedi vediamo riesco riesci riusciamo trova trovano vede vedono posso puoi possiamo voglio "
    "vuole vogliamo devo deve "
    "credo penso capisco conosco ho hai abbiamo sei siamo erano ero eravamo stava stavano viene "
    "mio mia miei mie tuo tua tuoi tue suo sua suoi sue nostro nostra nostri nostre "
    "vedente vedenti udenti fumatori potabile identificato identificati identificata profit stop"
)
MINE = word_set("mia mie tua tue sua sue nostra nostre")  # after THE_OR_IT
# Verbs that no photo shows: "una porta non esiste".
UNSEEN = word_set(
    "esiste esistono conosce conoscono funziona funzionano sembra sembrano pare piace piacciono "
    "serve servono torna tornano manca mancano basta bastano importa conta contano cambia cambiano "
    "ama amano odia odiano sopporta sopportano pensa pensano crede credono capisce capiscono dice "
    "dicono risponde rispondono sa sanno puo possono vogliono deve devono riesce riescono finisce "
    "finiscono gradisce gradiscono ricordano vive vivono rimane rimangono resta restano appare "
    "appaiono compare compaiono vengono andava aveva avevano voleva poteva doveva sapeva esisteva"
)
# Articles that are pronouns too: "non la spiaggia", but "non la trovo".
THE_OR_IT = word_set("lo la le")
# Words after which "non" belongs to a clause: "il cane che non dorme".
CLAUSE = word_set(
    "che chi se perche quando dove come cui quanto io tu lui lei noi voi loro si piu ora"
)
# Before "meno" these make a measure: "più o meno", "poco meno". After "tutti" it always excludes.
NOT_BEFORE_LESS = word_set("o e piu di non poco molto ancora sempre un una il lo la i gli le per a")
EVERYTHING = word_set("tutti tutte tutto")
DEFINITE = word_set("il lo la l' i gli le quelli quelle quello quella")
# Qualities, which are excluded together with the thing that has them; see also QUALITY_ENDINGS.
QUALITIES = COLOURS | word_set(
    "grande grandi piccolo piccola piccoli piccole vecchio vecchia vecchi vecchie nuovo nuova "
    "nuovi nuove alto alta alti alte basso bassa bassi basse mosso mossa mossi mosse bello bella "
    "belli belle brutto brutta brutti brutte buio buia bui buie acceso accesa accesi accese spento "
    "spenta spenti spente chiuso chiusa chiusi chiuse aperto aperta aperti aperte rotto rotta "
    "rotti rotte vuoto vuota vuoti vuote pieno piena pieni piene chiaro chiara chiari chiare scuro "
    "scura scuri scure giovane giovani adulto adulta adulti adulte"
)
QUALITY_ENDINGS = (
    *("ato", "ata", "ati", "ate", "uto", "uta", "uti", "ute", "ito", "ita", "iti", "ite"),
    *("oso", "osa", "osi", "ose", "ante", "anti", "ente", "enti"),
)
_ARTICLE = """alcun alcuna alcuno nessun nessuna nessuno nessun' che per tutti tutte quelle quelli
quella quello quell'"""
ARTICLE = ARTICLES | OF | word_set(_ARTICLE)
MOST_WORDS = 12  # words of an excluded concept, unless it is in quotes


def read_without(
    t: Words, i: int, before: str, thing: str = "", places: Places | None = None
) -> Phrase[tuple[str, ...]] | None:
    """Return the concepts that the phrase at token `i` excludes; None if it does not exclude.

    before: the folded word before the phrase, or "".
    thing: the same word as typed, if it stands right before the phrase; else "".
    places: knows the names of places that have prepositions in them; None if no place is meant.
    """
    if is_minus(t, i):
        return _excluded_by_minus(t, i, places)
    start = None
    if there := _there_is_not(t, i, before):
        if key(t, there) in NO - {"niente"}:
            i, before = there, ""  # dove non c'è nessun cane
        elif key(t, there) not in NOT_THERE | SCENE | MARKS | OF | {""}:
            start = there, False
    ends = i + 1 == len(t) or key(t, i + 1) in SCENE | {","}
    if key(t, i) == "nessuno" and ends and before not in NOT_BEFORE_NO:
        return Phrase(i + 1, ("persone",))  # nessuno in spiaggia
    start = start or _trigger(t, i, before)
    if start is None:
        return None
    at, negated = start
    concepts: list[str] = []
    while len(concepts) < MOST_LISTED:
        item = _concept(t, at, negated, places)
        if item is None:
            break
        end, concept = item
        concepts.append(concept)
        following = _next_item(t, end)
        if following is None:
            if (
                there
                and key(t, end) in BEFORE_NO
                and (key(t, end + 1), key(t, end + 2)) in THERE_IS
            ):
                end += 3  # "non c'è Kira ma c'è un cane"
            return Phrase(end, _of_thing(concepts, thing if negated else ""))
        at = following
    return Phrase(_back(t, at), _of_thing(concepts, thing if negated else "")) if concepts else None


def _there_is_not(t: Words, i: int, before: str) -> int:
    """Return the end of "dove non c'è", "in cui non ci sono" at `i`, also without the first words
    where a question or a part of it begins; 0 if it is not there.

    before: the folded word before it, or "".
    """
    at = i + 1 if key(t, i) == "dove" else i
    at += 2 * ((key(t, i), key(t, i + 1)) == ("in", "cui"))
    if tuple(key(t, n) for n in range(at, at + 3)) not in THERE_IS_NOT:
        return 0
    if at == i and before not in BEFORE_NO | PHOTOS | {""} and key(t, at + 3) not in NO:
        return 0
    return at + 4 if key(t, at + 3) == "piu" and key(t, at + 4) in NO else at + 3


def _of_thing(concepts: list[str], thing: str) -> tuple[str, ...]:
    """Return the excluded concepts, qualities with the thing that has them: "gatto nero" for "un
    gatto non nero".

    thing: the word before "non"; "" if there is none.
    """
    if thing and is_quality(fold(concepts[0])):
        # "Una spiaggia non affollata né sporca": what follows in a list is a quality too.
        concepts = [each if " " in each else f"{thing} {each}" for each in concepts]
    return tuple(dict.fromkeys(concepts))


def is_quality(word: str) -> bool:
    """Whether a folded word says how a thing is: "nero", "sfocate"."""
    if word in QUALITIES | FAVOURITES:
        return word in QUALITIES
    return word.endswith(QUALITY_ENDINGS) and " " not in word and word not in common_nouns()


def is_minus(t: Words, i: int) -> bool:
    """Whether token `i` is a minus right before a word ("mare -gatto") or a year, not between two
    words."""
    if key(t, i) != "-" or t[i].glued or i + 1 >= len(t) or t[i + 1].at != t[i].at + 1:
        return False
    word = t[i + 1]
    is_year = word.text.isdecimal() and len(word.text) == 4
    return (word.text[0].isalpha() or is_year) and (word.glued or not word.key)


def _excluded_by_minus(t: Words, i: int, places: Places | None) -> Phrase[tuple[str, ...]]:
    """Return the phrase that excludes the word, the phrase in quotes, or the name of a place of
    several words ("-San Gimignano") after the minus at `i`. places: see `read_without`."""
    end = (places is not None and end_of_name(t, i + 1, places)) or i + 2
    while not t[i + 1].key and end < len(t) and not t[end].key:
        end += 1
    return Phrase(end, (join(t[i + 1 : end]),))


def _back(t: Words, at: int) -> int:
    """Return the index of the conjunction or comma before `at`, which belongs to the words that
    follow; `at` if there is none."""
    return at - 1 if key(t, at - 1) in LISTS | {","} else at


def _trigger(t: Words, i: int, before: str) -> tuple[int, bool] | None:
    """Return (where the concept begins, whether it follows "non") if a phrase that excludes begins
    at `i`; else None.

    before: the folded word before the phrase, or "".
    """
    word, after = key(t, i), key(t, i + 1)
    if word in BEFORE_NO and after in EXCEPT | NO | {"non", "no"}:
        return _trigger(t, i + 1, word)
    if word == "no" and before in BEFORE_NO and after not in SCENE | MARKS:
        return i + 1, False  # "Kira, no neve"
    if word == "senza" and after == "che":
        return None
    if word in EXCEPT:
        return (i + 2 if word == "eccetto" and after == "che" else i + 1), False
    if (word, after) == ("a", "parte"):
        return i + 2, False
    if (word, after) in PHRASES and key(t, i + 2) in OF | {"per"}:
        return i + 2, False
    if word == "non" and _is_made(t, i + 1) and key(t, i + 2) == "ne":
        return i + 3, True  # "foto non scattate né a Roma né a Siena"
    if word == "non":
        return (i + 1, True) if _negates(t, i, before) else None
    if word == "meno" and _is_except(t, i, before):
        return i + 1, False
    if word in NO and before not in NOT_BEFORE_NO:
        return i + 1, False
    if word == "ne" and t[i].text.lower() in NEITHER:
        return i + 1, False
    if word == "ne" and any(key(t, n) == "ne" for n in range(i + 2, min(len(t), i + 8))):
        return i + 1, False
    return None


def _negates(t: Words, i: int, before: str) -> bool:
    """Whether "non" at `i` excludes what follows it: "mare non tramonto".

    before: the folded word before it, or "".
    """
    after = key(t, i + 1)
    if after in THE_OR_IT:
        after = key(t, i + 2) or "la"
        if after in MINE:
            after = key(t, i + 3)  # "non le mie preferite"
        if after in THE_OR_IT:
            return False
    if before in BEFORE_NO | PHOTOS | {""} and is_of_several(t, i + 1):
        return True  # "foto non troppo scure"
    if after in NOT_AFTER_NON or after in UNSEEN | verbs() or before in CLAUSE | verbs():
        return False
    is_infinitive = after.endswith(("are", "ere", "ire")) and not after.endswith("iere")
    return not is_infinitive or after in common_nouns() or is_quality(after)


def _is_except(t: Words, i: int, before: str) -> bool:
    """Whether "meno" at `i` excludes: "tutti meno Luca", "animali meno i gatti"; not "più o meno",
    "alle tre meno un quarto"."""
    after, following = key(t, i + 1), key(t, i + 2)
    if before in EVERYTHING:
        return after not in OF | SOME | {"che", ""}
    if not t[i].at or before in NOT_BEFORE_LESS or count(before):
        return False
    return after in DEFINITE and not count(following) and following != ""


def _concept(t: Words, i: int, negated: bool, places: Places | None) -> tuple[int, str] | None:
    """Return (end, concept) of the excluded concept that begins at `i` ("persone", "al chiuso");
    None if there is none.

    negated: whether the concept follows "non".
    places: see `read_without`.
    """
    at = i
    if key(t, at) == ":":  # "senza: persone", as the line "cerco:" says it
        at += 1
    small = ARTICLE - {"di", "d'"} | {"con"} if negated else ARTICLE  # "non di notte"
    at = skip(t, at, small)
    if negated and _is_made(t, at):
        at = skip(t, at + 1, small)  # "foto non scattate con la Nikon"
    end = at
    while (
        end < min(len(t), at + MOST_WORDS)
        and t[end].key
        and not (
            t[end].key in MARKS
            or (end > at and (t[end].key in SCENE | EXCEPT | {"non"} or _ends_list(t, end)))
        )
    ):
        end += 1
    if end == at and at < len(t) and not t[at].key:  # "in quotes": one concept, as it stands
        while end < len(t) and not t[end].key:
            end += 1
    if places is not None and key(t, end) in SCENE:
        number, name = read_name_around(t[at:end], t[end:], places) or (0, None)
        end += name.end - number if name is not None else 0
    words: list[Token] = list(t[at:end])
    if not words or not any(c.isalnum() for w in words for c in w.text):
        return None
    if words[0].key in EXCEPT | LISTS | {"non"} or _only_small(words):
        return None
    return end, join(words)


def _is_made(t: Words, i: int) -> bool:
    """Whether the word at `i`, after "non", only says that photos were taken: "non scattate"."""
    return key(t, i) in TAKEN or (key(t, i) in MADE and key(t, i - 2) in PHOTOS)


def with_making_denied(t: Words) -> list[Token]:
    """Return words in which "non fatte", "mai fatte", "mai scattate" of photos are "non scattate",
    and "non fatti" of videos "non girati", as their keys say."""
    words = list(t)
    for i in range(len(t) - 1):
        before, made = key(t, i - 1), t[i + 1].key
        if t[i].key not in ("non", "mai") or made not in TAKEN | MADE | MADE_VIDEOS:
            continue
        if before in BEING | {"non"}:
            continue
        if before in PHOTOS or is_said_of_photos(t, i) or (i == 0 and made[-1:] in ("a", "e")):
            said = "scattate" if made in TAKEN | MADE else ""
        elif before in VIDEOS:
            said = "girati" if made in MADE | MADE_VIDEOS else ""
        else:
            continue
        if said:
            words[i] = t[i]._replace(key="non")
            words[i + 1] = t[i + 1]._replace(key=said)
    return words


def _only_small(words: list[Token]) -> bool:
    return all(w.key in SCENE | ARTICLE | LISTS for w in words)


def _ends_list(t: Words, end: int) -> bool:
    """Whether a concept ends before the token `end`: a conjunction, except in "bianco e nero", or a
    season or part of the day ("d'estate")."""
    if key(t, end) in ("di", "d'") and key(t, end + 1) in SEASONS.keys() | HOURS.keys():
        return True  # una montagna senza neve d'estate
    if key(t, end) not in LISTS:
        return False
    return not (key(t, end - 1) == "bianco" and key(t, end + 1) == "nero")


def _next_item(t: Words, end: int) -> int | None:
    """Return where the next excluded concept of a list begins: "senza persone né cani". None if the
    list ends: "senza persone e un cane" asks for a dog."""
    word, after = key(t, end), key(t, end + 1)
    if (
        word == ","
        and after
        and after not in SCENE | EXCEPT | ARTICLE | MARKS | LISTS
        and key(t, end + 2) in LISTS | {","}
    ):
        return end + 1  # senza persone, cani e gatti
    if word not in LISTS:
        return None
    if after in EXCEPT | NO:
        return end + 2
    if after == "non":
        return end + 2 if _negates(t, end + 1, word) else None
    if word == "ne":
        return end + 1
    if after in SOME or after in SCENE or after in MARKS or not after:
        return None
    return end + 1
