"""Report on a run: log, throughput."""
