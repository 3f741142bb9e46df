"""The real witnesses ask servers on a host: of all an answer counts, and silence of those that proved themselves."""

import pytest

from tests.unit.test_witnesses import closed_port as closed_port
from tests.unit.test_witnesses import rules, sign
from tests.unit.test_witnesses import witnesses as witnesses
from vmms_tui.engine.witnesses.port import Place, Suspected, Witnesses
from vmms_tui.model.records import changed
from vmms_tui.model.witness import Says


async def test_servers(witnesses: Witnesses, monkeypatch: pytest.MonkeyPatch, closed_port: int) -> None:
    heard = {closed_port: (Says.ALIVE, "it answers"), 1: (Says.SILENT, "nobody"), 2: (Says.UNKNOWN, "no way")}

    async def asked(_address: str, port: int, _until: float) -> tuple[Says, str]:
        return heard[port]

    async def said(*servers: Place) -> tuple[Says, str]:
        found = await sign(witnesses, rules(servers=True), Suspected(name="cmp1", servers=servers))
        assert found.witness == "servers"
        return found.says, found.why

    assert (await said(Place("127.0.0.1", closed_port)))[0] is Says.ALIVE, "its kernel refuses: that is an answer"
    assert await said() == (Says.UNKNOWN, "no server on it has an address to ask")
    monkeypatch.setattr("vmms_tui.engine.witnesses.real.connect", asked)
    answers, silent, proved = (Place("127.0.0.1", port) for port in (closed_port, 1, 1))
    proved = changed(proved, proved=True)
    assert await said(silent) == (Says.UNKNOWN, "nobody, but none answered a proof of health before")
    assert await said(proved, silent) == (Says.SILENT, "nobody")
    assert await said(proved, changed(proved, port=2)) == (Says.UNKNOWN, "no way")
    assert await said(proved, Place("127.0.0.1", 2)) == (Says.SILENT, "nobody"), "of others only an answer counts"
    assert await said(proved, silent, answers) == (Says.ALIVE, "it answers")
