"""What waits and what lies in the spool, by who brought it and where it goes: the amounts behind back-pressure.

A job counts from its submission until it has ended; the bytes of its sealed payload count until they are shredded,
which is later, so the two are bounded apart.
"""

from .hot import hot


@hot
class Load:
    """What one submitter has at one site."""

    site: str
    submitter: str
    jobs: int  # that have not ended
    bytes: int  # of sealed payloads that are still there


@hot
class LoadChange:
    """What one transaction did to a Load. What came and what went stand apart: the second is the drain."""

    site: str
    submitter: str
    jobs_came: int
    jobs_went: int
    bytes_came: int
    bytes_went: int
