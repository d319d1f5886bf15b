"""Find places offline: the place of a position, and the place that a name means in an archive.

Begin with `lookup`. `gazetteer` reads `luoghi.sqlite`, which `training/places` made.
"""
