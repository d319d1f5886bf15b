"""The words inside photos: an engine that reads them, in processes of its own; which photos first;
the lines in the order in which a person reads."""
