"""What each answer of a cloud means, and what is left of its words."""

import json
import threading
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmms_tui.engine.cloud.errors import (
    AccessDenied,
    BadRequest,
    Busy,
    CloudError,
    CloudFault,
    Conflict,
    NotFound,
    QuotaExceeded,
)
from vmms_tui.engine.cloud.meter import Meter
from vmms_tui.engine.cloud.openstack import microversion
from vmms_tui.engine.cloud.openstack.call import Answer, Call
from vmms_tui.engine.cloud.openstack.mapping import refusal, seconds_to_wait
from vmms_tui.engine.cloud.openstack.wording import clean, said_in

CALL = Call(service="compute", method="POST", path="/x", doing="do it")


def answer(status: int, body: object = None, **headers: str) -> Answer:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(
        status=status, headers={key.replace("_", "-"): value for key, value in headers.items()}, content=content
    )


def nova(message: str, kind: str = "fault", code: int = 400) -> dict[str, object]:
    return {kind: {"message": message, "code": code}}


def neutron(kind: str, message: str = "…") -> dict[str, object]:
    return {"NeutronError": {"type": kind, "message": message, "detail": ""}}


@pytest.mark.parametrize(
    ("got", "meaning"),
    [
        (answer(300, {}), CloudFault),
        (answer(400, nova("Invalid input")), BadRequest),
        (answer(400, nova("the quota field is unknown")), BadRequest),
        (answer(400, neutron("ExternalIpAddressExhausted")), QuotaExceeded),
        (answer(401, {"error": {"message": "no", "code": 401}}), AccessDenied),
        (answer(403, nova("Quota exceeded for cores: Requested 4, but already used 8 of 8 cores")), QuotaExceeded),
        (answer(403, nova("Maximum number of ports exceeded")), QuotaExceeded),
        (answer(403, nova("Policy doesn't allow os_compute_api:os-quota-sets:show")), AccessDenied),
        (answer(403, b""), AccessDenied),
        (answer(404, nova("Instance could not be found")), NotFound),
        (answer(405, nova("no")), BadRequest),
        (answer(409, nova("Cannot 'stop' instance while it is in vm_state stopped")), Conflict),
        (answer(409, neutron("OverQuota", "Quota exceeded for resources: ['port']")), QuotaExceeded),
        (answer(409, neutron("IpAddressGenerationFailure", "No more IP addresses available")), QuotaExceeded),
        (answer(409, neutron("FloatingIPPortAlreadyAssociated")), Conflict),
        (answer(410, {}), NotFound),
        (answer(413, nova("This request was rate-limited."), retry_after="5"), Busy),
        (answer(413, nova("Quota exceeded"), retry_after="0"), QuotaExceeded),
        (answer(413, {}), QuotaExceeded),
        (answer(413, nova("Request is too large.")), BadRequest),
        (answer(429, {}), Busy),
        (answer(500, nova("Quota exceeded")), CloudFault),
        (answer(501, nova("not implemented")), BadRequest),
        (answer(503, {}), CloudFault),
        (answer(503, {}, retry_after="5"), Busy),
        (answer(504, b"<html>"), CloudFault),
        (answer(799, b""), CloudFault),
    ],
)  # fmt: skip
def test_what_an_answer_means(got: Answer, meaning: type[CloudError]) -> None:
    assert type(refusal(CALL, got)) is meaning


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (nova("a. "), "a"),
        (neutron("X", "b"), "b"),
        ({"NeutronError": "c"}, "c"),
        ({"error": {"code": 401, "message": "d", "title": "Unauthorized"}}, "d"),
        ({"message": "e", "code": "404"}, "e"),
        ({"errors": [{"status": 404, "detail": "f"}]}, "f"),
        (b"<html><head><title>502 Bad</title></head><body><h1>502 Bad &amp; Gone</h1>\nnginx</body></html>",
         "502 Bad & Gone nginx"),
        (b"\xff plain", "\N{REPLACEMENT CHARACTER} plain"),
        ([], ""),
        ({"a": {"b": {}}}, ""),
        (7, ""),
    ],
)  # fmt: skip
def test_the_words_in_a_body(body: object, text: str) -> None:
    assert clean(said_in(answer(500, body).content).text) == text


def test_a_sentence_without_words_of_the_cloud() -> None:
    error = refusal(CALL, answer(504, b"", x_compute_request_id="req-1"))

    assert error.message == "Could not do it: the compute service answered 504 Gateway Timeout without saying why."
    assert error.request_id == "req-1"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry_after": "120"}, 120.0),
        ({"retry_after": "Wed, 21 Oct 2026 07:28:30 GMT", "date": "Wed, 21 Oct 2026 07:28:00 GMT"}, 30.0),
        ({"retry_after": "Wed, 21 Oct 2026 07:28:00 GMT", "date": "Wed, 21 Oct 2026 07:28:30 GMT"}, 0.0),
        ({"retry_after": "Wed, 21 Oct 2026 07:28:30 GMT"}, None),
        ({"retry_after": "soon"}, None),
        ({"retry_after": "-1"}, None),
        ({"retry_after": "²"}, None),
        ({}, None),
    ],
)
def test_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    assert seconds_to_wait(answer(429, {}, **headers)) == seconds


_secrets = st.text(min_size=6).filter(lambda text: text.strip() and "*" not in text)


@given(st.text(), _secrets, st.text())
def test_secrets_and_control_characters_never_stay(before: str, secret: str, after: str) -> None:
    line = clean(before + secret + after, [secret])

    assert secret not in line
    assert not any(unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for character in line)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("the lab is available", "the *** is available"),
        ("Value: 'lab'.", "Value: '***'"),
        ("\x1b]0;evil\x07 \u202eabc\u2028d", "]0;evil abc d"),
        ("x" * 900, "x" * 399 + "…"),
    ],
)
def test_cleaning(text: str, line: str) -> None:
    assert clean(text, ["lab", ""]) == line


@pytest.mark.parametrize(
    ("lowest", "highest", "spoken"),
    [
        (None, None, (2, 1)),
        ((2, 1), (2, 103), microversion.OURS),
        ((2, 1), (2, 47), (2, 47)),
        ((2, 1), (2, 1), (2, 1)),
        (None, (2, 0), (2, 1)),
        ((2, 95), (2, 200), (2, 95)),
    ],
)
def test_negotiation(
    lowest: microversion.Version | None, highest: microversion.Version | None, spoken: microversion.Version
) -> None:
    assert microversion.negotiate(lowest, highest) == spoken


@pytest.mark.parametrize(
    ("text", "version"), [("2.93", (2, 93)), ("", None), ("2", None), ("v2.1", None), ("2.x", None)]
)
def test_reading_a_version(text: str, version: microversion.Version | None) -> None:
    assert microversion.parse(text) == version


def test_the_meter_forgets_after_a_minute_and_counts_in_threads() -> None:
    now = [100.0]
    meter = Meter(lambda: now[0])

    def count() -> None:
        for _ in range(500):
            meter.count()

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert meter.last_minute() == 2000

    now[0] += 59.9
    meter.count()
    assert meter.last_minute() == 2001
    now[0] += 0.1
    assert meter.last_minute() == 1
