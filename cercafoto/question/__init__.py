"""The reading of a question: Italian words -> text for the tower, and conditions, explained.

Deterministic and offline. `read` takes the sentence; `words`, `days`, `feasts` and `periods` are
what its grammars (`when`, `where`, `without`) are made of; `line` says the result; `options` are
the same conditions by option; `spelling` proposes and never corrects.
"""
