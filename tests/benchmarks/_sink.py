"""A receiver that answers after a while; a process of its own.

``python -m tests.benchmarks._sink <port> <milliseconds>``; an answer takes as long as
it says, or for ever where the number is negative.
"""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tools.environment import Environment
from tools.server import free_port, is_free

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
FOREVER_SECONDS = 3600


async def serve(port: int, milliseconds: int) -> None:
    async def talk(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
                await reader.readexactly(length)
                pause = FOREVER_SECONDS if milliseconds < 0 else milliseconds / 1000
                if pause:
                    await asyncio.sleep(pause)
                writer.write(ANSWER)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", port)
    async with server:
        await server.serve_forever()


@contextmanager
def sink(environment: Environment, milliseconds: int) -> Iterator[str]:
    """Run one. Returns its address."""
    port = free_port()
    process = subprocess.Popen(
        [
            environment.paths.python,
            "-m",
            "tests.benchmarks._sink",
            str(port),
            str(milliseconds),
        ]
    )
    try:
        while is_free(port):
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}/events"
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2])))
