"""Render the explanation of an answer (`cerca --spiega`), as lines and as JSON data."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cercafoto.cli.render.formatting import count, decimal, text_lines
from cercafoto.cli.render.short_path import in_line
from cercafoto.labels.inflection import F, M, Noun, read_noun
from cercafoto.question.filters.all_filters import FILTERS
from cercafoto.question.things_asked import ANY, GROUP, MANY, name_of
from cercafoto.question.wording import explain
from cercafoto.results.answer import EVIDENCE_IN_WORDS, WRITTEN

if TYPE_CHECKING:
    from cercafoto.question.query import Query
    from cercafoto.search.explain import Explanation, HiddenPhoto, HitReason, Reason
    from cercafoto.search.thing_evidence import CountedThing

# Kind of a `Reason` (the name of a filter, or another kind) -> why the photo is hidden.
_REASONS = {each.name: each.hidden for each in FILTERS} | {
    "less": "scartata con --meno",
    "unsure": "la fiducia è troppo poca",
}


def explanation_text(query: Query, explanation: Explanation) -> str:
    """Return lines that say how each word was understood, what the model was asked, what speaks
    for each photo, and which photos are hidden and why."""
    lines = explain(query)
    if explanation.phrases:
        lines.append(f"Al modello: {_phrases(explanation.phrases)}.")
    if explanation.doubted:
        lines.append(say_doubted(explanation.doubted))
    for concept, phrases, number in explanation.exclude:
        photos = f"{count(number, 'foto', 'foto') or 'nessuna foto'}"
        how = f"cercate come {_joined(phrases)}" if phrases else "riconosciute dal modello"
        if concept in explanation.names:
            how = "con questo nome fra le tue parole"
        lines.append(f"Da escludere, {concept}: {photos}, {how}.")
    eligible = ""
    if explanation.eligible < explanation.photos:
        pass_filters = count(explanation.eligible, "rispetta", "rispettano") or "nessuna rispetta"
        eligible = f", {pass_filters} i filtri"
    lines.append(f"Foto diverse nell'archivio: {explanation.photos}{eligible}.")
    if explanation.labels:
        near = ", ".join(f"{name} ({decimal(score, 2)})" for name, score in explanation.labels)
        lines.append(f"Etichette più somiglianti alla domanda: {near}.")
    lines += [_hit(rank, hit) for rank, hit in enumerate(explanation.standings, start=1)]
    if explanation.hidden:
        lines.append("Più somiglianti alla domanda, ma nascoste:")
        lines += [_hidden(hidden) for hidden in explanation.hidden]
    return text_lines(lines, indent=5)


def say_doubted(texts: Iterable[str]) -> str:
    """Return a line about words that the model does not know well."""
    return f"Poco noto al modello: {_joined(texts)}; la fiducia è ridotta."


def _phrases(phrases: Iterable[tuple[str, float]]) -> str:
    return ", ".join(
        f"«{text}»" + ("" if weight == 1 else f" (peso {decimal(weight, 2)})")
        for text, weight in phrases
    )


def _joined(phrases: Iterable[str]) -> str:
    return ", ".join(f"«{phrase}»" for phrase in phrases)


def _hit(rank: int, hit: HitReason) -> str:
    confidence = f"{hit.confidence:.0%}"
    if hit.parts:
        confidence += f" ({', '.join(f'{part} {sure:.0%}' for part, sure in hit.parts)})"
    evidence = f"; {EVIDENCE_IN_WORDS[hit.evidence]}" if hit.evidence else ""
    if hit.evidence == WRITTEN:
        words = ", ".join(" ".join(words.split()) for words in dict.fromkeys(hit.written))
        evidence += f": {words}; a vista {hit.seen:.0%}"
    things = "".join(f"; {_thing(thing)}" for thing in hit.things)
    return f"  {rank}  {in_line(hit.path, 6)}: fiducia {confidence}{evidence}{things}"


def _thing(thing: CountedThing) -> str:
    """Return in Italian how a thing was seen: "3 persone viste, ne volevi 2", "non si vede un
    cane"."""
    (classes, asked), count, likely = thing
    noun = read_noun(name_of(classes)) or Noun((name_of(classes),), 0, M, False)
    several = noun.is_plural or noun.is_mass  # broccoli, sci
    if asked == ANY or (several and not count):
        see = f"si vedono {noun.bare}" if several else f"si vede {noun.indefinite}"
        return see if likely >= 0.5 else f"non {see}"
    one, more = ("a", "e") if noun.gender == F else ("o", "i")
    if count > 1:
        seen = f"{count} {noun.plural or noun.bare} vist{more}"
    else:
        seen = f"{noun.indefinite if count else f'ness{noun.indefinite}'} vist{one}"
    if asked in (MANY, GROUP):
        wanted = "almeno 2" if asked == MANY else f"tant{more}"
        return seen if asked == MANY and count > 1 else f"{seen}, ne volevi {wanted}"
    if asked == count:
        return seen
    return f"{seen}, {f'ne volevi {asked}' if asked else 'non ne volevi'}"


def _hidden(hidden: HiddenPhoto) -> str:
    why = ", ".join(map(_reason, hidden.reasons))
    return f"  {in_line(hidden.path, 11)} ({decimal(hidden.score, 3)}): {why}"


def _reason(reason: Reason) -> str:
    if reason.kind == "shows":
        return f"mostra {reason.what} ({reason.confidence:.0%})"
    return _REASONS[reason.kind]
