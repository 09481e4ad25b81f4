# Read by the scripts beside it: what is running, and waiting until it is healthy.

say() { printf '%s %s\n' "$(date -u +%H:%M:%SZ)" "$*"; }
die() { say "$*" >&2; exit 1; }

# Every part that should run, a line each.
parts() { deploy/compose config --services 2>/dev/null | grep -vx cli | sort; }

# The container of a part, running or not; nothing when there is none. By label: the two generations of docker compose
# name containers differently, and only one of them lists those that do not run.
container() {
  local project=${COMPOSE_PROJECT_NAME:-$(sed -n 's/^COMPOSE_PROJECT_NAME=//p' .env)}
  docker ps --all --quiet --filter "label=com.docker.compose.project=$project" \
    --filter "label=com.docker.compose.service=$1" --filter label=com.docker.compose.oneoff=False
}

# What docker thinks of a part: healthy, starting, unhealthy, or the state of a container that does not run.
health() {
  local state='{{if .State.Running}}{{.State.Health.Status}}{{else}}{{.State.Status}}{{end}}'
  docker inspect --format "$state" "$(container "$1")" 2>/dev/null || echo absent
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
