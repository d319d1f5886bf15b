"""Ask the questions of `cerca` and write the answers: one question of the command line, or one for
each line of standard input."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from cercafoto.base.italian_counts import thousands
from cercafoto.base.paths import printable
from cercafoto.cli.answer_actions import AnswerActions, tell_number, tell_verdict
from cercafoto.cli.answer_format import AnswerFormat
from cercafoto.cli.app import DONE, FAILED
from cercafoto.cli.common import open_library, tell
from cercafoto.cli.console import report_error, write
from cercafoto.errors import CercafotoError
from cercafoto.settings import Settings

if TYPE_CHECKING:
    from cercafoto.library import Library
    from cercafoto.question.query import Query
    from cercafoto.question.question import Question
    from cercafoto.results.answer import SearchResult

USUAL_LIMIT = 10  # photos shown without --max
MOST_KEPT = 1000  # photos of an answer that --piu and --meno can name


class Asking(NamedTuple):
    """How questions are asked and answered, as the options say.

    limit: number of photos; None: as many as the question names, or the usual number. With None, a
        table leaves out unlikely photos.
    min_confidence: leave out photos with a lower confidence, 0 to 1.
    everything: show unlikely photos too, and each file of a shot in a row of its own.
    counted: write only the number of photos that match.
    explained: also write why these photos were found.
    """

    settings: Settings
    form: AnswerFormat
    actions: AnswerActions
    limit: int | None = None
    min_confidence: float = 0.0
    everything: bool = False
    counted: bool = False
    explained: bool = False

    def ask(self, library: Library, question: Question, line: str | None = None) -> int:
        """Ask a question, write the answer, and return the exit code. Raises the errors of
        `Library.parse` and `Library.search`.

        line: the question's line of standard input, if it is one of several.
        """
        from cercafoto.cli.last_answer import LastAnswer, save

        can_explain = self.explained and (self.form.json or not self.form.for_programs)
        if can_explain and self.settings.lacks_archive:
            from cercafoto.cli.question_reading import tell_reading

            tell("Qui non c'è ancora un archivio: la domanda è stata capita, non cercata.")
            return tell_reading(question, json=self.form.json)
        query = library.parse(question)
        if self.limit is not None:
            query = replace(query, limit=None)
        if not (self.form.json or self.explained or query.is_plain):
            from cercafoto.question.wording import say_query

            tell(printable(say_query(query)))
        if self.counted:
            result = library.search_all(
                query, min_confidence=self.min_confidence, one_row_per_file=self.everything
            )
            self._tell_corrected(result, question)
            write(f"{result.total}\n")
            return DONE
        if self.form.json_lines and self.limit is None and query.limit is None:
            result = self._every(library, query)
        else:
            result = self._first(library, query)
        if query.counts:
            result = self._with_number(library, query, result)
        answer = LastAnswer(question, tuple(hit.path for hit in result.hits[:MOST_KEPT]))
        save(self.settings.archive, answer)
        self._tell_corrected(result, question)
        if needs := self.form.needs:
            result = library.photos.with_data(result, needs)
        explanation = library.explain(result) if self.explained else None
        if explanation is not None:
            self.form.explain(result, explanation)
        if not self.form.json:
            if result.query.suggestions:
                tell(f"Forse cercavi: {', '.join(map(printable, result.query.suggestions))}.")
            tell_verdict(result)
        self.actions.show(self.settings, result)
        if self.form.json_lines:
            self._write_lines(library, result)
        else:
            self.form.write(result, explanation, line)
        if not self.form.json:
            tell_number(result)
        return self.actions.carry_out(
            self.settings, result, even_unlikely=not self._drops_unlikely(query)
        )

    def _drops_unlikely(self, query: Query) -> bool:
        """Whether to leave out photos too unlikely to count as an answer."""
        # Only for a person who asks in words. A program chooses for itself, and an example photo
        # asks for the most similar ones, however similar they are.
        return self.limit is None and not (
            self.everything or self.min_confidence or self.form.for_programs or query.is_likeness
        )

    def _first(self, library: Library, query: Query) -> SearchResult:
        """Return as many photos as are asked for."""
        return library.search(
            query,
            self.limit or query.limit or USUAL_LIMIT,
            min_confidence=self.min_confidence,
            drop_unlikely=self._drops_unlikely(query),
            one_row_per_file=self.everything,
        )

    def _every(self, library: Library, query: Query) -> SearchResult:
        """Return all photos that answer; with `everything` the nearest ones if none does."""
        from cercafoto.results.answer import NONE

        result = library.search_all(
            query,
            min_confidence=self.min_confidence,
            drop_unlikely=not self.everything,
            one_row_per_file=self.everything,
            every=True,
        )
        answers = result.verdict != NONE or self.everything
        return result if answers else replace(result, hits=())

    def _write_lines(self, library: Library, result: SearchResult) -> None:
        """Write each photo as a line of JSON, as soon as its data are read."""
        from cercafoto.base.json_keys import as_json

        for hit in library.photos.each(result):
            write(as_json(hit, one_line=True))

    def _with_number(self, library: Library, query: Query, result: SearchResult) -> SearchResult:
        """Return an answer with the number of its photos, and tell a person the number."""
        if result.total is None:
            every = library.search_all(query, min_confidence=self.min_confidence)
            result = replace(result, total=every.total)
        if not self.form.for_programs:
            write(f"{thousands(result.total or 0)} foto.\n")
        return result

    def ask_each(self, lines: Iterable[str], question: Question) -> int:
        """Ask `question` once for each line, with the line as its words; return the worst exit
        code.

        If a line causes an error, the error is written and the next line is asked. Each answer is
        flushed at once: the asking program may wait for it before it asks again.

        Raises ArchiveError and ModelError if no line can be answered.
        """
        from cercafoto.archive.open_archive import open_archive

        # Loading the graph of a large archive would delay the first answer.
        archive = open_archive(self.settings, resident=True, graph=False)
        library = open_library(self.settings, archive)
        _ = archive.model
        is_interactive = sys.stdin.isatty() and sys.stdout.isatty()
        codes = {DONE}
        for line in lines:
            if not (self.form.for_programs or self.counted or is_interactive):
                write(f"{printable(line)}\n")
                sys.stdout.flush()
            try:
                archive = library.archive = archive.renew()
                codes.add(self.ask(library, replace(question, words=(line,)), line))
            except CercafotoError as error:
                report_error(error)
                codes.add(error.exit_code)
                self._write_nothing(line, error)
            if not (self.form.json or self.counted):
                write(self.form.separator)
            sys.stdout.flush()
        return FAILED if FAILED in codes else max(codes)

    def _tell_corrected(self, result: SearchResult, question: Question) -> None:
        """Tell the person which misspelt words were replaced."""
        if result.corrected and not self.form.json:
            tell(printable(_say_corrected(result, " ".join(question.words))))

    def _write_nothing(self, line: str, error: CercafotoError) -> None:
        """Write a placeholder for a missing answer, so that answers still match their lines."""
        if self.form.json:
            from cercafoto.cli.render.search import error_json

            write(error_json(line, error))
        elif self.counted:
            write("\n")


def _say_corrected(result: SearchResult, words: str) -> str:
    """Return a line with the misspelt words that were replaced, and how to search for them as
    typed.

    words: the question as typed.
    """
    typed, meant = (
        (f"«{word}»" for word in words) for words in zip(*result.corrected, strict=True)
    )
    return (
        f"Ho cercato {', '.join(meant)}. Per cercare invece {', '.join(typed)}: "
        f"cercafoto cerca --letterale {shlex.quote(words)}"
    )
