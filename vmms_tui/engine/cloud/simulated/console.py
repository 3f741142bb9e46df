"""What the console of a guest shows, by how long it has been on."""

from vmms_tui.engine.cloud.simulated.records import SimServer

READY = "VMMS-READY"
FAILED = "VMMS-FAILED"

_BOOT = (
    (0.0, "[    0.000000] Linux version 6.12.0 (simulated) #1 SMP"),
    (0.1, "[    0.412803] Memory: {ram} MiB available, {vcpus} CPUs"),
    (0.2, "[    0.733127] virtio_net virtio0 eth0: link up"),
    (0.35, "[    0.951340] EXT4-fs (vda1): mounted filesystem"),
    (0.5, "cloud-init[412]: Cloud-init v. 25.1 running 'init'"),
    (0.7, "cloud-init[412]: Cloud-init v. 25.1 running 'modules:config'"),
    (0.9, "cloud-init[412]: Cloud-init v. 25.1 running 'modules:final'"),
)
"""Share of the time of booting, and the line."""


def text(server: SimServer, now: float, booting: float) -> str:
    """All lines up to now, whether or not the user data would print a marker: the guest is only simulated."""
    if server.booted is None:
        return ""
    end = now if server.halted is None else server.halted
    uptime = end - server.booted
    size = {"ram": server.ram_mib, "vcpus": server.vcpus}
    lines = [line.format(**size) for share, line in _BOOT if share * booting <= uptime]
    if uptime >= booting:
        marker = f"{FAILED} {server.name} {server.sick}" if server.sick else f"{READY} {server.name}"
        lines += [marker, f"{server.name} login: "]
    if server.halted is not None:
        lines.append(f"[{uptime:12.6f}] reboot: Power down")
    return "".join(f"{line}\n" for line in lines)
