"""Encoding: a model folder -> vectors of pictures and sentences, on the processor or on a GPU.

Begin with `encoder`; `device_encoder` opens the one for a run, on a device that `devices` names.
"""
