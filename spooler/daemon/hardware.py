"""The config's printers as languages and transports, and the templates for them: does all of it exist, and fit?"""

from collections.abc import Iterator

from attrs import evolve

from spooler.backends.contract import Language, OutOfReachError, Transport
from spooler.backends.registry import UnknownBackendError, family, open_transport
from spooler.config import Config
from spooler.config.reference import reference
from spooler.model.kinds import KINDS, Stock
from spooler.model.site import PrinterConfig
from spooler.render import Renderer, TemplateError, UnfitRibbonError
from spooler.rules.care import media_of


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


def check_media(printer: PrinterConfig, language: Language) -> None:
    """Whether it may be given the stock of every kind that it is set up for. Raises ConfigMismatchError."""
    allowed = media_of(printer, language.model.media)
    wrong = [f"{kind} needs {KINDS[kind].stock}" for kind in printer.kinds if KINDS[kind].stock not in allowed]
    if wrong:
        raise ConfigMismatchError(
            f"printer {printer.name}: kinds: {'; '.join(wrong)}, and its feeder may be given only "
            f"{', '.join(sorted(allowed))}: another card can break it; change kinds, or media if its maker allows it"
        )


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
        for part in (lambda printer: check_media(printer, language_of(printer)), transport_of):
            try:
                part(printer)
            except ConfigMismatchError as error:
                faults.append(str(error))
        if printer.uri.startswith("file:") and not config.render.specimen:
            faults.append(
                f"printer {printer.name}: uri: a file keeps cards in the clear: it needs specimen = true in [render]"
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
    """Try templates on the printers that may print them. Raises ConfigMismatchError with all faults.

    A card whose template has a back needs a ribbon with panels for it: half a document is none.
    A test card prints its front.
    """
    own = config.render.templates is not None  # those that come with the spooler fit every ribbon of full panels
    languages = {printer.name: language_of(printer) for printer in config.city.printers.values()}
    tried = [name for name, each in languages.items() if own or not _has_full_panels(each)]
    if not tried:
        return
    renderer = renderer_of(config)
    faults: dict[str, None] = {}
    for name in tried:
        for kind in config.city.printers[name].kinds:
            for fault in _template_faults(renderer, languages[name], kind):
                faults[f"printer {name}: kind {kind}: {fault}"] = None
    if faults:
        raise ConfigMismatchError("\n".join(faults))


def _has_full_panels(language: Language) -> bool:
    model, ribbon = language.model, language.ribbon
    return set("ymck") <= set(model.inks[ribbon]) and ribbon not in model.partial_dyes


def _template_faults(renderer: Renderer, language: Language, kind: str) -> Iterator[str]:
    """What keeps this printer from printing this kind, whatever a job brings."""
    model, ribbon = language.model, language.ribbon
    for side in renderer.sides(kind):
        inks = (model.inks if side == "front" else model.back_inks).get(ribbon)
        if inks is None:
            if KINDS[kind].stock is not Stock.CARD_TEST:
                yield f"its template has a back, and ribbon {ribbon} has no panels for one: use a ribbon for two sides"
            continue
        try:
            plate = renderer.plate(kind, model.geometry, inks, side=side)
            if ribbon in model.partial_dyes:
                language.compile(plate)
        except (TemplateError, UnfitRibbonError, OutOfReachError) as error:
            yield str(error)
