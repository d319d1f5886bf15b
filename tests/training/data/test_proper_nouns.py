"""The rule on proper nouns, and the taggers behind it."""

from __future__ import annotations

import sys
import types
from collections.abc import Sequence
from typing import Any

import pytest

from cercafoto.training.data.pairs import Pair
from cercafoto.training.data.proper_nouns import (
    ONLY_NAMES,
    StanzaTagger,
    only_names,
    tagger_named,
    without_names,
)
from cercafoto.training.data.tally import Tally
from cercafoto.training.training_errors import InputError

# The five captions that arXiv:2108.08688 names as dropped, tagged by Universal Dependencies rules.
DROPPED = {
    "Dora Riparia": "PROPN PROPN",
    "Anna Maria Mozzoni": "PROPN PROPN PROPN",
    "Joey Ramone Place": "PROPN PROPN PROPN",
    "Kim Rhodes": "PROPN PROPN",
    "Ralph George Hawtrey": "PROPN PROPN PROPN",
}
KEPT = {
    "Un gatto nero dorme sul divano": "DET NOUN ADJ VERB ADP DET NOUN",
    "Roberto Baggio nel 1994": "PROPN PROPN ADP DET NUM",
    "Veduta di Torino dal Monte dei Cappuccini": "NOUN ADP PROPN ADP DET PROPN ADP DET PROPN",
    "La stazione di Milano Centrale": "DET NOUN ADP PROPN PROPN",
    "Tramonto": "NOUN",
}


class Recorded:
    """Returns the tags written above."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def tag(self, captions: Sequence[str]) -> list[list[str]]:
        self.asked.append(len(captions))
        return [(DROPPED | KEPT)[caption].split() for caption in captions]


def test_the_examples_of_the_paper_are_dropped_and_ordinary_captions_stay() -> None:
    pairs = [Pair(f"{n}.jpg", (caption,), "wit") for n, caption in enumerate(DROPPED | KEPT)]
    tally = Tally("wit", read=len(pairs))
    kept = without_names(pairs, Recorded(), tally)
    assert [pair.captions[0] for pair in kept] == list(KEPT)
    assert tally.left_out == {ONLY_NAMES: 5}
    assert tally.kept == len(kept)


@pytest.mark.parametrize(
    ("tags", "dropped"),
    [
        ("PROPN PROPN PROPN PROPN NOUN", True),  # 80 % exactly
        ("PROPN PROPN PROPN NOUN", False),  # 75 %
        ("PROPN " * 11 + "NOUN NOUN NOUN", False),  # 78.6 %
        ("PROPN " * 12 + "NOUN NOUN NOUN", True),  # 80 % of fifteen
        ("PROPN PUNCT PROPN PUNCT SPACE SYM", True),  # what is no word is not counted
        ("PUNCT NOUN PUNCT", False),
        ("NUM PROPN", False),  # a year is a word
        ("PUNCT PUNCT", False),
        ("", False),
    ],
)
def test_the_share_is_of_words(tags: str, dropped: bool) -> None:
    assert only_names(tags.split()) is dropped


def test_a_photo_keeps_its_other_captions() -> None:
    pair = Pair("a.jpg", ("Kim Rhodes", "Tramonto"), "wit")
    tally = Tally("wit", read=1)
    assert without_names([pair], Recorded(), tally) == [Pair("a.jpg", ("Tramonto",), "wit")]
    assert tally.left_out == {}
    assert tally.captions_dropped == {ONLY_NAMES: 1}


def test_captions_are_tagged_many_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cercafoto.training.data.proper_nouns.BATCH", 4)
    tagger = Recorded()
    pairs = [Pair(f"{n}.jpg", tuple(KEPT), "wit") for n in range(2)]
    assert without_names(pairs, tagger, Tally("wit", read=2)) == pairs
    assert tagger.asked == [4, 4, 2]


def test_what_to_install_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("spacy", "stanza"):
        monkeypatch.setitem(sys.modules, name, None)
        with pytest.raises(InputError, match=f"{name} is not installed: `pip install {name}`"):
            tagger_named(name)
    with pytest.raises(InputError, match="unknown tagger 'treetagger'"):
        tagger_named("treetagger")


class _Tagged(types.SimpleNamespace):
    """A token or word, under the names that spaCy and Stanza give its tag."""


def _pretend(monkeypatch: pytest.MonkeyPatch, name: str, **members: Any) -> None:
    module = types.ModuleType(name)
    module.__dict__.update(members)
    monkeypatch.setitem(sys.modules, name, module)


def test_spacy_is_asked_for_its_pipeline_and_tags(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    class Pipeline:
        def pipe(self, texts: Sequence[str]) -> Any:
            for text in texts:
                yield [_Tagged(pos_="PROPN" if w.istitle() else "NOUN") for w in text.split()]

    def load(name: str, exclude: list[str]) -> Pipeline:
        asked.append(name)
        if name == "it_none":
            raise OSError("[E050] Can't find model")
        return Pipeline()

    _pretend(monkeypatch, "spacy", load=load)
    tagger = tagger_named("spacy")
    assert tagger.tag(["Kim Rhodes", "un gatto", ""]) == [["PROPN"] * 2, ["NOUN"] * 2, []]
    assert asked == ["it_core_news_sm"]
    tagger_named("spacy:it_core_news_lg")
    assert asked[-1] == "it_core_news_lg"
    with pytest.raises(InputError, match="python -m spacy download it_none"):
        tagger_named("spacy:it_none")


def test_stanza_counts_the_words_of_a_contraction(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    class Pipeline:
        def __init__(self, language: str, **options: Any) -> None:
            asked.append((language, options))
            if options.get("dir") == "absent":
                raise FileNotFoundError("no resources.json")

        def bulk_process(self, texts: list[str]) -> list[Any]:
            words = {"dal": ["ADP", "DET"], "monte": ["NOUN"]}
            return [
                _Tagged(
                    sentences=[
                        _Tagged(words=[_Tagged(upos=u) for w in t.split() for u in words[w]])
                    ]
                )
                for t in texts
            ]

    _pretend(monkeypatch, "stanza", Pipeline=Pipeline)
    assert tagger_named("stanza").tag(["dal monte", "monte"]) == [["ADP", "DET", "NOUN"], ["NOUN"]]
    language, options = asked[0]
    assert language == "it" and options["download_method"] is None
    with pytest.raises(InputError, match=r"stanza\.download"):
        StanzaTagger(folder="absent")
