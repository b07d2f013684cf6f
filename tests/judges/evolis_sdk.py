"""Run by the Python of `.judges`, which has the vendor's SDK: prints pictures and says as JSON how it went.

    evolis_sdk.py file PRINTER RIBBON OUT FRONT.bmp [BACK.bmp]    the stream that the library would send
    evolis_sdk.py print URI RIBBON FRONT.bmp                      on a printer

Smoothing is off and the back gets no overlay: see PRINTERS.md 1.6 and the foot of backends/evolis.py.
"""

import json
import sys

from evolis.CardFace import CardFace
from evolis.Connection import Connection
from evolis.PrintSession import PrintSession
from evolis.RibbonType import RibbonType
from evolis.SettingKey import SettingKey


def session(connection: Connection, ribbon: str, front: str, back: str | None = None) -> PrintSession:
    """Raises RuntimeError for what the library does not take."""
    prints = PrintSession(connection, RibbonType[ribbon])
    taken = prints.set_setting(SettingKey.GSmoothing, "NOSMOOTH") and prints.set_image(CardFace.FRONT, front)
    if back is not None:
        taken = taken and prints.set_image(CardFace.BACK, back)
        taken = taken and prints.set_setting(SettingKey.BOverlayManagement, "NOVARNISH")
    if not taken:
        raise RuntimeError(prints.get_last_error().name)
    return prints


def main(what: str, printer: str, ribbon: str, *files: str) -> dict[str, str]:
    if what == "file":
        out, *pictures = files
        connection = Connection(f"model://{printer}")
        return {"returned": session(connection, ribbon, *pictures).print_to_file(out).name}
    connection = Connection(printer)
    info, left = connection.get_info(), connection.get_ribbon_info()
    return {
        "state": connection.get_state().major.name,
        "serial": info.serialNumber,
        "model": info.modelName,
        "ribbon": str(left.remaining),
        "returned": session(connection, ribbon, *files).print().name,
    }


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
