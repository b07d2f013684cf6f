"""From (fields, JPEG 300x400, signature PNG) to the bytes for an Evolis 8-bit printer: the way every card takes."""

from pytest_benchmark.fixture import BenchmarkFixture

from spooler.backends.registry import family
from spooler.cli.people import job
from spooler.model.job import Content
from spooler.render import Renderer

PEOPLE = 16
