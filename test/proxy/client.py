"""The same as client.mjs, with the SDK for Python (1.x and 2.x)."""

import asyncio
import json
import os
import sys

from mcp import ClientSession
from mcp.client import streamable_http


def connect(url: str, headers: dict[str, str]):
    if hasattr(streamable_http, "streamablehttp_client"):
        return streamable_http.streamablehttp_client(url, headers=headers)
    client = streamable_http.create_mcp_http_client(headers=headers)
    return streamable_http.streamable_http_client(url, http_client=client)


def as_json(result) -> dict:
    return result.model_dump(mode="json", by_alias=True, exclude_none=True)


async def main(url: str) -> None:
    headers = {"Authorization": f"Bearer {os.environ['TOKEN']}"}
    async with connect(url, headers) as streams:
        async with ClientSession(streams[0], streams[1]) as session:
            await session.initialize()
            tools = (await session.list_tools()).tools
            seen = {
                "tools": [tool.name for tool in tools],
                "answered": as_json(await session.call_tool("look", {})),
                "failed": as_json(await session.call_tool("fail", {})),
            }
            print(json.dumps(seen))


asyncio.run(main(sys.argv[1]))
