"""The page: the archive in a browser, served on this machine to the person at its keyboard.

Begin with `app`. `guard` says who may ask at all, `address` turns the address of a page into what
is asked and back, `page_answers` asks the archive, a page at a time; `pages` has a module for each.
"""
