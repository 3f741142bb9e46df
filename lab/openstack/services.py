"""The daemons of the lab: how each is started. All listen on 127.0.0.1 only."""

import socket
import urllib.error
import urllib.request
from collections.abc import Sequence

from lab.openstack import network, processes, render
from lab.openstack.install import rabbitmq
from lab.openstack.processes import start
from lab.openstack.settings import HERE, Lab, LabError

CONFIGURATIONS = {
    "mariadb.cnf": "mariadb.cnf",
    "rabbitmq.conf": "rabbitmq/rabbitmq.conf",
    "keystone.conf": "keystone/keystone.conf",
    "placement.conf": "placement/placement.conf",
    "glance-api.conf": "glance/glance-api.conf",
    "nova.conf": "nova/nova.conf",
    "neutron.conf": "neutron/neutron.conf",
    "ml2.ini": "neutron/ml2.ini",
    "cinder.conf": "cinder/cinder.conf",
}
FOLDERS = (
    *("nova/locks", "neutron/locks", "cinder/locks", "keystone/fernet", "keystone/credential"),
    *("glance/images", "glance/staging", "glance/tasks"),
)
NO_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def configure(lab: Lab) -> None:
    """Write every configuration file, and make the folders that they name."""
    words = lab.words()
    for template, target in CONFIGURATIONS.items():
        render.write(HERE / "conf" / f"{template}.in", lab.etc / target, words)
    for api in ("nova", "cinder"):  # a log of its own; with log_dir, uWSGI's child names it after a Python internal
        (lab.etc / api / f"{api}-api.conf").write_text(f"[DEFAULT]\nlog_file={lab.log}/{api}-api.log\n")
    for folder in FOLDERS:
        (lab.state / folder).mkdir(parents=True, exist_ok=True)
    for keys in ("fernet", "credential"):
        (lab.state / "keystone" / keys).chmod(0o700)
    (lab.root / "rabbit").mkdir(exist_ok=True)
    for host in lab.computes:
        configure_compute(lab, host)
    render.write(HERE / "conf" / "clouds.yaml.in", lab.clouds, words)


def configure_compute(lab: Lab, host: str) -> None:
    """What one compute has for itself."""
    words = {**lab.words(), "HOST": host, "ADDRESS": lab.address(host)}
    render.write(HERE / "conf" / "nova-compute.conf.in", lab.etc / "nova" / f"compute-{host}.conf", words)
    for folder in ("locks", "instances"):
        (lab.state / f"nova-{host}" / folder).mkdir(parents=True, exist_ok=True)


def port_open(lab: Lab, name: str) -> bool:
    """Whether something listens there."""
    try:
        socket.create_connection(("127.0.0.1", lab.ports[name]), timeout=5).close()
    except OSError:
        return False
    return True


def http_answers(url: str) -> bool:
    """Whether an API answers: with 200, with 300 (many versions), or by asking who we are."""
    try:
        with NO_PROXY.open(url, timeout=20) as answer:
            return answer.status in (200, 300)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code in (300, 401)
    except OSError:
        return False


def start_stores(lab: Lab) -> None:
    """MariaDB, memcached, RabbitMQ and Erlang's port mapper."""
    start(lab, "mariadb", ["mariadbd", f"--defaults-file={lab.etc}/mariadb.cnf"])
    start(lab, "memcached", ["memcached", "-u", "root", "-l", "127.0.0.1", "-p", lab.ports["MEMC"], "-m", 64])
    erlang = {"ERL_EPMD_PORT": str(lab.ports["EPMD"]), "ERL_EPMD_ADDRESS": "127.0.0.1"}
    mapper = ["epmd", "-port", lab.ports["EPMD"], "-address", "127.0.0.1"]
    start(lab, "epmd", mapper, lab.environment(**erlang))
    processes.wait_for(lab, "epmd", lambda: port_open(lab, "EPMD"), 30)
    program = rabbitmq()
    if program is None:
        raise LabError("rabbitmq-server is not installed")
    quiet = "+sbwt none +sbwtdcpu none +sbwtdio none"  # else Erlang's idle schedulers spin
    env = lab.environment(
        **erlang,
        HOME=str(lab.root / "rabbit"),
        RABBITMQ_CONF_ENV_FILE="/dev/null",
        RABBITMQ_NODENAME="vmmslab@localhost",
        RABBITMQ_CONFIG_FILE=str(lab.etc / "rabbitmq" / "rabbitmq.conf"),
        RABBITMQ_MNESIA_BASE=str(lab.root / "rabbit" / "mnesia"),
        RABBITMQ_LOG_BASE=str(lab.log),
        RABBITMQ_ENABLED_PLUGINS_FILE=str(lab.etc / "rabbitmq" / "enabled_plugins"),
        RABBITMQ_DIST_PORT=str(lab.ports["RDIST"]),
        RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=f"-kernel inet_dist_use_interface {{127,0,0,1}} {quiet}",
    )
    start(lab, "rabbitmq", [program], env)


def start_apis(lab: Lab) -> None:
    """Every API, under uWSGI."""

    def api(name: str, service: str, size: tuple[int, int], module: str, *options: str, **env: str) -> None:
        start(lab, name, _uwsgi(lab, service, module, size, options), lab.environment(**env))

    etc, nova = lab.etc, f"{lab.venv}/etc/nova/api-paste.ini;nova.conf;nova-api.conf"  # api-paste.ini must be first
    api("keystone", "KEYSTONE", (2, 2), "keystone.wsgi.api", OS_KEYSTONE_CONFIG_DIR=f"{etc}/keystone")
    api("placement", "PLACEMENT", (1, 4), "placement.wsgi.api", OS_PLACEMENT_CONFIG_DIR=f"{etc}/placement")
    api("glance", "GLANCE", (1, 4), "glance.wsgi.api", OS_GLANCE_CONFIG_DIR=f"{etc}/glance")
    neutron = {"OS_NEUTRON_CONFIG_DIR": f"{etc}/neutron", "OS_NEUTRON_CONFIG_FILES": "neutron.conf;ml2.ini"}
    api("neutron", "NEUTRON", (2, 2), "neutron.wsgi.api", **neutron)
    compute = {"OS_NOVA_CONFIG_DIR": f"{etc}/nova", "OS_NOVA_CONFIG_FILES": nova}
    api("nova-api", "NOVA", (2, 4), "nova.wsgi.osapi_compute", **compute)
    files = f"--config-file {etc}/cinder/cinder.conf --config-file {etc}/cinder/cinder-api.conf"
    cinder = {"OS_CINDER_CONFIG_DIR": f"{etc}/cinder"}
    api("cinder-api", "CINDER", (1, 4), "cinder.wsgi.api", "--pyargv", files, **cinder)


def _uwsgi(lab: Lab, service: str, module: str, size: tuple[int, int], options: Sequence[str]) -> list[object]:
    flags = ("--master", "--die-on-term", "--need-app", "--lazy-apps", "--enable-threads", "--disable-logging")
    return [
        *(lab.venv / "bin" / "uwsgi", "--home", lab.venv, "--module", f"{module}:application"),
        *("--http-socket", f"127.0.0.1:{lab.ports[service]}", *flags),
        *("--processes", size[0], "--threads", size[1], "--buffer-size", 65535, "--listen", 128),
        *("--so-keepalive", "--add-header", "Connection: close"),
        *("--hook-master-start", "unix_signal:15 gracefully_kill_them_all"),
        *("--worker-reload-mercy", 5, "--exit-on-reload", *options),
    ]


def start_conductor(lab: Lab) -> None:
    """Nova's conductor, until it listens: a compute that starts earlier loses 10 to 30 s in an RPC time-out."""
    name, log = "nova-conductor", lab.log / "nova-conductor.log"
    if processes.pid_of(lab, name) is not None:
        return

    def starts() -> int:
        return log.read_text(errors="replace").count("Starting conductor node") if log.exists() else 0

    before = starts()
    start(lab, name, [lab.venv / "bin" / name, "--config-file", lab.etc / "nova" / "nova.conf"])
    processes.wait_for(lab, name, lambda: starts() > before, 180)


def start_workers(lab: Lab) -> None:
    """The scheduler, the computes, and Cinder's workers."""
    nova = ["--config-file", lab.etc / "nova" / "nova.conf"]
    start(lab, "nova-scheduler", [lab.venv / "bin" / "nova-scheduler", *nova])
    for host in lab.computes:
        start_host(lab, host)
    for name in ("cinder-scheduler", "cinder-volume"):
        start(lab, name, [lab.venv / "bin" / name, "--config-file", lab.etc / "cinder" / "cinder.conf"])


def host_processes(host: str) -> tuple[str, ...]:
    """All that runs on a compute host."""
    return (f"nova-compute-{host}", f"sshd-{host}")


def start_host(lab: Lab, host: str) -> None:
    """Give a compute host power."""
    network.join(lab, host)
    start_compute(lab, host)
    start(lab, f"sshd-{host}", [lab.python, HERE / "sshd.py", lab.address(host), lab.ports["SSH"]])


def start_compute(lab: Lab, host: str) -> None:
    """One fake hypervisor: same node, same guests as before."""
    nova = lab.etc / "nova"
    command = [lab.venv / "bin" / "nova-compute", "--config-file", nova / "nova.conf"]
    start(lab, f"nova-compute-{host}", [*command, "--config-file", nova / f"compute-{host}.conf"])
