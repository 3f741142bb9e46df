"""The blocking side: clouds.yaml, log-ins, connections, requests. The one place where openstacksdk is touched.

Loads openstacksdk: import this module in a worker thread only.

Thread safety, as found in openstacksdk 4.22 and keystoneauth1 5.18: tokens are renewed under a lock; service proxies
are made without one and do network I/O on first attribute access, so `Login` makes them under its own; a requests
session is safe where it keeps no cookies. Requests go through `Connection.session`, not through the proxies, whose
`request` warns and keeps a cache of its own; the proxies give the endpoints.
"""

import functools
import os
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import requests
from keystoneauth1 import exceptions as keystone_exceptions
from keystoneauth1 import session as keystone_session
from openstack import exceptions as sdk
from openstack.config import OpenStackConfig
from openstack.config import loader as usual
from openstack.connection import Connection

from vmms_tui.engine.cloud.errors import AccessDenied, Busy, CloudError
from vmms_tui.engine.cloud.facts import Identity
from vmms_tui.engine.cloud.meter import Meter, kind_of_path
from vmms_tui.engine.cloud.openstack import microversion as versions
from vmms_tui.engine.cloud.openstack.call import COMPUTE, Answer, Call
from vmms_tui.engine.cloud.openstack.failure import answer_of, failure
from vmms_tui.engine.cloud.openstack.mapping import refusal
from vmms_tui.engine.cloud.openstack.wording import clean
from vmms_tui.model.hiding import keep_secret

_SECRET_SETTINGS = {
    "password",
    "passcode",
    "token",
    "access_token",
    "application_credential_secret",
    "client_secret",
}


_asked = threading.local()
"""The call that this thread makes just now, if it makes one."""


class _CountingAdapter(keystone_session.TCPKeepAliveAdapter):
    """Counts and measures every HTTP request, log-ins and discovery too."""

    def __init__(self, meter: Meter, connections: int) -> None:
        self._meter = meter
        super().__init__(pool_maxsize=connections)

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        service, kind = _kind_of(request)
        self._meter.count(service, kind)
        began, error = time.monotonic(), ""
        try:
            response = super().send(request, *args, **kwargs)
            error = _error_of(response)
            return response
        except Exception as problem:
            error = type(problem).__name__
            raise
        finally:
            self._meter.took(service, kind, time.monotonic() - began, error)


def _kind_of(request: requests.PreparedRequest) -> tuple[str, str]:
    """Service and kind of a request. A token may have to be renewed in the middle of a call."""
    call: Call | None = getattr(_asked, "call", None)
    where = urlsplit(request.url or "").path
    if where.endswith("/auth/tokens"):
        return "identity", f"{request.method} /auth/tokens"
    if call is not None:
        return call.service, kind_of_path(call.method, call.path)
    return "discovery", kind_of_path(request.method or "GET", where)


def _error_of(response: requests.Response) -> str:
    """What is no answer to a question; that something is not there is one."""
    good = response.status_code < 400 or response.status_code == 404
    return "" if good else f"HTTP {response.status_code} {response.reason or ''}".strip()


class Credentials:
    """What clouds.yaml says about one cloud, and the connections made of it, one for each project."""

    def __init__(
        self, cloud: str, *, api_timeout: float, connections: int, meter: Meter, file: Path | None = None
    ) -> None:
        self._cloud = cloud
        self._file = file
        self._api_timeout = api_timeout
        self._lock = threading.Lock()
        self._base: Connection | None = None
        self._http = requests.Session()
        self._http.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("http://", "https://"):
            self._http.mount(scheme, _CountingAdapter(meter, connections))

    @property
    def api_timeout(self) -> float:
        """Seconds that a request may wait for its connection, and then for each part of its answer."""
        return self._api_timeout

    def connect(self, project: str) -> Connection:
        """A connection as one project; empty: the project of the credentials. No request yet.

        Raises AccessDenied: no such cloud, no file, no password.
        """
        with self._lock:
            _hush()
            if self._base is None:
                self._base = self._open()
            return self._base.connect_as_project(project) if project else self._base

    def close(self) -> None:
        """Drop idle connections."""
        self._http.close()

    def _open(self) -> Connection:
        loader = self._loader()
        if self._cloud not in loader.get_cloud_names():
            raise AccessDenied(_unknown_cloud(self._cloud, loader, self._file))
        try:
            region = loader.get_one(cloud=self._cloud, api_timeout=self._api_timeout)
        except Exception as error:  # the loader lets many kinds through: of plug-ins, of its own, plain TypeErrors
            raise AccessDenied(_broken_cloud(self._cloud, loader, _why(error))) from error
        if "password" in str(region.config.get("auth_type", "")) and not region.config["auth"].get("password"):
            raise AccessDenied(_broken_cloud(self._cloud, loader, "it has no password"))
        return Connection(config=region)

    def _loader(self) -> OpenStackConfig:
        session = functools.partial(keystone_session.Session, session=self._http)
        files = [*([str(self._file)] if self._file else []), *usual.CONFIG_FILES]
        try:
            return OpenStackConfig(session_constructor=session, app_name="vmms", config_files=files)  # type: ignore[arg-type]
        except Exception as error:  # a file that is YAML but no clouds.yaml makes it stumble in many ways
            file = os.environ.get("OS_CLIENT_CONFIG_FILE", "clouds.yaml")
            raise AccessDenied(f"{clean(f'{file} cannot be used: {_why(error)}')}.") from error


def _hush() -> None:
    """openstacksdk 4.22 warns of what it does itself: it passes an empty InfluxDB setting on, and says not to."""
    warnings.filterwarnings("ignore", category=PendingDeprecationWarning, module=r"openstack\.config\.")


def _unknown_cloud(name: str, loader: OpenStackConfig, file: Path | None) -> str:
    known = ", ".join(sorted(cloud for cloud in loader.get_cloud_names() if cloud))
    if loader.config_filename is None:
        override = os.environ.get("OS_CLIENT_CONFIG_FILE")
        files = override or (f"{file}, " if file else "") + "this folder, ~/.config/openstack and /etc/openstack"
        return clean(f"There is no cloud {name!r}: no clouds.yaml could be read (looked in {files})") + "."
    return clean(f"There is no cloud {name!r} in {loader.config_filename} (there are: {known or 'none'})") + "."


def _broken_cloud(name: str, loader: OpenStackConfig, why: str) -> str:
    return clean(f"The cloud {name!r} in {loader.config_filename} cannot be used: {why}") + "."


def _why(error: Exception) -> str:
    """The libraries' own words where they are meant for people."""
    meant = isinstance(error, (sdk.SDKException, keystone_exceptions.ClientException))
    return str(error) if meant else f"it is not built as openstacksdk expects ({type(error).__name__})"


@dataclass(frozen=True)
class _Endpoint:
    url: str
    microversion: versions.Version | None


class _VersionDocument(msgspec.Struct):
    version: str = ""
    min_version: str = ""


class _Versions(msgspec.Struct):
    version: _VersionDocument


class Login:
    """One project's way to the cloud. Every method blocks, raises CloudError, and may be called from any thread."""

    def __init__(self, credentials: Credentials, project: str) -> None:
        self._credentials = credentials
        self._project = project
        self._lock = threading.Lock()
        self._connection: Connection | None = None
        self._endpoints: dict[str, _Endpoint] = {}
        self._secrets: tuple[str, ...] = ()

    def send(self, call: Call) -> Answer:
        """Make the call once; keystoneauth renews an expired token, once. The answer is one of success."""
        answer = self._ask(call)
        if not 200 <= answer.status < 300:
            raise refusal(call, answer, self._secrets)
        return answer

    def microversion(self, call: Call) -> versions.Version:
        """The compute microversion negotiated with this cloud."""
        with self._translated(call):
            return self._endpoint(COMPUTE, call).microversion or versions.OLDEST

    def identity(self, call: Call) -> Identity:
        """Who we are, by the token; logs in where there is none."""
        with self._translated(call):
            connection, version = self._connect(), self.microversion(call)
            access: Any = connection.session.auth.get_access(connection.session)  # type: ignore[union-attr]
            return Identity(
                user=access.username or "",
                project=access.project_name or "",
                microversion=versions.spell(version),
                region=connection.config.get_region_name() or "",
            )

    def project_id(self, call: Call) -> str:
        """The id of the project that the token is for."""
        with self._translated(call):
            return self._connect().session.get_project_id() or ""

    def _ask(self, call: Call) -> Answer:
        with self._translated(call):
            endpoint = self._endpoint(call.service, call)
            return self._request(call, endpoint)

    def _request(self, call: Call, endpoint: _Endpoint) -> Answer:
        version = endpoint.microversion
        if version and call.newest:
            version = min(version, call.newest)
        _asked.call = call
        try:
            response = self._connect().session.request(
                call.path,
                call.method,
                json=call.body,
                params=dict(call.params),
                endpoint_override=endpoint.url.replace("%", "%%"),
                microversion=versions.spell(version) if version else None,
                microversion_service_type=call.service if version else None,
                connect_retries=0,
                status_code_retries=0,
                raise_exc=False,
                log=not call.secrets,
            )
        finally:
            _asked.call = None
        return answer_of(response)

    @contextmanager
    def _translated(self, call: Call) -> Iterator[None]:
        try:
            yield
        except CloudError:
            raise
        except Exception as error:  # the libraries below raise several unrelated trees; all become CloudError
            raise failure(call, error, self._secrets, self._who()) from error

    def _who(self) -> str:
        """The user and project that clouds.yaml names."""
        auth = self._connection.config.config.get("auth", {}) if self._connection else {}
        user = auth.get("username") or auth.get("user_id") or auth.get("application_credential_id") or "nobody"
        project = auth.get("project_name") or auth.get("project_id")
        return f"{user!r} in project {project!r}" if project else repr(user)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One thread at a time connects and discovers; the others wait, but not without end."""
        if not self._lock.acquire(timeout=self._credentials.api_timeout):
            raise Busy("The connection to the cloud is still being made, and other calls wait for it.")
        try:
            yield
        finally:
            self._lock.release()

    def _connect(self) -> Connection:
        if self._connection is None:
            with self._alone():
                if self._connection is None:
                    connection = self._credentials.connect(self._project)
                    auth = connection.config.config.get("auth", {})
                    self._secrets = tuple(str(auth[key]) for key in _SECRET_SETTINGS & auth.keys() if auth[key])
                    keep_secret(*self._secrets)
                    self._connection = connection
        return self._connection

    def _endpoint(self, service: str, call: Call) -> _Endpoint:
        connection = self._connect()
        if service not in self._endpoints:
            with self._alone():
                if service not in self._endpoints:
                    self._endpoints[service] = self._discover(connection, service, call)
        return self._endpoints[service]

    def _discover(self, connection: Connection, service: str, call: Call) -> _Endpoint:
        proxy: Any = getattr(connection, service.replace("-", "_"))
        url = proxy.get_endpoint()
        if not url:
            raise sdk.ServiceDiscoveryException(f"the {service} service has no address")
        if service != COMPUTE:
            return _Endpoint(url, None)
        data = proxy.get_endpoint_data()
        lowest, highest = (data.min_microversion, data.max_microversion) if data else (None, None)
        if highest is None:
            lowest, highest = self._ask_versions(connection, url, call)
        return _Endpoint(url, versions.negotiate(lowest, highest))

    def _ask_versions(
        self, connection: Connection, url: str, call: Call
    ) -> tuple[versions.Version | None, versions.Version | None]:
        """Ask Nova itself: where discovery failed, openstacksdk goes on without versions and without a word."""
        root = url.rstrip("/").removesuffix(f"/{connection.session.get_project_id()}")
        answer = self._request(Call(service=COMPUTE, method="GET", path="/", doing=call.doing), _Endpoint(root, None))
        if answer.status >= 500 or answer.status in {401, 403, 429}:
            raise refusal(call, answer, self._secrets)
        try:
            document = msgspec.json.decode(answer.content, type=_Versions).version
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None, None
        return versions.parse(document.min_version), versions.parse(document.version)
