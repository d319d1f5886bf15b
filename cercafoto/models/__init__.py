"""Models: what they are (`model_folder`), which are known, how a checkpoint becomes one."""
