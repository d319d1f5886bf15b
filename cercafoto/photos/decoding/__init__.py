"""Decoding: bytes of any picture format -> upright RGB, in processes of their own.

Begin with `decoder_processes`. Each process runs `decoder_worker`, which reads files with
`photo_file`.
"""
