# What a compute host runs at its boot: sshd, glusterd, and libvirtd on TCP without a password, in its own network only.
ssh-keygen -A
service ssh start

cat >/etc/libvirt/libvirtd.conf <<END
listen_tls = 0
listen_tcp = 1
auth_tcp = "none"
auth_unix_rw = "none"
unix_sock_group = "root"
host_uuid = "$(cat /proc/sys/kernel/random/uuid)"
END
cat >/etc/libvirt/qemu.conf <<END
user = "root"
group = "root"
dynamic_ownership = 0
remember_owner = 0
security_driver = "none"
namespaces = []
cgroup_controllers = []
stdio_handler = "file"
END
rm -rf /etc/libvirt/qemu/networks/autostart # no network of its own
libvirtd --daemon --listen
glusterd
