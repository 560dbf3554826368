#!/usr/bin/env bash
# Makes the image that the others build on, without pulling any: Debian with Python 3.11, by debootstrap. Needs root.
#   docker/base.sh [IMAGE]
# It takes a minute, so it is not made again while the engine has it. The image trusts whom this machine trusts.
set -euo pipefail
image=${1:-nexus-chaos-base:bookworm}
certificates=/etc/ssl/certs/ca-certificates.crt

if docker image inspect "$image" >/dev/null 2>&1; then
    echo "$image is there"
    exit
fi
if [ "$(id -u)" != 0 ]; then
    echo "debootstrap needs root: sudo make docker-base" >&2
    exit 2
fi
if ! command -v debootstrap >/dev/null; then
    echo "debootstrap is missing. Debian: apt-get install debootstrap" >&2
    exit 2
fi
root=$(mktemp -d)
trap 'rm -rf --one-file-system "$root"' EXIT
debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates bookworm "$root/tree" >"$root/log" 2>&1 ||
    { tail -n 20 "$root/log" >&2; exit 1; }
if [ -e "$certificates" ]; then
    cp "$certificates" "$root/tree$certificates"
fi
tar --directory "$root/tree" --create --exclude=./var/cache/apt/archives/*.deb --exclude='./var/lib/apt/lists/*_*' \
    --exclude=./usr/share/doc --exclude=./usr/share/man --exclude=./usr/share/locale . | docker import - "$image" >/dev/null
echo "$image is made"
