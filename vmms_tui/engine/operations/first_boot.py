"""What a server is told at its first boot, and again when it is rebuilt."""

from vmms_tui.engine.context import Context
from vmms_tui.engine.guests.password import password_hash
from vmms_tui.engine.guests.user_data import BadUserData, user_data
from vmms_tui.model.errors import Failed
from vmms_tui.model.records import Server
from vmms_tui.model.spec import PoolSpec


def first_boot(context: Context, server: Server, spec: PoolSpec, password: str) -> bytes:
    """User data with the account, the hash of its password, our key where the pool allows it, and the set-up script.

    Raises Failed when they cannot be made, for instance because they are too large.
    """
    try:
        return user_data(
            server_id=server.id,
            login=spec.login,
            password_hash=password_hash(password),
            management_key=context.guests.public_key() if spec.access == "ssh" else "",
            setup_script=spec.setup_script,
        )
    except BadUserData as problem:
        raise Failed(f"the user data of pool {spec.name} cannot be made: {problem}") from problem
