#!/bin/sh
# Installs the Debian packages that are named, where they are missing and this user may; never fails, because agents
# probe what the machine has, and tests say what they lack.
set -u
missing() {
    case $1 in
    bubblewrap) ! command -v bwrap ;;
    # One that is linked against libraries is of no use in an image that has nothing else.
    busybox-static) ! program=$(command -v busybox) || ldd "$program" ;;
    *) ! command -v "$1" ;;
    esac >/dev/null 2>&1
}
install() {
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" >/dev/null 2>&1
}
wanted=
for package in "$@"; do
    if missing "$package"; then wanted="$wanted $package"; fi
done
[ -z "$wanted" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    apt-get update -q >/dev/null 2>&1
    # shellcheck disable=SC2086 # several names
    install $wanted || for package in $wanted; do install "$package"; done
fi
for package in $wanted; do
    missing "$package" || continue
    case $package in
    bubblewrap) echo "bubblewrap is not installed: its tests are skipped and agents use a weaker sandbox" >&2 ;;
    *) echo "$package is not installed: the tests that need it are skipped" >&2 ;;
    esac
done
exit 0
