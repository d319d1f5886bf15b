"""Models measured: retrieval, zero-shot accuracy, verdicts."""
