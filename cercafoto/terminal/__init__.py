"""Show photos in the terminal: thumbnails of `cerca --anteprima`, and the screen of `sfoglia`.

`graphics` detects how a terminal can show images, and `images` draws them. The screen begins in
`start` and `app`; `screens` has a module for each screen, `widgets` for each part. Only `app` and
the modules below it import Textual: it is an extra, and takes as long to load as a search.
"""
