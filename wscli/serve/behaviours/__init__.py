"""The server's WebSocket services: each a job of one connection, chosen by subprotocol or path."""

from __future__ import annotations

from wscli.serve.behaviours.echo import echo
from wscli.serve.behaviours.looking import frames, inspect, lws_status, status
from wscli.serve.behaviours.rooms import broadcast, chat, mirror
from wscli.serve.behaviours.service import Service
from wscli.serve.behaviours.timed import delay, increment, sink, source, time_of_day

SERVICES: tuple[Service, ...] = (
    Service("echo", "every message comes back", echo),
    Service("dumb-increment-protocol", "a number every 50 ms; understands reset and closeme", increment, "interval"),
    Service("lws-mirror-protocol", "what one sends all receive, who sent it too", mirror, "room"),
    Service("broadcast", "what one sends all others receive", broadcast, "room"),
    Service("chat", "text with the name of who says it", chat, "room, name"),
    Service("time", "the time of day, every second", time_of_day, "interval"),
    Service("sink", "takes everything, says nothing", sink),
    Service("source", "so many messages of a size, then Close", source, "messages, size, rate, kind"),
    Service("delay", "every message comes back after a while", delay, "seconds"),
    Service("status", "who is connected, as JSON", status),
    Service("lws-status", "the same in the words of libwebsockets", lws_status),
    Service("frames", "each frame of every other connection, as JSON", frames),
    Service("inspect", "what this client sent, bit for bit, as JSON", inspect),
)
"""Every service; a test finds one left out."""

BY_NAME = {service.name: service for service in SERVICES}
