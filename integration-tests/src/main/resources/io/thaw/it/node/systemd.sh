#!/bin/sh
# A systemd of its own for a test: first process of new pid, mount, cgroup, IPC and UTS namespaces, on the host's files and network.
#
#   systemd.sh start DIR    becomes it; ends when it is killed. DIR/units has every unit there is, DIR/conf what belongs in /etc/systemd
#   systemd.sh clean DIR    removes the control groups it left
#
# What it would write to is covered by tmpfs, in its mount namespace only, so that nothing stays when it ends.
set -eu

dir=$2
group=$(basename "$dir")

# Prints this process's control group in every hierarchy, as a directory.
groups() {
  while IFS=: read -r _ controllers path; do
    case $controllers in
      '') [ -e /sys/fs/cgroup/cgroup.controllers ] && top=/sys/fs/cgroup || top=/sys/fs/cgroup/unified ;;
      name=*) top=/sys/fs/cgroup/${controllers#name=} ;;
      *) top=/sys/fs/cgroup/$controllers ;;
    esac
    [ ! -e "$top/cgroup.procs" ] || echo "${top}${path%/}"
  done </proc/self/cgroup
}

start() {
  for parent in $(groups); do
    mkdir -p "$parent/$group"
    # A hierarchy that does not take processes as it is (cpuset) is none that systemd looks after.
    echo $$ 2>/dev/null >"$parent/$group/cgroup.procs" || rmdir "$parent/$group"
  done
  exec unshare --mount --pid --fork --cgroup --ipc --uts --kill-child "$0" boot "$dir"
}

boot() {
  # What the host unmounts goes here too; what is mounted here stays here.
  mount --make-rslave /
  mount --bind "$dir/units" "$(readlink -f /usr/lib/systemd/system)"
  mount --bind "$dir/conf" /etc/systemd
  mount -t proc proc /proc
  for covered in /run /tmp /var/log /var/lib /etc/sysctl.d /usr/lib/systemd/system-generators \
    /usr/lib/systemd/system-environment-generators; do
    [ ! -d "$covered" ] || mount -t tmpfs -o mode=755 none "$covered"
  done
  mkdir -p /run/systemd /run/lock
  if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
    mount -t cgroup2 none /sys/fs/cgroup
  else
    mount -t tmpfs none /sys/fs/cgroup
    mkdir /sys/fs/cgroup/systemd
    mount -t cgroup -o none,name=systemd none /sys/fs/cgroup/systemd
  fi
  exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin container=thaw-it "$(readlink -f /usr/lib/systemd/systemd)" --system \
    --unit=default.target --log-target=console --log-level=info --show-status=no --default-standard-output=null
}

clean() {
  for parent in $(groups); do
    [ ! -d "$parent/$group" ] || find "$parent/$group" -depth -type d -exec rmdir {} +
  done
}

"$1"
