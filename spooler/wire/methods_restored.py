"""The methods by which a supervisor brings a restored spool back to work."""

from typing import Final

from spooler.model.site import Right

from .method import Method, Param

_SUPERVISE: Final = frozenset({Right.SUPERVISE})

METHODS: Final[dict[str, Method]] = {
    "restored": Method(
        "What waits since a restore, and each printer's counter beside the one that the copy knew.",
        frozenset({Right.WATCH, Right.OPERATE, Right.SUPERVISE}),
    ),
    "restored-release": Method(
        "Let jobs that wait since a restore go to their queues: their cards do not exist.",
        _SUPERVISE,
        (
            Param("id", str, 32),
            Param("printer", str, "max_name", least=1),
            Param("site", str, "max_name", least=1),
            Param("all", bool),
        ),
        ("id", "printer", "site", "all"),
    ),
    "restored-printed": Method(
        "Say that the card of a job that waits since a restore exists already.",
        _SUPERVISE,
        (
            Param("id", str, 32, required=True),
            Param("printer", str, "max_name", least=1, required=True),
            Param("serial", str, "max_name", least=1),
        ),
    ),
    "restored-end": Method("End the restored state: every job of the copy has been answered for.", _SUPERVISE),
}
