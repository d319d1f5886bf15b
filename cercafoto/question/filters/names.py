"""The filters for keywords of a photo's file and for labels; a photo must have all of them."""

from __future__ import annotations

from cercafoto.question.filters.filter import Filter, Option

KEYWORD = Option(
    "--parola-chiave",
    "keywords",
    "PAROLA",
    "Con questa parola chiave; ripetibile.",
    repeatable=True,
    completion="KEYWORD",
)
KEYWORDS = Filter[tuple[str, ...]](
    name="keywords",
    say=lambda keywords: f"parola chiave: {', '.join(keywords)}",
    hidden="non ha quella parola chiave",
    options=(KEYWORD,),
    parse=lambda typed: typed.several(KEYWORD),
    data=lambda keywords: {"keyword": list(keywords)},
)

LABEL = Option(
    "--etichetta",
    "labels",
    "NOME",
    "Con questa etichetta; ripetibile.",
    repeatable=True,
    completion="LABEL",
)
LABELS = Filter[tuple[str, ...]](
    name="labels",
    say=lambda labels: f"etichetta: {', '.join(labels)}",
    hidden="non ha quell'etichetta",
    options=(LABEL,),
    parse=lambda typed: typed.values.get(LABEL.key),
    data=lambda labels: {"label": list(labels)},
    is_told=False,
    is_content=True,
)
