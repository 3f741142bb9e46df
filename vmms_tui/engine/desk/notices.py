"""What people say about notices: that they saw them, that an owner was told; and a trial of their channels."""

from vmms_tui.engine import telling
from vmms_tui.engine.desk.part import Handler, Part
from vmms_tui.engine.notices.port import OPERATORS, NotDelivered
from vmms_tui.engine.policy.letters import safe
from vmms_tui.model.commands import Command, Reply, Seen, TellOwner, TryChannels
from vmms_tui.model.errors import Failed, Refused
from vmms_tui.model.people import Caller
from vmms_tui.model.records import LeaseState, Notice, NoticeKind

LONGEST_HOW = 200
"""Characters of how an owner was told."""


class Notices(Part):
    """One method for each command about notices."""

    def handlers(self) -> dict[type[Command], Handler]:
        """See Part."""
        return {Seen: self._seen, TellOwner: self._told, TryChannels: self._try}

    async def _seen(self, command: Seen, caller: Caller) -> Reply:
        """What is known to be delivered, or gone, is no mistake: it went another way meanwhile."""
        there = (self._context.state.get(Notice, notice_id) for notice_id in dict.fromkeys(command.notice_ids))
        seen = [notice for notice in there if notice is not None]
        if not all(self._is_theirs(notice, caller) for notice in seen):
            raise Refused("not_owner", "A notice is proved by whom it is for, and by nobody else.")
        for notice_id in [notice.id for notice in seen]:
            notice = self._context.state.need(Notice, notice_id)  # as it is now: it may have been delivered meanwhile
            if notice.open and not self._has_a_better_proof(notice):
                said = telling.proof(self._context, notice, command.by, actor=caller.name, origin=caller.origin)
                await self._context.ledger.commit(*said)
        return Reply(text="Thank you.")

    @staticmethod
    def _is_theirs(notice: Notice, caller: Caller) -> bool:
        return caller.operator if notice.owner == OPERATORS else notice.owner == caller.name

    def _has_a_better_proof(self, notice: Notice) -> bool:
        """One operator's screen does not speak for all of them where a letter can."""
        return notice.owner == OPERATORS and self._context.post.reaches(OPERATORS)

    async def _told(self, command: TellOwner, caller: Caller) -> Reply:
        lease = self.lease(command.lease_id, caller)
        how = safe(command.how)[:LONGEST_HOW]
        context = self._context
        stopped = lease.state == LeaseState.OVERDUE and lease.stopped_at is not None
        kind = NoticeKind.STOPPED if stopped else NoticeKind.WARNING
        on_its_way = telling.being_told(context, lease, kind)
        notice, *replaced = (on_its_way,) if on_its_way else telling.about_end(context, kind, lease)
        said = telling.proof(
            context,
            notice,
            "operator",
            how=f"{caller.name}'s word",
            actor=caller.name,
            origin=caller.origin,
            reason=how,
        )
        await context.ledger.commit(*replaced, *said)
        context.wake()
        text = f"{lease.owner} counts as told that {lease.id} ends."
        return Reply(text=text, lease_id=lease.id, server_id=lease.server_id, end=lease.end)

    async def _try(self, _command: TryChannels, caller: Caller) -> Reply:
        post = self._context.post
        text = f"This is a trial, asked for by {caller.name}. Notices of your leases come this way."
        try:
            took = await post.deliver(caller.name, "VMMS: a trial", safe(text))
        except NotDelivered as failed:
            words = f"The trial did not reach {caller.name}: {failed.message}."
            raise Failed(words, "[notices] in the settings names the channels.") from None
        said = self.say(caller, "notice.trial", f"a trial reached {caller.name} by {took}")
        await self._context.ledger.commit(said)
        return Reply(text=f"The trial reached {caller.name} by {took}.")
