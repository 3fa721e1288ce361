#!/bin/sh
# docs/migrate-from-patroni.md as a script: one node at a time, and no step before the one before it shows what
# it must. The first argument names a file of shell functions that stand for the machines:
#   $nodes; address NODE (of its REST API); stop NODE; start NODE toomai|patroni; use_settings NODE FILE; toomai WORDS
# What it does:
#   to toomai|patroni    other agents on the same files: the standbys first, one switchover, the former leader last
#   store FILE           the same agents on another store, PostgreSQL goes on
set -eu
# shellcheck source=/dev/null
. "$1"
shift
patience=90

say() { printf 'migrate: %s\n' "$*"; }

die() {
    say "$*" >&2
    toomai list >&2 || :
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

is() { curl -fs -m 5 -o /dev/null "http://$(address "$1")/$2"; }

# Sets `leader`.
find_leader() {
    for leader in $nodes; do
        if is "$leader" primary; then return 0; fi
    done
    return 1
}

# One leader, and every other node streams and is not behind by more than a WAL file.
is_whole() {
    find_leader || return 1
    for node in $nodes; do
        [ "$node" = "$leader" ] || is "$node" 'replica?lag=16MB' || return 1
    done
}

# In synchronous mode somebody must be fit to lead next.
has_heir() {
    toomai show-config | grep -q '^synchronous_mode: \(false\|off\)' && return 0
    toomai list -f tsv | grep -Eq 'Sync Standby|Quorum Standby'
}

is_paused() { toomai list | grep -q 'Maintenance mode: on'; }

change_agent() {
    say "$1: $2 takes over its files"
    stop "$1"
    start "$1" "$2"
    until_true "$1 runs under $2" is "$1" health
    until_true 'the cluster is whole' is_whole
    until_true 'somebody is fit to lead' has_heir
}

to() {
    until_true 'the cluster is whole' is_whole
    last=$leader
    for node in $nodes; do
        if [ "$node" != "$last" ]; then change_agent "$node" "$1"; fi
    done
    toomai switchover --leader "$last" --force
    until_true "$last follows" is "$last" 'replica?lag=16MB'
    change_agent "$last" "$1"
}

store() {
    until_true 'the cluster is whole' is_whole
    last=$leader
    toomai pause --wait
    for node in $nodes; do stop "$node"; done
    # Whoever comes first: in an empty store only the primary takes the lead.
    for node in $nodes; do
        use_settings "$node" "$1"
        start "$node" toomai
    done
    until_true "$last leads in the new store" is "$last" primary
    until_true 'the cluster is whole' is_whole
    until_true 'maintenance mode came with it' is_paused
    toomai resume --wait
    until_true 'somebody is fit to lead' has_heir
}

"$@"
