"""Embed images and sentences with a model folder, on the processor or on a GPU.

Begin with `encoder`. `device_encoder.open_encoder` opens the encoder for an indexing run, on one of
the devices that `devices` lists.
"""
