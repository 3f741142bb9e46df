"""What kills an engine in the middle of anything."""


class Death:
    """Kills an engine at its n-th touch of the world: a line for the journal, or a call to the cloud."""

    def __init__(self) -> None:
        self.dead = False
        self.touches_left: int | None = None

    def after(self, touches: int) -> None:
        """Die at the touch after so many."""
        self.touches_left = touches

    def touch(self) -> bool:
        """One touch. True: from now on the engine is dead."""
        if self.touches_left is not None and not self.dead:
            self.touches_left -= 1
            self.dead = self.touches_left < 0
        return self.dead
