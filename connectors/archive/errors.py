"""What the operator is told when a path holds nothing we can read."""

from __future__ import annotations

from connectors.base import AccessDenied


class NotAnArchive(AccessDenied):
    """The path holds no mail or calendar we can read; the message is one sentence: what, where, what to do."""
