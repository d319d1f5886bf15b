"""Turn a question in Italian into a query with filters, without SQL, numpy or a model.

Begin with `question`, what was typed, and `query`, what was understood. `reader` looks in
a sentence for phrases, which the modules of `grammar` read and those of `phrases` take out.
"""
