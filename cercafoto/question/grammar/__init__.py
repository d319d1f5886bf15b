"""Grammars of Italian phrases, a module for each kind. Begin with `time_phrases`.

A reader takes the tokens `t`, the index `i` where a phrase may begin and, for times, the day of
today, `now`. It returns what the phrase says and where it ends, or None.
"""
