"""`[hosts]`: who is asked whether a compute host is dead, and what is done then without a person."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from vmms_tui.model import blanks
from vmms_tui.model.durations import format_duration
from vmms_tui.model.witness import HostRules
from vmms_tui.settings.basics import Count, Duration, Positive, Table, Texts, Word

LEAST_PACE = timedelta(seconds=2)
LONGEST_LIMIT = timedelta(seconds=30)
LONGEST_STAGGER = timedelta(minutes=5)
_D = HostRules()


class HostsTable(Table):
    """The rules of `model.witness`. Commands are lists of words: no shell reads them."""

    samples: Annotated[int, Field(ge=2, le=100, strict=True)] = _D.samples
    every: Duration = _D.every
    limit: Duration = _D.limit
    ssh: Word = _D.ssh
    storage: Word = _D.storage
    power: Texts = _D.power
    peers: Texts = _D.peers
    servers: Annotated[bool, Field(strict=True)] = _D.servers
    fence: Texts = _D.fence
    fence_proof: Texts = _D.fence_proof
    fence_limit: Duration = _D.fence_limit
    automatic: Annotated[bool, Field(strict=True)] = _D.automatic
    share: Annotated[float, Field(gt=0, le=1)] = _D.share
    at_once: Positive = _D.at_once
    servers_at_once: Positive = _D.servers_at_once
    stagger: Duration = _D.stagger
    reserve: Count = _D.reserve

    @field_validator("every")
    @classmethod
    def _not_too_often(cls, every: timedelta) -> timedelta:
        if every < LEAST_PACE:
            raise ValueError(f"write {format_duration(LEAST_PACE)} or more.")
        return every

    @field_validator("limit")
    @classmethod
    def _not_too_long(cls, limit: timedelta) -> timedelta:
        if limit > LONGEST_LIMIT:
            raise ValueError(f"write {format_duration(LONGEST_LIMIT)} or less.")
        return limit

    @field_validator("stagger")
    @classmethod
    def _not_too_slow(cls, stagger: timedelta) -> timedelta:
        if stagger > LONGEST_STAGGER:
            raise ValueError(f"write {format_duration(LONGEST_STAGGER)} or less.")
        return stagger

    @field_validator("ssh", "storage")
    @classmethod
    def _is_a_place(cls, text: str) -> str:
        try:
            blanks.check_place(text)
        except blanks.Unfit as unfit:
            raise ValueError(f"{unfit}.") from unfit
        return text

    @field_validator("power", "peers", "fence", "fence_proof")
    @classmethod
    def _is_a_command(cls, words: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        try:
            blanks.check_command(words, blanks.OF_PAIR if info.field_name == "peers" else blanks.OF_HOST)
        except blanks.Unfit as unfit:
            raise ValueError(f"{unfit}.") from unfit
        return words

    @field_validator("automatic")
    @classmethod
    def _fences_first(cls, automatic: bool, info: ValidationInfo) -> bool:
        if automatic and not info.data.get("fence"):
            raise ValueError("give a fence command first: nothing is evacuated from a host that may still run.")
        return automatic

    def rules(self) -> HostRules:
        """As the engine needs it."""
        return HostRules(**{name: getattr(self, name) for name in type(self).model_fields})
