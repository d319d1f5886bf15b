"""Give labels to photos: by a label file and the model, or by hand.

Begin with `tagging`. `label_file` reads a label file such as predefinite.txt, which comes with
cercafoto; `inflection` finds article, gender and plural of an Italian noun phrase.
"""
