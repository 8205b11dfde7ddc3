"""Commands on what people keep of the log outside of it: the card for the minutes."""

from __future__ import annotations

import io
from pathlib import Path

import segno
from cyclopts import App

from keys.files import write_private
from ledger.cli.app import session
from ledger.errors import BadRequest, Unavailable

checkpoint = App(name="checkpoint", help="What others keep of the log: cards for the minutes.")
KEEP = (
    "Enter this line in the minutes, with the date. Years later it shows whether anything before it"
    " was rewritten or taken back: disclosure-ledger verify --pinned FILE, the line in FILE."
)


@checkpoint.command
def card(*, svg: Path | None = None) -> int:
    """Print the state of the log as one line and a code for a telephone, for the board's minutes.

    It says how many entries there are and nothing of what they are. Nobody signs it: it is worth
    what the paper is worth on which it stands.

    Parameters
    ----------
    svg
        Write the code as a picture into this new file too.
    """
    s = session()
    newest = s.home.published()
    line = newest.card()
    code = segno.make_qr(line, error="m")
    if svg is not None:
        try:
            picture = io.BytesIO()
            code.save(picture, kind="svg", scale=4, border=4)
            write_private(svg, picture.getvalue(), replace=False)
        except FileExistsError as error:
            raise BadRequest(f"{svg} is there already; nothing is written over.") from error
        except OSError as error:
            raise Unavailable(f"{svg} cannot be written: {error.strerror}.") from error
    drawn = io.StringIO()
    code.terminal(drawn, compact=True, border=2)
    lines = [line, "", drawn.getvalue().rstrip("\n"), "", KEEP]
    s.answer({"card": line, "size": newest.size}, lines)
    return 0
