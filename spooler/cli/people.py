"""Invented citizens for samples, demos and tests: the same person for the same number, everywhere.

Nobody is meant: names are words strung together without a clan's name, NIK serials lie at the far end of the day's
range (9999 downwards) where offices never get to, faces are drawn. What a NIK says agrees with the record
(DOMAIN.md 3): region, birth date with 40 added for women, serial.
"""

import random
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from spooler.config.regions import regions, villages

from .job_files import JobFileError, read_job_file, write_job_files
from .portraits import photo, signature

__all__ = [
    "JobFileError",
    "authorisation",
    "job",
    "person",
    "photo",
    "read_job_file",
    "signature",
    "ticket",
    "write_job_folder",
]

#: Where somebody lives whose site is no kecamatan: Sagulung.
HOME: Final = "21.71.11"
FIRST_ISSUE: Final = date(2026, 1, 5)
LONG_EVERY: Final = 7  # so many people share one long name
LONG_NAME: Final = (29, 60)  # letters, spaces included
UNSIGNED_EVERY: Final = 10

_MEN: Final = (
    "BINTANG", "SAMUDRA", "FAJAR", "GALANG", "LANGIT", "BAYU", "SURYA", "GUNTUR", "RIMBA", "TEGUH", "CAHYA", "ELANG",
    "SATRIA", "LAZUARDI", "BUDIMAN", "PRAKASA", "WIRA", "NUR'ALAM", "JUMA'AT", "AL-FAJAR", "KURNIA", "TOPAN",
)  # fmt: skip
_WOMEN: Final = (
    "MENTARI", "EMBUN", "PELANGI", "MELATI", "KENANGA", "SEKAR", "PURNAMA", "INTAN", "MUTIARA", "CEMPAKA", "KARTIKA",
    "SENJA", "RINJANI", "ANGGREK", "PERMATA", "LEMBAYUNG", "NUR'AINI", "SA'DIAH", "AL-HUSNA", "WULAN", "CITRA",
)  # fmt: skip
_SECOND: Final = (
    "ABADI", "PERTIWI", "NUSANTARA", "SENTOSA", "PRATAMA", "KENCANA", "SEJAHTERA", "JELITA", "RAHARJA", "ANUGERAH",
    "HARAPAN", "BAHARI", "MULIA", "SETIA", "GEMILANG", "CENDEKIA", "LESTARI", "UTAMA", "PUSPITA", "BUANA",
)  # fmt: skip
_STREETS: Final = ("MELATI", "KENARI", "HANG JEBAT", "GAJAH MADA", "BUNGA RAYA", "TELUK SENIMBA", "PELABUHAN LAMA")
_ESTATES: Final = (
    "PERUM MARINA ASRI",
    "PERUMAHAN TAMAN LESTARI INDAH",
    "KAMPUNG TUA",
    "RUSUN BAHARI",
    "GRAHA NUSA BATAM",
)
_RELIGIONS: Final = ("ISLAM",) * 6 + ("KRISTEN", "KATHOLIK", "HINDU", "BUDHA", "KHONGHUCU",
                                      "KEPERCAYAAN TERHADAP TUHAN YME")  # fmt: skip
_WORK: Final = (
    "KARYAWAN SWASTA", "WIRASWASTA", "BURUH HARIAN LEPAS", "NELAYAN/PERIKANAN", "GURU", "PEDAGANG", "PERAWAT",
    "PEGAWAI NEGERI SIPIL", "KARYAWAN HONORER", "TRANSPORTASI", "BELUM/TIDAK BEKERJA",
)  # fmt: skip
_BLOOD: Final = ("A", "B", "AB", "O", "O+", "-", "-")


def person(n: int, kecamatan: str = HOME) -> dict[str, str]:
    """All fields of a KTP for citizen number `n` (from 0), who lives in the kecamatan with that code.

    Numbers below 9,999 have NIKs of their own. Raises ValueError for a code that is no kecamatan.
    """
    province, city, district = _place(kecamatan)
    dice = random.Random(f"person {n} {kecamatan}")
    woman = is_woman(n)
    issued = FIRST_ISSUE + timedelta(days=n % 280)
    age_days = round(dice.triangular(17.1, 80, 24) * 365.25)
    born = issued - timedelta(days=age_days)
    day = born.day + (40 if woman else 0)
    serial = 9999 - n % 9999
    nik = f"{kecamatan.replace('.', '')}{day:02}{born:%m%y}{serial:04}"
    village = dice.choice(villages(kecamatan) or (district,))
    return {
        "nik": nik,
        "nama": _name(n, dice),
        "tempat_lahir": dice.choice((_bare(city), _bare(city), _birthplace(dice))),
        "tanggal_lahir": born.isoformat(),
        "jenis_kelamin": "PEREMPUAN" if woman else "LAKI-LAKI",
        "golongan_darah": dice.choice(_BLOOD),
        "alamat": _address(dice),
        "rt_rw": f"{dice.randint(1, 12):03}/{dice.randint(1, 20):03}",
        "kel_desa": village.upper(),
        "kecamatan": district.upper(),
        "agama": dice.choice(_RELIGIONS),
        "status_perkawinan": _marital(dice, age_days // 365),
        "pekerjaan": _work(dice, woman, age_days // 365),
        "kewarganegaraan": "WNI",
        "berlaku_hingga": "SEUMUR HIDUP",
        "provinsi": province.upper(),
        "kota": city.upper(),
        "tempat_terbit": city.upper(),
        "tanggal_terbit": issued.isoformat(),
    }


def is_woman(n: int) -> bool:
    """Every second citizen."""
    return n % 2 == 1


def ticket(n: int) -> str:
    """The sample application's ticket for citizen `n`."""
    return f"contoh-{n:06}"


def authorisation(n: int) -> str:
    """The right to one card, as the office in front of the spooler would have given it."""
    return f"izin-contoh-{n:06}"


def job(n: int, site: str) -> dict[str, Any]:
    """A job of kind ktp as `submit` takes it, for citizen `n` at the site with that code. A few have no signature."""
    fields = person(n, site if site.count(".") == 2 and site in regions() else HOME)
    made = {
        "ticket": ticket(n),
        "site": site,
        "kind": "ktp",
        "authorisation": authorisation(n),
        "fields": fields,
        "photo": photo(n, woman=is_woman(n), birth_year=int(fields["tanggal_lahir"][:4])),
    }
    if n % UNSIGNED_EVERY != UNSIGNED_EVERY - 1:
        made["signature"] = signature(n)
    return made


def write_job_folder(directory: Path, count: int, sites: Sequence[str] = (HOME,)) -> list[Path]:
    """Write the first `count` citizens' jobs, the sites by turns, as JSON files with their pictures; returns the files.

    Raises OSError.
    """
    jobs: Iterable[dict[str, Any]] = (job(n, sites[n % len(sites)]) for n in range(count))
    return write_job_files(directory, jobs)


def _place(kecamatan: str) -> tuple[str, str, str]:
    known = regions()
    if kecamatan.count(".") != 2 or kecamatan not in known:
        raise ValueError(f"{kecamatan} is not the code of a kecamatan, which look like {HOME}")
    province, city, _ = kecamatan.split(".")
    return known[province], known[f"{province}.{city}"], known[kecamatan]


def _bare(city: str) -> str:
    """A birthplace goes without the word before it: KOTA BATAM, but born in BATAM."""
    return city.upper().removeprefix("KOTA ").removeprefix("KABUPATEN ").removeprefix("ADMINISTRASI ")


def _birthplace(dice: random.Random) -> str:
    cities = [name for code, name in regions().items() if code.count(".") == 1]
    return _bare(dice.choice(cities))


def _name(n: int, dice: random.Random) -> str:
    first = _WOMEN if is_woman(n) else _MEN
    if n % LONG_EVERY != LONG_EVERY - 1:
        return " ".join([*dice.sample(first, dice.choice((1, 1, 2))), *dice.sample(_SECOND, dice.choice((0, 1, 1)))])
    least, most = LONG_NAME
    goal = dice.randint(least, most)
    name = dice.choice(first)
    for word in [*dice.sample(first, 3), *dice.sample(_SECOND, len(_SECOND))]:
        if len(name) < goal and len(name) + 1 + len(word) <= most:
            name = f"{name} {word}"
    return name


def _address(dice: random.Random) -> str:
    if dice.random() < 0.5:
        return f"JL. {dice.choice(_STREETS)} NO. {dice.randint(1, 180)}"
    return f"{dice.choice(_ESTATES)} BLOK {dice.choice('ABCDEFGH')}{dice.randint(1, 9)} NO. {dice.randint(1, 40)}"


def _marital(dice: random.Random, age: int) -> str:
    if age < 22:
        return "BELUM KAWIN"
    return dice.choice(("BELUM KAWIN", "KAWIN", "KAWIN", "KAWIN", "CERAI HIDUP", "CERAI MATI"))


def _work(dice: random.Random, woman: bool, age: int) -> str:
    if age < 22:
        return "PELAJAR/MAHASISWA"
    return dice.choice((*_WORK, "MENGURUS RUMAH TANGGA") if woman else _WORK)
