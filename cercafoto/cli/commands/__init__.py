"""The commands, a module for each thing that a person does."""
