"""Where the master key comes from, as [seal] says (spooler.store.master has what it does)."""

from typing import Final

from spooler.config import Config
from spooler.store import Master, StoreError, master_from_credential, master_from_file
from spooler.store.master import NO_MASTER

#: What is said, in the log and by `spooler check`, where there is none.
NO_MASTER_WARNING: Final = (
    "no master key: whoever copies the spool's folder reads every payload that is not destroyed yet; "
    "[seal] in the configuration names one"
)


def master_of(config: Config) -> Master:
    """Of a file or a credential. Raises StoreError; also for a key that somebody must be asked for."""
    seal = config.seal
    if seal.ask:
        raise StoreError("The master key must be asked for: start the spooler with `spooler serve` on a terminal.")
    if seal.master_key_file is not None:
        return master_from_file(seal.master_key_file)
    if seal.credential is not None:
        return master_from_credential(seal.credential)
    return NO_MASTER
