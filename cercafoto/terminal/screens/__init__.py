"""The screens, one module each; `photo` has what several screens do with a photo."""
