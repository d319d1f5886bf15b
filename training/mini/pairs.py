"""The photos and everything that may be said of each: captions, fragments of captions, search
words, names and hypernyms of its class; with and without articles.

People search with two or three words, captions have ten: so the words that we know (from search
words and class names) are looked for in every caption, and captions are cut into fragments.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# Kinds of text, in the order in which the training draws them (heads.py has the shares).
KINDS = ("caption", "fragment", "word")

_WORD = re.compile(r"[^\W\d_]+", re.UNICODE)
LONGEST_PHRASE = 4  # words: "sala da pranzo" has three

# Words that neither begin nor end a fragment, and that alone name nothing.
_FUNCTION_WORDS = """
a ad al allo alla ai agli alle all con col coi da dal dallo dalla dai dagli dalle dall di del
dello della dei degli delle dell e ed in nel nello nella nei negli nelle nell su sul sullo
sulla sui sugli sulle sull per tra fra il lo la i gli le l un uno una che chi cui si sta
stanno è sono ha hanno mentre come o suo sua suoi loro accanto vicino sotto sopra davanti
dietro dentro fuori lungo verso molto più altro altra altri altre
"""
FUNCTION_WORDS = frozenset(_FUNCTION_WORDS.split())
TEMPLATES = ("una foto di {}", "foto di {}", "{} in primo piano", "immagine di {}")


@dataclass
class Photo:
    """path: relative to the data folder. label: index of its ImageNet class, or None."""

    path: str
    captions: list[str]
    words: list[str] = field(default_factory=list)
    label: int | None = None

    @property
    def source(self) -> str:
        """The photo's data set: "flickr", "scene", ..."""
        return Path(self.path).parent.name


@dataclass(frozen=True)
class ClassTexts:
    """Italian words for one ImageNet class."""

    wnid: str
    names: tuple[str, ...]
    hypernyms: tuple[str, ...]
    context: tuple[str, ...]


def read_json_lines(path: Path) -> list[dict[str, Any]]:
    """Raises ValueError naming the line that is not JSON."""
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip():
            try:
                rows.append(json.loads(line))
            except ValueError as error:
                raise ValueError(f"{path}, line {number}: {error}") from error
    return rows


def read_classes(path: Path) -> list[ClassTexts]:
    """`etichette_imagenet.jsonl`, in class order (sorted wnid)."""
    rows = sorted(read_json_lines(path), key=lambda row: row["i"])
    return [
        ClassTexts(r["wnid"], tuple(r["nomi"]), tuple(r["iperonimi"]), tuple(r["contesto"]))
        for r in rows
    ]


def read_photos(path: Path, classes: Sequence[ClassTexts]) -> list[Photo]:
    """`coppie_*.jsonl`: one photo a line."""
    index = {c.wnid: i for i, c in enumerate(classes)}
    return [
        Photo(
            r["image_path"],
            list(r["captions"]),
            list(r.get("parole", [])),
            index.get(r.get("wnid", "")),
        )
        for r in read_json_lines(path)
    ]


def said_of(photo: Photo, classes: Sequence[ClassTexts], context: bool = False) -> list[str]:
    """All that is written of a photo: captions, words, the names of its class and what these fall
    under; context: and where such things are seen."""
    said = [*photo.captions, *photo.words]
    if photo.label is not None:
        of = classes[photo.label]
        said += [*of.names, *of.hypernyms, *(of.context if context else ())]
    return said


def held_out(photo: Photo, share: float) -> bool:
    """Whether a photo is kept for choosing and calibrating: by its name, so the same in every
    run, and the same share of every data set."""
    digest = hashlib.sha256(photo.path.encode()).digest()
    return int.from_bytes(digest[:4], "big") / 2**32 < share


def spoken(photos: Sequence[Photo], seed: int) -> list[str]:
    """What is said of the photos, captions and words, each once, in an order of chance."""
    texts = sorted({text for photo in photos for text in (*photo.captions, *photo.words)})
    random.Random(seed).shuffle(texts)
    return texts


def words_of(text: str) -> list[str]:
    """Lower-case words, apostrophes apart: "un'auto" -> ["un", "auto"]."""
    return _WORD.findall(text.lower())


def lexicon(photos: Iterable[Photo], classes: Iterable[ClassTexts]) -> set[tuple[str, ...]]:
    """The words and phrases that name things, as tuples of words."""
    phrases = {tuple(words_of(w)) for p in photos for w in p.words}
    for c in classes:
        phrases |= {tuple(words_of(w)) for w in (*c.names, *c.hypernyms, *c.context)}
    return {
        p
        for p in phrases
        if 0 < len(p) <= LONGEST_PHRASE and not (len(p) == 1 and p[0] in FUNCTION_WORDS)
    }


def known_phrases(caption: str, phrases: set[tuple[str, ...]]) -> list[str]:
    """The lexicon's phrases inside a caption."""
    words = words_of(caption)
    return [
        " ".join(words[at : at + size])
        for size in range(1, LONGEST_PHRASE + 1)
        for at in range(len(words) - size + 1)
        if tuple(words[at : at + size]) in phrases
    ]


def fragments(caption: str) -> list[str]:
    """Pieces of two to six words, from one naming word to another, the article kept:
    "una bambina ride su un'altalena" -> "una bambina ride", "bambina ride su un' altalena"."""
    words = caption.replace("'", "' ").split()
    bare = [w.lower().strip(",.;:'’\"") for w in words]
    solid = [i for i, w in enumerate(bare) if w and w not in FUNCTION_WORDS]
    found = []
    for a, start in enumerate(solid):
        for end in solid[a + 1 :]:
            if end - start > 5:
                break
            article = start > 0 and bare[start - 1] in {"un", "uno", "una"}
            piece = " ".join(words[start - article : end + 1]).strip(",.;: ")
            if 1 < len(piece.split()) <= 6 and len(piece) < len(caption):
                found.append(piece.replace("' ", "'"))
    return found


def with_article(word: str) -> str:
    """A noun in -a or -o with the article that its ending suggests, right nine times in ten,
    which is all that a training text needs; any other word as it is."""
    last = word.split()[0][-1:]
    vowel = word[:1] in "aeiouàèéìòù"
    if last == "a":
        return f"un'{word}" if vowel else f"una {word}"
    if last == "o":
        hard = word[:1] == "z" or (word[:1] == "s" and word[1:2] not in "aeiou")
        return f"uno {word}" if hard else f"un {word}"
    return word


def texts_of(
    photo: Photo,
    classes: Sequence[ClassTexts],
    phrases: set[tuple[str, ...]],
    per_kind: int,
) -> dict[str, list[str]]:
    """kind -> texts, most `per_kind` fragments and variants; chosen by the photo's name."""
    digest = hashlib.sha256(photo.path.encode()).digest()
    pieces = [f for c in photo.captions for f in fragments(c)]
    pieces.sort(key=lambda f: hashlib.sha256(digest + f.encode()).digest())
    words = [w.lower() for w in photo.words]
    if photo.label is not None:
        words += [*classes[photo.label].names, *classes[photo.label].hypernyms]
    words += [w for c in photo.captions for w in known_phrases(c, phrases)]
    words = list(dict.fromkeys(words))
    variants = []
    for place, word in enumerate(words):
        turn = digest[place % len(digest)]
        variants.append(with_article(word))
        if turn % 4 == 0:
            variants.append(TEMPLATES[turn // 4 % len(TEMPLATES)].format(word))
    return {
        "caption": list(dict.fromkeys(photo.captions)),
        "fragment": list(dict.fromkeys(pieces))[:per_kind],
        "word": list(dict.fromkeys([*words, *variants])),
    }
