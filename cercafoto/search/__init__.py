"""One query against an archive: candidates, ranking, confidence, explanation."""
