"""What the screens are made of, a module for each."""
