"""Keep an archive up to date with its folders: update, watch, check, clean."""
