"""The city's sheet as CSV: a `total` row for each stock, then every row of every site, as the sites sent them.

The columns are those of the daily sheet, so that one filter serves both. It is not a site's sheet and is refused where
one is asked for: a city's sum must not be counted into another.
"""

from spooler.model.citysheet import CitySheet

from .daily_csv import COLUMNS, sheet_rows, stock_row
from .table import SEPARATOR, Cell, write_csv

_TOTAL = "total"


def city_csv(city: CitySheet) -> bytes:
    """The file."""
    where: dict[str, Cell] = {"day": city.day, "province": city.province, "city": city.city}
    totals = [stock_row(_TOTAL, where, line) for line in city.totals]
    sites = [cells for sheet in city.sites for cells in sheet_rows(sheet)]
    return write_csv([COLUMNS, *totals, *sites])


def is_city_csv(beginning: bytes) -> bool:
    """Whether a file that begins so, with its first kilobyte or more, is a city's."""
    return beginning.startswith(write_csv([COLUMNS]) + _TOTAL.encode() + SEPARATOR.encode())
