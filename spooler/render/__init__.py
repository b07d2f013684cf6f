"""Page descriptions in millimetres become pictures: templates, type, photo, proof, and what a picture's header says."""

from .errors import (
    BadPictureError,
    MissingGlyphError,
    QrDoesNotFitError,
    TemplateError,
    TextDoesNotFitError,
    UnfitRibbonError,
    UnprintableError,
    lacking,
)
from .facts import measure
from .grid import grid
from .loader import load_template, load_templates
from .proof import proof, proof_png
from .renderer import Renderer, Side, missing_glyph
from .template import Template

__all__ = [
    "BadPictureError",
    "MissingGlyphError",
    "QrDoesNotFitError",
    "Renderer",
    "Side",
    "Template",
    "TemplateError",
    "TextDoesNotFitError",
    "UnfitRibbonError",
    "UnprintableError",
    "grid",
    "lacking",
    "load_template",
    "load_templates",
    "measure",
    "missing_glyph",
    "proof",
    "proof_png",
]
