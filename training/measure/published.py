"""Print measured figures beside the published ones of CLIP-Italian and its baseline.

Sources: model card and evaluation notebooks of clip-italian/clip-italian (2021); Bianchi et al.,
arXiv:2108.08688. mCLIP is sentence-transformers' clip-ViT-B-32-multilingual-v1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cercafoto.training.measure.evaluate import Report


@dataclass(frozen=True)
class Published:
    """A published table.

    percent: whether the figures are percentages.
    columns: model -> figure -> value.
    queries, photos: numbers of queries and photos.
    """

    title: str
    percent: bool
    columns: dict[str, dict[str, float]]
    queries: int
    photos: int


MSCOCO = Published(
    title="MSCOCO-IT, caption -> photo",
    percent=False,
    columns={
        "CLIP-Italian": {"MRR@1": 0.3797, "MRR@5": 0.5039, "MRR@10": 0.5204},
        "mCLIP": {"MRR@1": 0.2874, "MRR@5": 0.3957, "MRR@10": 0.4129},
    },
    # Captions in captions_ita_devset_unvalidated.json, and photos that this file names.
    queries=8_486,
    photos=1_696,
)


def _accuracy(*values: float) -> dict[str, float]:
    cuts = (1, 5, 10, 100)
    return {f"accuracy@{k}": value for k, value in zip(cuts, values, strict=True)}


IMAGENET = Published(
    title="ImageNet validation, DeepL's labels, template {}",
    percent=True,
    columns={
        "CLIP-Italian": _accuracy(22.11, 43.69, 52.55, 81.08),
        "mCLIP": _accuracy(20.15, 36.57, 42.91, 67.11),
    },
    queries=50_000,
    photos=50_000,
)
# With the templates of italian_templates_IT.txt, averaged. The baseline was measured without.
IMAGENET_TEMPLATES = Published(
    title="ImageNet validation, DeepL's labels, templates averaged",
    percent=True,
    columns={"CLIP-Italian": _accuracy(21.886, 43.086, 51.74, 82.066)},
    queries=50_000,
    photos=50_000,
)


def side_by_side(reports: dict[str, Report], published: Published | None = None) -> str:
    """Return a table as text: a line for each figure, a column for each model.

    reports: name of the model -> its report; all of the same set.
    """
    first = next(iter(reports.values()))
    columns: dict[str, dict[str, str]] = {}
    percent = published is not None and published.percent
    if published:
        for model, values in published.columns.items():
            form = "{:.2f}" if percent else "{:.4f}"
            columns[f"{model}, published"] = {k: form.format(v) for k, v in values.items()}
    for model, report in reports.items():
        columns[model] = {name: report.figure(name, percent) for name in first.figures}
    lines = [published.title if published else first.heading]
    if published:
        lines.append(f"measured: {first.heading}")
        if (first.queries, first.photos) != (published.queries, published.photos):
            lines.append(
                f"NOT the published set: that has {published.queries} queries, "
                f"{published.photos} photos"
            )
    rows = [["%" if percent else "", *columns]]
    rows += [[name, *(c.get(name, "") for c in columns.values())] for name in first.figures]
    notes = [f"{name}: {report.note}" for name, report in reports.items() if report.note]
    return "\n".join([*lines, "", *_aligned(rows), *notes])


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    return [
        "  ".join(
            cell.ljust(width) if at == 0 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
