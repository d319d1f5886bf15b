"""Answer a query from an archive: filter the photos, rank the candidates, decide which count."""

from __future__ import annotations

from collections.abc import Sequence

from cercafoto.archive.archive import Archive
from cercafoto.question.filters.filter import Filters
from cercafoto.question.filters.with_people import PEOPLE
from cercafoto.question.query import Query
from cercafoto.results.answer import NONE, Hit, SearchResult, Source
from cercafoto.search.examples import embed_examples
from cercafoto.search.feedback import Feedback
from cercafoto.search.own_matches import OwnMatches
from cercafoto.search.phrase import Phrase, embed
from cercafoto.search.precedence import precedence_of
from cercafoto.search.resolving import filters_of
from cercafoto.search.run import SearchRun
from cercafoto.search.shots import Shots

NEAREST_SHOWN = 3  # photos that are shown when none counts as an answer
# A photo counts as an answer from this confidence, and from this share of the likeliest one's.
RELEVANT_FROM, SHARE_OF_BEST = 0.05, 1 / 8


def answer(
    archive: Archive,
    query: Query,
    limit: int,
    *,
    min_confidence: float = 0.0,
    drop_unlikely: bool = False,
    tagged: bool = True,
    one_row_per_file: bool = False,
    every: bool = False,
) -> SearchResult:
    """Return the result of a search: at most `limit` photos, best first, or in the query's order if
    it has only filters. See `Library.search` for parameters and errors, `gather` for `every`."""
    words: list[Phrase] = []

    def relevant_from(best: float) -> float:
        return min_confidence or least_confidence(query, best)

    with archive.reading():
        own = OwnMatches.of(archive, query)
        narrowed = filters_of(archive, query, own)
        shots = Shots((), 0)
        sources: tuple[Source, ...] = ()
        if narrowed is not None:
            # The photos most like an example are other files of its shot: give each its own row.
            by_name = next((found for name, _, found in own.by_filter if name == PEOPLE.name), {})
            run = SearchRun(
                archive,
                query,
                tagged,
                one_row_per_file or query.is_likeness,
                relevant_from,
                own.evidence(),
                precedence_of(archive, query, by_name, narrowed),
                every,
            )
            if query.text or query.like:
                words = embed(archive.encoder, query)
                shots = _ranked(run, words, narrowed, limit)
            else:
                shots = run.list_matching(narrowed, limit)
            if own.by_filter and shots.total:
                files = shots.files or archive.photos.count_by_content(narrowed)
                sources = own.sources(archive, query, narrowed, files)
        hits = [hit for hit in shots.hits if hit.confidence >= min_confidence]
        verdict = verdict_on(archive, hits, words)
        if drop_unlikely:
            best = max((hit.confidence for hit in hits), default=0.0)
            likely = [hit for hit in hits if hit.confidence >= relevant_from(best)]
            hits = hits[:NEAREST_SHOWN] if verdict == NONE else likely or hits[:NEAREST_SHOWN]
        total = 0 if verdict == NONE else shots.total
        return SearchResult(
            query,
            archive.model.name,
            archive.model.fingerprint,
            verdict,
            tuple(hits),
            total,
            sources=sources if total else (),
        )


def _ranked(run: SearchRun, words: Sequence[Phrase], filters: Filters, limit: int) -> Shots:
    """Return the photos that fit the query's words, given as phrases, and its example photos."""
    query = run.query
    examples = embed_examples(run.archive, query)
    feedback = Feedback.of(run.archive, query.more, query.less)
    images = [(example.vectors, example.weight) for example in examples]
    known = (each.content for each in examples if each.content is not None)
    shown = tuple(known) if query.is_likeness else ()
    return run.rank(words, images, filters, limit, feedback, shown)


def least_confidence(query: Query, best: float) -> float:
    """Return the smallest confidence that counts as an answer if the likeliest photo has the
    confidence `best`. If the query has words, a photo far less likely than the best does not
    count."""
    return max(RELEVANT_FROM, SHARE_OF_BEST * best) if query.text else RELEVANT_FROM


def verdict_on(archive: Archive, hits: Sequence[Hit], words: Sequence[Phrase] = ()) -> str:
    """Return the verdict on an answer (FOUND, WEAK or NONE), from its largest confidence.

    words: the embedded phrases of the question. If there is only one, the verdict also depends on
        its kind and on how common it is in photos.
    """
    if not hits:
        return NONE
    best = max(hit.confidence for hit in hits)
    if len(words) != 1:
        return archive.encoder.calibration.verdict(best)
    return archive.encoder.calibration.verdict(
        best, words[0].kind, words[0].commonness(archive.encoder)
    )
