"""The workshop: models made and measured, with `python -m cercafoto.training`.

Two floors stand side by side, `clip_italian` (the reproduction) and `mini` (the embedded model);
both stand on `measure`, and that on `data`. `recipes` (a CLIP of today) stands on the first.
Begin with `__main__`, which names every command.
"""
