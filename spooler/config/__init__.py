"""The configuration: one TOML file -> frozen values, or every fault at once with file and line."""

from .change import AT_ONCE, Change, Difference, difference
from .effective import effective
from .faults import ConfigError, Fault
from .forms import Address
from .load import load, parse
from .values import (
    Config,
    LimitsConfig,
    OrderConfig,
    PressConfig,
    PrincipalConfig,
    RenderConfig,
    RetentionConfig,
    RetentionKind,
    SealConfig,
    SpoolConfig,
    TlsConfig,
)

__all__ = [
    "AT_ONCE",
    "Address",
    "Change",
    "Config",
    "ConfigError",
    "Difference",
    "Fault",
    "LimitsConfig",
    "OrderConfig",
    "PressConfig",
    "PrincipalConfig",
    "RenderConfig",
    "RetentionConfig",
    "RetentionKind",
    "SealConfig",
    "SpoolConfig",
    "TlsConfig",
    "difference",
    "effective",
    "load",
    "parse",
]
