"""Judges a history of writers against the rows that are there in the end.

Every verdict counts what is proven, never what is likely: a row of which nobody knows may be there or not.
`judge` tells all of VERDICTS but the last, for which the members must be asked.
`self_test` breaks a good history in each way and sees that the verdict turns.
"""

import os
from collections import Counter, namedtuple

Ack = namedtuple('Ack', 'writer seq sent answered server started timeline lsn')
Row = namedtuple('Row', 'writer seq timeline lsn')
History = namedtuple('History', 'sent acks refused unknown unreachable')  # sent, refused, unknown: (writer, seq) -> time sent
VERDICTS = {
    'lost': 'acknowledged rows lost',
    'duplicate': 'rows present twice',
    'never_sent': 'rows that nobody sent',
    'refused_present': 'refused rows present',
    'two_writers': 'rows acknowledged by an old primary after a newer one',
    'forked': 'timelines written by two servers',
    'out_of_order': 'rows in another order than their writer\'s',
    'diverged': 'members with other rows than the leader',
}


def lsn(text):
    high, low = text.split('/')
    return int(high, 16) << 32 | int(low, 16)


def load(path):
    history = History({}, [], {}, {}, [])
    if not os.path.exists(path):
        return history
    with open(path, errors='replace') as file:
        for line in file:
            if not line.endswith('\n'):
                break
            kind, *words = line.split()
            if kind == 'C':
                history.unreachable.append((int(words[0]), words[1], float(words[2])))
                continue
            key, sent = (int(words[0]), int(words[1])), float(words[2])
            if kind == 'I':
                history.sent[key] = sent
            elif kind == 'A':
                history.acks.append(Ack(*key, sent, float(words[3]), words[4], words[5], int(words[6]), lsn(words[7])))
            elif kind == 'N':
                history.refused[key] = sent
            elif kind == 'U':
                history.unknown[key] = sent
    return history


def judge(history, rows):
    """verdict -> what broke it, each as text a person can follow; empty lists when all is well."""
    present = Counter((row.writer, row.seq) for row in rows)
    acked = {(a.writer, a.seq) for a in history.acks}
    return {
        'lost': [name(k) for k in sorted(acked) if not present[k]],
        'duplicate': ['%s %d times' % (name(k), n) for k, n in sorted(present.items()) if n > 1],
        'never_sent': [name(k) for k in sorted(present) if k not in history.sent],
        'refused_present': [name(k) for k in sorted(present) if k in history.refused],
        'two_writers': two_writers(history.acks),
        'forked': forked(history.acks),
        'out_of_order': out_of_order(history, rows),
    }


def name(key):
    return 'writer %d row %d' % key


def two_writers(acks):
    """Rows sent to an older timeline after a newer one had acknowledged one, and acknowledged by it."""
    first = {}  # timeline -> its first acknowledgement
    for ack in acks:
        if ack.timeline not in first or ack.answered < first[ack.timeline].answered:
            first[ack.timeline] = ack
    found = []
    for ack in acks:
        newer = [f for timeline, f in first.items() if timeline > ack.timeline and f.answered < ack.sent]
        if newer:
            other = min(newer, key=lambda f: f.answered)
            found.append('%s: sent to %s (timeline %d) %.3f s after %s (timeline %d) had acknowledged' % (
                name((ack.writer, ack.seq)), ack.server, ack.timeline, ack.sent - other.answered, other.server, other.timeline))
    return found


def forked(acks):
    """A promotion makes a timeline of its own: two servers that acknowledge on one are two histories."""
    servers = {}
    for ack in acks:
        servers.setdefault(ack.timeline, set()).add(ack.server)
    return ['timeline %d: %s' % (t, ', '.join(sorted(s))) for t, s in sorted(servers.items()) if len(s) > 1]


def out_of_order(history, rows):
    """A row takes effect after all that its writer had acknowledged before it was sent."""
    place = {(row.writer, row.seq): row.lsn for row in rows}
    acked, found = {}, []
    for ack in history.acks:
        if (ack.writer, ack.seq) in place:
            acked.setdefault(ack.writer, {})[ack.seq] = place[(ack.writer, ack.seq)]
    for writer, seq in sorted(history.sent):
        done = acked.setdefault(writer, {})
        here, before = place.get((writer, seq)), done.get('before')
        if here is not None and before is not None and here < before[1]:
            found.append('%s lies before row %d' % (name((writer, seq)), before[0]))
        if seq in done:
            done['before'] = (seq, done[seq])
    return found


# ---- the judge is judged ---------------------------------------------------------------------------


def example():
    """Two writers, three servers in turn; writer 1's row 3 is unknown and present, row 4 refused."""
    acks = [Ack(w, s, 10.0 * s + w, 10.0 * s + w + 1, 'ABC'[(s - 1) // 3], '0', (s - 1) // 3 + 1, 100 * s + w)
            for w in (1, 2) for s in range(1, 10) if (w, s) not in ((1, 3), (1, 4))]
    sent = {(w, s): 10.0 * s + w for w in (1, 2) for s in range(1, 10)}
    history = History(sent, acks, {(1, 4): 41.0}, {(1, 3): 31.0}, [])
    rows = [Row(a.writer, a.seq, a.timeline, a.lsn) for a in acks] + [Row(1, 3, 1, 301)]
    return history, rows


def self_test():
    """Raises AssertionError if a defect goes unseen or a good history is blamed."""
    def broken(history, rows):
        return {verdict for verdict, found in judge(history, rows).items() if found}

    def check(seen, wanted):
        if seen != wanted:
            raise AssertionError('the judge found %s where %s was put' % (sorted(seen), sorted(wanted)))

    def with_ack(history, ack):
        return history._replace(sent=dict(history.sent, **{}) | {(ack.writer, ack.seq): ack.sent}, acks=history.acks + [ack])

    history, rows = example()
    check(broken(history, rows), set())
    check(broken(history, [r for r in rows if (r.writer, r.seq) != (1, 3)]), set())
    check(broken(history, rows[1:]), {'lost'})
    check(broken(history, rows + rows[:1]), {'duplicate'})
    check(broken(history, rows + [Row(2, 99, 3, 9999)]), {'never_sent'})
    check(broken(history, rows + [Row(1, 4, 2, 401)]), {'refused_present'})
    late = Ack(3, 1, 60.0, 61.0, 'A', '0', 1, 650)  # timeline 2 acknowledged at 42
    check(broken(with_ack(history, late), rows + [Row(3, 1, 1, 650)]), {'two_writers'})
    close = Ack(3, 1, 41.0, 61.0, 'A', '0', 1, 650)  # sent before: it may have been done before
    check(broken(with_ack(history, close), rows + [Row(3, 1, 1, 650)]), set())
    fork = Ack(3, 1, 11.0, 12.0, 'B', '0', 1, 650)
    check(broken(with_ack(history, fork), rows + [Row(3, 1, 1, 650)]), {'forked'})
    swapped = [r._replace(lsn=150) if (r.writer, r.seq) == (1, 5) else r for r in rows]
    check(broken(history, swapped), {'out_of_order'})


if __name__ == '__main__':
    self_test()
    print('the judge sees each defect')
