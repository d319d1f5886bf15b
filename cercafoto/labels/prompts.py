"""Make the sentences whose mean vector stands for a label's phrase.

A template has one slot: `{}` for the phrase as written, `{un}` for the phrase with its indefinite
article, `{il}` with its definite article, `{plurale}` for its plural.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from cercafoto.labels.inflection import read_noun

# Measured with two editions of `mini` by `python -m tests.bench.label_prompts`.
# Against UNCHOSEN: words mAP 0.328 -> 0.333 and 0.333 -> 0.334, classes @1 0.385 -> 0.386 and
# 0.763 -> 0.775. The plural took away from both, the definite article from the first.
ENSEMBLE = ("{}", "{un}", "una foto di {}")

# The templates in a model folder if nobody chose templates for this model: then ENSEMBLE is used.
UNCHOSEN = ("{}", "una foto di {}", "foto di {}")

SLOT = re.compile(r"\{(un|il|plurale)?\}")


def templates_for(prompts: Sequence[str]) -> tuple[str, ...]:
    """Return the templates to use with a model whose `model.json` has these prompts."""
    return ENSEMBLE if tuple(prompts) == UNCHOSEN else tuple(prompts)


def sentences(phrase: str, templates: Sequence[str]) -> list[str]:
    """Return a phrase in each template, without repeated sentences. If the phrase lacks a form (a
    verb has no plural), the phrase as written takes its place."""
    noun = read_noun(phrase)
    forms = {"": phrase}
    if noun is not None:
        forms |= {"un": noun.indefinite, "il": noun.definite, "plurale": noun.plural or phrase}

    def filled(template: str) -> str:
        return SLOT.sub(lambda m: forms.get(m[1] or "", phrase), template)

    return list(dict.fromkeys(filled(template) for template in templates))
