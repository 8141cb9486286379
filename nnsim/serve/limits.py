"""How many connections there may be, in all and from one address, and how long they may last."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Limits:
    """What a server allows; times in seconds."""

    connections: int = 100  # in all
    per_address: int = 60  # a class behind one address
    idle_s: float = 3600.0  # without a key
    total_s: float = 6 * 3600.0
    login_s: float = 30.0  # until somebody has logged in
    quota_bytes: int = 100_000_000  # that a student's folder may hold


@dataclass
class Connections:
    """Counts the connections that are open."""

    limits: Limits
    by_address: Counter[str] = field(default_factory=Counter)

    def admit(self, address: str) -> str:
        """Counts one more in.  Returns: why there is no room for it; empty where there is."""
        if self.by_address.total() >= self.limits.connections:
            return f"{self.limits.connections} connections are open"
        if self.by_address[address] >= self.limits.per_address:
            return f"{self.limits.per_address} connections are open from its address"
        self.by_address[address] += 1
        return ""

    def release(self, address: str) -> None:
        self.by_address[address] -= 1
        if self.by_address[address] <= 0:
            del self.by_address[address]
