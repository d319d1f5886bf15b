"""The reading of a question: Italian words -> text for the tower, and conditions, explained.

Deterministic and offline. `reader` takes the sentence; `tokens`, `days`, `feasts` and `periods` are
what its grammars (`time_phrases`, `place_phrases`, `exclusion_phrases`) are made of; `wording` says
the result; `options` are the same conditions by option; `spelling` proposes and never corrects.
"""
