"""TLS in front of a PostgreSQL that has none."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from deploy.local.children import free_port

_SSL_REQUEST = (8).to_bytes(4) + (80877103).to_bytes(4)


@asynccontextmanager
async def tls_front(host: str, port: int, certificate: Path) -> AsyncIterator[int]:
    """Its port, where clients that ask for TLS get it, and no others an answer."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            assert await reader.readexactly(len(_SSL_REQUEST)) == _SSL_REQUEST
            writer.write(b"S")
            await writer.start_tls(context)
            behind_reader, behind_writer = await asyncio.open_connection(host, port)
            await asyncio.gather(_carry(reader, behind_writer), _carry(behind_reader, writer))

    server = await asyncio.start_server(serve, "127.0.0.1", own := free_port())
    async with server:
        yield own


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while read := await reader.read(65536):
            writer.write(read)
            await writer.drain()
    finally:
        writer.close()
