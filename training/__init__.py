"""The workshop: models made and measured, with `python -m cercafoto.training`.

Two floors stand side by side, `clip_italian` (the trainer: the reproduction, and the recipes of
today) and `mini` (the embedded model); both stand on `measure`, and that on `data`. Begin with
`__main__`, which names every command.
"""
