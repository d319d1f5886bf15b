"""The text of `python -m cercafoto.training --help` around the list of commands."""

from __future__ import annotations

from cercafoto.training.clip_italian.fields import manual

ABOUT = """\
Makes models for cercafoto, and measures them: from published pairs of photos
and Italian captions to a folder that `cercafoto modello aggiungi` takes. It
needs `pip install 'cercafoto[train]'`; searching needs none of it.

Every command has a --help of its own. What the searching part has to say, of a
model or a photo, is in Italian, as it is there."""

EXAMPLES = """\
examples:
    pairs of a source, parted into training and validation (docs/data.md):
        python -m cercafoto.training prepare local photos.jsonl \\
            --out pairs/mine.jsonl
        python -m cercafoto.training prepare split pairs/mine.jsonl --out pairs

    the published recipe in its two stages (docs/training.md):
        python -m cercafoto.training train --preset clip-italian-stage1 \\
            --train pairs/train.jsonl \\
            --valid pairs/valid.jsonl --out runs/stage1
        python -m cercafoto.training train --preset clip-italian-stage2 \\
            --init-from runs/stage1 --train pairs/train.jsonl \\
            --valid pairs/valid.jsonl --out runs/stage2

    all of that and both published tables, from the downloads:
        python -m cercafoto.training reproduce --only mscoco

    a run that was stopped, gone on with:
        python -m cercafoto.training train --resume --out runs/stage2

    a text tower of today, from a teacher's (docs/recipes.md):
        python -m cercafoto.training lit --teacher siglip2-base \\
            --train pairs/train.jsonl \\
            --valid pairs/valid.jsonl --out runs/lit

    small towers that pip installs, on a machine without a GPU:
        python -m cercafoto.training train --preset small-stage1 \\
            --set schedule.epochs=2 --train pairs/train.jsonl \\
            --valid pairs/valid.jsonl --out runs/small

    what came of it, beside the embedded model:
        python -m cercafoto.training evaluate --pairs pairs/valid.jsonl \\
            --model runs/stage2 --model mini

    a model folder, and its use:
        python -m cercafoto.training export --run runs/stage2 \\
            --to cercafoto mine
        cercafoto modello aggiungi mine

exit code: 0; 1 after one line of what went wrong; 2 for words that are no
command; 130 for a run that was interrupted, which --resume goes on with."""


def epilog() -> str:
    """Return the examples, the presets and the fields, in 80 columns."""
    return f"{EXAMPLES}\n\n{manual()}"
