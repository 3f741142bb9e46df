#!/bin/sh
# First process of a host: boot.sh DISK NAME CONSOLE
# Builds the host's own root from a copy-on-write layer over this machine's, goes into it and boots cloud-init, or what DISK/script says.
set -eu
disk=$1 name=$2 console=$3 root=$1/root
hostname "$name"
mount --make-rprivate /
mount -t overlay overlay -o "lowerdir=/,upperdir=$disk/upper,workdir=$disk/work" "$root"

mount -t proc proc "$root/proc"
for path in sysrq-trigger sys/kernel sys/vm sys/fs; do # the machine's, not the host's: read only
    [ -e "$root/proc/$path" ] || continue
    mount --bind "$root/proc/$path" "$root/proc/$path"
    mount -o remount,bind,ro "$root/proc/$path"
done
mount -t sysfs -o ro sysfs "$root/sys"
mount -t tmpfs -o mode=755 tmpfs "$root/dev" # none of the machine's disks
for node in null zero full random urandom tty fuse; do
    [ -e "/dev/$node" ] || continue
    : >"$root/dev/$node"
    mount --bind "/dev/$node" "$root/dev/$node"
done
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=666,mode=620,gid=5 devpts "$root/dev/pts"
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
: >"$root/dev/console"
mount --bind "$console" "$root/dev/console"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
for number in 0=stdin 1=stdout 2=stderr; do ln -s "/proc/self/fd/${number%=*}" "$root/dev/${number#*=}"; done
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount -t tmpfs -o mode=1777 tmpfs "$root/var/tmp"
for private in root home; do # people's own folders of the machine
    [ -d "$root/$private" ] || continue
    mkdir -p "$disk/private/$private"
    mount --bind "$disk/private/$private" "$root/$private"
done

mkdir -p "$root/run/sshd" "$root/var/lib/cloud/seed/nocloud" "$root/etc/cloud/cloud.cfg.d"
cp "$disk/user-data" "$disk/meta-data" "$root/var/lib/cloud/seed/nocloud/"
rm -f "$root/etc/cloud/cloud-init.disabled"
cat >"$root/etc/cloud/cloud.cfg.d/99-lab.cfg" <<'END'
datasource_list: [NoCloud]
network: {config: disabled}
apt: {preserve_sources_list: true}
locale: C.UTF-8
ssh_genkeytypes: [ed25519, ecdsa]
END
printf '127.0.0.1 localhost\n127.0.1.1 %s\n' "$name" >"$root/etc/hosts"

if [ -e "$disk/script" ]; then cp "$disk/script" "$root/run/boot"; fi

cd "$root"
mkdir -p .old
pivot_root . .old
umount -l /.old
exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin sh -c '
    exec </dev/null >/dev/console 2>&1
    if [ -e /run/boot ]; then
        sh /run/boot
    else
        cloud-init init --local
        cloud-init init
        service ssh start
        cloud-init modules --mode=config
        cloud-init modules --mode=final
    fi
    echo "the host is up"
    while :; do sleep 3600 & wait $! || :; done # reaps what is left behind
'
