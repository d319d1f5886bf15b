"""An Italian CLIP of today, in three stages: `distil`, `lit`, `unfreeze`.

Each begins from a checkpoint folder (or the run of an earlier stage) and ends in a model folder.
`recipe` says what can be chosen, `stages` what each of the three does, `loop` how a step is made.
"""
