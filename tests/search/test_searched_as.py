"""Test searches for names of a genus, and for words that the model does not know well."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from cercafoto.base.arrays import Floats
from cercafoto.models.confidence import Calibration
from cercafoto.question.parts import SEVERAL
from cercafoto.question.query import Query
from cercafoto.search.phrase import Genus, Phrase, embed
from cercafoto.search.searched_as import DOUBT, kinds_of

WORDS = ["animali", "cane", "gatto", "nuvole nere", "tramonto", "panettone", "temporale", "torta"]


def encoder(parts: float = 0.3) -> Any:
    """An encoder with a direction for each of WORDS."""

    def embed_texts(texts: Sequence[str], batch: int = 1) -> Floats:
        return np.array([[float(word == text) for word in WORDS] for text in texts], np.float32)

    def likeness(photos: Floats, texts: Floats) -> Floats:
        return photos @ texts.T

    calibration = SimpleNamespace(
        parts=parts,
        templates=("{}",),
        confidence=lambda found, kind, more: 1 / (1 + np.exp(-found - more)),
        commonness_odds=lambda kind, common: 0.0,
        with_parts=Calibration.with_parts,
    )
    return SimpleNamespace(
        embed_texts=embed_texts,
        likeness=likeness,
        calibration=calibration,
        usual_photo=None,
        known_words=None,
    )


def photo(**shows: float) -> Floats:
    return np.array([[shows.get(word.replace(" ", "_"), 0.0) for word in WORDS]], np.float32)


@pytest.mark.parametrize(
    ("phrase", "first"),
    [
        ("animali", "cane"),
        ("un animale", "cane"),
        ("Gli animali", "cane"),
        ("veicoli", "automobile"),
        ("mezzi di trasporto", "automobile"),
        ("opere d'arte", "quadro"),
        ("gente", "bambino"),
        ("da mangiare", "frutta"),
    ],
)
def test_a_genus_is_known_in_all_its_forms(phrase: str, first: str) -> None:
    assert kinds_of(phrase)[0] == first


@pytest.mark.parametrize("phrase", ["animali di peluche", "gente che scia", "natura morta", "mare"])
def test_other_sentences_name_no_genus(phrase: str) -> None:
    assert kinds_of(phrase) == ()


def test_a_photo_of_a_genus_is_near_the_word_and_the_likeliest_kind() -> None:
    (word,) = embed(cast(Any, encoder()), Query.parse(["animali"]))
    assert isinstance(word, Genus)
    (near,) = word.likeness(encoder(), photo(animali=0.4, cane=0.2, gatto=0.8))
    assert near == pytest.approx((0.4 + 0.8) / 2)


def test_an_uncalibrated_model_uses_only_the_word() -> None:
    (word,) = embed(cast(Any, encoder(parts=0.0)), Query.parse(["animali"]))
    assert not isinstance(word, Genus)
    (storm,) = embed(cast(Any, encoder(parts=0.0)), Query.parse(["temporale"]))
    assert storm.vector[WORDS.index("temporale")] == 1 and not storm.seen_as


def test_an_unfamiliar_word_is_replaced() -> None:
    (storm,) = embed(cast(Any, encoder()), Query.parse(["un temporale"]))
    assert (storm.text, storm.seen_as, storm.trust) == ("un temporale", "nuvole nere", 1.0)
    assert storm.vector[WORDS.index("nuvole nere")] == 1


def test_a_word_known_only_by_its_genus_is_trusted_less() -> None:
    (cake,) = embed(cast(Any, encoder()), Query.parse(["panettone"]))
    (torta,) = embed(cast(Any, encoder()), Query.parse(["torta"]))
    shown = photo(panettone=0.8, torta=0.8)
    sure = torta.confidence(encoder(), shown)
    assert cake.confidence(encoder(), shown) == pytest.approx(DOUBT * sure)


def test_a_word_that_the_model_does_not_know_is_trusted_less() -> None:
    knows = encoder()
    weights = photo(torta=1.0, cane=0.6, gatto=0.6)[0]
    knows.known_words = np.array([[*weights, -0.5], [*weights, -0.9]], np.float32)
    knows.learned_stems = {"can"}

    def trust(question: str) -> float:
        return embed(cast(Any, knows), Query.parse([question]))[0].trust

    assert trust("torta") == 1.0  # no matter whether it stands in the texts
    assert (trust("cane"), trust("gatto")) == (1.0, DOUBT)  # as likely, but one stands there
    assert trust("tramonto") == DOUBT
    # A long sentence says many things.
    assert trust("un gatto dorme sul tavolo accanto alla finestra") == 1.0


def test_a_question_about_a_common_thing_gives_more_confidence() -> None:
    usual = encoder()
    usual.usual_photo = photo(cane=1.0)[0]
    usual.calibration.commonness_odds = lambda kind, common: 2.0 * common
    shown = photo(cane=0.5, gatto=0.5)
    (dog,) = embed(cast(Any, usual), Query.parse(["cane"]))
    (cat,) = embed(cast(Any, usual), Query.parse(["gatto"]))
    assert dog.confidence(usual, shown) == pytest.approx(1 / (1 + np.exp(-2.5)))
    assert cat.confidence(usual, shown) == pytest.approx(1 / (1 + np.exp(-0.5)))


def test_the_doubted_words_of_alternatives_are_told() -> None:
    knows = encoder()
    knows.known_words = np.array(2 * [[*photo(gatto=1.0)[0], -0.5]], np.float32)
    knows.learned_stems = frozenset()
    (either,) = embed(cast(Any, knows), Query.parse(["gatto o torta"]))
    assert either.doubted == ("torta",)
    assert [phrase.trust for phrase in either.phrases] == [1.0, DOUBT]


def test_a_question_of_several_things_is_trusted_less_if_one_of_them_is_unknown() -> None:
    knows = encoder()
    knows.known_words = np.array(2 * [[*photo(cane=1.0, gatto=1.0)[0], -0.5]], np.float32)
    knows.learned_stems = frozenset()

    def asked(question: str) -> Phrase:
        return embed(cast(Any, knows), Query.parse([question]))[0]

    one = asked("un cane e una torta")
    assert (one.kind, one.trust, one.doubted) == (SEVERAL, DOUBT, ("torta",))
    both = asked("un cane e un gatto")
    assert (both.trust, both.doubted) == (1.0, ())


def test_words_between_plus_signs_are_known_as_well_as_alone() -> None:
    (cake, dog) = embed(cast(Any, encoder()), Query.parse(["panettone + cane"]))
    assert (cake.trust, dog.trust) == (DOUBT, 1.0)
