"""The proof: what the planes look like as a card, drawn after separation, so that it is what will be printed."""

from io import BytesIO

from PIL import Image, ImageChops

from spooler.model.picture import Planes


def proof(planes: Planes) -> Image.Image:
    """RGB of the planes' size: red = 255 - cyan, green = 255 - magenta, blue = 255 - yellow; resin black on top.

    The overlay is clear and not shown; a ribbon without dyes gives black on white.
    """
    size = (planes.geometry.width, planes.geometry.height)
    white = Image.new("L", size, 255)
    channels = [
        ImageChops.invert(Image.frombuffer("L", size, planes[ink], "raw", "L", 0, 1)) if ink in planes.inks else white
        for ink in "cmy"
    ]
    image = Image.merge("RGB", channels)
    if "k" in planes.inks:
        image.paste((0, 0, 0), (0, 0, *size), Image.frombuffer("L", size, planes["k"], "raw", "L", 0, 1))
    return image


def proof_png(planes: Planes, *, upright: bool) -> bytes:
    """The proof as a PNG file; `upright`: the card is drawn lying and looked at standing."""
    image = proof(planes)
    out = BytesIO()
    (image.transpose(Image.Transpose.ROTATE_90) if upright else image).save(out, "PNG")
    return out.getvalue()
