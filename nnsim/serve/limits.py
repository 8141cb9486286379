"""How many connections there may be, in all and from one address, and how long they may last."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

Drop = Callable[[str], None]


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
    """Counts the connections that are open.

    Where there is no room for another one, a connection that has not logged in is dropped for it: the oldest from
    the address that has most of them. So whoever opens connections and says nothing keeps nobody out.
    """

    limits: Limits
    by_address: Counter[str] = field(default_factory=Counter)
    _waiting: dict[Drop, str] = field(default_factory=dict)  # the addresses of those that have not logged in

    def admit(self, address: str, drop: Drop | None = None) -> str:
        """Counts one more in.  Returns: why there is no room for it; empty where there is.

        Args: drop: ends it for the reason that it is given; it is counted out then. None where it has logged in.
        """
        refusal = self._full(address)
        if refusal and (crowding := self._crowding(address)) is not None:
            self.release(self._waiting[crowding], crowding)
            crowding(f"{refusal}, and it has not logged in")
            refusal = self._full(address)
        if refusal:
            return refusal
        self.by_address[address] += 1
        if drop is not None:
            self._waiting[drop] = address
        return ""

    def logged_in(self, drop: Drop) -> None:
        """From now on it is dropped for no other."""
        self._waiting.pop(drop, None)

    def release(self, address: str, drop: Drop | None = None) -> None:
        if drop is not None:
            self._waiting.pop(drop, None)
        self.by_address[address] -= 1
        if self.by_address[address] <= 0:
            del self.by_address[address]

    def _full(self, address: str) -> str:
        if self.by_address[address] >= self.limits.per_address:
            return f"{self.limits.per_address} connections are open from its address"
        if self.by_address.total() >= self.limits.connections:
            return f"{self.limits.connections} connections are open"
        return ""

    def _crowding(self, address: str) -> Drop | None:
        """The connection to be dropped for one from this address."""
        if self.by_address[address] < self.limits.per_address:
            most = Counter(self._waiting.values()).most_common(1)
            address = most[0][0] if most else address
        return next((drop for drop, its in self._waiting.items() if its == address), None)
