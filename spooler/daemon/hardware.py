"""The config's printers as languages and transports, and the templates for them: does all of it exist, and fit?"""

from attrs import evolve

from spooler.backends.contract import Language, Transport
from spooler.backends.registry import UnknownBackendError, family, open_transport
from spooler.config import Config
from spooler.config.reference import reference
from spooler.model.kinds import KINDS
from spooler.model.site import PrinterConfig
from spooler.render import Renderer, TemplateError, UnfitRibbonError


class ConfigMismatchError(Exception):
    """The config names hardware that this installation does not know; the text lists all of it, a line each."""


def language_of(printer: PrinterConfig) -> Language:
    """The printer's language. Raises ConfigMismatchError."""
    try:
        known = family(printer.family)
        if printer.model not in known.models:
            raise ConfigMismatchError(
                f"printer {printer.name}: {printer.family} has no model {printer.model!r}; "
                f"there are: {', '.join(sorted(known.models))}"
            )
        ribbons = known.models[printer.model].inks
        if printer.ribbon not in ribbons:
            raise ConfigMismatchError(
                f"printer {printer.name}: {printer.model} has no ribbon {printer.ribbon!r}; "
                f"there are: {', '.join(sorted(ribbons))}"
            )
        return known.language(printer.model, printer.ribbon)
    except UnknownBackendError as error:
        raise ConfigMismatchError(f"printer {printer.name}: {error}") from error


def transport_of(printer: PrinterConfig) -> Transport:
    """The printer's transport, not yet connected. Raises ConfigMismatchError."""
    try:
        return open_transport(printer.uri)
    except (UnknownBackendError, ValueError) as error:
        raise ConfigMismatchError(f"printer {printer.name}: uri: {error}") from error


def check_backends(config: Config) -> None:
    """Raises ConfigMismatchError with everything that does not fit, at once."""
    faults = []
    for printer in config.city.printers.values():
        for part in (language_of, transport_of):
            try:
                part(printer)
            except ConfigMismatchError as error:
                faults.append(str(error))
        if printer.uri.startswith("file:") and not config.render.specimen:
            faults.append(
                f"printer {printer.name}: uri: a file would keep cards in the clear: it is for specimens alone"
            )
    if faults:
        raise ConfigMismatchError("\n".join(faults))


def renderer_of(config: Config) -> Renderer:
    """What draws the config's cards. Raises ConfigMismatchError for templates that cannot be used."""
    try:
        return Renderer(
            specimen=config.render.specimen,
            canvases=config.limits.render_threads,
            plates=config.limits.plates,
            templates=config.render.templates,
            printed={kind: reference().printed(kind) for kind in KINDS},
        )
    except TemplateError as error:
        raise ConfigMismatchError(str(error)) from error


def specimen_renderer_of(config: Config) -> Renderer:
    """What draws proofs: one at a time, each with CONTOH across it, from the same templates."""
    limits = evolve(config.limits, render_threads=1, plates=min(2, config.limits.plates))
    return renderer_of(evolve(config, render=evolve(config.render, specimen=True), limits=limits))


def check_templates(config: Config) -> None:
    """Try an office's own templates on the printers that may print them. Raises ConfigMismatchError with all faults."""
    if config.render.templates is None:
        return  # those that come with the spooler fit every family's cards
    renderer = renderer_of(config)
    faults: dict[str, None] = {}
    for printer in config.city.printers.values():
        model = language_of(printer).model
        for kind in printer.kinds:
            for side in renderer.sides(kind):
                try:
                    renderer.plate(kind, model.geometry, model.inks[printer.ribbon], side=side)
                except (TemplateError, UnfitRibbonError) as error:
                    faults[f"printer {printer.name}: kind {kind}: {error}"] = None
    if faults:
        raise ConfigMismatchError("\n".join(faults))
