"""Reasons of an answer, in lines that a person reads and as data."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from cercafoto.base.paths import printable
from cercafoto.cli.render.formatting import count, decimal
from cercafoto.cli.render.short_path import in_line
from cercafoto.question.filters.all_filters import FILTERS
from cercafoto.question.wording import explain
from cercafoto.results import EVIDENCE_IN_WORDS, WRITTEN

if TYPE_CHECKING:
    from cercafoto.question.query import Query
    from cercafoto.search.explain import Explanation, HiddenPhoto, HitReason, Reason

# Why a photo is hidden: by the name of the filter that it does not fulfil, and otherwise.
_REASONS = {each.name: each.hidden for each in FILTERS} | {
    "less": "scartata con --meno",
    "unsure": "la fiducia è troppo poca",
}


def explanation_text(query: Query, explanation: Explanation) -> str:
    """Tell what became of every word, what the model was given, how the photos stand, what is
    hidden."""
    lines = explain(query)
    if explanation.phrases:
        lines.append(f"Al modello: {_phrases(explanation.phrases)}.")
    for concept, phrases, number in explanation.exclude:
        photos = f"{count(number, 'foto', 'foto') or 'nessuna foto'}"
        how = f"cercate come {_joined(phrases)}" if phrases else "riconosciute dal modello"
        lines.append(f"Da escludere, {concept}: {photos}, {how}.")
    eligible = ""
    if explanation.eligible < explanation.photos:
        fit = count(explanation.eligible, "rispetta", "rispettano") or "nessuna rispetta"
        eligible = f", {fit} le condizioni"
    lines.append(f"Foto diverse nell'archivio: {explanation.photos}{eligible}.")
    if explanation.labels:
        near = ", ".join(f"{name} ({decimal(score, 2)})" for name, score in explanation.labels)
        lines.append(f"Etichette più somiglianti alla domanda: {near}.")
    lines += [_standing(place, s) for place, s in enumerate(explanation.standings, start=1)]
    if explanation.hidden:
        lines.append("Più somiglianti alla domanda, ma nascoste:")
        lines += [_hidden(hidden) for hidden in explanation.hidden]
    return "".join(f"{printable(line)}\n" for line in lines)


def _phrases(phrases: Iterable[tuple[str, float]]) -> str:
    return ", ".join(
        f"«{text}»" + ("" if weight == 1 else f" (peso {decimal(weight, 2)})")
        for text, weight in phrases
    )


def _joined(phrases: Iterable[str]) -> str:
    return ", ".join(f"«{phrase}»" for phrase in phrases)


def _standing(place: int, standing: HitReason) -> str:
    sure = f"{standing.confidence:.0%}"
    if standing.parts:
        sure += f" ({_sure(standing.parts)})"
    also = f"; {EVIDENCE_IN_WORDS[standing.evidence]}" if standing.evidence else ""
    if standing.evidence == WRITTEN:
        words = ", ".join(" ".join(words.split()) for words in dict.fromkeys(standing.written))
        also += f": {words}; a vista {standing.seen:.0%}"
    return f"  {place}  {in_line(standing.path, beside=6)}: fiducia {sure}{also}"


def _sure(things: Iterable[tuple[str, float]]) -> str:
    return ", ".join(f"{thing} {sure:.0%}" for thing, sure in things)


def _hidden(hidden: HiddenPhoto) -> str:
    why = ", ".join(map(_reason, hidden.reasons))
    return f"  {in_line(hidden.path, beside=11)} ({decimal(hidden.score, 3)}): {why}"


def _reason(reason: Reason) -> str:
    if reason.kind == "shows":
        return f"mostra {reason.what} ({reason.confidence:.0%})"
    return _REASONS[reason.kind]


def explanation_data(explanation: Explanation) -> dict[str, Any]:
    """Give the explanation as JSON data; shares and confidences from 0 to 1."""
    return {
        "phrases": [{"text": text, "weight": weight} for text, weight in explanation.phrases],
        "exclude": [
            {"concept": concept, "phrases": list(phrases), "photos": number}
            for concept, phrases, number in explanation.exclude
        ],
        "photos": explanation.photos,
        "eligible": explanation.eligible,
        "labels": [{"label": name, "score": round(score, 6)} for name, score in explanation.labels],
        "hits": [
            {
                "path": os.fsdecode(s.path),
                "percentile": round(100 * s.archive, 2),
                "background_percentile": round(100 * s.background, 2),
                "parts": [{"text": part, "confidence": round(sure, 4)} for part, sure in s.parts],
                "labels": [
                    {"label": name, "confidence": round(sure, 4)} for name, sure in s.labels
                ],
                "evidence": s.evidence,
                "seen": round(s.seen, 4),
            }
            for s in explanation.standings
        ],
        "hidden": [
            {
                "path": os.fsdecode(h.path),
                "score": round(h.score, 6),
                "reasons": [
                    {
                        "kind": r.kind,
                        **(
                            {"what": r.what, "confidence": round(r.confidence, 4)} if r.what else {}
                        ),
                    }
                    for r in h.reasons
                ],
            }
            for h in explanation.hidden
        ],
    }
