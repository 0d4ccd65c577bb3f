"""`explain`: what the names, numbers and bytes mean that wscli shows, from the tables the program itself works by.

What is asked for is looked up in this order: topics and names, then numbers (all that any table has), then keys, then
groups of entries, then bytes. Several words are tried as one first, then as a topic with a name behind it, then one by
one. `--as` and `--bytes` force it.
"""

from __future__ import annotations

from wscli.app.explain.asking import Asked, run_explain, show_topic
from wscli.app.explain.topics import TOPICS

__all__ = ("TOPICS", "Asked", "run_explain", "show_topic")
