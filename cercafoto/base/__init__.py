"""Code that the other packages share: paths, atomic files, OS errors in Italian, words, arrays.

Nothing here knows what a photo or a question is.
"""
