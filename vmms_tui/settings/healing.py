"""`[healing]` and `[pools.NAME.health]`: when servers that do not work are mended, and how they show that they work."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, ValidationInfo, field_validator

from vmms_tui.model.durations import format_duration
from vmms_tui.model.healing import HealingRules, HealthKind, HealthProof
from vmms_tui.settings.basics import Duration, Positive, Table, Text, at_least

LEAST_PACE = timedelta(seconds=10)
"""Between two proofs of one server; the engine looks no more often."""
_D = HealingRules()


class HealthTable(Table):
    """How a server in use shows that it works."""

    kind: Literal["none", "port", "ssh", "http"] = "none"
    port: Annotated[int, Field(ge=1, le=65535, strict=True)] = 22
    path: Annotated[Text, StringConstraints(pattern=r"^/")] = "/"
    every: Duration = HealthProof().every
    failures: Annotated[int, Field(ge=2, le=100, strict=True)] = HealthProof().failures
    rebuild: Annotated[bool, Field(strict=True)] = HealthProof().rebuild

    @field_validator("every")
    @classmethod
    def _not_too_often(cls, every: timedelta) -> timedelta:
        if every < LEAST_PACE:
            raise ValueError(f"write {format_duration(LEAST_PACE)} or more.")
        return every

    def proof(self) -> HealthProof:
        """As the engine needs it."""
        port = 80 if self.kind == "http" and "port" not in self.model_fields_set else self.port
        return HealthProof(
            kind=HealthKind(self.kind),
            port=port,
            path=self.path,
            every=self.every,
            failures=self.failures,
            rebuild=self.rebuild,
        )


class HealingTable(Table):
    """The numbers of `engine.policy.healing`."""

    on: Annotated[bool, Field(strict=True)] = _D.on
    wait: Duration = _D.wait
    tries: Annotated[int, Field(ge=1, le=10, strict=True)] = _D.tries
    settle: Duration = _D.settle
    stuck: Duration = _D.stuck
    stuck_long: Duration = _D.stuck_long
    at_once: Annotated[int, Field(ge=1, le=1000, strict=True)] = _D.at_once
    share: Annotated[float, Field(gt=0, le=1)] = _D.share
    least: Positive = _D.least
    many: Positive = _D.many
    rebuild: Annotated[bool, Field(strict=True)] = _D.rebuild
    replace: Annotated[bool, Field(strict=True)] = _D.replace

    @field_validator("stuck_long")
    @classmethod
    def _not_below_stuck(cls, stuck_long: timedelta, info: ValidationInfo) -> timedelta:
        return at_least(stuck_long, "stuck", info)

    def rules(self) -> HealingRules:
        """As the engine needs it."""
        return HealingRules(**{name: getattr(self, name) for name in type(self).model_fields})
