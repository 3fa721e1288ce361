#!/usr/bin/env python3
"""dev/chaos: does a cluster keep what it acknowledged, whatever happens to it?

Starts three nodes with networks (and where a fault needs them, disks) of their own, lets several writers record
a history, hurts the cluster in one way after the other, and judges each history against the rows that are there
once the cluster is whole again. Ends with 0 if nothing was found (or all was skipped: the last line says so),
1 if something was, 2 if it could not run.
"""

import argparse
import glob
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import psycopg2

import chaos_report
import clusters
import disks
import faults
import judge
import preparing
import sandbox
import systems
from preparing import refuse, say

SHORT = ('kill', 'crash', 'partition', 'partial')
WRITERS = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'writers.py')
FELT, FLOWING = 3.0, 2.0  # seconds until a fault is surely felt; of writes by all that count as recovery
EVIDENCE = ('.log', '.history', '.yml', '.json', '.conf')


# ---- the writers -----------------------------------------------------------------------------------


class Writers:
    """The writers of one fault and what they have recorded so far."""

    def __init__(self, setup, cluster, table):
        self.roaming, self.path = setup['writers'], os.path.join(cluster.folder, table + '.history')
        self.process = subprocess.Popen(
            [sys.executable, '-B', WRITERS, '--targets', cluster.target(), '--table', table, '--out', self.path,
             '--roaming', str(self.roaming), '--interval-ms', str(setup['interval_ms'])],
            stdin=subprocess.DEVNULL, start_new_session=True)

    def flowing(self):
        """Each roaming writer is acknowledged now, and has been for a while."""
        if self.process.poll() is not None:
            raise clusters.Broken('the writers ended with %d' % self.process.returncode)
        now, slots = time.monotonic(), set()
        for ack in judge.load(self.path).acks:
            if ack.writer < self.roaming and ack.answered > now - FLOWING:
                slots.add((ack.writer, int((now - ack.answered) / FLOWING * 2)))
        return len(slots) >= self.roaming * 2

    def wait_flowing(self, seconds):
        end = time.monotonic() + seconds
        while not self.flowing():
            if time.monotonic() > end:
                return False
            time.sleep(0.2)
        return True

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def new_table(cluster, table):
    """Makes the table that a fault is judged by; the leader and the candidate of the moment when that was possible."""
    end = time.monotonic() + cluster.setup['heal_seconds']
    while True:
        cluster.wait_healthy(cluster.setup['heal_seconds'])
        leader, candidate = cluster.leader_and_candidate()
        try:
            make_table(cluster, leader, table)
            return leader, candidate
        except psycopg2.Error as e:  # a fault before this one may still move the leader
            if time.monotonic() > end:
                raise clusters.Broken('%s takes no table: %s' % (leader.name, e)) from None
            time.sleep(0.5)


def make_table(cluster, leader, table):
    connection = psycopg2.connect(host=leader.address, port=leader.port, user=clusters.SUPERUSER, dbname='postgres',
                                  connect_timeout=5, sslmode='disable', gssencmode='disable')
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("set statement_timeout = '30s'")
            cursor.execute('create table if not exists %s (writer int, seq bigint, '
                           'lsn pg_lsn default pg_current_wal_insert_lsn(), '
                           "timeline int default ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::int)"
                           % table)
    finally:
        connection.close()


def rows_of(cluster, table):
    leader, _ = cluster.leader_and_candidate()
    return [judge.Row(w, s, t, judge.lsn(l))
            for w, s, t, l in cluster.query(leader, 'select writer, seq, timeline, lsn::text from %s' % table)]


def diverged(cluster, table):
    """Members that, given time to replay, still do not have the leader's rows: a rejoin that went wrong."""
    leader, _ = cluster.leader_and_candidate()
    rows = "select count(*), md5(string_agg(writer || ' ' || seq, ',' order by writer, seq)) from " + table
    told = cluster.query(leader, rows)
    behind, end = [m for m in cluster.members if m is not leader], time.monotonic() + 20
    while behind and time.monotonic() < end:
        behind = [m for m in behind if cluster.query(m, rows) != told]
        if behind:
            time.sleep(0.5)
    return ['%s has other rows than %s, the leader' % (m.name, leader.name) for m in behind]


# ---- one fault -------------------------------------------------------------------------------------


def one_fault(setup, cluster, name, number):
    """One fault and the verdict on it. The cluster is whole before and, unless it raises, after."""
    fault, seed = faults.ALL[name], '%d/%d/%s' % (setup['seed'], number, name)
    dice, table = random.Random(seed), 'chaos_%d_%s' % (number, name.replace('-', '_'))
    leader, candidate = new_table(cluster, table)
    scene = faults.Scene(cluster, leader, candidate, dice)
    result = {'fault': name, 'round': number, 'seed': seed, 'leader': leader.name, 'notes': scene.notes}
    writers = Writers(setup, cluster, table)
    try:
        if not writers.wait_flowing(30):
            raise clusters.Broken('the writers are not acknowledged before the fault: see %s' % writers.path)
        time.sleep(dice.uniform(0, cluster.setup['timing']['loop_wait']))
        at = result['at'] = fault.inflict(scene)
        lasts = max(FELT, fault.hold, fault.leases * cluster.setup['timing']['ttl'])
        time.sleep(max(0.0, at + lasts - time.monotonic()))
        if not writers.wait_flowing(0 if fault.exact else cluster.setup['recover_seconds']):
            scene.notes.append('no writes when it was ended')
        mended = time.monotonic()
        started = cluster.mend()
        if started and fault.name in UNCALLED:
            scene.notes.append('the agent of %s had ended' % ', '.join(started))
        healed = cluster.wait_healthy(cluster.setup['heal_seconds'])
        if not writers.wait_flowing(30):
            raise clusters.Broken('the cluster is whole, yet the writers are not acknowledged')
        writers.stop()
        result.update(whole_s=round(healed - at, 1), mended_s=round(mended - at, 1))
        result.update(measure(judge.load(writers.path), rows_of(cluster, table), diverged(cluster, table), at))
    finally:
        writers.stop()
    return result


# Faults that kill no agent: one that has ended anyway is worth a note.
UNCALLED = ('kill', 'hang', 'partition', 'partial', 'asymmetric', 'delay', 'full-disk', 'stalled-fsync', 'store-outage',
            'flapping', 'switchover')


def measure(history, rows, behind, at):
    answers = sorted(ack.answered for ack in history.acks)
    gaps = [after - before for before, after in zip(answers, answers[1:]) if after > at]
    found = dict(judge.judge(history, rows), diverged=behind)
    return {'acked': len(history.acks), 'refused': len(history.refused), 'unknown': len(history.unknown),
            'unreachable': len(history.unreachable), 'outage_s': round(max(gaps, default=0.0), 3),
            'found': {verdict: len(broken) for verdict, broken in found.items()},
            'proof': {verdict: broken[:5] for verdict, broken in found.items() if broken}}


def blamed(setup, result):
    """What this result is blamed for, as text; '' if nothing. Without synchronous standbys rows may be lost."""
    if 'failure' in result:
        return result['failure']
    allowed = () if setup['Toomai']['synchronous'] else ('lost',)
    return '; '.join('%d %s' % (n, judge.VERDICTS[v]) for v, n in result['found'].items() if n and v not in allowed)


# ---- all of them -----------------------------------------------------------------------------------


def inside(setup):
    results, cluster, serial = [], None, 0
    for number in range(1, setup['rounds'] + 1):
        order = list(setup['faults'])
        if setup['rounds'] > 1:
            random.Random('%d/%d' % (setup['seed'], number)).shuffle(order)
        for name in order:
            try:
                if cluster is None:
                    serial += 1
                    cluster = systems.Toomai(setup['Toomai'], os.path.join(setup['folder'], 'toomai%d' % serial))
                    say('starting three nodes')
                    cluster.start()
                result = one_fault(setup, cluster, name, number)
            except (clusters.Broken, psycopg2.Error, subprocess.SubprocessError, OSError) as e:
                result = {'fault': name, 'round': number, 'failure': ' '.join(str(e).split())[:300]}
            result['cluster'] = serial
            result['blamed'] = blamed(setup, result)
            results.append(result)
            tell(setup, result, cluster)
            if 'failure' in result and cluster is not None:
                cluster.stop()
                cluster = None
    if cluster is not None:
        cluster.stop()
    return results


def tell(setup, result, cluster):
    told = '%s %d/%d' % (result['fault'], result['round'], setup['rounds'])
    if 'failure' not in result:
        told += ': writes failed for %.1f s, %d acknowledged, whole after %.1f s' % (
            result['outage_s'], result['acked'], result['whole_s'])
    say(told + (' FAILED: ' + result['blamed'] if result['blamed'] else ''))
    for verdict, broken in result.get('proof', {}).items():
        for line in broken:
            say('    %s: %s' % (verdict, line))
    if 'failure' in result and cluster is not None:
        for line in cluster.log_tails():
            say('    ' + line)


def keep_evidence(folder, results):
    """Logs, histories and configurations of a run that found something, or did not end."""
    if results is not None and not any(result['blamed'] for result in results):
        return
    kept = tempfile.mkdtemp(prefix='toomai-chaos-evidence-', dir=os.path.dirname(folder))
    for path in glob.glob(os.path.join(folder, '**'), recursive=True):
        if path.endswith(EVIDENCE) and os.path.isfile(path):
            target = os.path.join(kept, os.path.relpath(path, folder))
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copy(path, target)
    say('kept the evidence in %s' % kept)


def parse(arguments):
    parser = argparse.ArgumentParser(prog='dev/chaos', description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add('--faults', help='some of ' + ', '.join(faults.ALL) + ' (default all that this machine can do)')
    add('--short', action='store_true', help='for CI, about 3 minutes: ' + ', '.join(SHORT))
    add('--rounds', type=int, default=1, help='how often each fault (default 1); from 2 on in random order')
    add('--seed', type=int, help='of the dice: phases, directions, order (default: one is drawn and told)')
    add('--writers', type=int, default=4, help='that go from server to server, besides one that stays at each (default 4)')
    add('--interval-ms', type=float, default=20, help='one row per this time and writer (default 20)')
    add('--report', metavar='FILE', help='write a page with one table per fault, docs/chaos.md')
    preparing.options_of_all(add)
    options = parser.parse_args(arguments)
    options.faults = options.faults.split(',') if options.faults else list(SHORT) if options.short else None
    if set(options.faults or ()) - set(faults.ALL):
        parser.error('--faults takes ' + ', '.join(faults.ALL))
    if options.rounds < 1 or options.writers < 1:
        parser.error('--rounds and --writers take 1 or more')
    if options.seed is None:
        options.seed = random.SystemRandom().randrange(1 << 31)
    return options


def choose(options):
    """Decides on the faults; whether they need disks."""
    def on_disks(name):
        return faults.DISKS in faults.ALL[name].needs

    refusal = disks.refusal()
    if options.faults is None:
        options.faults = [name for name in faults.ALL if not (refusal and on_disks(name))]
        if refusal:
            say('no faults of disks: ' + refusal)
    wanted = any(on_disks(name) for name in options.faults)
    if wanted and refusal:
        refuse('no faults of disks here: ' + refusal)
    return wanted


def outside(options):
    preparing.program = 'dev/chaos'
    judge.self_test()
    refusal = sandbox.refusal()
    if refusal:
        print('chaos: skipped, this machine gives no namespaces: %s' % refusal)
        return 0
    with_disks = choose(options)
    toomai = dict(preparing.toomai_setup(options), namespaces=True, disks=with_disks, failsafe=True)
    setup = dict(launcher=toomai['launcher'], bin_dir=toomai['bin_dir'], Toomai=toomai, faults=options.faults,
                 rounds=options.rounds, seed=options.seed, writers=options.writers, interval_ms=options.interval_ms)
    told = preparing.environment(setup)
    say('seed %d; faults %s' % (options.seed, ', '.join(options.faults)))
    results, code = preparing.run_inside(__file__, setup, options, keep_evidence)
    if results is None:
        refuse('the run ended with %d' % code)
    measured = {'environment': told, 'setup': setup, 'results': results}
    if options.json:
        with open(options.json, 'w') as file:
            json.dump(measured, file, indent=1)
    if options.report:
        with open(options.report, 'w') as file:
            file.write(chaos_report.page(measured))
        say('wrote %s' % options.report)
    print(chaos_report.text(measured))
    return 1 if any(result['blamed'] for result in results) else 0


def main():
    if sys.argv[1:2] == ['--inside']:
        preparing.program = 'dev/chaos'
        return preparing.run_as_first(sys.argv[1:], inside)
    return outside(parse(sys.argv[1:]))


if __name__ == '__main__':
    sys.exit(main())
