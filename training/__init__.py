"""Make models and measure them, with `python -m cercafoto.training`.

`__main__` names every command: begin there. README.md says what each room is for.
"""
