"""Decisions: order, admission, routing, retry, verdict, care. Plain functions: (values, now) -> decision (law 5)."""
