"""What a run says of itself: log, plots, throughput."""
