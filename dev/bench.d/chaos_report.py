"""What dev/chaos found: as lines and as a page with one table per fault."""

import faults
import judge

COLUMNS = ('round', 'writes failed for, s', 'acknowledged', 'refused', 'unknown', 'lost', 'twice', 'never sent',
           'refused, yet there', 'old primary wrote', 'forked', 'order', 'members differ', 'whole after, s', 'notes')
INTRO = '''# Chaos on real parts

Does a cluster keep what it acknowledged, whatever happens to it? `dev/chaos` starts three nodes on one machine: agents with their store's voters, and
PostgreSQL, each node in a network namespace with its own address. Writers record a history. After each fault, when the cluster is whole again and
the old primary has rejoined, the history is judged against the rows that are there.

    ./dev/chaos --report docs/chaos.md            # as root; every fault once
    ./dev/chaos --short                           # kill, crash, partition, partial: about 3 minutes
    ./dev/chaos --faults partial --rounds 10 --seed 7 --async

The last line says what was found, or that the machine gives no namespaces and all was skipped (which ends with 0). 1 = something was found: logs, histories
and configurations are kept and their folder is named. Nothing else stays: no process, namespace, mount or loop device.

## How it is judged

- **Writers**: %(writers)d go from server to server after an error, one more stays at each server. Each row is sent once, under its own number. An answer is an
  *acknowledgement*, a *refusal* (an error that says it was not done) or nothing: *unknown*, and then the row may be there or not.
- **Lost**: acknowledged, and not there. With `--async` it is counted without a verdict.
- **Twice**, **never sent**, **refused, yet there**: effects that nobody asked for.
- **Old primary wrote**: rows acknowledged on a timeline, sent after a newer timeline had acknowledged one: two servers took writes at once.
- **Forked**: one timeline on which two servers acknowledged.
- **Order**: a row that lies in the WAL before one of its writer's rows that was acknowledged before it was sent.
- **Members differ**: standbys that, given 20 s to replay, have other rows than the leader: a rejoin that went wrong.
- **Writes failed for**: the longest time without any acknowledgement. It is here for orientation; `dev/bench failover` measures it.
- The judge is judged before each run: a good history is broken in each of these ways and must be found out.

`failsafe_mode` is on. A fault lasts until writes are back, and the report tells when they are not before its end.

## What it cannot do

One kernel, one clock, one disk below all. Packets are lost by routing rules, late by a process that carries them; a disk stalls by `fsfreeze`, where writes
wait as well as fsync. A full disk holds the data directory only, not the state of the agent or its voter.

'''


def plain(number):
    return '0' if number == 0 else '**%d**' % number


def cells(result):
    if 'failure' in result:
        return [str(result['round'])] + ['–'] * (len(COLUMNS) - 2) + ['**' + result['failure'].replace('|', '/') + '**']
    return ([str(result['round']), '%.1f' % result['outage_s']]
            + [str(result[key]) for key in ('acked', 'refused', 'unknown')]
            + [plain(result['found'][verdict]) for verdict in judge.VERDICTS]
            + ['%.1f' % result['whole_s'], '; '.join(result['notes'])])


def page(measured):
    told, setup = measured['environment'], measured['setup']
    timing = setup['Toomai']['timing']
    lines = [INTRO % setup + '## Last run', '']
    lines.append('%(date)s; %(cpu)s, %(cores)d cores, kernel %(kernel)s; %(postgresql)s; Toomai %(toomai)s; ' % told
                 + 'load average %s before; ' % told['load_before'][0]
                 + 'seed %d; synchronous_mode %s; ttl %d, loop_wait %d, retry_timeout %d.' % (
                     setup['seed'], 'on' if setup['Toomai']['synchronous'] else 'off', timing['ttl'], timing['loop_wait'],
                     timing['retry_timeout']))
    lines += ['', summary(measured) + '.']
    for name in sorted({r['fault'] for r in measured['results']}, key=list(faults.ALL).index):
        lines += ['', '### %s (`%s`)' % (faults.ALL[name].title, name), '', '| ' + ' | '.join(COLUMNS) + ' |',
                  '|' + '---|' * len(COLUMNS)]
        lines += ['| ' + ' | '.join(cells(r)) + ' |' for r in measured['results'] if r['fault'] == name]
    return '\n'.join(lines) + '\n'


def summary(measured):
    results = measured['results']
    blamed = [r for r in results if r['blamed']]
    acked = sum(r.get('acked', 0) for r in results)
    lost = sum(r.get('found', {}).get('lost', 0) for r in results)
    told = '%d of %d faults passed, %d rows acknowledged, %d lost' % (len(results) - len(blamed), len(results), acked, lost)
    return told + (': ' + ', '.join('%s %d' % (r['fault'], r['round']) for r in blamed) + ' failed' if blamed else '')


def text(measured):
    lines = ['%s round %d: %s' % (r['fault'], r['round'], r['blamed']) for r in measured['results'] if r['blamed']]
    return '\n'.join(lines + ['chaos: ' + ('FAILED, ' if lines else 'passed, ') + summary(measured)])
