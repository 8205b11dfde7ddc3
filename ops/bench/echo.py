"""A bare Starlette that echoes, served as `ledger serve` serves a program: the ceiling of the web.

python ops/bench/echo.py        prints its port, and ends when its standard input does
"""

from __future__ import annotations

import os
import signal
import socket
from threading import Thread

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ledger.web.serving import config_of


async def echo(request: Request) -> Response:
    """What was sent."""
    return Response(await request.body())


def main() -> None:
    """Serve until nobody wants it any more."""
    # By its number, as a program of ours has its socket: made so, Python knows that it is TCP, and
    # asyncio lets no answer wait for an acknowledgement.
    at = socket.socket(fileno=socket.create_server(("127.0.0.1", 0)).detach())
    print(at.getsockname()[1], flush=True)
    Thread(target=_end_with_starter, daemon=True).start()
    app = Starlette(routes=[Route("/", echo, methods=["POST"])])
    uvicorn.Server(config_of(app, {})).run(sockets=[at])


def _end_with_starter() -> None:
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
