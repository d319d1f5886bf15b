"""An assistant: the client of the protocol's own package, in this process."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import anyio
from mcp import Client
from mcp_types import CallToolResult

from cercafoto.assistants.photo_tools import PhotoTools
from cercafoto.assistants.tool_server import build

Call = tuple[str, dict[str, Any]]


def results(tools: PhotoTools, calls: Sequence[Call]) -> list[CallToolResult]:
    """Return the results of some calls, in one session."""

    async def talk() -> list[CallToolResult]:
        async with Client(build(tools, lambda: "aiuto")) as client:
            return [await client.call_tool(name, given) for name, given in calls]

    return anyio.run(talk)


def told(result: CallToolResult) -> dict[str, Any]:
    """Return the data of a result, which are the same as its text."""
    text = said(result)
    assert not result.is_error, text
    data: dict[str, Any] = json.loads(text)
    assert data == result.structured_content
    return data


def said(result: CallToolResult) -> str:
    """Return the text of a result."""
    first = result.content[0]
    assert first.type == "text"
    return str(first.text)


def ask(tools: PhotoTools, name: str, **given: Any) -> dict[str, Any]:
    """Return the data that a tool answers with."""
    return told(results(tools, [(name, given)])[0])


def refused(tools: PhotoTools, name: str, **given: Any) -> str:
    """Return the error that a tool answers with."""
    result = results(tools, [(name, given)])[0]
    assert result.is_error and result.structured_content is None
    return said(result)
