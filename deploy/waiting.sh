# Read by the scripts beside it: what is running, and waiting until it is healthy.

say() { printf '%s %s\n' "$(date -u +%H:%M:%SZ)" "$*"; }
die() { say "$*" >&2; exit 1; }

# Every part that should run, a line each.
parts() { deploy/compose config --services 2>/dev/null | grep -vx cli | sort; }

# The container of a part; nothing when there is none.
container() { deploy/compose ps -q "$1" 2>/dev/null; }

# What docker thinks of a part: healthy, starting, unhealthy, or the state of a container that does not run.
health() {
  local id
  id=$(container "$1")
  [[ -n $id ]] || { echo absent; return; }
  docker inspect --format '{{if .State.Running}}{{.State.Health.Status}}{{else}}{{.State.Status}}{{end}}' "$id" 2>/dev/null || echo absent
}

# until_healthy SECONDS [PART…]: waits for these parts, or all; dies with the last lines of who is not.
until_healthy() {
  local end=$((SECONDS + $1)) part waiting
  shift
  local all=("$@")
  (($#)) || mapfile -t all < <(parts)
  while :; do
    waiting=()
    for part in "${all[@]}"; do
      [[ $(health "$part") == healthy ]] || waiting+=("$part")
    done
    ((${#waiting[@]})) || return 0
    ((SECONDS < end)) || break
    sleep 0.5
  done
  for part in "${waiting[@]}"; do
    say "$part is $(health "$part"); the end of its log:"
    deploy/compose logs --tail 15 "$part" >&2 || true
  done
  die "not healthy: ${waiting[*]}"
}
