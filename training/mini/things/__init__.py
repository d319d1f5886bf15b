"""A head that tells things and people, trained on the maps of a finished image tower."""
