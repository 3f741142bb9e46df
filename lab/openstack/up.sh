#!/usr/bin/env bash
# Bring the real OpenStack up: install what is missing, configure, start what does not run, wait until
# it answers, seed the cloud. Safe to run again. Its last line is the path of clouds.yaml. Settings: env.sh.
set -euo pipefail
. "$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/env.sh"
. "$HERE/lib.sh"
T0=$(date +%s)
say() { printf '[%4ss] %s\n' "$(( $(date +%s) - T0 ))" "$*" >&2; }
mkdir -p "$LAB" "$ETC" "$LOG" "$RUN" "$STATE"
exec 9>"$LAB/.up.lock"; flock -n 9 || { echo "another up.sh is running" >&2; exit 1; }

# ---------------------------------------------------------------- install --
if ! command -v mariadbd >/dev/null || ! command -v memcached >/dev/null \
   || ! command -v epmd >/dev/null || ! "$LAB_PYTHON" -c 'import ensurepip' 2>/dev/null || ! ls /usr/lib/rabbitmq/lib/*/sbin/rabbitmq-server >/dev/null 2>&1; then
    say "apt: installing daemons"
    export DEBIAN_FRONTEND=noninteractive
    # policy-rc.d keeps apt from starting them by itself (all interfaces)
    made=0
    if [ ! -e /usr/sbin/policy-rc.d ]; then
        printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d; chmod 755 /usr/sbin/policy-rc.d; made=1
    fi
    apt-get update -q >"$LOG/apt.log" 2>&1 9>&-
    apt-get install -y -q --no-install-recommends rabbitmq-server mariadb-server memcached \
        python3-venv python3-dev gcc curl qemu-utils >>"$LOG/apt.log" 2>&1 9>&-
    [ $made = 0 ] || rm -f /usr/sbin/policy-rc.d
fi
UV="$HERE/../../.venv/bin/uv"   # the project's own, when it is set up: three times faster than pip
install_lock() {
    if [ -x "$UV" ]; then "$UV" pip install -q --python "$VENV/bin/python" -r "$HERE/requirements.lock"
    else "$VENV/bin/pip" install -q --retries 5 -r "$HERE/requirements.lock"; fi
}
WANT="$( (echo "$LAB_PYTHON"; cat "$HERE/requirements.lock" "$HERE"/plugin/pyproject.toml "$HERE"/plugin/vmms_lab_plugins/*.py) | sha256sum | cut -c1-16)"
if [ "$(cat "$VENV/.lab-installed" 2>/dev/null || true)" != "$WANT" ]; then
    say "pip: installing OpenStack into $VENV"
    [ -d "$SITE" ] || rm -rf "$VENV"      # made with another Python
    [ -x "$VENV/bin/pip" ] || "$LAB_PYTHON" -m venv "$VENV"
    install_lock >"$LOG/pip.log" 2>&1 9>&- || install_lock >>"$LOG/pip.log" 2>&1 9>&- \
        || { tail -20 "$LOG/pip.log" >&2; exit 1; }
    rm -rf "$LAB/plugin-build"; cp -r "$HERE/plugin" "$LAB/plugin-build"
    "$VENV/bin/pip" install -q --no-index --no-deps --no-build-isolation --force-reinstall \
        "$LAB/plugin-build" >>"$LOG/pip.log" 2>&1 9>&- || { tail -20 "$LOG/pip.log" >&2; exit 1; }
    echo "$WANT" > "$VENV/.lab-installed"
fi
# oslo.messaging 17.3 polls for every RPC reply with sleep(0.5), so each RPC call costs up to half a
# second (create 7.5 s, live migration 24 s); 10 ms here. Speed only, no change of meaning.
sed -i '/see lp-2035113/I,/raise oslo_messaging/s/time\.sleep(0\.5)/time.sleep(0.01)/' \
    "$SITE/oslo_messaging/_drivers/amqpdriver.py"
cp "$HERE/plugin/nova_virt.py" "$SITE/nova/virt/vmmslab.py"   # Nova loads drivers from nova.virt only

# -------------------------------------------------------------- configure --
render() { "$VENV/bin/python" "$HERE/render.py" "$@"; }
render "$HERE/conf/mariadb.cnf.in"     "$ETC/mariadb.cnf"
render "$HERE/conf/rabbitmq.conf.in"   "$ETC/rabbitmq/rabbitmq.conf"
render "$HERE/conf/keystone.conf.in"   "$ETC/keystone/keystone.conf"
render "$HERE/conf/placement.conf.in"  "$ETC/placement/placement.conf"
render "$HERE/conf/glance-api.conf.in" "$ETC/glance/glance-api.conf"
render "$HERE/conf/nova.conf.in"       "$ETC/nova/nova.conf"
render "$HERE/conf/neutron.conf.in"    "$ETC/neutron/neutron.conf"
render "$HERE/conf/ml2.ini.in"         "$ETC/neutron/ml2.ini"
render "$HERE/conf/cinder.conf.in"     "$ETC/cinder/cinder.conf"
printf '[DEFAULT]\nlog_file=%s/nova-api.log\n' "$LOG" > "$ETC/nova/nova-api.conf"
printf '[DEFAULT]\nlog_file=%s/cinder-api.log\n' "$LOG" > "$ETC/cinder/cinder-api.conf"
for h in $LAB_COMPUTES; do
    render "$HERE/conf/nova-compute.conf.in" "$ETC/nova/compute-$h.conf" "$h"
    mkdir -p "$STATE/nova-$h/locks" "$STATE/nova-$h/instances"
done
render "$HERE/conf/clouds.yaml.in" "$CLOUDS"
mkdir -p "$STATE"/{nova,neutron,cinder}/locks "$STATE"/glance/{images,staging,tasks} \
         "$STATE"/keystone/{fernet,credential} "$LAB/rabbit"
chmod 700 "$STATE"/keystone/{fernet,credential}

# ------------------------------------------------------------------ start --
wait_for() { # SECONDS NAME CMD...: until CMD succeeds; give up early if process NAME has died
    local n=$1 what=$2 i; shift 2
    for ((i = 0; i < n * 5; i++)); do
        "$@" >/dev/null 2>&1 && return 0
        if [ -e "$RUN/$what.pid" ] && ! alive "$what"; then break; fi
        sleep 0.2
    done
    echo "$what did not come up; see $LOG" >&2; tail -n 15 "$LOG/$what.out" >&2 || true; exit 1
}
port_open() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
http_ok() { # the API answers (200, 300 many versions, 401)
    case "$(curl -s -m 20 -o /dev/null -w '%{http_code}' "$1")" in 200|300|401) return 0;; *) return 1;; esac
}

say "starting mariadb, rabbitmq, memcached"
if [ ! -d "$LAB/mysql/mysql" ]; then
    mariadb-install-db --no-defaults --user=root --datadir="$LAB/mysql" --auth-root-authentication-method=normal \
        --skip-test-db >"$LOG/mysql-install.log" 2>&1
fi
start mariadb mariadbd --defaults-file="$ETC/mariadb.cnf"
start memcached memcached -u root -l 127.0.0.1 -p "$P_MEMC" -m 64
export ERL_EPMD_PORT=$P_EPMD ERL_EPMD_ADDRESS=127.0.0.1
start epmd epmd -port "$P_EPMD" -address 127.0.0.1
wait_for 10 epmd port_open "$P_EPMD"
RMQ=$(ls -d /usr/lib/rabbitmq/lib/*/sbin | tail -1)
start rabbitmq env HOME="$LAB/rabbit" RABBITMQ_CONF_ENV_FILE=/dev/null RABBITMQ_NODENAME=vmmslab@localhost \
    RABBITMQ_CONFIG_FILE="$ETC/rabbitmq/rabbitmq.conf" RABBITMQ_MNESIA_BASE="$LAB/rabbit/mnesia" \
    RABBITMQ_LOG_BASE="$LOG" RABBITMQ_ENABLED_PLUGINS_FILE="$ETC/rabbitmq/enabled_plugins" \
    RABBITMQ_DIST_PORT="$P_RDIST" \
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none" \
    "$RMQ/rabbitmq-server"
wait_for 60 mariadb port_open "$P_MYSQL"
sql() { mariadb --no-defaults -uroot -S "$RUN/mysqld.sock" "$@"; }
wait_for 30 mariadb sql -e 'select 1'
sql -e "$(for d in keystone placement glance nova nova_api nova_cell0 neutron cinder; do
            echo "CREATE DATABASE IF NOT EXISTS $d CHARACTER SET utf8mb3;"; done)
        CREATE USER IF NOT EXISTS 'lab'@'127.0.0.1' IDENTIFIED BY '$LAB_PW';
        GRANT ALL PRIVILEGES ON *.* TO 'lab'@'127.0.0.1';"

NC="--config-file $ETC/nova/nova.conf"
DB="mysql+pymysql://lab:$LAB_PW@127.0.0.1:$P_MYSQL"
MARK="$STATE/.db-$(sha256sum "$HERE/requirements.lock" | cut -c1-16)"
if [ ! -e "$MARK" ]; then
    say "creating the database schemas"
    B="$VENV/bin"
    job1() { set -e
        "$B/keystone-manage" --config-file "$ETC/keystone/keystone.conf" fernet_setup --keystone-user root --keystone-group root
        "$B/keystone-manage" --config-file "$ETC/keystone/keystone.conf" credential_setup --keystone-user root --keystone-group root
        "$B/keystone-manage" --config-file "$ETC/keystone/keystone.conf" db_sync
        OS_PLACEMENT_CONFIG_DIR="$ETC/placement" "$B/placement-manage" --config-file "$ETC/placement/placement.conf" db sync
        "$B/glance-manage" --config-file "$ETC/glance/glance-api.conf" db_sync
        "$B/cinder-manage" --config-file "$ETC/cinder/cinder.conf" db sync
        "$B/nova-manage" $NC api_db sync
        "$B/nova-manage" $NC cell_v2 list_cells | grep -q cell0 || \
            "$B/nova-manage" $NC cell_v2 map_cell0 --database_connection "$DB/nova_cell0?charset=utf8mb3"
        "$B/nova-manage" $NC cell_v2 list_cells | grep -q cell1 || \
            "$B/nova-manage" $NC cell_v2 create_cell --name cell1 \
                --database_connection "$DB/nova?charset=utf8mb3" \
                --transport-url "rabbit://lab:$LAB_PW@127.0.0.1:$P_RABBIT/"
        "$B/nova-manage" $NC db sync
    }
    job2() { "$B/neutron-db-manage" --config-file "$ETC/neutron/neutron.conf" --config-file "$ETC/neutron/ml2.ini" upgrade heads; }
    job2 >"$LOG/dbsync2.log" 2>&1 9>&- & J2=$!
    (job1) >"$LOG/dbsync1.log" 2>&1 9>&- || { tail -20 "$LOG/dbsync1.log" >&2; exit 1; }
    wait $J2 || { tail -20 "$LOG/dbsync2.log" >&2; exit 1; }
    touch "$MARK"
fi
if [ ! -e "$STATE/.bootstrapped" ]; then
    "$VENV/bin/keystone-manage" --config-file "$ETC/keystone/keystone.conf" bootstrap \
        --bootstrap-password "$LAB_PW" --bootstrap-username admin --bootstrap-project-name admin \
        --bootstrap-role-name admin --bootstrap-service-name keystone --bootstrap-region-id RegionOne \
        --bootstrap-public-url "http://127.0.0.1:$P_KEYSTONE/v3" \
        --bootstrap-internal-url "http://127.0.0.1:$P_KEYSTONE/v3" --bootstrap-admin-url "http://127.0.0.1:$P_KEYSTONE/v3" >"$LOG/bootstrap.log" 2>&1 9>&-
    touch "$STATE/.bootstrapped"
fi

say "starting the APIs"
api() { # NAME PORT MODULE PROCESSES THREADS [VAR=VALUE...] [-- uwsgi options...]
    local name=$1 port=$2 module=$3 procs=$4 threads=$5; shift 5
    local vars=(); while [ $# -gt 0 ] && [ "$1" != -- ]; do vars+=("$1"); shift; done; shift || true
    start "$name" env "${vars[@]}" "$VENV/bin/uwsgi" --home "$VENV" --http-socket "127.0.0.1:$port" \
        --module "$module:application" --master --die-on-term --need-app --lazy-apps --enable-threads \
        --processes "$procs" --threads "$threads" --buffer-size 65535 --listen 128 --disable-logging \
        --so-keepalive --add-header "Connection: close" --hook-master-start "unix_signal:15 gracefully_kill_them_all" \
        --worker-reload-mercy 5 --exit-on-reload "$@"
}
api keystone "$P_KEYSTONE" keystone.wsgi.api 2 2 "OS_KEYSTONE_CONFIG_DIR=$ETC/keystone"
api placement "$P_PLACEMENT" placement.wsgi.api 1 4 "OS_PLACEMENT_CONFIG_DIR=$ETC/placement"
api glance "$P_GLANCE" glance.wsgi.api 1 4 "OS_GLANCE_CONFIG_DIR=$ETC/glance"
api neutron "$P_NEUTRON" neutron.wsgi.api 2 2 "OS_NEUTRON_CONFIG_DIR=$ETC/neutron" "OS_NEUTRON_CONFIG_FILES=neutron.conf;ml2.ini"
api nova-api "$P_NOVA" nova.wsgi.osapi_compute 2 4 "OS_NOVA_CONFIG_DIR=$ETC/nova" "OS_NOVA_CONFIG_FILES=$VENV/etc/nova/api-paste.ini;nova.conf;nova-api.conf"
api cinder-api "$P_CINDER" cinder.wsgi.api 1 4 "OS_CINDER_CONFIG_DIR=$ETC/cinder" -- --pyargv "--config-file $ETC/cinder/cinder.conf --config-file $ETC/cinder/cinder-api.conf"
wait_for 60 rabbitmq port_open "$P_RABBIT"
wait_for 60 keystone http_ok "http://127.0.0.1:$P_KEYSTONE/v3"
say "seeding identity"
"$VENV/bin/python" "$HERE/seed.py" identity
say "starting conductor, scheduler, computes, cinder"
# the conductor needs its Keystone user when it starts, and a compute that starts
# before the conductor listens loses 10 to 30 s in an RPC timeout
if ! alive nova-conductor; then
    seen=$(grep -c 'Starting conductor node' "$LOG/nova-conductor.log" 2>/dev/null || true)
    start nova-conductor "$VENV/bin/nova-conductor" $NC
    conductor_ready() { [ "$(grep -c 'Starting conductor node' "$LOG/nova-conductor.log")" -gt "${seen:-0}" ]; }
    wait_for 60 nova-conductor conductor_ready
    sleep 1
fi
start nova-scheduler "$VENV/bin/nova-scheduler" $NC
for h in $LAB_COMPUTES; do
    start_compute "$h"
done
start cinder-scheduler "$VENV/bin/cinder-scheduler" --config-file "$ETC/cinder/cinder.conf"
start cinder-volume "$VENV/bin/cinder-volume" --config-file "$ETC/cinder/cinder.conf"
for np in placement:$P_PLACEMENT glance:$P_GLANCE neutron:$P_NEUTRON nova-api:$P_NOVA; do
    wait_for 120 "${np%:*}" http_ok "http://127.0.0.1:${np#*:}/"
done
wait_for 120 cinder-api http_ok "http://127.0.0.1:$P_CINDER/"
say "seeding networks, image, flavors; waiting for the computes"
"$VENV/bin/python" "$HERE/seed.py" resources
say "ready"
echo "$CLOUDS"
