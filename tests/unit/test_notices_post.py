"""Letters over real protocols on loopback: a mail server, a webhook, and what is told when they fail."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from email import message_from_bytes, policy
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword

from tests.webhook import Hook, listening
from vmms_tui.engine.notices.port import OPERATORS, NotDelivered
from vmms_tui.engine.notices.real import ApprisePost
from vmms_tui.model.channels import Channels

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")
SECRET = "hunter2-and-more"


class Mailbox:
    """What a mail server got; `refuses` what it says to passwords."""

    def __init__(self) -> None:
        self.got: list[tuple[list[str], Any]] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802 aiosmtpd's name
        assert isinstance(envelope.content, bytes)
        self.got.append((envelope.rcpt_tos, message_from_bytes(envelope.content, policy=policy.default)))
        return "250 OK"


def authenticator(_server: Any, _session: Any, _envelope: Any, _mechanism: str, auth: Any) -> AuthResult:
    assert isinstance(auth, LoginPassword)
    return AuthResult(success=auth.password == SECRET.encode(), handled=False)


@pytest.fixture
async def mail() -> AsyncIterator[tuple[Mailbox, int]]:
    """A mail server that asks for a password."""
    box = Mailbox()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(box, authenticator=authenticator, auth_required=True, auth_require_tls=False, loop=loop),
        "127.0.0.1",
        0,
    )
    yield box, server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()


@pytest.fixture
def hook() -> Iterator[Hook]:
    with listening() as server:
        yield server


def mailto(port: int, password: str = SECRET) -> str:
    query = "mode=insecure&from=vmms@example.org&to={owner}@example.org"
    return f"mailto://vmms:{password}@127.0.0.1:{port}?{query}"


async def test_a_mail_arrives_with_its_owner_subject_and_text(mail: tuple[Mailbox, int]) -> None:
    box, port = mail
    post = ApprisePost()
    post.take(Channels(urls=(mailto(port),)))
    assert post.reaches("alice")
    how = await post.deliver(
        "alice", "VMMS: lease-00012 ends in 2 h", "Keep it:\n\n    vmms renew lease-00012 8h\n名前"
    )
    assert how == "mailto"
    ((to, message),) = box.got
    assert to == ["alice@example.org"]
    assert message["subject"] == "VMMS: lease-00012 ends in 2 h"
    body = message.get_body(("plain", "html")).get_content()
    assert "vmms renew lease-00012 8h" in body
    assert "名前" in body
    await post.close()


async def test_a_webhook_gets_it_and_one_channel_is_enough(hook: Hook) -> None:
    post = ApprisePost()
    good, bad = f"json://127.0.0.1:{hook.server_port}/for/{{owner}}?token={SECRET}", "json://127.0.0.1:1/x"
    post.take(Channels(urls=(good, bad), operators=(f"json://127.0.0.1:{hook.server_port}/operators",)))
    how = await post.deliver("alice", "subject", "text :smile: \\n")
    assert how == "json (not json: Connection refused)"
    ((path, content),) = hook.got
    assert path.startswith("/for/alice")
    assert (content["title"], content["message"]) == ("subject", "text :smile: \\n")
    await post.deliver(OPERATORS, "subject", "text")
    assert hook.got[-1][0].startswith("/operators")
    await post.close()


async def test_people_may_have_channels_of_their_own(hook: Hook) -> None:
    post = ApprisePost()
    base = f"json://127.0.0.1:{hook.server_port}"
    post.take(Channels(urls=(f"{base}/all/{{owner}}",), people={"ada": (f"{base}/ada",), "mute": ()}))
    assert [post.reaches(name) for name in ("ada", "bob", "mute", OPERATORS)] == [True, True, False, False]
    await post.deliver("ada", "s", "t")
    assert [path.partition("?")[0].rstrip("/") for path, _ in hook.got] == ["/ada"]
    with pytest.raises(NotDelivered, match="there is no channel"):
        await post.deliver("mute", "s", "t")
    await post.close()


@pytest.mark.parametrize("owner", ["a,b@evil.example", "x/../operators", "a b", "a&to=b", "[red]名前", "a\nb", ""])
async def test_an_owner_with_an_odd_name_is_nobody_else(owner: str) -> None:
    post = ApprisePost()
    post.take(Channels(urls=("mailto://127.0.0.1:1?to={owner}@example.org",)))
    assert not post.reaches(owner)
    await post.close()


async def test_failures_are_told_without_addresses(
    mail: tuple[Mailbox, int], hook: Hook, caplog: pytest.LogCaptureFixture
) -> None:
    _, port = mail
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.INFO, "mail.log")  # aiosmtpd would warn that it logs passwords
    hook.status = 503
    webhook = f"json://user:{SECRET}@127.0.0.1:{hook.server_port}/{SECRET}?x={SECRET}"
    cases = {
        mailto(port, f"{SECRET}-wrong"): "mailto: SMTP status 535",
        webhook: "json: HTTP status 503",
        f"json://user:{SECRET}@127.0.0.1:1/{SECRET}": "json: Connection refused",
        f"mailto://vmms:{SECRET}@127.0.0.1:1?to=a@example.org&mode=insecure&from=v@example.org": (
            "mailto: Connection refused"
        ),
    }
    post = ApprisePost()
    for url, told in cases.items():
        post.take(Channels(urls=(url,)))
        with pytest.raises(NotDelivered) as failed:
            await post.deliver("alice", "s", "t")
        assert failed.value.message == told
    await post.close()
    ours = [record.getMessage() for record in caplog.records if record.name != "mail.log"]
    assert not [line for line in ours if SECRET in line or "127.0.0.1" in line]


async def test_a_channel_that_does_not_answer_is_given_up(hook: Hook) -> None:
    hook.let_go.clear()
    post = ApprisePost(deadline=0.2)
    post.take(Channels(urls=(f"json://127.0.0.1:{hook.server_port}/x",)))
    with pytest.raises(NotDelivered, match=r"json: not taken within 0\.2 s"):
        await post.deliver("alice", "s", "t")
    hook.let_go.set()
    await post.close()
    with pytest.raises(NotDelivered, match="the engine has stopped"):
        await post.deliver("alice", "s", "t")


async def test_a_slow_channel_keeps_nobody_waiting(hook: Hook) -> None:
    """The loop goes on while a letter is under way."""
    hook.let_go.clear()
    post = ApprisePost()
    post.take(Channels(urls=(f"json://127.0.0.1:{hook.server_port}/x",)))
    slow = asyncio.create_task(post.deliver("alice", "s", "t"))
    assert await asyncio.get_running_loop().run_in_executor(None, hook.asked.wait, 10)
    assert not slow.done()
    hook.let_go.set()
    assert await slow == "json"
    await post.close()


def test_channels_never_show_what_they_hold() -> None:
    channels = Channels(urls=(mailto(25),), people={"ada": (f"json://{SECRET}",)}, operators=(f"slack://{SECRET}",))
    assert repr(channels) == "Channels(1 for owners, 1 people, 1 for operators)"
    assert SECRET not in f"{channels} {channels!r} {[channels]}"
