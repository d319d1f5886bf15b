"""Grammars of Italian phrases, a module for each kind of phrase. Begin with `time_phrases`.

A function that reads a phrase takes the tokens `t` of a sentence, the index `i` where the phrase
may begin and, for times, the date of today, `now`. It returns what the phrase says and `end`, the
index of the token after the phrase; None if there is no such phrase.
"""
