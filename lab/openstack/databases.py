"""The databases: MariaDB's data, the services' schemas, Keystone's first account."""

import hashlib
import subprocess
from collections.abc import Iterable
from pathlib import Path

from lab.openstack.install import LOCK, run
from lab.openstack.processes import tail
from lab.openstack.settings import Lab, LabError

NAMES = ("keystone", "placement", "glance", "nova", "nova_api", "nova_cell0", "neutron", "cinder")


def create_data(lab: Lab) -> None:
    """MariaDB's own tables, if there are none."""
    data = lab.root / "mysql"
    if not (data / "mysql").is_dir():
        how = ["--no-defaults", "--user=root", "--auth-root-authentication-method=normal", "--skip-test-db"]
        run(["mariadb-install-db", *how, f"--datadir={data}"], lab.log / "mysql-install.log")


def _sql(lab: Lab, text: str) -> subprocess.CompletedProcess[str]:
    client = ["mariadb", "--no-defaults", "-uroot", "-S", str(lab.run / "mysqld.sock")]
    return subprocess.run(client, check=False, input=text, capture_output=True, text=True)


def answers(lab: Lab) -> bool:
    """Whether MariaDB takes a query."""
    return _sql(lab, "SELECT 1;").returncode == 0


def create_databases(lab: Lab) -> None:
    """One database for each service, and one account for all."""
    text = "".join(f"CREATE DATABASE IF NOT EXISTS {name} CHARACTER SET utf8mb3;" for name in NAMES)
    text += f"CREATE USER IF NOT EXISTS 'lab'@'127.0.0.1' IDENTIFIED BY '{lab.password}';"
    done = _sql(lab, text + "GRANT ALL PRIVILEGES ON *.* TO 'lab'@'127.0.0.1';")
    if done.returncode:
        raise LabError(f"MariaDB refuses the databases: {done.stderr}")


def schemas_made(lab: Lab) -> bool:
    """Whether the schemas of this lock are there."""
    return _mark(lab).exists()


def _mark(lab: Lab) -> Path:
    return lab.state / f".db-{hashlib.sha256(LOCK.read_bytes()).hexdigest()[:16]}"


def create_schemas(lab: Lab) -> None:
    """Every service's tables. Neutron's take as long as all others, so they are made at the same time."""
    log = lab.log / "dbsync2.log"
    conf = lab.etc / "neutron"
    command: list[Path | str] = [lab.venv / "bin" / "neutron-db-manage"]
    command += ["--config-file", conf / "neutron.conf", "--config-file", conf / "ml2.ini", "upgrade", "heads"]
    with log.open("ab") as out:
        neutron = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        try:
            _other_schemas(lab)
        finally:
            failed = neutron.wait()
    if failed:
        raise LabError(f"neutron-db-manage failed; {log}:\n{tail(log)}")
    _mark(lab).touch()


def _other_schemas(lab: Lab) -> None:
    keystone = ("keystone-manage", "keystone/keystone.conf")
    owner = ["--keystone-user", "root", "--keystone-group", "root"]
    _manage(lab, *keystone, ["fernet_setup", *owner])
    _manage(lab, *keystone, ["credential_setup", *owner])
    _manage(lab, *keystone, ["db_sync"])
    _manage(lab, "placement-manage", "placement/placement.conf", ["db", "sync"])
    _manage(lab, "glance-manage", "glance/glance-api.conf", ["db_sync"])
    _manage(lab, "cinder-manage", "cinder/cinder.conf", ["db", "sync"])
    nova = ("nova-manage", "nova/nova.conf")
    _manage(lab, *nova, ["api_db", "sync"])
    cells = _cells(lab)
    base = f"mysql+pymysql://lab:{lab.password}@127.0.0.1:{lab.ports['MYSQL']}"
    cell = ["--database_connection", f"{base}/nova_cell0?charset=utf8mb3"]
    if "cell0" not in cells:
        _manage(lab, *nova, ["cell_v2", "map_cell0", *cell])
    if "cell1" not in cells:
        queue = f"rabbit://lab:{lab.password}@127.0.0.1:{lab.ports['RABBIT']}/"
        cell = ["--database_connection", f"{base}/nova?charset=utf8mb3", "--transport-url", queue]
        _manage(lab, *nova, ["cell_v2", "create_cell", "--name", "cell1", *cell])
    _manage(lab, *nova, ["db", "sync"])


def _cells(lab: Lab) -> str:
    words = ["--config-file", str(lab.etc / "nova" / "nova.conf"), "cell_v2", "list_cells"]
    command = [str(lab.venv / "bin" / "nova-manage"), *words]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise LabError(f"nova-manage cell_v2 list_cells failed:\n{done.stderr[-2000:]}")
    return done.stdout


def _manage(lab: Lab, program: str, conf: str, words: Iterable[str]) -> None:
    command = [lab.venv / "bin" / program, "--config-file", lab.etc / conf, *words]
    run(command, lab.log / "dbsync1.log", lab.environment(OS_PLACEMENT_CONFIG_DIR=str(lab.etc / "placement")))


def bootstrap(lab: Lab) -> None:
    """Keystone's administrator and its place in the catalog; keystonemiddleware wants all three interfaces."""
    done = lab.state / ".bootstrapped"
    if done.exists():
        return
    what = {"username": "admin", "password": lab.password, "project-name": "admin", "role-name": "admin"}
    what |= {"service-name": "keystone", "region-id": "RegionOne"}
    what |= {f"{interface}-url": lab.url("KEYSTONE", "/v3") for interface in ("public", "internal", "admin")}
    options = [word for key, value in what.items() for word in (f"--bootstrap-{key}", value)]
    command = [lab.venv / "bin" / "keystone-manage", "--config-file", lab.etc / "keystone" / "keystone.conf"]
    run([*command, "bootstrap", *options], lab.log / "bootstrap.log")
    done.touch()
