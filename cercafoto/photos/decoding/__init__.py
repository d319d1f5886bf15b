"""Decode picture files of any format into upright RGB pixels, in separate processes.

Begin with `decoder_processes`, which starts the processes. Each runs `decoder_worker`, which reads
files with `photo_file`.
"""
