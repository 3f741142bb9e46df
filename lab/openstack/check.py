"""A short check of the lab, run in OpenStack's own environment: a server's life, as lab-user."""

import os
import sys
import time
from collections.abc import Callable
from typing import Any

import openstack

PATIENCE = 180


def step(what: str, act: Callable[[], Any]) -> Any:
    """Do something, and say how long it took."""
    began = time.monotonic()
    result = act()
    print(f"{what:<10} {time.monotonic() - began:5.1f} s", flush=True)
    return result


def main() -> None:
    """Create, stop, start, delete."""
    cloud: Any = openstack.connect(cloud="lab-user")
    nova = cloud.compute
    image, flavor = cloud.image.find_image("tiny"), nova.find_flavor("m1.tiny")
    network = cloud.network.find_network("private")
    server = nova.create_server(
        name=f"lab-check-{os.getpid()}", image_id=image.id, flavor_id=flavor.id, networks=[{"uuid": network.id}]
    )

    def reaches(status: str) -> Any:
        return nova.wait_for_server(server, status=status, failures=["ERROR"], interval=0.2, wait=PATIENCE)

    def stop() -> None:
        nova.stop_server(server)
        reaches("SHUTOFF")

    def start() -> None:
        nova.start_server(server)
        reaches("ACTIVE")

    def delete() -> None:
        nova.delete_server(server)
        nova.wait_for_delete(server, interval=0.2, wait=PATIENCE)

    try:
        step("create", lambda: reaches("ACTIVE"))
        step("stop", stop)
        step("start", start)
    finally:
        step("delete", delete)


if __name__ == "__main__":
    try:
        main()
    except Exception as error:
        sys.exit(f"the lab does not work: {error}")
