"""What Italian phrases mean: a module for each kind."""
