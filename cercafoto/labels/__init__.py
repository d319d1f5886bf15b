"""Labels: a label file, the sentences that stand for a label, which labels a photo bears.

Begin with `tagging`. `label_file` reads etichette.txt, or predefinite.txt, the labels that come
with cercafoto; `inflection` knows article, gender and plural of an Italian noun phrase.
"""
