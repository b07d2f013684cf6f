#!/usr/bin/env bash
# `make vm-usb`: the USB transport in a machine with a real kernel: a printer gadget, and USB/IP with faults.
#
# Boots Debian's own kernel in QEMU without KVM (this one's kernel may have no USB at all); the guest sees this
# machine's files read-only below a RAM disk, and runs suite.py once. Needs root's apt only to install the tools; the
# kernel's package is fetched into build/vm (70 MB) and unpacked there. Runs as any user.
set -euo pipefail
here=$(dirname "$(realpath "$0")")
root=$(realpath "$here/../..")
work=$root/build/vm

for tool in qemu-system-x86_64:qemu-system-x86 /bin/busybox:busybox-static cpio:cpio depmod:kmod; do
  PATH=$PATH:/sbin command -v "${tool%%:*}" >/dev/null || { echo "missing: apt install ${tool##*:} (and libusb-1.0-0)"; exit 2; }
done
export PATH=$PATH:/sbin
mkdir -p "$work"
cd "$work"

if [ ! -d kernel ]; then
  package=$(apt-cache depends linux-image-amd64 | awk '/Depends: linux-image-/{print $2; exit}')
  echo "fetching $package …"
  apt-get download -q "$package" >/dev/null
  dpkg-deb -x linux-image-*.deb unpacked
  rm linux-image-*.deb
  mv unpacked kernel
fi
version=$(ls kernel/lib/modules)
[ -f "kernel/lib/modules/$version/modules.dep" ] || depmod -b kernel "$version"
bash "$here/initrd.sh" "$work/kernel" "$version" "$work/initrd.gz"

cat > guest.sh <<G
cd $root
export PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$here
for module in dummy_hcd libcomposite usb_f_printer vhci-hcd usblp; do modprobe -d $work/kernel \$module || echo "no \$module"; done
mount -t configfs none /sys/kernel/config
ip link set lo up 2>/dev/null || /bin/busybox ip link set lo up
$root/.venv/bin/python -P $here/suite.py
echo "vm-usb ended with \$?"
G

echo "booting $version …"
begun=$(date +%s)
timeout "${VM_SECONDS:-300}" qemu-system-x86_64 -M q35 -accel tcg,thread=multi,tb-size=256 -cpu max -m 768 -smp 2 \
  -nodefaults -no-reboot -display none -monitor none -serial stdio \
  -kernel "kernel/boot/vmlinuz-$version" -initrd initrd.gz \
  -append "console=ttyS0,115200 quiet loglevel=3 panic=-1 mitigations=off tsc=reliable random.trust_cpu=on guest=$work/guest.sh" \
  -virtfs local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap </dev/null | tee console.log
echo "$(($(date +%s) - begun)) s in all"
grep -q "vm-usb ended with 0" console.log
