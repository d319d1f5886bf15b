"""Serve the archive as a page in the browser, to the person at this machine or behind a proxy.

Begin with `app`. `guard` decides whose requests are answered; `address` converts between a page's
address and the question; `page_answers` asks the archive; `pages` has a module for each page.
"""
