"""From (fields, JPEG 300x400, signature PNG) to the bytes for an Evolis 8-bit printer: the way every card takes."""

PEOPLE = 16
