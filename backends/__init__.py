"""Printer languages and transports: a family is one file of facts, encode and parse, without any I/O."""
