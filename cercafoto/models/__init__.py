"""Models: what they are (`folder`), which are known, how a checkpoint becomes one."""
