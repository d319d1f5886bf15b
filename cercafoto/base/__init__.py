"""The ground of several rooms: paths, atomic files, OS errors in Italian, words, arrays, caches.

Nothing here knows what a photo or a question is.
"""
