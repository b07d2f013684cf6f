"""The papers of the stock book: the daily sheet, the destruction list and the city's sheet, as CSV and as PDF.

They are made from values of the model alone, so what is on a paper is what the sheet said when it was made. Import this
room where a paper is made, not at a program's start: it brings reportlab.
"""

from spooler.model.words import Language

from .city_csv import city_csv, is_city_csv
from .city_pdf import city_pdf, notice_text
from .daily_csv import daily_csv, parse_daily_csv
from .daily_pdf import daily_pdf
from .destruction_csv import destruction_csv
from .destruction_pdf import destruction_pdf
from .table import LONGEST, CsvError

__all__ = [
    "LONGEST",
    "CsvError",
    "Language",
    "city_csv",
    "city_pdf",
    "daily_csv",
    "daily_pdf",
    "destruction_csv",
    "destruction_pdf",
    "is_city_csv",
    "notice_text",
    "parse_daily_csv",
]
