"""Recognise photos that were moved and edited between two runs, and carry their labels over."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np

from cercafoto.archive.local.catalog import Catalog
from cercafoto.archive.local.edited_moves import MayBeEdited
from cercafoto.photos.decoding.file_kind import is_video
from cercafoto.photos.file_names import are_numbered_apart, is_same_name

# Cosine from which two photos of one camera and second are one shot, as in an answer; see
# `search.same_shot.SAME_MOMENT`. The old file is gone: its pixels cannot be compared.
SAME_SHOT = 0.8
_SECONDS = len("2019-08-14T10:30:05")


def follow_edited(catalog: Catalog, gone: Iterable[int], model_id: int) -> list[MayBeEdited]:
    """Give the new photos that are gone photos, moved and edited, the labels and the choices in
    collections of these, and forget the gone photos. Return what was followed. If a photo may be
    one of two, nothing is done for it. Call inside a transaction.

    gone: ids of photos that the run did not find.
    model_id: the model whose vectors are compared.
    """
    pairs = [pair for pair in catalog.edited_moves.candidates(gone) if _may_be_one_shot(pair)]
    followed = []
    for pair in _unambiguous(_alike(catalog, pairs, model_id)):
        catalog.intake.carry_labels(pair.gone_path, pair.new_content)
        followed.append(pair)
    catalog.intake.forget([pair.gone for pair in followed])
    return followed


def _may_be_one_shot(pair: MayBeEdited) -> bool:
    """Whether nothing but the picture speaks against a pair: not the fraction of the second, not
    the numbers of a burst."""
    fractions = (pair.gone_taken_at[_SECONDS:], pair.new_taken_at[_SECONDS:])
    return (
        (not all(fractions) or fractions[0] == fractions[1])  # some programs drop the fraction
        and not are_numbered_apart(pair.gone_path, pair.new_path)
        and not (is_video(pair.gone_path) or is_video(pair.new_path))
    )


def _alike(catalog: Catalog, pairs: Sequence[MayBeEdited], model_id: int) -> list[MayBeEdited]:
    """Return the pairs whose pictures are alike."""
    contents = {content for pair in pairs for content in (pair.gone_content, pair.new_content)}
    vectors = {
        content: np.frombuffer(stored, "<f2").astype(np.float32)
        for content, stored in catalog.vectors.stored(model_id, sorted(contents)).items()
    }
    return [
        pair
        for pair in pairs
        if {pair.gone_content, pair.new_content} <= vectors.keys()
        and float(vectors[pair.gone_content] @ vectors[pair.new_content]) >= SAME_SHOT
    ]


def _unambiguous(pairs: Sequence[MayBeEdited]) -> list[MayBeEdited]:
    """Return one pair for each two contents that can only be each other."""
    after, before = defaultdict[int, set[int]](set), defaultdict[int, set[int]](set)
    for pair in pairs:
        after[pair.gone_content].add(pair.new_content)
        before[pair.new_content].add(pair.gone_content)
    chosen: dict[int, MayBeEdited] = {}
    for pair in pairs:
        if len(after[pair.gone_content]) == len(before[pair.new_content]) == 1:
            known = chosen.setdefault(pair.gone_content, pair)
            # Of several files with one content, the one that kept its name.
            if is_same_name(pair.gone_path, pair.new_path) and not is_same_name(
                known.gone_path, known.new_path
            ):
                chosen[pair.gone_content] = pair
    return list(chosen.values())
