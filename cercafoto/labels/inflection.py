"""Find article, gender and plural of Italian noun phrases by rule: "gatto nero" is masculine, "un
gatto nero", "il gatto nero", "gatti neri".

The words that the rules would get wrong are listed in `irregular_words`. Phrases that are not noun
phrases ("dormire", "al tramonto", "Roma") have no other forms.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from cercafoto.labels.irregular_words import irregular, plurals, singulars

VOWELS = "aeiouàáèéìíòóùú"
M, F = "m", "f"


class Noun(NamedTuple):
    """A noun phrase without its article.

    head: index of the noun in `words`.
    gender: M or F.
    """

    words: tuple[str, ...]
    head: int
    gender: str
    is_plural: bool

    @property
    def bare(self) -> str:
        return _joined(self.words)

    @property
    def is_mass(self) -> bool:
        return not self.is_plural and self.words[self.head].lower() in irregular("mass")

    @property
    def indefinite(self) -> str:
        """The phrase with an indefinite article: "un gatto", "dei gatti", "della neve"."""
        if self.is_plural or self.is_mass:
            return with_article("del", self.bare, self.gender, self.is_plural)
        return with_article("un", self.bare, self.gender)

    @property
    def definite(self) -> str:
        """The phrase with its definite article: "il gatto", "i gatti", "l'isola"."""
        return with_article("il", self.bare, self.gender, self.is_plural)

    @property
    def plural(self) -> str | None:
        """The plural of the phrase ("gatti neri"); the phrase itself if it is plural already; None
        for a mass noun ("neve") and for a phrase with "che"."""
        if self.is_plural:
            return self.bare
        if self.is_mass or "che" in self.words:  # the verb of a clause would have to agree
            return None
        words = list(self.words)
        for i in range(self._agreeing()):
            words[i] = plural_word(words[i], gender_of(words[i]) if i == self.head else None)
        return _joined(words)

    def _agreeing(self) -> int:
        """Return the index of the first preposition after the noun, where the words that agree with
        the noun end; the number of words if there is none."""
        for i in range(self.head + 1, len(self.words)):
            if self.words[i].lower().strip("'") in irregular("prepositions"):
                return i
        return len(self.words)


def read_noun(phrase: str) -> Noun | None:
    """Return a phrase as a noun phrase, without its article; None if the noun would be a verb or a
    proper name, or if the phrase begins with a preposition or a number."""
    words = re.findall(r"[^\s']+'?", phrase.replace("’", "'"))
    if len(words) > 1 and _is_article(words[0]):
        words = words[1:]
    if not words:
        return None
    first = words[0].lower().strip("'")
    if first in irregular("prepositions") or first in irregular("numerals"):
        return None
    head = 0
    if len(words) > 1 and words[0].lower() in irregular("before the noun"):
        follows = words[1].lower().strip("'")
        head = 0 if follows in irregular("prepositions") else 1
    noun = words[head]
    if not noun[0].isalpha() or noun[0].isupper() or _is_verb(noun):
        return None
    plural = is_plural(noun)
    return Noun(tuple(words), head, gender_of(noun), plural)


def gender_of(noun: str) -> str:
    """Return the gender of a noun, M or F, from the lists or from its ending."""
    word = noun.lower()
    if word in irregular("feminine") or word in irregular("feminine in the plural"):
        return F
    if word in irregular("masculine"):
        return M
    if word in singulars():
        return gender_of(singulars()[word])
    if word in irregular("plural in e") or re.search(
        r"(che|ghe|tà|tù|trici|zioni|sioni|gioni)$", word
    ):
        return F
    if re.search(r"(zione|sione|gione|nione|trice|udine|ie|ice)$", word):
        return F if word not in {"codice", "indice", "pollice", "giudice", "vertice"} else M
    if word.endswith("ista"):  # "un turista"; "una lista" is in the lexicon
        return M
    if word.endswith("i") and f"{word[:-1]}e" in irregular("feminine"):
        return F
    return F if word.endswith("a") else M


def is_plural(noun: str) -> bool:
    """Whether a noun is plural."""
    word = noun.lower()
    if word in singulars() or word in irregular("plural in e"):
        return True
    if word in irregular("invariable"):
        return False
    if word.endswith("i"):
        return word not in irregular("singular in i")
    return word.endswith(("che", "ghe"))


def plural_word(word: str, gender: str | None = None) -> str:
    """Return the plural of a noun or adjective; the word itself if it does not change.

    gender: gender of a noun, M or F; None to find it from the word.
    """
    low = word.lower()
    if low in plurals():
        return plurals()[low]
    flower = gender is not None and low in irregular("colours that are flowers")
    if (
        (low in irregular("invariable") and not flower)
        or low[-1] not in "aeo"
        or low.endswith("ie")
    ):
        return word
    if (gender or gender_of(low)) == M and low.endswith("a"):
        return _hard(word) + "i"
    if low.endswith("a"):
        return _plural_in_a(word)
    if low.endswith("io"):
        return word[:-1]
    if low.endswith("co"):
        # "medico", stressed early, has "medici"; "parco", stressed late, has "parchi".
        return word[:-1] + ("i" if low.endswith("ico") else "hi")
    if low.endswith("go"):
        return word[:-1] + "hi"
    return word[:-1] + "i"


def with_article(kind: str, phrase: str, gender: str, plural: bool = False) -> str:
    """Return a phrase with an article in its right form.

    kind: "un" (indefinite), "il" (definite) or "del" (partitive).
    gender: M or F.
    """
    low = phrase.lower()
    sounded = low[1:] if low.startswith("h") else low
    vowel = sounded[:1] in VOWELS
    if kind == "un":
        if gender == F:
            return f"un'{phrase}" if vowel else f"una {phrase}"
        return f"uno {phrase}" if is_impure(low) else f"un {phrase}"
    if plural:
        special = gender == M and (vowel or is_impure(low) or low.split()[0] == "dei")
        definite = "le" if gender == F else "gli" if special else "i"
        partitive = {"le": "delle", "gli": "degli", "i": "dei"}
        return f"{definite if kind == 'il' else partitive[definite]} {phrase}"
    if vowel:
        return f"l'{phrase}" if kind == "il" else f"dell'{phrase}"
    singular = "la" if gender == F else "lo" if is_impure(low) else "il"
    partitive = {"la": "della", "lo": "dello", "il": "del"}
    return f"{singular if kind == 'il' else partitive[singular]} {phrase}"


def is_impure(word: str) -> bool:
    """Whether a word, in lower case, begins with sounds before which the masculine article is
    "uno", "lo", "gli"."""
    if word.split()[0] in irregular("like impure s"):
        return True
    return bool(re.match(rf"s[^{VOWELS}\W]|z|x|y|gn|ps|pn|i[aeou]", word))


def _plural_in_a(word: str) -> str:
    """Return the plural in -e of a word in -a: barca, barche; arancia, arance. The i of -cia and
    -gia stays after a vowel: ciliegia, ciliegie."""
    low = word.lower()
    if low.endswith(("ca", "ga")):
        return word[:-1] + "he"
    if low.endswith(("cia", "gia")) and low[-4:-3] not in VOWELS:
        return word[:-2] + "e"
    return word[:-1] + "e"


def _hard(word: str) -> str:
    return word[:-1] + ("h" if word.lower().endswith(("ca", "ga")) else "")


def _is_article(word: str) -> bool:
    low = word.lower()
    return low in irregular("articles") or (low.endswith("'") and low[:-1] in irregular("elided"))


def _is_verb(word: str) -> bool:
    low = word.lower()
    if low in irregular("nouns like verbs") or low.endswith("iere"):
        return False
    return len(low) > 4 and low.endswith(("are", "ere", "ire", "arsi", "ersi", "irsi"))


def _joined(words: list[str] | tuple[str, ...]) -> str:
    return " ".join(words).replace("' ", "'")
