"""What a certificate is on paper: its number, its sentence, its fonts and its PDF.

Nothing here asks the database. ``number`` makes and checks numbers, ``snapshot`` holds the frozen
facts, ``wording`` says them, ``glyphs`` knows which characters the fonts have, ``paper`` draws.
"""
