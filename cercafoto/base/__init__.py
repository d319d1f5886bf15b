"""What several rooms stand on: paths, atomic files, OS errors in Italian, words, arrays, caches.

Nothing here knows what a photo or a question is.
"""
