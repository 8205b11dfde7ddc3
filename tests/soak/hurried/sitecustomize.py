"""What Python does first in each program that a soak starts: its clock becomes the soak's.

The product has one seam on each side, a function that reads the machine's clock. A program that was
started otherwise never finds this folder: there is no option and no variable of the product's.
"""

from __future__ import annotations

import sys

from tests.soak.clock import handed_over

clock = handed_over()
if "ledger.web" in sys.orig_argv:
    import ledger.web.site

    ledger.web.site.machine_clock = clock.now
elif "ledger.cli" in sys.orig_argv:
    import ledger.cli.session

    ledger.cli.session.now = clock.now
