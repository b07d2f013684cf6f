"""Logs: JSON lines on standard error, for the journal. Ids, sites, closed words, amounts; never a person's data."""

import sys

import structlog


def set_up_logging() -> None:
    """Once, at the start of a daemon."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
