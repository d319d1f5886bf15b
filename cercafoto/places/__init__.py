"""Places, offline: where a photo was taken, and what a name means in an archive.

Begin with `lookup`. `gazetteer` reads `luoghi.sqlite`, which `build_gazetteer` made.
"""
