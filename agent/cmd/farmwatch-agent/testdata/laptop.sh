# Makes this namespace a laptop: $1 holds what was installed, $2 our programs,
# $3 is an empty folder. Nothing of it is seen outside, nothing outlives it.
tools=$1 bin=$2 dir=$3 root=$3/root
mount -t tmpfs -o mode=755 laptop "$dir"
mkdir "$dir/changes" "$dir/work" "$root"
mount -t overlay -o "lowerdir=$tools/root,upperdir=$dir/changes,workdir=$dir/work" laptop "$root"
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
# What this machine is made of is none of the laptop's business.
for hidden in bus/usb class/drm class/input devices/virtual/dmi; do
  if [ -d "$root/sys/$hidden" ]; then mount -t tmpfs -o ro nothing "$root/sys/$hidden"; fi
done
mount -t tmpfs -o mode=755 devices "$root/dev"
for device in null zero full random urandom tty; do
  touch "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
mkdir "$root/dev/pts" "$root/dev/shm" "$root/dev/net" "$root/dev/input"
if [ -e /dev/net/tun ]; then touch "$root/dev/net/tun"; mount --bind /dev/net/tun "$root/dev/net/tun"; fi
mount -t devpts -o newinstance,ptmxmode=666,mode=620 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
mount -t tmpfs -o mode=1777 memory "$root/dev/shm"
mount -t tmpfs -o mode=755 run "$root/run"
mkdir -p "$root/opt/farmwatch" "$root/opt/npm" "$root/opt/go" "$root/run/begun" "$root/run/lock"
mount --bind -o ro "$bin" "$root/opt/farmwatch"
mount --bind -o ro "$tools/npm" "$root/opt/npm"
mount --bind -o ro "$tools/bin" "$root/opt/go"
mkdir -p -m 1777 "$root/tmp/.X11-unix"
hostname laptop
echo '127.0.0.1 localhost laptop' >"$root/etc/hosts"
echo 'nameserver 192.168.77.1' >"$root/etc/resolv.conf" # where nobody answers
ip link set lo up
# The shell stays, so that somebody takes leave of the dead.
exec chroot "$root" /bin/bash -c 'echo ready; exec >/dev/null; while :; do sleep 3600 & wait; done'
