"""A question: Italian words in, a query out, filters among it. No SQL, no numpy, no model.

Begin with `question`, as typed, and `query`, as understood; `reader` takes a sentence apart with
the phrases of `grammar`.
"""
