"""Turn a question in Italian into a query with filters, without SQL, numpy or a model.

Begin with `question`, what was typed, and `query`, what was understood. `reader` splits a sentence
into phrases, which the modules of `grammar` read.
"""
