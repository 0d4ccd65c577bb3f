"""`replay`: show a recording, send it again, play its server, be many users of it."""

from __future__ import annotations

from typing import Any

from wscli.app.exit_status import ExitStatus
from wscli.settings import ConnectionSettings, ServerSettings


def run_replay(
    settings: ConnectionSettings | None, server: ServerSettings | None, values: dict[str, Any]
) -> ExitStatus:
    """Do with the recording what was asked for; each is a module of `app.replaying`, loaded when it is needed."""
    if server is not None:
        from wscli.app.replaying.serving import serve_recording

        return serve_recording(server, values)
    if settings is None:
        from wscli.app.replaying.showing import show

        return show(values)
    if values["users"] is not None and not values["dry_run"]:
        from wscli.app.replaying.users import run_users

        return run_users(settings, values)
    from wscli.app.replaying.sending import send_again

    return send_again(settings, values)
