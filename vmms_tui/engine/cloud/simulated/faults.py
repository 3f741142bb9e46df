"""Faults on demand: answers that are errors, answers that are slow, and servers that come to grief.

They are not kept in the file of the cloud.
"""

from dataclasses import dataclass

from vmms_tui.engine.cloud.errors import AccessDenied, CloudError, OutcomeUnknown, Unreachable

EVERY_CALL = "*"


@dataclass
class Fault:
    """`times` counts down; None is until it is cleared. Empty `call`, `about` and `project` fit all."""

    call: str = ""
    about: str = ""
    project: str = ""
    times: int | None = None
    error: CloudError | None = None
    done: bool = False
    seconds: float = 0.0
    text: str = ""
    met: int = 0
    """How often a call met it."""

    def fits(self, call: str, project: str, about: tuple[str, ...]) -> bool:
        """Whether it is for this call."""
        return (
            self.times != 0
            and self.call in {"", EVERY_CALL, call}
            and self.project in {"", project}
            and (not self.about or self.about in about)
        )

    def use(self) -> None:
        """One time less."""
        self.met += 1
        if self.times is not None:
            self.times -= 1


BUILD_FAILS = "a build that fails"
BUILD_STICKS = "a build that sticks"
DELETE_STICKS = "a delete that sticks"
DELETE_FAILS = "a delete that fails"
DELETE_CLINGS = "a delete that leaves ports and volumes attached"
EVACUATION_FAILS = "an evacuation that fails"
EVACUATION_LEAVES_OFF = "an evacuation that leaves the server off"
ADDRESS_LOST = "an evacuation after which the floating IP leads nowhere"
MEND_FAILS = "a start, reboot or rebuild that fails"
SET_UP_FAILS = "a set-up script that fails"
MOVE_FAILS = "a live migration that fails"
MOVE_STICKS = "a live migration that does not end"
MOVE_CHECK_FAILS = "a live migration that the destination refuses"
COLD_MOVE_FAILS = "a cold migration that fails"
NO_HOST = "a migration for which there is no host"


class Faults:
    """`about` is anything that a call names: an id, the name of a server, of an image, of a network."""

    def __init__(self) -> None:
        self._known: list[Fault] = []

    def clear(self) -> None:
        """Let everything work again. What has come to grief stays so."""
        self._known.clear()

    def fail(
        self,
        call: str,
        error: CloudError,
        *,
        times: int | None = 1,
        done: bool = False,
        about: str = "",
        project: str = "",
    ) -> Fault:
        """Answer a call of the port (`create_server`; `*` for any) with an error; `done`: after the act was done."""
        return self._add(Fault(call=call, error=error, times=times, done=done, about=about, project=project))

    def lose_answer(self, call: str, *, done: bool, times: int | None = 1, about: str = "") -> Fault:
        """Let a call time out; `done` says whether the act was done all the same."""
        error = OutcomeUnknown(f"It is not known whether it worked to {call}: the cloud did not answer in time.")
        return self.fail(call, error, times=times, done=done, about=about)

    def unreachable(self) -> Fault:
        """No connection for anybody until the fault is removed."""
        return self.fail(EVERY_CALL, Unreachable("Could not reach the cloud: connection refused."), times=None)

    def deny(self, project: str = "") -> Fault:
        """Refuse every log-in until the fault is removed."""
        words = "The cloud refused the log-in (The request you have made requires authentication)."
        return self.fail(EVERY_CALL, AccessDenied(words), times=None, project=project)

    def slow(self, call: str, seconds: float, *, times: int | None = None, about: str = "") -> Fault:
        """Let a call take that long on the clock before anything is done."""
        return self._add(Fault(call=call, seconds=seconds, times=times, about=about))

    def build_fails(self, *, about: str = "", times: int | None = None, text: str = "") -> Fault:
        """Let servers end in ERROR instead of ACTIVE; `about` is a server's name, or an image, a flavor or a host."""
        words = text or "Exceeded maximum number of retries. Exhausted all hosts available for retrying build failures."
        return self._add(Fault(call=BUILD_FAILS, about=about, times=times, text=words))

    def build_sticks(self, *, about: str = "", times: int | None = 1) -> Fault:
        """Leave servers in BUILD for ever. They can be deleted."""
        return self._add(Fault(call=BUILD_STICKS, about=about, times=times))

    def delete_sticks(self, *, about: str = "", times: int | None = 1) -> Fault:
        """Leave servers in task state `deleting`; more deletes change nothing, as in Nova. See `World.unstick`."""
        return self._add(Fault(call=DELETE_STICKS, about=about, times=times))

    def delete_fails(self, *, about: str = "", times: int | None = 1, text: str = "") -> Fault:
        """Let deletes end in ERROR, with the guest gone and the ports still held. Another delete may work."""
        words = text or "Failed to destroy the server on its host."
        return self._add(Fault(call=DELETE_FAILS, about=about, times=times, text=words))

    def delete_clings(self, *, about: str = "", times: int | None = 1) -> Fault:
        """Let servers go without letting go of their ports and volumes: these still name them afterwards."""
        return self._add(Fault(call=DELETE_CLINGS, about=about, times=times))

    def evacuation_fails(self, *, about: str = "", times: int | None = 1, text: str = "") -> Fault:
        """Let evacuations end in ERROR; `about` is a server's id or name, or the host that is dead."""
        words = text or "Failed to build the server on its new host."
        return self._add(Fault(call=EVACUATION_FAILS, about=about, times=times, text=words))

    def evacuation_leaves_off(self, *, about: str = "", times: int | None = 1) -> Fault:
        """Leave servers SHUTOFF on their new hosts, as Nova does from microversion 2.95 on."""
        return self._add(Fault(call=EVACUATION_LEAVES_OFF, about=about, times=times))

    def address_lost(self, *, about: str = "", times: int | None = 1) -> Fault:
        """Let the floating IP of a server that is evacuated lead nowhere until it is associated anew."""
        return self._add(Fault(call=ADDRESS_LOST, about=about, times=times))

    def set_up_fails(self, *, about: str = "", times: int | None = 1, text: str = "status 1") -> Fault:
        """Let the guest's console say that the set-up script has failed."""
        return self._add(Fault(call=SET_UP_FAILS, about=about, times=times, text=text))

    def move_fails(self, *, about: str = "", times: int | None = 1, status: str = "failed") -> Fault:
        """Let live migrations end in `status`, the server where it was; `about` is a server or one of the two hosts."""
        return self._add(Fault(call=MOVE_FAILS, about=about, times=times, text=status))

    def move_sticks(self, *, about: str = "", times: int | None = 1) -> Fault:
        """Let live migrations copy on without an end, as the servers write faster. They can be aborted and forced."""
        return self._add(Fault(call=MOVE_STICKS, about=about, times=times))

    def move_check_fails(self, *, about: str = "", times: int | None = 1, status: str = "error") -> Fault:
        """Let live migrations end in `status` before anything is copied: another CPU at the destination, say."""
        return self._add(Fault(call=MOVE_CHECK_FAILS, about=about, times=times, text=status))

    def cold_move_fails(self, *, about: str = "", times: int | None = 1, text: str = "") -> Fault:
        """Let cold migrations leave the server in ERROR on its old host. A hard reboot brings it back."""
        words = text or "Unexpected error while the disk was copied."
        return self._add(Fault(call=COLD_MOVE_FAILS, about=about, times=times, text=words))

    def no_host(self, *, about: str = "", times: int | None = 1) -> Fault:
        """Let the scheduler find no host to move to, whatever room there is."""
        return self._add(Fault(call=NO_HOST, about=about, times=times, text="no valid host"))

    def mend_fails(self, *, about: str = "", times: int | None = 1, text: str = "") -> Fault:
        """Let starts, reboots and rebuilds be taken on, and end in ERROR."""
        return self._add(Fault(call=MEND_FAILS, about=about, times=times, text=text or "The guest does not come up."))

    def remove(self, fault: Fault) -> None:
        """Take one fault away."""
        if fault in self._known:
            self._known.remove(fault)

    def take(self, call: str, project: str, about: tuple[str, ...]) -> Fault | None:
        """The first fault for this call, used once."""
        for fault in self._known:
            if fault.fits(call, project, about):
                fault.use()
                return fault
        return None

    def _add(self, fault: Fault) -> Fault:
        self._known.append(fault)
        return fault
