"""Drop captions that are only names ("Dora Riparia", "Anna Maria Mozzoni", ...).

A caption is dropped if at least 80 % of it are proper nouns (arXiv:2108.08688, section 3). The
paper gives the share and the tag (PROPN of Universal Dependencies), but not which tokens it counts.
Here words are counted. Counting punctuation too would keep "Dora Riparia (Torino)", which says no
more than "Dora Riparia".
"""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Protocol

from cercafoto.training.data.pairs import Pair
from cercafoto.training.data.tally import Tally
from cercafoto.training.training_errors import InputError

SHARE = 0.8
NOT_WORDS = frozenset({"PUNCT", "SYM", "SPACE"})  # SPACE is spaCy's own
ONLY_NAMES = "only proper nouns"
BATCH = 1000  # captions tagged at a time


class Tagger(Protocol):
    """Tells the part of speech of each word of a caption."""

    def tag(self, captions: Sequence[str]) -> list[list[str]]:
        """Return the Universal Dependencies tag ("PROPN") of every token of each caption."""
        ...


def only_names(tags: Iterable[str], share: float = SHARE) -> bool:
    """Return True if `share` or more of the words with these tags are proper nouns."""
    words = [tag for tag in tags if tag not in NOT_WORDS]
    return bool(words) and words.count("PROPN") / len(words) >= share


def without_names(pairs: Sequence[Pair], tagger: Tagger, tally: Tally) -> list[Pair]:
    """Return the pairs without captions that are only names; a pair left without any is dropped."""
    captions = [caption for pair in pairs for caption in pair.captions]
    dropped = {
        caption
        for first in range(0, len(captions), BATCH)
        for caption, tags in _tagged(captions[first : first + BATCH], tagger)
        if only_names(tags)
    }
    remaining = []
    for pair in pairs:
        sentences = tuple(caption for caption in pair.captions if caption not in dropped)
        if sentences:
            tally.captions_dropped += Counter({ONLY_NAMES: len(pair.captions) - len(sentences)})
            remaining.append(replace(pair, captions=sentences))
        else:
            tally.leave_out(ONLY_NAMES)
    return remaining


def _tagged(captions: Sequence[str], tagger: Tagger) -> Iterable[tuple[str, list[str]]]:
    return zip(captions, tagger.tag(captions), strict=True)


class SpacyTagger:
    """Tags with a spaCy pipeline, by its name or folder.

    `python -m spacy download it_core_news_sm` gets the smallest Italian one.
    """

    # Italian pipelines tag in the morphologizer; these cost time and change no tag.
    UNUSED = ("parser", "ner", "lemmatizer", "senter")

    def __init__(self, name: str = "it_core_news_sm") -> None:
        spacy = _module("spacy", f"then `python -m spacy download {name}`")
        try:
            self.pipeline = spacy.load(name, exclude=list(self.UNUSED))
        except OSError as error:
            raise InputError(
                f"spaCy has no pipeline {name!r}: `python -m spacy download {name}` gets it"
            ) from error

    def tag(self, captions: Sequence[str]) -> list[list[str]]:
        return [[token.pos_ for token in doc] for doc in self.pipeline.pipe(captions)]


class StanzaTagger:
    """Tags with Stanza's Italian pipeline, which only `stanza.download("it")` downloads."""

    def __init__(self, folder: str | None = None) -> None:
        download = "`python -c 'import stanza; stanza.download(\"it\")'`"
        stanza = _module("stanza", f"then {download}")
        places = {"dir": folder} if folder else {}
        try:
            self.pipeline = stanza.Pipeline(
                "it",
                processors="tokenize,mwt,pos",
                download_method=None,
                verbose=False,
                **places,
            )
        except Exception as error:  # one class of its own for each file that it misses
            raise InputError(
                f"Stanza has no 'it' models ({error}): {download} gets them"
            ) from error

    def tag(self, captions: Sequence[str]) -> list[list[str]]:
        docs = self.pipeline.bulk_process(list(captions))
        return [[w.upos for s in doc.sentences for w in s.words] for doc in docs]


def tagger_named(name: str) -> Tagger:
    """Return a tagger: "spacy", "spacy:it_core_news_lg", "spacy:FOLDER", "stanza", "stanza:FOLDER".

    Raises InputError.
    """
    kind, _, which = name.partition(":")
    if kind == "spacy":
        return SpacyTagger(which) if which else SpacyTagger()
    if kind == "stanza":
        return StanzaTagger(folder=which or None)
    raise InputError(f"unknown tagger {name!r}: spacy, spacy:PIPELINE, stanza or stanza:FOLDER")


def _module(name: str, then: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise InputError(f"{name} is not installed: `pip install {name}`, {then}") from error
