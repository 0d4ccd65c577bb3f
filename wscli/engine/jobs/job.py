"""What a command does with its session, as a pure object: it observes batches and answers with orders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from wscli.events import Batch, Interest
from wscli.protocol.step import Order


class Job(Protocol):
    """The command's side of a session. Times are seconds since the session began."""

    interest: Interest
    """What it must be shown to decide."""
    missed: str | None
    """The expectation that was not met, in a sentence; None where all were."""

    @property
    def wants_input(self) -> bool:
        """Whether standard input should be read now."""

    @property
    def wake_at(self) -> float | None:
        """When `tick` should be called next."""

    def observe(self, batch: Batch) -> Sequence[Order]:
        """Take what was observed; returns what to send."""

    def take_input(self, data: bytes, now: float) -> Sequence[Order]:
        """Take bytes of standard input."""

    def end_input(self, now: float) -> Sequence[Order]:
        """Standard input is over."""

    def tick(self, now: float) -> Sequence[Order]:
        """Do what has become due."""

    def flushed(self, now: float) -> None:
        """Everything ordered so far has been handed to the system."""


class IdleJob:
    """A job that asks for nothing; the others build on it."""

    interest = Interest.NOTHING

    def __init__(self) -> None:
        self.missed: str | None = None
        """The expectation that was not met, in a sentence; None where all were."""

    @property
    def wants_input(self) -> bool:
        """Whether standard input should be read now."""
        return False

    @property
    def wake_at(self) -> float | None:
        """When `tick` should be called next."""
        return None

    def observe(self, batch: Batch) -> Sequence[Order]:
        """Take what was observed; returns what to send."""
        return ()

    def take_input(self, data: bytes, now: float) -> Sequence[Order]:
        """Take bytes of standard input."""
        return ()

    def end_input(self, now: float) -> Sequence[Order]:
        """Standard input is over."""
        return ()

    def tick(self, now: float) -> Sequence[Order]:
        """Do what has become due."""
        return ()

    def flushed(self, now: float) -> None:
        """Everything ordered so far has been handed to the system."""
