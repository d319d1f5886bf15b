"""What several rooms stand on: paths, atomic files, errors of the system, word stems."""
