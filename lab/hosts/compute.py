"""Hosts as a cloud's compute hosts are: sshd, libvirtd on TCP, GlusterFS, and real QEMU guests whose disks it holds."""

import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from lab.hosts import packages
from lab.hosts.host import Host, HostError
from lab.hosts.shell import call

SSH_PORT, LIBVIRT_PORT, GLUSTER_PORT = 22, 16509, 24007
VOLUME = "guests"
GUESTS = "/var/lib/guests"
"""Where the volume is mounted."""
BRICK = "/var/lib/brick"
"""Where the host that holds the volume keeps it."""
QEMU = "qemu-system-x86"
"""How the kernel calls the process of a guest: 15 letters at most."""
_SECONDS = 30.0
_BOOT = Path(__file__).with_name("compute.sh")

_TICKING = bytes((
    0xFB,              # sti           the clock of the PC interrupts 18 times a second
    0xBA, 0xF8, 0x03,  # mov dx, 3F8h  the first serial port
    0xB0, 0x2E,        # mov al, "."   again:
    0xEE,              # out dx, al
    0xF4,              # hlt           until the next tick
    0xEB, 0xFA,        # jmp again
))  # fmt: skip
"""A guest without a system: it boots by the BIOS and says that it lives, 18 times a second, on its console."""
_SECTOR = 512
_BOOTABLE = b"\x55\xaa"

_DOMAIN = """\
<domain type='qemu'>
  <name>{name}</name><uuid>{uuid}</uuid>
  <memory unit='MiB'>32</memory><vcpu>1</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type><boot dev='hd'/></os>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <disk type='file' device='disk'>
      <driver name='qemu' type='raw'/><source file='{folder}/disk'/><target dev='hda' bus='ide'/>
    </disk>
    <serial type='file'><source path='{folder}/console' append='on'/></serial>
    <memballoon model='none'/>
  </devices>
</domain>
"""


class Compute(Host):
    """A compute host. The first one of a lab holds the volume with the guests' disks; the others mount it."""

    def boot(self) -> str:
        """Make and boot it; its address, once SSH, libvirtd and glusterd listen. Raises HostError."""
        packages.install_compute()
        address = self.start(b"", script=_BOOT.read_text())
        self.wait_for_services()
        return address

    def wait_for_services(self) -> None:
        """Until SSH, libvirtd and glusterd listen. Raises HostError."""
        wanted = {f":{port}" for port in (SSH_PORT, LIBVIRT_PORT, GLUSTER_PORT)}
        self._until(lambda: all(f"{port} " in self.run("ss", "-ltn") for port in wanted), "its services do not listen")

    def make_volume(self) -> None:
        """Make the volume, with its only brick here. Raises HostError."""
        self.run("mkdir", "-p", BRICK)
        self._gluster("volume", "create", VOLUME, f"{self.address}:{BRICK}", "force")
        self._gluster("volume", "set", VOLUME, "network.ping-timeout", "5")
        self._gluster("volume", "start", VOLUME)

    def mount_volume(self, holder: Host) -> None:
        """Mount the volume that another host, or this one, holds. Raises HostError."""
        self.run("mkdir", "-p", GUESTS)
        self.run("mount", "-t", "glusterfs", f"{holder.address}:/{VOLUME}", GUESTS)

    def start_guest(self, name: str) -> None:
        """Start a guest here, with its disk and its console in the volume. Raises HostError."""
        folder = f"{GUESTS}/{name}"
        self.run("mkdir", "-p", folder)
        with tempfile.TemporaryDirectory() as made:
            disk = _TICKING.ljust(_SECTOR - len(_BOOTABLE), b"\0") + _BOOTABLE
            Path(made, "disk").write_bytes(disk.ljust(1 << 20, b"\0"))
            self.put(Path(made), folder)
            domain = Path(made, "domain.xml")
            domain.write_text(_DOMAIN.format(name=name, uuid=uuid.uuid4(), folder=folder))
            call("virsh", "--quiet", "--connect", f"qemu+tcp://{self.address}/system", "create", str(domain))

    def guests(self) -> list[int]:
        """The processes of its guests, as this machine numbers them."""
        return [pid for pid, program in self.processes().items() if program.startswith(QEMU)]

    def said(self, name: str) -> int:
        """How many bytes a guest, wherever it ran, has written into the volume of this host. Raises HostError."""
        return int(self.run("stat", "--format=%s", f"{BRICK}/{name}/console"))

    def reaches(self, address: str) -> bool:
        """Whether the SSH of another host answers this one within two seconds. Raises HostError when this is off."""
        ask = f'exec 3<>/dev/tcp/{address}/{SSH_PORT} && read -rn4 -u3 said && [ "$said" = SSH- ] && echo yes'
        return "yes" in self.run("sh", "-c", f"timeout 2 bash -c '{ask}' 2>/dev/null || :")

    def _gluster(self, *words: str) -> None:
        self.run("gluster", "--mode=script", *words)

    def _until(self, reached: Callable[[], bool], trouble: str) -> None:
        end = time.monotonic() + _SECONDS
        while not reached():
            if time.monotonic() > end:
                raise HostError(f"The host {self.name}: {trouble}: {self.console()[-2000:]}")
            time.sleep(0.05)
