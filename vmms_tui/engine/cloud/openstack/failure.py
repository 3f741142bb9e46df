"""Calls that ended without an answer, as the named errors of `vmms_tui.engine.cloud.errors`.

keystoneauth calls every time-out ConnectTimeout and every loss of connection ConnectFailure (keystoneauth1 5.18,
`Session._send_request`), so the truth is read from the requests exception below it.

Loads openstacksdk: import this module in a worker thread only.
"""

import logging
import socket
import ssl
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from urllib.parse import urlsplit

import requests
from keystoneauth1 import exceptions as keystone
from openstack import exceptions as sdk
from requests.exceptions import ProxyError
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from vmms_tui.engine.cloud.errors import AccessDenied, CloudError, CloudFault, NotFound, OutcomeUnknown, Unreachable
from vmms_tui.engine.cloud.openstack.call import Answer, Call
from vmms_tui.engine.cloud.openstack.mapping import refusal, request_id
from vmms_tui.engine.cloud.openstack.wording import clean, said_in

_log = logging.getLogger(__name__)

_MISSING = (keystone.EndpointNotFound, keystone.EmptyCatalog, sdk.ServiceDisabledException)
_CREDENTIALS = (sdk.ConfigException, keystone.AuthPluginException, keystone.AuthorizationFailure)
_LOST = (
    keystone.ConnectionError,
    keystone.DiscoveryFailure,
    sdk.NotSupported,
    sdk.ServiceDiscoveryException,
    requests.RequestException,
    OSError,
)
_UNCONNECTED = (
    requests.ConnectTimeout,
    ProxyError,
    ConnectTimeoutError,
    NewConnectionError,
    ssl.SSLCertVerificationError,
)


def answer_of(response: requests.Response) -> Answer:
    """A response of the requests library as our own value."""
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(status=response.status_code, headers=headers, content=response.content or b"")


def failure(call: Call, error: Exception, secrets: Iterable[str] = (), who: str = "") -> CloudError:
    """The error that an exception of openstacksdk, keystoneauth or requests means; `who` tried to log in."""
    hidden = (*secrets, *call.secrets)
    if isinstance(error, CloudError):
        return error
    if isinstance(error, keystone.HttpError) and error.response is not None:
        return _log_in_refused(call, answer_of(error.response), hidden, who)
    if isinstance(error, _MISSING):
        return NotFound(f"Could not {clean(call.doing)}: this cloud offers us no {call.service} service.")
    if isinstance(error, _CREDENTIALS):
        return AccessDenied(f"Could not {clean(call.doing)}: {clean(str(error), hidden)}.")
    if isinstance(error, _LOST):
        return _lost(call, error, hidden)
    _log.error("unexpected %s while trying to %s", type(error).__name__, clean(call.doing))
    text = clean(str(error), hidden)
    return CloudFault(f"Could not {clean(call.doing)}: unexpected {type(error).__name__} ({text}).")


def _log_in_refused(call: Call, answer: Answer, secrets: tuple[str, ...], who: str) -> CloudError:
    """Only log-ins and discovery make keystoneauth raise for a status."""
    if answer.status != HTTPStatus.UNAUTHORIZED:
        return refusal(call, answer, secrets)
    text = clean(said_in(answer.content).text, secrets)
    return AccessDenied(
        f"Could not {clean(call.doing)}: the cloud refused the log-in as {clean(who, secrets)} ({text}).",
        request_id=clean(request_id(answer)),
    )


def _lost(call: Call, error: Exception, secrets: tuple[str, ...]) -> CloudError:
    chain = list(_chain(error))
    reason = clean(_reason(chain), secrets)
    if call.safe or _nothing_sent(chain):
        return Unreachable(f"Could not {clean(call.doing)}: {reason}.")
    return OutcomeUnknown(f"It is not known whether it worked to {clean(call.doing)}: {reason}.")


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An exception and all below it: causes, contexts, and what urllib3 keeps in `reason` and in its arguments."""
    todo, seen = [error], set[int]()
    while todo:
        one = todo.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        below = (one.__cause__, one.__context__, getattr(one, "reason", None), *one.args)
        todo.extend(each for each in below if isinstance(each, BaseException))


def _nothing_sent(chain: list[BaseException]) -> bool:
    """Whether the call cannot have reached the service: no connection, or it was discovery or log-in that failed."""
    if any(isinstance(one, _UNCONNECTED) for one in chain):
        return True
    before = [one.request for one in chain if isinstance(one, requests.RequestException) and one.request is not None]
    return any(request.method == "GET" or str(request.url).endswith("/tokens") for request in before)


def _reason(chain: list[BaseException]) -> str:
    """The shortest true words for it."""
    where = _where(chain)
    for one in chain:
        if isinstance(one, ssl.SSLCertVerificationError):
            return f"the certificate of {where} is not trusted ({one.verify_message})"
        if isinstance(one, requests.Timeout):
            return f"{where} did not answer in time"
    for one in reversed(chain):
        if isinstance(one, socket.gaierror | ssl.SSLError | ConnectionError):
            return f"no connection to {where} ({one.strerror or one})"
    return str(chain[0]) or type(chain[0]).__name__


def _where(chain: list[BaseException]) -> str:
    for one in chain:
        request = getattr(one, "request", None)
        if request is not None and request.url:
            parts = urlsplit(request.url)
            return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)
    return "the cloud"
