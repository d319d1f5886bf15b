"""Machines of a Ray cluster that read and embed. The walk, the catalogue and every decision stay
where they are.

Begin with `ray_workers`: it hands parts of the work list (`work_parts`) to the processes of a
`fleet`, one for each core or GPU, and puts their results in order. Each process runs
`node_process`. Nothing of Ray is imported before a run that asks for it has something to read.
"""
