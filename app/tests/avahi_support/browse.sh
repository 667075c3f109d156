#!/usr/bin/env bash
# Runs in network and mount namespaces of its own: simulated devices, and an avahi that looks for them.
# usage: browse.sh FOLDER SKYLIFT MDNS COUNT
set -euo pipefail
folder=$1 skylift=$2 mdns=$3 count=$4

# Where avahi keeps its pid: another one may run on this machine.
mkdir -p /run/avahi-daemon
mount -t tmpfs tmpfs /run/avahi-daemon
ip link set lo up
ip link set lo multicast on
ip route add 224.0.0.0/4 dev lo

allow() { printf '<allow %s/>' "$@"; }
cat >"$folder/dbus.conf" <<CONF
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path=$folder/bus</listen><policy context="default">
$(allow 'user="*"' 'own="*"' 'send_type="method_call"' 'send_type="signal"' \
    'send_requested_reply="true" send_type="method_return"' 'send_requested_reply="true" send_type="error"' \
    'receive_type="method_call"' 'receive_type="signal"' 'receive_type="method_return"' 'receive_type="error"')
</policy></busconfig>
CONF
printf '[server]\nallow-interfaces=lo\nuse-ipv6=no\n[publish]\ndisable-publishing=yes\n' >"$folder/avahi.conf"

trap 'kill $(jobs -p) 2>/dev/null' EXIT
dbus-daemon --config-file="$folder/dbus.conf" --nofork &
export DBUS_SYSTEM_BUS_ADDRESS=unix:path=$folder/bus
"$skylift" --data-dir "$folder/data" simulate --count "$count" --mdns "$mdns" >"$folder/simulate.log" &
for _ in $(seq 100); do [ -S "$folder/bus" ] && break || sleep 0.05; done
avahi-daemon --no-drop-root --no-chroot --no-rlimits -f "$folder/avahi.conf" 2>"$folder/avahi.log" &

for _ in $(seq 100); do
    avahi-browse -rtp _skylift._tcp >"$folder/found" 2>/dev/null || true
    if [ "$(grep -c '^=' "$folder/found")" -ge "$count" ]; then
        cat "$folder/found"
        exit 0
    fi
    sleep 0.1
done
echo "avahi-browse found too few:" >&2
cat "$folder/found" "$folder/avahi.log" "$folder/simulate.log" >&2
exit 1
