"""Measure models: retrieval, zero-shot accuracy, verdicts."""
