"""Bring the lab up, take it down."""

import fcntl
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from lab.openstack import databases, install, network, processes, services
from lab.openstack.processes import wait_for
from lab.openstack.settings import HERE, Lab, LabError

APIS = {"placement": "PLACEMENT", "glance": "GLANCE", "neutron": "NEUTRON", "nova-api": "NOVA", "cinder-api": "CINDER"}
PATIENCE = 240.0
"""Seconds for one service to answer on a busy machine; a service that dies is noticed at once."""
ORDER: tuple[tuple[float, tuple[str, ...]], ...] = (
    (15, ("nova-compute-*", "sshd-*", "nova-conductor", "nova-scheduler", "cinder-scheduler", "cinder-volume")),
    (10, ("nova-api", "neutron", "glance", "placement", "cinder-api", "keystone")),
    (40, ("rabbitmq", "mariadb", "memcached")),
    (5, ("epmd",)),
)
"""What is stopped first, and how many seconds it gets."""


@contextmanager
def _alone(lab: Lab) -> Iterator[None]:
    """No two ups and downs of one lab at a time."""
    lab.root.mkdir(parents=True, exist_ok=True)
    with (lab.root / ".up.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LabError(f"another up or down is at work in {lab.root}") from None
        yield


def up(lab: Lab) -> None:
    """Install, configure and start what is missing, wait until it answers, seed the cloud. Safe to repeat."""
    began = time.monotonic()

    def say(text: str) -> None:
        print(f"[{time.monotonic() - began:4.0f} s] {text}", file=sys.stderr, flush=True)

    with _alone(lab):
        for folder in (lab.etc, lab.log, lab.run, lab.state):
            folder.mkdir(exist_ok=True)
        install.packages(lab, say)
        install.openstack(lab, say)
        services.configure(lab)
        network.up(lab)
        databases.create_data(lab)
        say("starting MariaDB, RabbitMQ, memcached")
        services.start_stores(lab)
        wait_for(lab, "mariadb", lambda: databases.answers(lab), PATIENCE)
        databases.create_databases(lab)
        if not databases.schemas_made(lab):
            say("creating the database schemas")
            databases.create_schemas(lab)
        databases.bootstrap(lab)
        _start_openstack(lab, say)
        say("ready")


def _start_openstack(lab: Lab, say: Callable[[str], None]) -> None:
    say("starting the APIs")
    services.start_apis(lab)
    wait_for(lab, "rabbitmq", lambda: services.port_open(lab, "RABBIT"), PATIENCE)
    wait_for(lab, "keystone", lambda: services.http_answers(lab.url("KEYSTONE", "/v3")), PATIENCE)
    seed(lab, "identity")  # the conductor logs in when it starts
    say("starting conductor, scheduler, computes, Cinder")
    services.start_conductor(lab)
    services.start_workers(lab)
    for name, service in APIS.items():
        url = lab.url(service)
        wait_for(lab, name, lambda url=url: services.http_answers(url), PATIENCE)  # type: ignore[misc]
    say("seeding image, flavors, networks; waiting for the computes")
    seed(lab, "resources")


def seed(lab: Lab, what: str) -> None:
    """Fill the cloud; seed.py needs openstacksdk, so it runs in OpenStack's own environment."""
    install.run([lab.venv / "bin" / "python", HERE / "seed.py", what], lab.log / "seed.log", lab.environment())


def down(lab: Lab, purge: bool) -> list[str]:
    """Stop what the pid files name; with `purge`, forget the cloud, too. Returns whom it had to kill."""
    with _alone(lab):
        for name in (*processes.known(lab, "nova-compute-*"), *processes.known(lab, "sshd-*")):
            if processes.pid_of(lab, name) is not None:
                processes.send(lab, name, signal.SIGCONT)  # a frozen one cannot end itself
        killed = []
        for grace, patterns in ORDER:
            names = [name for pattern in patterns for name in processes.known(lab, pattern)]
            killed += processes.stop(lab, names, grace)
        network.down(lab)
        if purge:
            for folder in (lab.root / "mysql", lab.root / "rabbit", lab.state, lab.log, lab.run, lab.etc):
                shutil.rmtree(folder, ignore_errors=True)
            for file in (lab.clouds, lab.faults):
                file.unlink(missing_ok=True)
        return killed
