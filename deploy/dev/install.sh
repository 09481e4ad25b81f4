# Sourced by its neighbours: how something this machine lacks is installed, once, with little noise.
# System packages come from Debian and need root; all else goes under .dev/ of the repository, which git ignores and
# `make clean` removes.

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
dev=$repo/.dev

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() { say "$*"; exit 1; }

# quietly LOG COMMAND…: runs it with its output in LOG, and shows the end of LOG only when it fails.
quietly() {
  local log=$1 status=0
  shift
  "$@" >>"$log" 2>&1 </dev/null || status=$?
  ((status == 0)) || { say "failed ($status): $*; the end of $log:"; tail -n 40 "$log" >&2; }
  return "$status"
}

# alone COMMAND…: runs it while no other of these scripts installs anything in this repository.
alone() {
  mkdir -p "$dev"
  local lock
  exec {lock}>"$dev/lock"
  flock "$lock"
  "$@"
  exec {lock}>&-
}

# debian PACKAGE…: the package lists are fetched only when the installation fails without.
debian() {
  command -v apt-get >/dev/null || die "this machine has no apt-get; install what Debian calls: $*"
  ((EUID == 0)) || die "needs these Debian packages: $* (install them, or run this as root)"
  say "installing from Debian: $*"
  local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300)
  local install=("${apt[@]}" install --no-install-recommends "$@")
  "${install[@]}" >>"$dev/apt.log" 2>&1 </dev/null && return
  quietly "$dev/apt.log" "${apt[@]}" update
  quietly "$dev/apt.log" "${install[@]}"
}
