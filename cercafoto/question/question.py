"""A question as it was typed: words and options, not yet understood."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cercafoto.base.italian_counts import thousands
from cercafoto.base.piped_picture import PipedPicture
from cercafoto.errors import UsageError
from cercafoto.question.filters.all_filters import OPTIONS
from cercafoto.question.filters.filter import NO_FILTERS, Filters, tidy_value
from cercafoto.question.values import ORDER_NAMES

MOST_LETTERS = 1_000  # of a question, and of the value of an option


@dataclass(frozen=True)
class Question:
    """What a person asks on the command line, on the page or from Python.

    words: the sentence, whole or in pieces that are joined with spaces.
    like: example photos to resemble; "foto.jpg:0.5" gives a photo half the weight.
    without: concepts that a photo must not show.
    typed: the values of the filters' options as typed: `Option.key` -> value.
    order: a key of `values.ORDER_NAMES`; None if not chosen.
    literal: whether the words are text for the model and nothing else, not dates or places.
    more, less: paths of indexed photos to move the question towards, and away from.
    """

    words: tuple[str, ...] = ()
    like: tuple[Path | PipedPicture, ...] = ()
    without: tuple[str, ...] = ()
    typed: Filters = NO_FILTERS
    order: str | None = None
    literal: bool = False
    more: tuple[bytes, ...] = ()
    less: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        """Check `typed`. Raises TypeError for an option that no filter has."""
        if unknown := set(self.typed) - {option.key for option in OPTIONS}:
            raise TypeError(f"no filter has the option {', '.join(sorted(unknown))}")

    @property
    def sentence(self) -> str:
        """The words on one line, with single spaces."""
        return " ".join(" ".join(self.words).split())

    def named_order(self) -> str | None:
        """Return the order that the option --ordina asks for, one of `values.ORDERS`; None without
        the option. Raises UsageError for an unknown order."""
        from cercafoto.question.grammar.tokens import fold

        name = tidy_value("--ordina", self.order)
        order = None if name is None else ORDER_NAMES.get(fold(name))
        if name is not None and order is None:
            *others, last = ORDER_NAMES
            raise UsageError(f"--ordina vuole {', '.join(others)} o {last}, non «{self.order}».")
        return order

    def refuse_too_long(self) -> None:
        """Raise UsageError if the words, or a text in an option, have more than MOST_LETTERS
        letters."""
        texts = [("La domanda", " ".join(self.words))]
        texts += [("Il valore di --senza", concept) for concept in self.without]
        for option in OPTIONS:
            if option.kind is str:
                values = option.values(self.typed)
                texts += [(f"Il valore di {option.flag}", each) for each in values]
        for what, text in texts:
            if len(text) > MOST_LETTERS:
                raise UsageError(
                    f"{what} ha {thousands(len(text))} lettere: al massimo sono "
                    f"{thousands(MOST_LETTERS)}.",
                    "Accorcia il testo e riprova.",
                )

    def __bool__(self) -> bool:
        """Whether anything is asked."""
        return self != Question()
