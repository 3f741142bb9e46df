"""Who is at a door, and what they may do there."""

from enum import StrEnum

import msgspec


class Role(StrEnum):
    """What a person is to an installation. Somebody may be several; without any they are nobody."""

    VIEWER = "viewer"
    """Sees everything and changes nothing."""
    DEVELOPER = "developer"
    """Asks for servers, and acts on their own leases, which are all that they see."""
    OPERATOR = "operator"
    """Sees everything and may do everything."""


class Peer(msgspec.Struct, frozen=True, kw_only=True):
    """Who is at the other end of a door. Name, user and groups are the kernel's word; `says` is the peer's own."""

    name: str
    uid: int = -1
    groups: frozenset[int] = frozenset()
    pid: int = 0
    says: str = ""
    """Where they come from and with what, as they say: `screen, ssh from 10.0.0.5`."""
    read_only: bool = False
    """They want to change nothing, whatever their roles let them."""

    @property
    def origin(self) -> str:
        """Where an act came from, for the audit."""
        known = [f"uid {self.uid}"] if self.uid >= 0 else []
        known += [f"pid {self.pid}"] if self.pid else []
        known += [f"says {self.says}"] if self.says else []
        return ", ".join(known)


class Caller(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A peer with the roles that the engine gave them."""

    name: str
    roles: tuple[Role, ...] = ()
    projects: tuple[str, ...] | None = None
    """Projects that they may ask for; None: any."""
    read_only: bool = False
    origin: str = ""

    @property
    def operator(self) -> bool:
        """Whether they may do everything."""
        return Role.OPERATOR in self.roles

    @property
    def sees_all(self) -> bool:
        """Whether other people's leases are shown to them."""
        return self.operator or Role.VIEWER in self.roles

    def has(self, needed: Role) -> bool:
        """Whether they are what an act needs; an operator is a developer and a viewer too."""
        return self.operator or needed in self.roles


class AccessRules(msgspec.Struct, frozen=True, kw_only=True):
    """Which Unix groups have which role, from the settings. The engine's own user and root are always operators."""

    operators: tuple[str, ...] = ()
    developers: tuple[str, ...] = ()
    viewers: tuple[str, ...] = ()
    everyone: Role | None = None
    """What people are who are in none of these groups."""
    projects: dict[str, tuple[str, ...]] = {}
    """Unix groups that may ask for servers of a project; without any project, all names do."""
    read_only: bool = False
    """Nobody changes anything; the engine goes on by itself."""

    @property
    def shared(self) -> bool:
        """Whether anybody but the engine's own user may come in."""
        return bool(self.operators or self.developers or self.viewers or self.everyone)

    @property
    def groups(self) -> frozenset[str]:
        """Every group that is named."""
        named = (
            *self.operators,
            *self.developers,
            *self.viewers,
            *(g for many in self.projects.values() for g in many),
        )
        return frozenset(named)
