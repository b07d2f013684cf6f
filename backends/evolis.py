"""Evolis card printers with the modern job container: the language.

Facts of models and ribbons are in evolis_models, the container's bytes in evolis_container, panels in evolis_panels,
conversations in evolis_link, the status in evolis_status and evolis_bits. The wire format, its sources and what is open
stand at the foot.
"""

from typing import Final

from spooler.model.picture import Picture, Plate

from .contract import Buffer, Compiled, EncodedCard, Model
from .evolis_container import BACK, CARD_END, FACE_END, FRONT, until_ss
from .evolis_link import Link
from .evolis_models import MACHINES, MODELS, RIBBONS
from .evolis_panels import SideEncoder, TurnedPlate


class EvolisLanguage(Link):
    """The language of one printer: `model` with `ribbon`. KeyError for a ribbon that the model does not take."""

    def __init__(self, model: Model, ribbon: str) -> None:
        super().__init__(model.card_seconds(ribbon))
        machine, panels = MACHINES[model.name], RIBBONS[ribbon]
        self.model = model
        self.ribbon = ribbon
        self._front = SideEncoder(model.inks[ribbon], machine.depth, half=panels.half)
        self._back = SideEncoder(panels.back, machine.depth, half=False) if panels.back else None
        self._until_ss = until_ss(panels.number, machine.encoder, duplex=False)
        self._until_duplex_ss = until_ss(panels.number, machine.encoder, duplex=True)

    def compile(self, plate: Plate) -> Compiled:
        """The plate's panels. Raises ValueError for planes of another geometry or ribbon, or dyes over more columns
        than a half panel has."""
        if self._back is not None and plate.planes.inks == self._back.inks:
            return self._back.compile(plate)
        return self._front.compile(plate)

    def splice(
        self, compiled: Compiled, picture: Picture, unix_time: int, back: tuple[Compiled, Picture] | None = None
    ) -> EncodedCard:
        """One card. Raises ValueError if a plate is not its picture's, a rectangle is not on the card, dyes are where
        a half panel does not reach, or there is a back on a ribbon without panels for it."""
        if back is not None and self._back is None:
            raise ValueError(f"the ribbon {self.ribbon} has no panels for a card's back")
        before, after = self._until_ss if back is None else self._until_duplex_ss
        first = b"%b%d%b" % (before, unix_time, after)
        parts: list[Buffer] = [first, FRONT, *_face(self._front, compiled, picture), FACE_END]
        if back is not None and self._back is not None:
            parts += (BACK, *_face(self._back, *back), FACE_END)
        parts.append(CARD_END)
        return EncodedCard(tuple(parts), sum(map(len, parts)), len(first))


def _face(side: SideEncoder, compiled: Compiled, picture: Picture) -> list[Buffer]:
    if not isinstance(compiled, TurnedPlate) or (compiled.plate_id, compiled.inks) != (picture.plate.id, side.inks):
        raise ValueError("the compiled plate is not the picture's plate")
    side.check(picture.planes)
    return side.face(compiled, picture.planes, picture.rectangles)


class EvolisFamily:
    """The entry point."""

    name = "evolis"
    models: Final = dict(MODELS)

    def language(self, model: str, ribbon: str) -> EvolisLanguage:
        """Raises KeyError for a model or ribbon that is not in `models`."""
        return EvolisLanguage(self.models[model], ribbon)


FAMILY: Final = EvolisFamily()

# The wire format (PRINTERS.md 1; [RUN] = as the vendor's library 9.4.1 writes it, reproduced here byte for byte)
#
# command    1B mnemonic [;parameter]… 0D; tags are bare ASCII between commands                                [RUN]
# card       <HEADER> time, ribbon, resolution </HEADER> <OPTION> <DOC> <CARD> Ss (feeds) Mr;s (ribbon to its
#            start) <FACE> Sr settings, Pida, panels </FACE> Se (out) </CARD> </DOC>; then, apart, Pcla;0 <END> [RUN]
# two sides  <DOC Duplex=1>, and a second FACE with Sv (flip, print the back) for Sr                           [RUN]
# panel      1016 rows of 648: row = x, column = 647 - y. y m c at 8 bits, on a Zenius at 7 (the upper ones, rows
#            packed without a gap), k o at 1 bit, all MSB first                                                [RUN]
#            y m c in one BINARY, k and o in one each; blank k or o is left out; y m c only if all are blank   [RUN]
# Pida       percent of pixels without dye; means of y, m, c of all 8 bits; rounded to nearest; only where the
#            front has dyes. The library also says it on a back that it was given as a colour picture, always
#            100;0;0;0: so do we                                                                               [RUN]
# Psp        half panels (YMCKOS) only: the first column with dye, at least 3, 1016 if there is none           [RUN]
# back       K alone: the library lays overlay data beside it unless told not to (BOverlayManagement), though
#            the ribbon has one O. Not sent here                                                               [RUN]
# link       one connection per command: bytes, 00, half-close, read to the end; nothing sent = status         [RUN]
# session    Psid;<who>;<seconds> reserves, Psid;0;45 lets go; the status shows who has it. Pem;2 … Pem;0: errors are
#            the host's affair meanwhile. The library reserves for 45 s, asks Rem;1 (an answer it does not need to
#            print), and reserves again for 180: one reservation does here                                     [RUN]
#
# Not proven on a device: the exact replies to Rco;card, Rtp, Rfv and Rrt;all; whether a status block follows them (a
# poll stands in for it); what a job is answered; a refusal's words; what Psid answers while another has the printer
# (its status decides); what Pem;2 changes for a printer whose feeder is filled again; Srs (from the classic guide) on a
# Primacy with a job waiting; whether CARD_FEEDER means a card on its way; how far a half panel reaches; whether a
# Primacy 2 without the library's colour profile prints darker or lighter.
