"""Photos that lack the things of a question, or show another number, are less likely to answer."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from cercafoto import Library
from cercafoto.archive.queries.things import ThingQueries
from cercafoto.base.arrays import Floats, Ints
from cercafoto.models.encode.encoder import Encoder
from cercafoto.models.model_folder import ModelFolder
from cercafoto.question.query import Query
from cercafoto.question.question import Question
from cercafoto.question.things_asked import GROUP, MANY, PERSON, AskedThing, asked_things
from cercafoto.results.answer import Hit
from cercafoto.search import ranking
from cercafoto.search.exclusion import detectors
from cercafoto.search.phrase import embed_alternatives
from cercafoto.search.thing_evidence import ALONE, FEW, LEAST, WRONG, Sightings, sightings
from tests.cli.test_main import Cli

SEEN = {1: ((5.0, -5.0), (1, 0)), 2: ((5.0, 5.0), (3, 1)), 3: ((-5.0, 0.0), (0, 0))}


class Made:
    """Things as an archive stores them: content -> logits and counts of a person and a dog. Content
    9 was never looked at."""

    def classes(self) -> tuple[str, ...]:
        return ("person", "dog")

    def curve(self) -> tuple[float, float]:
        return (1.0, 0.0)

    def of(self, contents: Sequence[int]) -> tuple[Ints, Floats, Ints]:
        ids = sorted(set(contents) & set(SEEN))
        presence, counts = (
            np.array([SEEN[each][which] for each in ids]).reshape(-1, 2) for which in (0, 1)
        )
        return np.array(ids, np.int64), presence.astype(np.float32), counts


@pytest.fixture
def seen() -> Sightings:
    return sightings(Made(), [3, 9, 1, 2])


def test_a_photo_without_the_thing_is_less_likely(seen: Sightings) -> None:
    no, unknown, one, three = seen.penalty(asked_things("un uomo")).tolist()
    assert no == pytest.approx(np.log(LEAST))  # a thing is never quite impossible
    assert unknown == 0.0
    assert one == three == pytest.approx(np.log(0.99), abs=0.005)
    # Each thing counts; a class that this model does not know changes nothing.
    both = seen.penalty(asked_things("un uomo e un cane"))
    assert both[2] == pytest.approx(one + np.log(LEAST))
    assert seen.penalty(asked_things("due zebre")).tolist() == [0.0] * 4


def test_another_number_is_less_likely(seen: Sightings) -> None:
    there = seen.penalty(asked_things("una persona"))

    def taken(number: int) -> list[float]:
        return (there - seen.penalty((AskedThing(PERSON, number),)))[[0, 2, 3]].tolist()

    assert taken(1) == pytest.approx([WRONG, 0.0, 2 * WRONG])
    assert taken(3) == pytest.approx([3 * WRONG, 2 * WRONG, 0.0])
    assert taken(9) == pytest.approx([3 * WRONG] * 3)
    assert taken(MANY) == pytest.approx([2 * ALONE, ALONE, 0.0])
    assert taken(GROUP) == pytest.approx([4 * FEW, 3 * FEW, 2 * FEW])
    nobody = seen.penalty((AskedThing(PERSON, 0),))
    assert nobody[0] > -0.02 and nobody[2] == pytest.approx(np.log(LEAST))


def test_things_too_small_to_be_seen_surely_take_nothing() -> None:
    class Boats(Made):
        def classes(self) -> tuple[str, ...]:
            return ("boat", "backpack")

    seen = sightings(Boats(), [1, 2, 3])
    assert not seen.penalty(asked_things("due barche e uno zaino")).any()


def test_what_is_seen_never_makes_a_photo_likelier(seen: Sightings) -> None:
    confidences = np.array([0.0, 0.3, 0.9999, 1.0], np.float32)
    for number in (-3, -2, -1, 0, 1, 2, 9):
        for classes in (PERSON, ("dog",), ("zebra",), ("dog", "zebra")):
            lowered = seen.lowered(confidences, (AskedThing(classes, number),))
            assert (lowered <= confidences).all() and (lowered >= 0).all()
            assert lowered[1] == confidences[1]  # not looked at
    assert seen.lowered(confidences, ()) is confidences


def answers(library: Library, question: str) -> Sequence[Hit]:
    return library.search(Query.of(Question((question,))), 9).hits


def test_the_thing_decides_the_order_of_photos(
    library: Library, photos: Path, things: None
) -> None:
    library.index([photos])

    def order(question: str) -> list[str]:
        return [Path(hit.path.decode()).stem for hit in answers(library, question)]

    assert order("verde")[0] == "verde"
    assert order("persone verde")[0] == "giallo"  # a person, and as green as they get
    assert order("gatto verde")[0] == "verde"


def test_a_photo_needs_the_things_of_one_alternative(tiny: Path, seen: Sightings) -> None:
    encoder = Encoder(ModelFolder.open(tiny))
    either = ("un cane rosso", "blu")
    phrase = embed_alternatives(encoder, "un cane o blu", either, either)
    vectors = encoder.embed_texts(["rosso", "rosso", "blu", "rosso"])
    sure = phrase.confidence(encoder, vectors, seen)
    plain = phrase.confidence(encoder, vectors)
    assert sure[1:].tolist() == pytest.approx(plain[1:].tolist(), abs=0.01)
    assert sure[0] < plain[0] - 0.1  # red, and half a dog
    assert phrase.asked == (AskedThing(("dog",)),)


def test_a_question_that_names_no_thing_asks_for_none(
    library: Library, photos: Path, things: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.index([photos])
    module = "cercafoto.search.thing_evidence"
    monkeypatch.delitem(sys.modules, module)

    def refuse(*args: object) -> None:
        raise AssertionError("asked for things")

    for name in ("classes", "of", "curve", "boxes_of", "count_lacking"):
        monkeypatch.setattr(ThingQueries, name, refuse)
    assert library.search(Query.of(Question(("verde",), without=("blu",)))).hits
    assert module not in sys.modules
    with pytest.raises(AssertionError, match="asked for things"):
        library.search(Query.of(Question(("un gatto verde",))))


def test_people_are_excluded_by_what_was_seen(library: Library, photos: Path, things: None) -> None:
    library.index([photos])
    hits = library.search(Query.of(Question(("blu",), without=("persone",))), 9).hits
    assert {Path(hit.path.decode()).stem for hit in hits} <= {"verde", "blu", "azzurro"}
    encoder = library.archive.encoder
    people, cats = detectors(encoder, ["nessuno", "gatti"], Made())
    vectors = encoder.embed_texts(["verde", "verde", "verde"])
    assert people.shows([1, 3, 2], vectors).tolist() == [True, False, True]
    assert people.likely([1, 3], vectors[:2]).tolist() == pytest.approx([0.99, 0.005], abs=0.01)
    assert cats.things is None
    # For a photo that was not looked at, only the model counts.
    (by_model,) = detectors(encoder, ["persone"])
    assert people.shows([9], vectors[:1]) == by_model.shows([9], vectors[:1])


def test_persons_are_a_filter(library: Library, photos: Path, things: None, cli: Cli) -> None:
    library.index([photos])
    code, out, err = cli("cerca", "--persone", "2+", "--json")
    assert code == 0 and '"people_count": [' in out and "persone: almeno 2" in out
    assert {name for name in ("rosso", "giallo", "viola", "verde") if f"{name}.png" in out} == {
        "rosso",
        "giallo",
        "viola",
    }
    for wrong in ("tante", "5-3", "3-5+", "-1", "2-"):
        code, _, err = cli("cerca", "--persone", wrong)
        assert code == 2 and "--persone vuole un numero" in err


def test_photos_not_looked_at_are_counted_in_the_answer(
    library: Library, photos: Path, cli: Cli, tiny_things: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cercafoto.models import things_model

    library.index([photos])
    monkeypatch.setattr(things_model, "EMBEDDED_PATH", tiny_things)
    _, out, err = cli("cerca", "--persone", "0")
    assert "di 5 foto non si sa ancora quante persone ci sono" in out + err


def test_the_explanation_says_how_many_were_seen(
    library: Library, photos: Path, things: None, cli: Cli
) -> None:
    library.index([photos])
    _, out, err = cli("cerca", "due persone rosso", "-n", "1", "--spiega")
    assert "4 persone viste, ne volevi 2" in out + err
    _, out, _ = cli("cerca", "due persone rosso", "-n", "1", "--spiega", "--json")
    assert '"asked": 2' in out and '"counted": 4' in out
    _, out, err = cli("cerca", "verde", "-n", "1", "--spiega")
    assert "vist" not in out + err


def test_photos_behind_a_penalty_are_still_counted(
    library: Library, photos: Path, things: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.index([photos])
    whole = {hit.content_id: hit.confidence for hit in answers(library, "persone verde")}
    # The nearest photo shows no person; a farther one is as sure as ever.
    monkeypatch.setattr(ranking, "IN_ORDER", 1)
    found = {hit.content_id: hit.confidence for hit in answers(library, "persone verde")}
    best = max(whole, key=lambda content: whole[content])
    assert found[best] == pytest.approx(whole[best], abs=1e-6)
