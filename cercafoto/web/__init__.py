"""The page: the archive in a browser, served on this machine to the person at its keyboard.

guard      who may ask at all: the Host, the token of the first address, the origin of a write
question   the address of a page <-> what is asked, and the chips that tell its reading
archive    answers a page at a time, pictures, the models kept loaded
kept       what takes long to make, for a while
turns      how many questions at once
uploads    pictures that are dropped on the page, decoded at arm's length
pages      the pages themselves
app        all of it as one ASGI application
serving    the port, the browser, the end
"""
