#!/usr/bin/env bash
# The hardware laboratory: boots virtual laptops with the distribution's kernel
# and drivers, plugs things into them, and lets the real agent look. What it
# proves and how to add to it: agent/lab/README.md.
# Usage: installer/dev/lab.sh [SCENARIO ...]   (none named: all of them)
# LAB_KERNEL=linux-image-….deb takes that kernel instead of this distribution's newest.
set -euo pipefail
cd "$(dirname "$0")/../.."
agent=${FARMWATCH_AGENT:-bin/farmwatch-agent}
lab=var/lab
mkdir -p "$lab"

# Everything that is not Go, Node, git and make comes from the distribution.
install_packages() {
  local missing=() p
  for p in qemu-system-x86 acpica-tools cpio xz-utils zstd kmod; do
    dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing+=("$p")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  echo "installing what the laboratory needs: ${missing[*]} …"
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then sudo -n "$@"
  else echo "the laboratory needs packages, and neither root nor sudo is here to install them: $*" >&2; return 1; fi
}

# kernel_version is of the kernel that a new installation of this distribution gets.
kernel_version() {
  if [ -n "${LAB_KERNEL:-}" ]; then dpkg-deb -f "$LAB_KERNEL" Package | sed 's/^linux-image-//'; return; fi
  apt-cache depends linux-image-amd64 2>/dev/null | sed -n 's/.*Depends: linux-image-\(.*-amd64\)$/\1/p' | head -n 1
}

# take_kernel leaves the kernel and the drivers in $kernel, and what was unpacked goes.
take_kernel() {
  local work=$lab/unpack driver files file
  echo "unpacking the kernel $version …"
  rm -rf "$work" "$kernel.new" && mkdir -p "$work/tree" "$kernel.new/drivers"
  if [ -n "${LAB_KERNEL:-}" ]; then cp "$LAB_KERNEL" "$work/linux-image-$version.deb"
  else (cd "$work" && apt-get -o APT::Sandbox::User=root download "linux-image-$version" >/dev/null); fi
  dpkg-deb --fsys-tarfile "$work"/linux-image-*.deb | tar -x -C "$work/tree" --exclude '*/drivers/net/*' --exclude '*/drivers/media/*' --exclude '*/sound/*'
  [ -d "$work/tree/lib/modules" ] || ln -s usr/lib "$work/tree/lib" # Debian 13
  depmod -b "$work/tree" "$version"
  cp "$work/tree/boot/vmlinuz-$version" "$kernel.new/vmlinuz"
  for driver in $(drivers); do
    files=$(modprobe -d "$work/tree" -S "$version" --show-depends "$driver" 2>/dev/null) || continue # the guest will miss it
    files=$(sed -n 's/^insmod \(\S*\).*/\1/p' <<<"$files")
    for file in $files; do unpacked "$file" >"$kernel.new/drivers/$(bare "$file")"; done
    echo "$driver $(for file in $files; do bare "$file"; done | tr '\n' ' ')" >>"$kernel.new/drivers/order"
  done
  rm -rf "$work" && mv "$kernel.new" "$kernel"
}

# drivers are named in one place, which is the guest's.
drivers() { sed -n '/^var drivers/,/^}/p' agent/lab/guest/driver.go | grep -o '"[^"]*"' | tr -d '"'; }
bare() { basename "$1" | sed 's/\.\(xz\|zst\)$//'; }
unpacked() { case $1 in *.xz) xz -dc "$1" ;; *.zst) zstd -dcq "$1" ;; *) cat "$1" ;; esac; }

# pack_guest makes the memory disk: the guest as init, the agent, the drivers. It
# is not compressed, since the emulated processor would have to undo it.
pack_guest() {
  local root=$lab/root
  rm -rf "$root" && mkdir -p "$root"/{proc,sys,dev,tmp}
  CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o "$root/init" ./agent/lab/guest
  cp "$agent" "$root/farmwatch-agent"
  cp -r "$kernel/drivers" "$root/drivers"
  (cd "$root" && find . -print0 | sort -z | cpio --quiet --null -o -H newc --reproducible) >"$lab/initramfs"
  rm -rf "$root"
}

# laptop makes the tables by which the firmware says that this is one: the case
# (SMBIOS, DSP0134, 7.4, type 10: a notebook), and lid, plug and battery (ACPI).
laptop() {
  printf '\3\26\0\3\1\12\0\0\0\3\3\3\3\0\0\0\0\0\1\0\0\0farmwatch\0\0' >"$lab/case.smbios"
  iasl -p "$lab/laptop" agent/lab/laptop.asl >"$lab/iasl.log" || { cat "$lab/iasl.log" >&2; return 1; }
}

# boot runs one laptop. Its clock counts instructions and skips idle time, so
# that neither the load of this machine nor waiting changes what happens in it;
# where this host takes part, the clock has to be the host's.
boot() {
  local clock=(-icount shift=1,sleep=off,align=off)
  [ "$1" != elsewhere ] || clock=()
  rm -f "$lab/$1".{in,out} && mkfifo "$lab/$1".{in,out}
  cat "$lab/$1.out" >/dev/null & # ends with qemu
  timeout -k 5 "${LAB_LIMIT:-420}" qemu-system-x86_64 -accel tcg,thread=single -cpu max "${clock[@]}" \
    -chardev "pipe,id=qmp,path=$lab/$1" -mon chardev=qmp,mode=control \
    -m 384 -display none -no-reboot -nodefaults -vga none -net none \
    -smbios type=1,manufacturer=farmwatch,product=Laboratory -smbios "file=$lab/case.smbios" -acpitable "file=$lab/laptop.aml" \
    -device bochs-display,edid=on \
    -device qemu-xhci,id=x -device usb-kbd,bus=x.0,usb_version=1,id=keyboard -device usb-mouse,bus=x.0,usb_version=1 \
    -kernel "$kernel/vmlinuz" -initrd "$lab/initramfs" -serial stdio \
    -append "console=ttyS0 quiet loglevel=3 panic=-1 mitigations=off random.trust_cpu=on tsc=reliable lab.machine=$1 lab.only=$only" \
    </dev/null 2>&1 | tee "$lab/$1.console" | show "$1"
}

# show prints one line per scenario and, of one that failed, why.
show() {
  local began=$SECONDS ended= mark how name want level rules took
  while IFS=$'\t' read -r mark how name want level rules took; do
    mark=${mark%$'\r'} took=${took%$'\r'}
    case $mark in
      LAB) printf '%-7s %-25s want %-15s got %-7s %6ss  %s\n' "$how" "$name" "$want" "$level" "$took" "$rules" ;;
      LAB-NOTE*) echo "        ${mark#LAB-NOTE }" ;;
      LAB-HOST*) play "${mark#LAB-HOST }" >"$lab/$1.in" & ;;
      LAB-END*) ended=$mark ;;
    esac
  done
  echo "        machine $1: $((SECONDS - began)) s"
  [ "$ended" = "LAB-END 0" ] && return
  echo "        machine $1 failed; the end of what it said ($lab/$1.console):"
  tail -n 60 "$lab/$1.console" | sed 's/^/        | /'
  return 1
}

# play does on this host what a scenario asks for, in qemu's words (QMP).
play() {
  local i
  echo '{"execute": "qmp_capabilities"}'
  case $1 in
    unplug) echo '{"execute": "device_del", "arguments": {"id": "keyboard"}}' ;;
    plug) echo '{"execute": "device_add", "arguments": {"driver": "usb-kbd", "bus": "x.0", "usb_version": 1, "id": "keyboard"}}' ;;
    type) for i in q w e r t y; do
      echo '{"execute": "send-key", "arguments": {"keys": [{"type": "qcode", "data": "'$i'"}]}}'
      sleep 0.3
    done ;;
    jiggle) for i in $(seq 32); do
      echo '{"execute": "input-send-event", "arguments": {"events": [{"type": "rel", "data": {"axis": "x", "value": '$((i % 2 * 2 - 1))'}}]}}'
      sleep 2
    done ;;
  esac
}

install_packages
version=$(kernel_version)
[ -n "$version" ] || { echo "the laboratory needs a Debian with the package linux-image-amd64" >&2; exit 1; }
kernel=$lab/kernel-$version-$(drivers | cksum | cut -d " " -f 1)
[ -d "$kernel" ] || take_kernel
rm -f "$lab"/*.console
pack_guest
laptop
echo "kernel $version, $(qemu-system-x86_64 --version | head -n 1), $("$agent" version 2>/dev/null | head -n 1)"
only=$(IFS=,; echo "$*")
failed=0
for machine in plugs hands elsewhere; do # two at a time
  [ $machine != elsewhere ] || wait -n || failed=1
  boot $machine &
done
for _ in 1 2; do wait -n || failed=1; done
for scenario in "$@"; do
  grep -q $'^LAB\t[a-z]*\t'"$scenario"$'\t' "$lab"/*.console || { echo "no scenario $scenario was played" >&2; failed=1; }
done
[ $failed = 0 ] || { echo "the laboratory found failures" >&2; exit 1; }
echo "$(cat "$lab"/*.console | grep -c $'^LAB\tok') scenarios, each as it must be, in $SECONDS s"
