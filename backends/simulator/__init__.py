"""Simulated card printers: what they say, and the physical world they stand in.

They judge the printer languages, and so share no code and no table with them: nothing here imports anything of the
spooler outside this package.
"""
