"""Make models and measure them, with `python -m cercafoto.training`.

`__main__` names every command: begin there. `clip_italian` (the trainer: the reproduction, and the
recipes of today) and `mini` (the embedded model) stand side by side. Both import `measure`, which
imports `data`.
"""
