"""Which entries of the ledger and which printers a principal may read: those of its sites.

An entry that names a site belongs to it, one about a parcel or a moved job to both its ends; one that names a printer
alone, to the site where that stands. What names neither is about the spool as a whole (the clock, keys, checkpoints, a
restore) and for everybody who watches, but for auditors' questions about persons, refusals and counted reads: those are
for who sees all sites.

So whoever watches some sites cannot check the chain by itself: its entries have gaps. A checkpoint is for that.
"""

from collections.abc import Mapping
from typing import Any, Final

from spooler.model.site import Sites

#: Entries without a site that tell what was asked about all of them.
_OF_ALL_SITES: Final = frozenset({"person-sought", "refused", "reads-counted"})


def may_read_entry(sites: Sites, event: str, facts: Mapping[str, Any], printers: Mapping[str, str]) -> bool:
    """`printers`: name -> site. A printer that is not there any more is shown to who sees all sites."""
    if sites is None:
        return True
    if "site" in facts:
        return any(facts.get(name) in sites for name in ("site", "to", "from"))
    if "printer" in facts:
        return printers.get(facts["printer"]) in sites
    return event not in _OF_ALL_SITES
