"""Read and embed files on the machines of a Ray cluster.

The walk, the catalogue and every decision stay on this machine. Begin with `ray_workers`: it hands
parts of the work list (`work_parts`) to the processes of a `fleet`, one for each core or GPU, and
puts their results in order. Each process runs `node_process`. Ray is imported only when a run that
asks for it has files to read.
"""
