# Process helpers of the lab; needs env.sh.
# A pid file holds "PID STARTTIME" (field 22 of /proc/PID/stat), so a reused pid is never taken for
# ours. (A mark in the environment will not do: nova-scheduler rewrites its own with setproctitle.)
starttime() { # PID
    local s; s=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
    s=${s##*) }; set -- $s; [ "$1" != Z ] && echo "${20}"
}
pid_of() { # NAME: prints the pid if that process lives and is ours
    local pid st; read -r pid st 2>/dev/null < "$RUN/$1.pid" || return 1
    [ -n "$st" ] && [ "$(starttime "$pid")" = "$st" ] && echo "$pid"
}
alive() { pid_of "$1" >/dev/null 2>&1; }
start() { # NAME CMD...
    local name=$1; shift
    alive "$name" && return 0
    VMMS_LAB_NAME=$name setsid nohup "$@" >>"$LOG/$name.out" 2>&1 </dev/null 9>&- &
    echo "$! $(starttime $!)" > "$RUN/$name.pid"
}
start_compute() { # HOST
    start "nova-compute-$1" "$VENV/bin/nova-compute" --config-file "$ETC/nova/nova.conf" \
        --config-file "$ETC/nova/compute-$1.conf"
}
