"""An electronic signature: who signed, when, and what it means (21 CFR 11.50)."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Signature:
    """Made only after the password was entered again; it never comes from outside.

    :param name: the signer's printed name at that time.
    :param meaning: what the signature stands for, such as ``approval``.
    :param signed_at: naive UTC.
    """

    user_id: int
    name: str
    meaning: str
    signed_at: datetime
