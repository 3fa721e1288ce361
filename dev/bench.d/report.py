"""What was measured, against the bars and the peer: as text, as Markdown, as verdicts."""

import statistics

import faults

BEGIN, END = '<!-- failover: written by dev/bench failover --write-docs -->', '<!-- failover: end -->'


def recorded(n, outage, lost, healed):
    return {'n': n, 'outage': outage, 'lost': lost, 'healed': healed}


# Patroni on its default settings, the same client, on another day and machine state. Outages and healing:
# 4.1.4 with etcd 3.4.23; memory and list: 3.0.2. (min, median, max) where known. By synchronous_mode.
PARTS = {'label': 'Patroni (recorded, not this run)', 'memory': '44 agent + 39 etcd', 'list': '222 / 259 / 287'}
RECORDED = {
    True: dict(PARTS, kill=recorded(4, '1.8 / 5.6 / 8.9', '0', '19'),
               switchover=recorded(4, '1.42 / 1.42 / 1.43', '0', '17'),
               crash=recorded(4, '22.6 / 24.6 / 29.0', '0', '44'),
               hang=recorded(3, '26.7 / 26.7 / 29.9', '0', '44'),
               partition=recorded(3, '23.7 / 29.8 / 31.2', '0', '62'),
               partial=recorded(3, '25.1 / 26.3 / 28.5', '0', '62')),
    False: dict(PARTS, kill=recorded(5, '3.7 / 11.5 / 14.4', '0', '22'),
                switchover=recorded(5, '2.43 / 2.48 / 2.61', '0', '10'),
                crash=recorded(5, '21.2 / 24.0 / 27.4', '0', '40'),
                hang=recorded(3, '24.7 / 30.2 / 31.3', '0', '48'),
                partition=recorded(3, '23.9 / 25.8 / 26.7', '0', '62'),
                partial=recorded(3, '10.7 / 10.8 / 10.9', '2604, 2899, 4211', '63')),
}


def bar_of(fault, system):
    """The most seconds that writes may fail. Without synchronous standbys nobody may precede the lease."""
    quick = {'kill': 0.4, 'switchover': 0.5, 'crash': 0.8}.get(fault, 2.0)
    waits = not system['synchronous'] and fault not in ('kill', 'switchover')
    return system['timing']['ttl'] + 1.0 if waits else quick


MEMORY_BAR, LIST_BAR = 110, 200


def spread(values, digits=2):
    return ' / '.join('%.*f' % (digits, v) for v in (min(values), statistics.median(values), max(values)))


def faults_of(system):
    found = []
    for run in system['runs']:
        if run['fault'] not in found:
            found.append(run['fault'])
    return found


def summary(system, fault):
    runs = [run for run in system['runs'] if run['fault'] == fault]
    good = [run for run in runs if 'failure' not in run]
    told = {'n': len(runs), 'failed': len(runs) - len(good), 'good': good}
    if good:
        told['outage'] = spread([run['outage_s'] for run in good])
        told['lost'] = str(sum(run['lost'] for run in good))
        told['healed'] = '%.1f' % statistics.median(run['healed_s'] for run in good)
    else:
        told.update(outage='–', lost='–', healed='–')
    return told


def judge(systems):
    """One verdict per bar, for the first system: the peer is shown, not judged. The median of an outage decides."""
    system, verdicts = systems[0], []

    def add(what, bar, met, note=''):
        verdicts.append({'what': what, 'bar': bar, 'met': bool(met), 'note': note})

    if 'failure' in system or not system['runs']:
        add('measurement', 'complete', False, system.get('failure', 'no runs'))
    for fault in faults_of(system):
        told, limit = summary(system, fault), bar_of(fault, system)
        outages = [run['outage_s'] for run in told['good']]
        notes = []
        if told['failed']:
            notes.append('%d of %d runs failed' % (told['failed'], told['n']))
        if outages and max(outages) > limit >= statistics.median(outages):
            notes.append('the slowest misses')
        add('%s: outage' % fault, '<= %.1f s' % limit, outages and statistics.median(outages) <= limit and not told['failed'],
            ', '.join(notes))
        lost = sum(run['lost'] for run in told['good'])
        if system['synchronous']:
            add('%s: rows lost' % fault, '0', lost == 0 and not told['failed'],
                ', '.join(notes[:1]) if told['failed'] else '')
    if system.get('memory_mb'):
        top = max(sum(parts.values()) for parts in system['memory_mb'].values())
        alive = all(parts['agent'] > 0 for parts in system['memory_mb'].values())
        add('agent memory', '<= %d MB' % MEMORY_BAR, alive and top <= MEMORY_BAR, '' if alive else 'an agent does not run')
    if 'list_ms' in system:
        listed = system['list_ms']
        add('list', '<= %d ms' % LIST_BAR, listed.get('median', LIST_BAR + 1) <= LIST_BAR, listed.get('error', ''))
    return verdicts


def memory_text(system):
    parts = list(system.get('memory_mb', {}).values())
    if not parts:
        return '–'
    told = spread([p['agent'] for p in parts], 0)
    return told + ' + etcd ' + spread([p['store'] for p in parts], 0) if 'store' in parts[0] else told


def list_text(system):
    listed = system.get('list_ms', {})
    return '%(min)d / %(median)d / %(max)d' % listed if 'median' in listed else '–'


def peer_cell(systems, fault, what):
    told = summary(systems[1], fault) if len(systems) > 1 else RECORDED[systems[0]['synchronous']][fault]
    if what != 'outage':
        return told[what]
    failed = ', %d failed' % told['failed'] if told.get('failed') else ''
    return '%s (n=%d%s)' % (told['outage'], told['n'], failed)


def rows(measured):
    """The table: heading and lines of cells, alike for text and Markdown."""
    systems = measured['systems']
    system = systems[0]
    verdicts = {verdict['what']: verdict for verdict in measured['verdicts']}

    def verdict(what):
        found = verdicts.get(what)
        if found is None:
            return 'not judged'
        return ('PASS' if found['met'] else 'MISS') + (' (%s)' % found['note'] if found['note'] else '')

    peer = '%s, this run' % systems[1]['system'] if len(systems) > 1 else PARTS['label']
    table = [['what', 'n', system['system'], 'bar', 'verdict', peer]]
    for fault in faults_of(system):
        told = summary(system, fault)
        table.append(['%s: writes fail for, s' % faults.ALL[fault].title, str(told['n']), told['outage'],
                      '≤ %.1f' % bar_of(fault, system), verdict(fault + ': outage'),
                      peer_cell(systems, fault, 'outage')])
        table.append(['%s: acknowledged rows lost' % faults.ALL[fault].title, str(told['n']), told['lost'],
                      '0' if system['synchronous'] else 'none', verdict(fault + ': rows lost'),
                      peer_cell(systems, fault, 'lost')])
        table.append(['%s: cluster whole after, s' % faults.ALL[fault].title, str(told['n']), told['healed'], 'none', '',
                      peer_cell(systems, fault, 'healed')])
    peer_memory = memory_text(systems[1]) if len(systems) > 1 else PARTS['memory']
    peer_list = list_text(systems[1]) if len(systems) > 1 else PARTS['list']
    table.append(['memory of an agent and its store, MB', str(len(system.get('memory_mb', {}))), memory_text(system),
                  '≤ %d' % MEMORY_BAR, verdict('agent memory'), peer_memory])
    table.append(['list command, ms', str(system.get('list_ms', {}).get('n', 0)), list_text(system), '≤ %d' % LIST_BAR,
                  verdict('list'), peer_list])
    return table


def circumstances(measured):
    told, lines = measured['environment'], []
    lines.append('%(date)s; %(cpu)s, %(cores)d cores, kernel %(kernel)s; load average ' % told
                 + '%s before, %s after.' % (told['load_before'][0], told['load_after'][0])
                 + ('' if told['quiet'] else ' NOT QUIET: other work ran on the machine; do not quote these figures.'))
    network = 'a namespace and an address for each node' if told['network'] == 'namespaces' else 'one loopback'
    lines.append('%(postgresql)s; %(java)s; Toomai %(toomai)s' % told
                 + ('; %(patroni)s, %(etcd)s' % told if 'patroni' in told else '') + '; ' + network + '.')
    for system in measured['systems']:
        lines.append('%s: ttl %d, loop_wait %d, retry_timeout %d, synchronous_mode %s, clusters started: %d.' % (
            system['system'], system['timing']['ttl'], system['timing']['loop_wait'], system['timing']['retry_timeout'],
            'on' if system['synchronous'] else 'off', system['fresh_clusters']))
    return lines


def text(measured):
    table = rows(measured)
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    lines = [line for line in circumstances(measured)] + ['']
    lines += ['  '.join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in table]
    missed = [v for v in measured['verdicts'] if not v['met']]
    lines += ['', 'three numbers are min / median / max; the median decides']
    lines += (['MISS  %s %s %s' % (v['what'], v['bar'], v['note']) for v in missed]
              or ['all %d bars met' % len(measured['verdicts'])])
    return '\n'.join(lines)


def markdown(measured):
    table = rows(measured)
    lines = ['- ' + line for line in circumstances(measured)] + ['']
    lines.append('| ' + ' | '.join(table[0]) + ' |')
    lines.append('|' + '---|' * len(table[0]))
    lines += ['| ' + ' | '.join(cell.replace('|', '\\|') for cell in row) + ' |' for row in table[1:]]
    return '\n'.join(lines)


def write_docs(page, measured):
    with open(page) as file:
        content = file.read()
    before, begin, rest = content.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit('dev/bench: %s has lost its marks "%s" and "%s"' % (page, BEGIN, END))
    with open(page, 'w') as file:
        file.write('%s%s\n%s\n%s%s' % (before, begin, markdown(measured), end, after))
