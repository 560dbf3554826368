#!/usr/bin/env bash
# Sees to it that Docker's engine answers, on a Debian machine where one is root: installs what is missing and starts it.
#   docker/engine.sh            prints the pid of the engine if it started one, for whoever wants to end it
# Does nothing where an engine answers already. Exit code 1, with the end of its log, when it does not come up.
set -euo pipefail
log=${DOCKERD_LOG:-/var/log/dockerd.log}
deadline_s=60

answers() {
    docker version --format '{{.Server.Version}}' >/dev/null 2>&1
}

if answers; then
    exit
fi
if [ "$(id -u)" != 0 ]; then
    echo "No engine answers, and only root can start one." >&2
    exit 2
fi
missing=()
command -v dockerd >/dev/null || missing+=(docker.io)
command -v iptables >/dev/null || missing+=(iptables) # for its networks
command -v debootstrap >/dev/null || missing+=(debootstrap) # for docker/base.sh
if [ ${#missing[@]} != 0 ]; then
    apt-get update -qq >&2
    DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends -o Dpkg::Use-Pty=0 "${missing[@]}" >&2
fi
setsid dockerd >"$log" 2>&1 </dev/null &
pid=$!
for _ in $(seq $((deadline_s * 10))); do
    if answers; then
        echo "$pid"
        exit
    fi
    if ! kill -0 "$pid" 2>/dev/null; then
        break
    fi
    sleep 0.1
done
echo "The engine did not come up. The end of $log:" >&2
tail -n 20 "$log" >&2
kill "$pid" 2>/dev/null || true
exit 1
