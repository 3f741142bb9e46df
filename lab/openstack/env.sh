# Shared settings of the OpenStack lab. Sourced by up.sh, down.sh and status.sh.
# Everything can be overridden from the environment.
HERE="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
export LAB="${VMMS_LAB_DIR:-/var/tmp/vmms-lab}"                 # runtime state (venv, db, logs, pids)
# Debian's python3.11 is built with PGO and LTO; the pyenv ones are not (1.3 to 2 times slower here)
export LAB_PYTHON="${VMMS_LAB_PYTHON:-/usr/bin/python3.11}"
export LAB_PW="${VMMS_LAB_PASSWORD:-lab}"                # one password for everything
export LAB_COMPUTES="${VMMS_LAB_COMPUTES:-cmp1 cmp2 cmp3 cmp4}"
# capacity of one fake hypervisor
export LAB_VCPUS="${VMMS_LAB_VCPUS:-64}" LAB_RAM_MB="${VMMS_LAB_RAM_MB:-131072}" LAB_DISK_GB="${VMMS_LAB_DISK_GB:-2000}"
# ports, all on 127.0.0.1
export P_MYSQL="${VMMS_LAB_P_MYSQL:-17306}" P_RABBIT="${VMMS_LAB_P_RABBIT:-17672}" P_RDIST="${VMMS_LAB_P_RDIST:-17673}" \
       P_EPMD="${VMMS_LAB_P_EPMD:-17369}" P_MEMC="${VMMS_LAB_P_MEMC:-17211}" \
       P_KEYSTONE="${VMMS_LAB_P_KEYSTONE:-17500}" P_PLACEMENT="${VMMS_LAB_P_PLACEMENT:-17778}" \
       P_GLANCE="${VMMS_LAB_P_GLANCE:-17292}" P_NOVA="${VMMS_LAB_P_NOVA:-17774}" \
       P_NEUTRON="${VMMS_LAB_P_NEUTRON:-17696}" P_CINDER="${VMMS_LAB_P_CINDER:-17776}"
export VENV="$LAB/venv" ETC="$LAB/etc" LOG="$LAB/log" RUN="$LAB/run" STATE="$LAB/state"
export CLOUDS="$LAB/clouds.yaml"
export SITE; SITE="$VENV/lib/python$("$LAB_PYTHON" -c 'import sys;print("%d.%d"%sys.version_info[:2])')/site-packages"
