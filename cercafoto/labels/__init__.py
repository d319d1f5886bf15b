"""etichette.txt -> labels, the sentences that stand for them, and which of them a photo bears.

grammar     the file: synonyms, `genere > specie`, sections, thresholds
inflection  article, gender and plural of an Italian noun phrase, with its `irregular_words`
prompts     a label -> the sentences whose mean vector stands for it
choice      confidences -> the labels of each photo
predefinite.txt   the labels that come with cercafoto, in the same grammar
"""

from cercafoto.labels.label_file import (
    DEFAULT,
    Label,
    Section,
    default_labels,
    parse_labels,
    read_labels,
)

__all__ = ["DEFAULT", "Label", "Section", "default_labels", "parse_labels", "read_labels"]
