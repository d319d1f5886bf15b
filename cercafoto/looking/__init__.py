"""Look at every photo once with a sense, such as the one for words, and keep what was found."""
