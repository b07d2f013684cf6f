"""`python -m spooler.cli` is `spooler`."""

import sys

from . import main

sys.exit(main())
