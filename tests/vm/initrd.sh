#!/usr/bin/env bash
# initrd.sh KERNEL VERSION OUT: busybox, and the modules that it takes to see the host's files by 9p
set -euo pipefail
kernel=$1 version=$2 out=$3
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
mkdir -p "$tree"/{bin,proc,sys,dev,new,modules,up,low}
cp /bin/busybox "$tree/bin/busybox"
for module in virtio_pci 9pnet_virtio 9p overlay; do
  modprobe -d "$kernel" -S "$version" --show-depends $module
done | awk '$1 == "insmod" && !seen[$2]++ {print $2}' | while read -r file; do
  cp "$file" "$tree/modules/"
  basename "$file" >> "$tree/order"
done
cat > "$tree/init" <<'I'
#!/bin/busybox sh
b=/bin/busybox
$b mount -t proc proc /proc; $b mount -t sysfs sys /sys; $b mount -t devtmpfs dev /dev
while read -r module; do $b insmod /modules/$module; done < /order
$b mount -t tmpfs tmpfs /up; $b mkdir /up/new /up/work
$b mount -t 9p -o ro,trans=virtio,version=9p2000.L,msize=262144,cache=loose host /low || echo "no host"
$b mount -t overlay -o lowerdir=/low,upperdir=/up/new,workdir=/up/work overlay /new
for folder in proc sys dev; do $b mount --move /$folder /new/$folder; done
$b mkdir -p /new/dev/shm; $b mount -t tmpfs tmpfs /new/dev/shm; $b mount -t tmpfs tmpfs /new/run
script=$($b sed -n 's/.*guest=\([^ ]*\).*/\1/p' /new/proc/cmdline)
echo "[guest] up after $($b cut -d' ' -f1 /new/proc/uptime) s"
$b chroot /new /bin/bash "$script"
echo o > /new/proc/sysrq-trigger
$b sleep 5
I
chmod +x "$tree/init"
(cd "$tree" && find . | cpio -o -H newc --quiet | gzip -1) > "$out"
