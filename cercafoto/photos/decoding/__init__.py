"""Decoding: bytes of any picture format -> upright RGB, in processes of their own.

Begin with `processes`; what runs in each process is `worker`, what it reads is `photo_file`.
"""
