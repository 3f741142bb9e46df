"""`[quota]`: what people and projects may hold."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from vmms_tui.model.records import changed
from vmms_tui.model.spec import Allowance, QuotaRules
from vmms_tui.settings.basics import Count, Duration, Positive, Table, Text, at_least

SHORTEST = timedelta(minutes=1)
"""No lease is shorter."""

Mebibytes = Annotated[int, Field(ge=0, le=1_000_000_000, strict=True)]


class AllowanceTable(Table):
    """The quota of one person or project."""

    servers: Count | None = None
    vcpus: Count | None = None
    ram_mib: Mebibytes | None = None
    longest: Duration | None = None
    total: Duration | None = None
    requests_per_minute: Positive | None = None

    @field_validator("longest", "total")
    @classmethod
    def _a_minute(cls, term: timedelta | None) -> timedelta | None:
        if term is not None and term < SHORTEST:
            raise ValueError("write 1min or more: no lease is shorter.")
        return term

    @field_validator("total")
    @classmethod
    def _not_below_longest(cls, total: timedelta | None, info: ValidationInfo) -> timedelta | None:
        return total if total is None else at_least(total, "longest", info)

    def over(self, common: Allowance) -> Allowance:
        """As the engine needs it: what is not written here is as in the common one."""
        return changed(common, **{name: getattr(self, name) for name in self.model_fields_set})


class QuotaTable(Table):
    """The quota that everybody has, and those that differ."""

    person: AllowanceTable = AllowanceTable()
    project: AllowanceTable = AllowanceTable()
    people: dict[Text, AllowanceTable] = {}  # noqa: RUF012 pydantic copies it
    projects: dict[Text, AllowanceTable] = {}  # noqa: RUF012 pydantic copies it

    def rules(self) -> QuotaRules:
        """As the engine needs it."""
        person, project = self.person.over(Allowance()), self.project.over(Allowance())
        return QuotaRules(
            person=person,
            project=project,
            people={name: table.over(person) for name, table in self.people.items()},
            projects={name: table.over(project) for name, table in self.projects.items()},
        )
