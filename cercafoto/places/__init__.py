"""Places, offline: where a photo was taken, and what a name means in an archive."""
