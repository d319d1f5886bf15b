"""Encoding: a model folder -> vectors of pictures and sentences, on the processor or on a GPU.

Begin with `encoder`; `devices` chooses, `gpu_encoder` stands on the `torch_*` modules.
"""
