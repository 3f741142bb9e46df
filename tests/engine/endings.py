"""How operations end under faults: worlds with many servers, one fault for each, and what must be said of each end."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from msgspec import structs

from tests.engine.world import World, pool
from vmms_tui.engine.cloud.errors import (
    PASSING,
    AccessDenied,
    BadRequest,
    Busy,
    CloudError,
    CloudFault,
    Conflict,
    NotFound,
    OutcomeUnknown,
    QuotaExceeded,
    Unreachable,
)
from vmms_tui.engine.cloud.simulated.account import SimulatedAccount
from vmms_tui.engine.cloud.simulated.faults import Fault, Faults
from vmms_tui.engine.cloud.simulated.settings import SimulatedSettings
from vmms_tui.engine.guests.simulated import SimulatedGuests
from vmms_tui.engine.witnesses.simulated import SimulatedWitnesses
from vmms_tui.model.healing import HealingRules
from vmms_tui.model.people import Caller, Role
from vmms_tui.model.progress import is_live
from vmms_tui.model.records import Operation, OperationKind, OperationState, Server, ServerState
from vmms_tui.model.spec import Policy, PoolSpec, Proof, ProofKind
from vmms_tui.model.status import Snapshot
from vmms_tui.model.steering import ABORTED, OVERTAKEN
from vmms_tui.screens.describing import describe
from vmms_tui.screens.mirror import Mirror
from vmms_tui.screens.operation_rows import explain_operation, note_of, operation_facts

ERRORS: dict[str, CloudError] = {
    "denied": AccessDenied("Policy doesn't allow it to be performed."),
    "quota": QuotaExceeded("Quota exceeded for ram: Requested 2048, but already used 2048 of 2048 ram."),
    "bad": BadRequest("Invalid input for field/attribute host. Value: None. None is not of type 'string'"),
    "gone": NotFound("Instance could not be found."),
    "conflict": Conflict("Cannot do that while it is in task_state powering-off."),
    "busy": Busy("Too many requests.", retry_after=3.0),
    "fault": CloudFault('Unexpected API Error. {"computeFault": {"code": 500, "message": "Please report this."}}'),
    "away": Unreachable("Could not reach the cloud: connection refused."),
    "lost": OutcomeUnknown("It is not known whether it worked: the cloud did not answer in time."),
    "trace": CloudFault('Remote error: KeyError\nTraceback (most recent call last):\n  File "x.py", line 1, in y\n'),
}
"""Every way in which a cloud refuses, and odd words with it."""
ODD = 'Failed\x1b[31m on\x00 host\u202e: {"message": "QEMU went away"} Traceback (most recent call last): boom'
"""What a cloud may say of a server in ERROR, at its worst."""
DEAD = "cmp1"
HOSTS_READ = 65
OFTEN = 3
"""How often a fault comes that may pass."""
RULES = HealingRules(share=1.0, many=100_000, at_once=100, tries=1)
"""Nothing is an incident, and nothing waits for its turn."""
ROOMY = SimulatedSettings(
    admin=True, hosts=3, host_vcpus=1_000, host_ram_mib=2**20, host_disk_gib=20_000, quota_servers=-1, quota_vcpus=-1
)


STARTS = "start_server"
CONSOLE = Proof(kind=ProofKind.CONSOLE, marker="login:")
SMALL: dict[str, Any] = {"flavor": "m1.tiny", "image": "tiny"}
"""Of a pool: many such servers fit anywhere."""


class Fleet(World):
    """Many small servers of one pool, all of them lent."""

    def __init__(
        self, folder: Path, servers: int, hosts: int = ROOMY.hosts, pools: Sequence[PoolSpec] = (), **spec: Any
    ) -> None:
        """`pools`: others than that one; `spec`: what else it has."""
        small = pool(**{**SMALL, "available": servers, "limit": servers, **spec})
        super().__init__(
            folder,
            *(pools or [small]),
            policy=Policy(healing=RULES, keep_failed=timedelta(days=1), parallel_builds=300),
        )
        self.account = SimulatedAccount(self.clock, seed=1, settings=structs.replace(ROOMY, hosts=hosts))
        self.guests = SimulatedGuests(self.account.up_for, disk_at=self.account.disk_at)
        self.witnesses = SimulatedWitnesses(self.account)
        self.broken: dict[str, list[Fault]] = {}
        """The faults that were laid, by their calls."""

    async def lent(self, number: int) -> list[Server]:
        """So many leases' servers, all on one host that others could take them from; hosts are known."""
        admin = self.account.project()
        for other in ("cmp2", "cmp3"):
            await admin.disable_host(other, "to be empty")
        await self.start()
        for _ in range(40):
            await self.pass_time(5)
            if self.counts()[ServerState.READY] >= number:
                break
        for _ in range(number):
            assert (await self.ask("alice")).server_id
        for other in ("cmp2", "cmp3"):
            await admin.enable_host(other)
        await self.pass_time(HOSTS_READ, step=5)
        return [one for one in self.state.all(Server) if one.lease_id]

    @property
    def faults(self) -> Faults:
        """What goes wrong in its cloud."""
        return self.account.world.faults

    def breaks(self, call: str, error: CloudError, server: Server) -> None:
        """A call about this server, its port or its address fails: a few times if that may pass, else always."""
        about = {
            "get_port": server.port_ids[0],
            "delete_port": server.port_ids[0],
            "list_ports": f"{server.id}-0",
            "find_servers": server.id,
            "list_floating_ips": f"vmms test dev {server.id}",
        }
        mine = server.floating_ip_id if "floating_ip" in call else server.cloud_id
        self.fails(call, error, about=about.get(call, mine))

    def fails(self, call: str, error: CloudError, *, about: str = "", project: str = "") -> None:
        """A call fails: a few times if that may pass, else always."""
        times = OFTEN if isinstance(error, PASSING) else None
        fault = self.faults.fail(call, error, about=about, project=project, times=times)
        self.broken.setdefault(call, []).append(fault)

    def all_met(self) -> None:
        """Each fault that was laid has been met: else nothing was seen of what it does."""
        unmet = [(call, fault) for call, faults in self.broken.items() for fault in faults if not fault.met]
        assert not unmet, unmet

    def works(self, *kinds: OperationKind) -> list[Operation]:
        """Its operations of these kinds."""
        return [one for one in self.state.all(Operation) if one.kind in kinds]

    def mirror(self) -> Mirror:
        """What a screen knows of it."""
        made = Mirror(lambda: 0.0)
        you = Caller(name="operator", roles=(Role.OPERATOR,))
        made.take(Snapshot(sequence=1, records=self.state.records(), status=self.engine.status(), you=you))
        return made

    def check(self, *kinds: OperationKind) -> list[Operation]:
        """What is said of all these operations; gives those that failed."""
        mirror, works = self.mirror(), self.works(*kinds)
        assert works
        for one in works:
            check_said(one, mirror)
        return [one for one in works if one.state is OperationState.FAILED]


def check_said(operation: Operation, mirror: Mirror) -> None:
    """An end has its sentence, a failure its remedy as well, and both are to be seen; what waits says for what."""
    if is_live(operation):
        assert operation.state is not OperationState.WAITING or operation.waiting_for, operation
        check_words(operation.waiting_for)
        return
    check_words(operation.outcome)
    assert operation.outcome, operation
    if operation.state is OperationState.DONE:
        return
    assert not re.search(r"[.!?] [A-Z]", operation.outcome), "more than one sentence"
    assert not operation.outcome.endswith("."), "it is a part of other sentences"
    if operation.outcome.startswith((ABORTED, OVERTAKEN)) and not operation.remedy:
        return  # somebody wanted it to end
    assert operation.remedy.endswith("."), operation
    check_words(operation.remedy)
    shown = dict(operation_facts(operation, mirror).facts)
    assert shown["outcome"] == operation.outcome
    if not operation.retried_as:
        assert shown["do"].startswith(operation.remedy)
        assert note_of(operation) == f"{operation.outcome}. {operation.remedy}"
        assert any(operation.remedy in line for line in explain_operation(operation, mirror))
    page = [paragraph.words for paragraph in describe(operation, mirror)]
    assert operation.outcome in page
    assert operation.remedy in page


def check_words(text: str) -> None:
    """Fit for a person: one line without traces, JSON, control characters, and stops that stand twice."""
    assert not [one for one in text if unicodedata.category(one).startswith("C")], repr(text)
    assert "Traceback" not in text, text
    assert '{"' not in text, text
    assert not re.search(r"[.][.:;,]", text.replace("...", "")), text
