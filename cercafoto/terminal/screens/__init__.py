"""The screens, a module for each; `photo` has what all of them do with a photo."""
