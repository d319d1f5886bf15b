"""An archive kept true to its folders: update, watch, check, clean."""
