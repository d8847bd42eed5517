"""The wiring of the portal: settings, database, server. No domain rules live here."""

import sys

# Every entry (manage.py, portal.launcher.run, portal.wsgi) imports this package first, so a
# Python that cannot run the rest is told off here in one line, not by a SyntaxError in some module.
if sys.version_info < (3, 12):  # noqa: UP036 - the point is to be read by an older Python
    sys.exit(
        "The portal needs Python 3.12 or newer, this is %d.%d." % sys.version_info[:2]  # noqa: UP031 - as above
    )
