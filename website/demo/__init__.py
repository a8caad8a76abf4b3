"""Invented people in real counties, so that a new installation can be tried. Data, loaded by a command."""
