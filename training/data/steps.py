"""Carry out the steps of `prepare`: each takes the options and returns the text to print."""

from __future__ import annotations

import argparse
import dataclasses
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from pathlib import Path

from cercafoto.base.atomic_file import replacing
from cercafoto.training.data import imagenet, shards, split
from cercafoto.training.data.captions import clean
from cercafoto.training.data.check_photos import readable
from cercafoto.training.data.checkpoint_translator import BATCH, CheckpointTranslator
from cercafoto.training.data.deepl import KEY, DeepL
from cercafoto.training.data.pairs import Pair, read_pairs, relocated, write_pairs
from cercafoto.training.data.photo_store import PhotoStore
from cercafoto.training.data.proper_nouns import tagger_named
from cercafoto.training.data.sources import (
    conceptual,
    foto_del_giorno,
    local,
    mscoco,
    wit,
)
from cercafoto.training.data.sources.downloaded import Downloaded
from cercafoto.training.data.tally import Tally
from cercafoto.training.data.translate import (
    COMMAND_BATCH,
    Cache,
    Command,
    Translator,
    cache_in,
    translate_new,
    untranslated,
)
from cercafoto.training.training_errors import InputError


def _wit(chosen: argparse.Namespace) -> str:
    # A missing model fails at once; listing the photos takes an hour.
    tagger = None if chosen.tagger == "none" else tagger_named(chosen.tagger)
    photos = Downloaded(chosen.images, chosen.list)
    return _checked(wit.build(chosen.tables, photos, tagger), photos.folder, chosen)


def _wit_urls(chosen: argparse.Namespace) -> str:
    return _urls(wit.urls(chosen.tables), chosen.out)


def _conceptual_urls(chosen: argparse.Namespace) -> str:
    urls = dict.fromkeys(url for url, _ in conceptual.read_published(chosen.table))
    return _urls(urls, chosen.out)


def _urls(urls: Iterable[str], path: Path) -> str:
    """Write a table of one column: img2dataset reads a plain list as CSV and stops at a comma."""
    lines = [f"{url}\n" for url in urls]
    with replacing(path) as partial, partial.open("w", encoding="utf-8", newline="\n") as out:
        out.writelines(["url\n", *lines])
    return f"{path}: {len(lines):,} URLs"


def _mscoco(chosen: argparse.Namespace) -> str:
    built = mscoco.build(chosen.annotations, chosen.images, chosen.held_out)
    return _checked(built, chosen.images, chosen)


def _conceptual(chosen: argparse.Namespace) -> str:
    photos = Downloaded(chosen.images, chosen.list)
    return _checked(conceptual.build(chosen.table, photos), photos.folder, chosen, chosen.limit)


def _foto_del_giorno(chosen: argparse.Namespace) -> str:
    photos = Downloaded(chosen.images, chosen.list) if chosen.images else None
    if chosen.pages.is_dir():
        return _checked(foto_del_giorno.from_pages(chosen.pages, photos), chosen.pages, chosen)
    return _checked(foto_del_giorno.from_dump(chosen.pages, photos), chosen.pages.parent, chosen)


def _local(chosen: argparse.Namespace) -> str:
    built = local.captioned(chosen.captions, chosen.words)
    return _checked(built, chosen.captions.parent, chosen)


def _stamps(chosen: argparse.Namespace) -> str:
    return _checked(local.stamps(chosen.folder), chosen.folder, chosen)


def _from_shards(chosen: argparse.Namespace) -> str:
    built = shards.pairs_of_shards(chosen.shards, chosen.out.parent)
    return _checked(built, chosen.out.parent, chosen)


def _translate(chosen: argparse.Namespace) -> str:
    photos = Downloaded(chosen.images, chosen.list) if chosen.images else None
    translator = _translator(chosen)
    # Of 3.3 million published captions, only those whose photo could be had are paid for.
    living = (
        (url, english)
        for url, text in conceptual.read_published(chosen.table)
        if (english := clean(text)) and (photos is None or photos.find(url))
    )
    rows = list(islice(living, chosen.limit))
    with cache_in(chosen.cache) as cache:
        if isinstance(translator, DeepL):
            missing = untranslated([english for _, english in rows], translator, cache)
            _agree_on_price(translator, missing, chosen.confirm)
        new = translate_new([english for _, english in rows], translator, cache, _progress)
        translated = _with_italian(rows, translator.name, cache)
    conceptual.write_translated(chosen.out, translated)
    counts = {"rows": len(rows), "written": len(translated), "translated now": new}
    return _counts(counts, chosen.out)


def _agree_on_price(translator: DeepL, captions: Sequence[str], confirmed: bool) -> None:
    """Tell what DeepL bills for the captions. Raises InputError if nobody has confirmed it."""
    characters = sum(map(len, captions))
    euros = translator.price(characters)
    told = f"DeepL: {len(captions):,} captions, {characters:,} characters: {euros:,.0f} €"
    if euros and not confirmed:
        raise InputError(f"{told}. Nothing has been sent: the same command with --confirm sends it")
    print(told, file=sys.stderr)


def _with_italian(
    rows: Sequence[tuple[str, str]], translator: str, cache: Cache
) -> list[tuple[str, str, str]]:
    cached = ((url, english, cache.find(translator, english)) for url, english in rows)
    return [(url, english, italian) for url, english, italian in cached if italian]


def _translator(chosen: argparse.Namespace) -> Translator:
    if chosen.command is not None:
        return Command(chosen.command, chosen.batch or COMMAND_BATCH)
    if chosen.model is not None:
        return CheckpointTranslator(chosen.model, chosen.batch or BATCH)
    key = os.environ.get(KEY, "")
    if not key:
        raise InputError(f"--deepl needs a key in the environment variable {KEY}")
    return DeepL(key, chosen.server)


def _unzip(chosen: argparse.Namespace) -> str:
    files, written = imagenet.unzip(chosen.archive, chosen.out)
    return _counts({"files": files, "written": written}, chosen.out)


def _imagenet(chosen: argparse.Namespace) -> str:
    unpacked = imagenet.unpack(chosen.archive, chosen.out, chosen.devkit)
    return _counts(dataclasses.asdict(unpacked), chosen.out)


def _split(chosen: argparse.Namespace) -> str:
    pairs = [
        pair
        for path in chosen.pairs
        for pair in relocated(read_pairs(path), path.parent, chosen.out)
    ]
    same = split.by_content(PhotoStore(chosen.out)) if chosen.same == "content" else split.by_path
    # The folder must be there for the paths that lead out of it.
    chosen.out.mkdir(parents=True, exist_ok=True)
    parts = split.split(pairs, chosen.valid, chosen.seed, same)
    write_pairs(chosen.out / "train.jsonl", parts.train)
    write_pairs(chosen.out / "valid.jsonl", parts.valid)
    return parts.table()


def _pack(chosen: argparse.Namespace) -> str:
    prefix = chosen.prefix or chosen.pairs.stem
    packed, tally = shards.pack(
        read_pairs(chosen.pairs), chosen.pairs.parent, chosen.out, prefix, chosen.megabytes * 10**6
    )
    return _saved(packed, tally, chosen.out / f"{prefix}.jsonl")


STEPS: dict[str, Callable[[argparse.Namespace], str]] = {
    "wit": _wit,
    "wit-urls": _wit_urls,
    "mscoco": _mscoco,
    "conceptual": _conceptual,
    "conceptual-urls": _conceptual_urls,
    "foto-del-giorno": _foto_del_giorno,
    "local": _local,
    "stamps": _stamps,
    "from-shards": _from_shards,
    "translate": _translate,
    "unzip": _unzip,
    "imagenet": _imagenet,
    "split": _split,
    "pack": _pack,
}


def _checked(
    built: tuple[list[Pair], Tally],
    root: Path,
    chosen: argparse.Namespace,
    limit: int | None = None,
) -> str:
    """Check the photos, write the first `limit` pairs whose photo decodes, report the counts."""
    pairs, tally = built
    if not chosen.no_check:
        pairs = readable(pairs, root, tally, chosen.workers)
    if limit is not None:
        tally.leave_out("beyond --limit", max(0, len(pairs) - limit))
        pairs = pairs[:limit]
    return _saved(relocated(pairs, root, chosen.out.parent), tally, chosen.out)


def _saved(pairs: Sequence[Pair], tally: Tally, out: Path) -> str:
    if not pairs:
        raise InputError(f"no pair is left, nothing is written\n{tally.table()}")
    write_pairs(out, pairs)
    return f"{tally.table()}\n{out}"


def _counts(counts: dict[str, int], out: Path) -> str:
    return "\n".join([*(f"{name:<15}{n:>11,}" for name, n in counts.items()), str(out)])


def _progress(so_far: int, total: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{so_far:,} of {total:,}", end="\n" if so_far == total else "", file=sys.stderr)
