from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    AGENT = "agent"
    SUPERVISOR = "supervisor"
    OPERATIONS = "operations"
    WAREHOUSE = "warehouse"
    PURCHASING = "purchasing"
    FORWARDER = "forwarder"
    FINANCE = "finance"
    AUDITOR = "auditor"
    ADMIN = "admin"
    STOREFRONT = "storefront"


STAFF = frozenset(Role) - {Role.STOREFRONT}
EVERY_STORE = "*"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who calls: a person by an access token, or a storefront by its API key (`storefront:demo`)."""

    sub: str
    name: str
    roles: frozenset[Role]
    stores: frozenset[str]

    def serves(self, store_id: str) -> bool:
        return store_id in self.stores or EVERY_STORE in self.stores

    def may_act_as(self, roles: frozenset[Role]) -> bool:
        """An admin may do everything."""
        return Role.ADMIN in self.roles or not self.roles.isdisjoint(roles)

    @property
    def is_operator(self) -> bool:
        return Role.ADMIN in self.roles and EVERY_STORE in self.stores


class NoValidToken(Exception):
    """The credential proves nothing; why is not told."""
