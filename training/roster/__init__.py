"""Rosters: what a row says, what is wrong with it, and how to put it right.

Pure: nothing here reads or writes the database. `training.operations.roster` brings the regions,
the institutions and the people that are known, and writes what comes out.
"""
