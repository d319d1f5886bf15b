"""Write what the program of an assistant must know to start the server, and where it goes."""

from __future__ import annotations

import json
import os
import shlex
import sys
from pathlib import Path
from typing import Any

from cercafoto.base.own_process import is_frozen
from cercafoto.base.shared_address import masked
from cercafoto.errors import UsageError
from cercafoto.settings import Settings

NAME = "cercafoto"
# Environment variables that say where things are. Assistants start programs without the person's
# own.
_PLACES = ("MODELLI", "MINIATURE", "CONFIGURAZIONE", "CONDIVISI")
_WHERE = """\
Va nella configurazione dell'assistente; se il file c'è già, aggiungi soltanto la voce «cercafoto»:
- Claude Desktop: claude_desktop_config.json (Impostazioni, Sviluppatore, Modifica configurazione).
- Cursor: ~/.cursor/mcp.json. LM Studio: mcp.json (Program, Install, Edit mcp.json).
- VS Code: .vscode/mcp.json, o «MCP: Open User Configuration»; «servers» e non «mcpServers».
- Zed: settings.json; «context_servers» e non «mcpServers».
- Claude Code: .mcp.json nella cartella in cui lavori. Oppure, per tutte le cartelle:
  {command}
Poi chiudi e riapri l'assistente."""


def client_settings(settings: Settings) -> dict[str, Any]:
    """Return the settings with which an assistant starts the server as `settings` say. Raises
    UsageError if the address of a shared archive has a password."""
    archive = settings.shared or str(settings.archive)
    if masked(archive) != archive:
        raise UsageError(
            "Nell'indirizzo dell'archivio c'è una password, che resterebbe scritta nella "
            "configurazione dell'assistente.",
            "Mettila in ~/.pgpass (docs/condiviso.md), e ripeti il comando senza.",
        )
    program, *first = _own_command()
    arguments = [*first, "mcp", "--archivio", archive]
    for mount in settings.mounts:
        arguments += ["--radice", mount]
    if settings.model != Settings.model:
        arguments += ["--modello", settings.model]
    if settings.people:
        arguments.append("--persone")
    places = {
        name: os.path.abspath(Path(value).expanduser())
        for name in (f"CERCAFOTO_{place}" for place in _PLACES)
        if (value := os.environ.get(name))
    }
    entry = {"command": program, "args": arguments} | ({"env": places} if places else {})
    return {"mcpServers": {NAME: entry}}


def where_it_goes(settings: dict[str, Any]) -> str:
    """Return where each assistant wants what `client_settings` returned."""
    entry = json.dumps(settings["mcpServers"][NAME], ensure_ascii=False)
    command = ["claude", "mcp", "add-json", "--scope", "user", NAME, entry]
    return _WHERE.format(command=shlex.join(command))


def _own_command() -> list[str]:
    """Return the command that starts this program from any folder."""
    program = Path(sys.argv[0])
    if is_frozen():
        return [sys.executable]
    if program.stem == NAME and program.is_file():
        return [os.path.abspath(program)]
    return [sys.executable, "-m", NAME]
