"""A print spooler for identity cards: each authorised document printed exactly once, every blank accounted for."""

__version__ = "0.1.0"
