"""The company of the demo: its pools, its cloud and its rules. Pure data."""

from datetime import UTC, datetime, timedelta

from vmms_tui.engine.cloud.simulated.settings import SimulatedSettings
from vmms_tui.model.people import AccessRules, Role
from vmms_tui.model.spec import LeaseTerms, Policy, PoolSpec, Proof, ProofKind

INSTALLATION = "demo"
MONDAY = datetime(2026, 3, 2, 7, 30, tzinfo=UTC)
"""When the week of the demo begins."""
OLD_IMAGE, NEW_IMAGE = "el9-2026-02", "el9-2026-03"
_DAY = timedelta(days=1)

SETUP = """#!/bin/sh
set -eu
dnf install --assumeyes git gcc make
"""

POOLS = (
    PoolSpec(
        name="debian-dev",
        purposes=("development",),
        flavor="m1.medium",
        image="debian-13",
        networks=("private",),
        floating_network="public",
        available=10,
        limit=60,
        terms=LeaseTerms(default=timedelta(hours=9), longest=7 * _DAY, total=30 * _DAY),
    ),
    PoolSpec(
        name="el9-ci",
        purposes=("ci",),
        flavor="m1.small",
        image=OLD_IMAGE,
        networks=("ci-vlan",),
        floating_network="public",
        available=8,
        limit=32,
        setup_script=SETUP,
        terms=LeaseTerms(default=timedelta(hours=2), longest=_DAY, total=3 * _DAY),
        refresh=(timedelta(hours=4), timedelta(hours=8)),
    ),
    PoolSpec(
        name="el9-load",
        purposes=("load-test",),
        flavor="m1.large",
        image=OLD_IMAGE,
        networks=("private", "ci-vlan"),
        floating_network="public",
        available=2,
        limit=8,
        terms=LeaseTerms(default=timedelta(hours=4), longest=3 * _DAY, total=7 * _DAY),
    ),
    PoolSpec(
        name="gpu-train",
        purposes=("training",),
        flavor="g1.large",
        image="ubuntu-24.04-cuda",
        networks=("private",),
        floating_network="public",
        available=1,
        limit=4,
        terms=LeaseTerms(default=timedelta(hours=12), longest=5 * _DAY, total=10 * _DAY),
    ),
    PoolSpec(
        name="windows-qa",
        purposes=("qa",),
        flavor="m1.large",
        image="windows-2022",
        networks=("private",),
        floating_network="public",
        available=2,
        limit=8,
        access="none",
        proof=Proof(kind=ProofKind.PORT, port=3389, timeout=timedelta(minutes=20)),
        terms=LeaseTerms(default=timedelta(hours=3), longest=2 * _DAY, total=5 * _DAY),
    ),
)
PURPOSES = tuple(spec.purposes[0] for spec in POOLS)
POLICY = Policy(access=AccessRules(everyone=Role.DEVELOPER))

CLOUD = SimulatedSettings(
    building=(22.0, 65.0),
    booting=12.0,
    stopping=(6.0, 14.0),
    starting=(6.0, 14.0),
    rebooting=(10.0, 20.0),
    rebuilding=(30.0, 60.0),
    deleting=(3.0, 8.0),
    hosts=12,
    host_vcpus=96,
    host_ram_mib=393_216,
    host_disk_gib=4_000,
    quota_servers=240,
    quota_vcpus=800,
    quota_ram_mib=2_097_152,
    flavors=(
        ("m1.small", 2048, 1, 10),
        ("m1.medium", 4096, 2, 20),
        ("m1.large", 8192, 4, 80),
        ("g1.large", 65_536, 16, 200),
    ),
    images=(
        ("debian-13", 512, 3),
        (OLD_IMAGE, 1024, 10),
        (NEW_IMAGE, 1024, 10),
        ("ubuntu-24.04-cuda", 4096, 20),
        ("windows-2022", 4096, 32),
    ),
    networks=(
        ("private", "10.20.0.2", "10.20.255.254", False),
        ("ci-vlan", "10.30.0.2", "10.30.255.254", False),
        ("public", "203.0.112.2", "203.0.115.254", True),
    ),
    others_volumes=(("ci-cache", 500, "ssd"), ("debian-mirror", 1200, "hdd"), ("gpu-datasets", 4000, "hdd")),
)
READY_AFTER = 18.0
"""Seconds from ACTIVE until a server lets people in."""
