"""The terminal: small pictures in the output of a command, and the archive as a whole screen.

`means` tells what a terminal can show and `images` draws with it. The screen begins in `start` and
`app`; `screens` has a module for each, `widgets` what they are made of. Textual is imported by
`app` and what it stands on alone: it is an extra, and takes as long to load as a search.
"""
