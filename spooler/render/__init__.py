"""Page descriptions in millimetres become pictures: templates, type, photo, proof, and what a picture's header says."""

from .errors import (
    BadPictureError,
    MissingGlyphError,
    TemplateError,
    TextDoesNotFitError,
    UnfitRibbonError,
    UnprintableError,
    lacking,
)
from .facts import measure
from .loader import load_template
from .proof import proof
from .renderer import Renderer, missing_glyph
from .template import Template

__all__ = [
    "BadPictureError",
    "MissingGlyphError",
    "Renderer",
    "Template",
    "TemplateError",
    "TextDoesNotFitError",
    "UnfitRibbonError",
    "UnprintableError",
    "lacking",
    "load_template",
    "measure",
    "missing_glyph",
    "proof",
]
