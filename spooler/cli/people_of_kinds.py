"""The invented foreigners and children beside the citizens of spooler.cli.people: samples for the other kinds of card.

What holds there holds here: nobody is meant, and a NIK says what its record says. Names of foreigners are words, too.
"""

import random
from datetime import date, timedelta
from typing import Any, Final

from spooler.model.kinds import KINDS, Need

from .people import FIRST_ISSUE, HOME, authorisation, is_woman, job, person, ticket
from .portraits import ORANGE, photo, signature

_FOREIGN_MEN: Final = ("ALDER", "ROWAN", "FLINT", "HAZEL-MOSS", "O'RIVER", "CLAY", "BROOK", "HEATH")
_FOREIGN_WOMEN: Final = ("WILLOW", "IVY", "JUNIPER", "O'MEADOW", "CORAL", "FERN-LEAF", "MAPLE", "AZURE")
_FOREIGN_SECOND: Final = ("NORTHWIND", "SILVERLAKE", "GREENFIELD", "STONEBRIDGE", "LONGSHORE", "HIGHCLOUD")
_COUNTRIES: Final = ("AUSTRALIA", "INDIA", "JAPAN", "NETHERLANDS", "SOUTH KOREA", "UNITED KINGDOM")
_RELIGIONS: Final = ("BUDDHISM", "CATHOLIC", "CHRISTIAN", "HINDU", "ISLAM")
_WORK: Final = ("ENGINEER", "TEACHER", "TRADER", "SHIPBUILDER", "HOUSEWIFE")
_MARITAL: Final = ("SINGLE", "MARRIED", "DIVORCED", "WIDOWED")
#: kind -> years of age at issue, from and below
_AGES: Final = {"kia-0-5": (0, 5), "kia-5-17": (5, 17)}
_HEADS: Final = ("SAMUDRA ANUGERAH LESTARI", "CEMPAKA GEMILANG")


def fields_of(kind: str, n: int, kecamatan: str = HOME) -> dict[str, str]:
    """All fields of a card of `kind` for person `n`. Raises KeyError for a kind that has no invented people."""
    if kind == "ktp":
        return person(n, kecamatan)
    if kind == "ktp-wna":
        return _foreigner(n, kecamatan)
    return _child(n, kecamatan, *_AGES[kind])


def job_of(kind: str, n: int, site: str) -> dict[str, Any]:
    """A job of `kind` as `submit` takes it. Raises KeyError for a kind that has no invented people."""
    if kind == "ktp":
        return job(n, site)
    fields = fields_of(kind, n)
    made: dict[str, Any] = {
        "ticket": f"{kind}-{ticket(n)}",
        "site": site,
        "kind": kind,
        "authorisation": f"{kind}-{authorisation(n)}",
        "fields": fields,
    }
    if KINDS[kind].photo is not Need.NONE:
        ground = ORANGE if kind == "ktp-wna" else None
        year = int(fields["tanggal_lahir"][:4])
        made["photo"] = photo(n, woman=is_woman(n), birth_year=year, ground=ground)
    if kind == "ktp-wna" or "tte" not in fields:
        made["signature"] = signature(n)
    return made


def _foreigner(n: int, kecamatan: str) -> dict[str, str]:
    dice = random.Random(f"foreigner {n} {kecamatan}")
    first = _FOREIGN_WOMEN if is_woman(n) else _FOREIGN_MEN
    return person(n, kecamatan) | {
        "nama": f"{dice.choice(first)} {dice.choice(first)} {dice.choice(_FOREIGN_SECOND)}",
        "tempat_lahir": dice.choice(("SYDNEY", "MUMBAI", "OSAKA", "UTRECHT", "BUSAN", "LEEDS")),
        "jenis_kelamin": "FEMALE" if is_woman(n) else "MALE",
        "agama": dice.choice(_RELIGIONS),
        "status_perkawinan": dice.choice(_MARITAL),
        "pekerjaan": dice.choice(_WORK),
        "kewarganegaraan": dice.choice(_COUNTRIES),
        "berlaku_hingga": (FIRST_ISSUE + timedelta(days=5 * 365 + n % 280)).isoformat(),
    }


def _child(n: int, kecamatan: str, least: int, below: int) -> dict[str, str]:
    dice = random.Random(f"child {n} {kecamatan} {below}")
    adult = person(n, kecamatan)
    issued = date.fromisoformat(adult["tanggal_terbit"])
    born = issued - timedelta(days=dice.randint(least * 366 + 1, below * 365 - 1))
    day = born.day + (40 if is_woman(n) else 0)
    end = _birthday(born, below)
    made = {
        "nik": f"{adult['nik'][:6]}{day:02}{born:%m%y}{adult['nik'][12:]}",
        "tanggal_lahir": born.isoformat(),
        "nomor_kk": f"{adult['nik'][:6]}{FIRST_ISSUE:%d%m%y}{9999 - n % 9999:04}",
        "kepala_keluarga": dice.choice(_HEADS),
        "nomor_akta": f"2171-LT-{FIRST_ISSUE:%d%m%Y}-{9999 - n % 9999:04}",
        "berlaku_hingga": (end - timedelta(days=1) if below == 17 else end).isoformat(),
        "dinas": f"DINAS KEPENDUDUKAN DAN PENCATATAN SIPIL {adult['kota']}",
        "pejabat": "PURNAMA NUSANTARA, S.CONTOH",
    }
    if n % 2 == 0:  # every second office signs electronically
        made["tte"] = f"https://tte.contoh.example/v/{dice.getrandbits(160):040x}"
    names = [field.name for field in KINDS["kia-0-5"].fields]
    both = adult | made
    return {name: both[name] for name in names if name in both}


def _birthday(born: date, years: int) -> date:
    """The day somebody turns so many years; those of 29 February do on 1 March."""
    try:
        return born.replace(year=born.year + years)
    except ValueError:
        return date(born.year + years, 3, 1)
