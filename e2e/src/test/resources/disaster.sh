#!/bin/sh
# docs/disaster-recovery.md as a script: two sites, and no step before the one before it shows what it must.
# The first argument names a file of shell functions that stand for the sites:
#   toomai SITE WORDS (any command against that site);
#   members SITE (hosts and ports for demote-cluster: "HOST,HOST PORT,PORT"); row SITE QUERY (one value, of some member)
# What it does:
#   promote SITE            that site takes over; the other one is lost, or stopped
#   follow SITE OTHER       that site, a primary or not, becomes a standby cluster of the other
#   switch SITE OTHER       planned: the primary site SITE stops, OTHER takes its place, SITE follows it
set -eu
# shellcheck source=/dev/null
. "$1"
shift
patience=120

say() { printf 'disaster: %s\n' "$*"; }

die() {
    say "$*" >&2
    exit 1
}

# Waits until the command after $1, the words for it, succeeds.
until_true() {
    what=$1
    shift
    waited=0
    until "$@" >/dev/null 2>&1; do
        [ "$waited" -lt "$patience" ] || die "waited $patience s until $what"
        sleep 1
        waited=$((waited + 1))
    done
    say "$what"
}

roles() { toomai "$1" list -f tsv | cut -f 4; }
has_primary() { roles "$1" | grep -qx Leader; }
is_standby() { roles "$1" | grep -qx 'Standby Leader'; }
timeline() { toomai "$1" list -f tsv | grep -E 'Leader|Standby Leader' | head -n 1 | cut -f 6; }

# Everybody but the leader streams.
is_whole() {
    toomai "$1" list -f tsv | tail -n +2 | awk -F '\t' '$4 !~ /Leader/ && $5 != "streaming" { exit 1 }'
}

same_timeline() { [ "$(timeline "$1")" = "$(timeline "$2")" ]; }

# Where WAL ends there; a standby's replay.
received() { row "$1" 'select pg_last_wal_replay_lsn()'; }
has_all_of() { [ "$(row "$1" "select pg_last_wal_replay_lsn() >= '$2'")" = t ]; }

promote() {
    is_standby "$1" || die "$1 is no standby cluster: $(roles "$1" | tr '\n' ' ')"
    say "$1 has replayed up to $(received "$1")"
    before=$(timeline "$1")
    toomai "$1" promote-cluster --force
    until_true "$1 has a primary" has_primary "$1"
    until_true "$1 is whole" is_whole "$1"
    [ "$(timeline "$1")" -gt "$before" ] || die "the timeline of $1 did not go up"
}

follow() {
    # shellcheck disable=SC2046
    set -- "$1" "$2" $(members "$2")
    toomai "$1" demote-cluster --host "$3" --port "$4" --force
    until_true "$1 is a standby cluster" is_standby "$1"
    until_true "$1 is on the timeline of $2" same_timeline "$1" "$2"
    until_true "$1 is whole" is_whole "$1"
}

switch() {
    is_standby "$2" || die "$2 is no standby cluster"
    # shellcheck disable=SC2046
    set -- "$1" "$2" $(members "$2")
    toomai "$1" demote-cluster --host "$3" --port "$4" --force
    until_true "$1 is a standby cluster" is_standby "$1"
    until_true "$2 has all that $1 wrote" has_all_of "$2" "$(received "$1")"
    promote "$2"
    until_true "$1 is on the timeline of $2" same_timeline "$1" "$2"
}

"$@"
