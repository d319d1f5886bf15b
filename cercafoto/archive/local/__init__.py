"""The catalogue: one SQLite file that is the truth about photos, vectors and tags.

A photo is a path; what it shows is a *content*, known by the SHA-256 of the file. Vectors and tags
belong to the content, so a moved file keeps them and a copy shares them. Every batch is written in
one transaction; whatever is not in here can be rebuilt from here. sqlite-utils makes and migrates
the tables; reading goes through plain sqlite3, because importing sqlite-utils costs more than a
whole query. Begin with `catalog`, which is the file and its parts; what both engines
are asked stands in `queries`.
"""
