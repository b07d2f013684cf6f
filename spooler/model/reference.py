"""What the rules know of the country: region codes and value lists, as values. spooler.config reads them from files."""

from collections.abc import Mapping

from attrs import field, frozen


@frozen
class ValueList:
    """The values that a field usually has, in capitals. `printed`: those that stand otherwise on the card."""

    known: frozenset[str]  # with the aliases
    printed: Mapping[str, str] = field(factory=dict)


@frozen(eq=False)
class Reference:
    """Made once and shared. Region codes are the six digits that begin a NIK: "217111"."""

    regions: frozenset[str]  # every kecamatan
    districts: Mapping[tuple[str, str], str]  # (kabupaten/kota, kecamatan) in capitals -> code, where there is one only
    lists: Mapping[str, Mapping[str, ValueList]]  # kind -> field -> list

    def printed(self, kind: str) -> dict[str, Mapping[str, str]]:
        """field -> value as sent -> value as it stands on the card; only the fields that have such values."""
        return {name: values.printed for name, values in self.lists.get(kind, {}).items() if values.printed}
