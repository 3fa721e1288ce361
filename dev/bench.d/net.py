"""The network between the nodes: a namespace and an address for each, on one bridge, and ways to break it.

The client is the sandbox itself, with an address on the bridge. Packets are dropped at the entrance of the
namespace that they are sent to, by a routing rule that answers nothing: no reset, no ICMP, as a cable that
was pulled or a firewall that drops. That needs neither iptables nor modules. Neighbours are written down
beforehand, so that silence never turns into "no route to host" where a router would stay silent too.
"""

import os
import subprocess
import sys

import sandbox

CLIENT, STORE = 'client', 'store'
PREFIX, BRIDGE = '10.77.0.', 'br0'
NUMBERS = {CLIENT: 254, STORE: 253}
WIRE = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'wire.py')


def ip(lines, namespace=None):
    """Runs lines of `ip` in one namespace; raises if one of them fails."""
    command = ['ip'] + (['-n', namespace] if namespace else []) + ['-batch', '-']
    answer = subprocess.run(command, input='\n'.join(lines) + '\n', stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                            text=True)
    if answer.returncode != 0:
        raise OSError('ip: %s' % answer.stderr.strip())


class Loopback:
    """No network of its own: all nodes at 127.0.0.1, told apart by ports. Nothing of it can be cut."""

    names, can_cut, trusted = (), False, '127.0.0.1/32'

    def up(self, nodes):
        pass

    def down(self):
        pass

    def heal(self):
        pass

    def address(self, name):
        return '127.0.0.1'

    def inside(self, name, command):
        return command


class Namespaces:
    """A namespace for each node; `names` are all that speak on the bridge, the client included."""

    can_cut, trusted = True, PREFIX + '0/24'

    def __init__(self):
        self.names, self.numbers, self.cuts, self.wires = [], {}, set(), {}

    def up(self, nodes):
        """nodes: name -> number, which makes address and hardware address."""
        self.numbers = dict(nodes, **{CLIENT: NUMBERS[CLIENT]})
        self.names = list(self.numbers)
        ip(['link add %s address %s type bridge' % (BRIDGE, self.hardware(CLIENT)), 'link set %s up' % BRIDGE,
            'addr add %s/24 dev %s' % (self.address(CLIENT), BRIDGE)])
        for name in nodes:
            number = self.numbers[name]
            ip(['netns add %s' % name,
                'link add v%d type veth peer name eth0 address %s netns %s' % (number, self.hardware(name), name),
                'link set v%d master %s up' % (number, BRIDGE)])
            ip(['link set lo up', 'addr add %s/24 dev eth0' % self.address(name), 'link set eth0 up'], name)
        for name in self.names:
            # Local delivery is decided behind the rules that drop.
            ip(['rule add pref 100 lookup local', 'rule del pref 0']
               + ['neigh replace %s lladdr %s dev %s nud permanent' % (self.address(n), self.hardware(n), self.device(name))
                  for n in self.names if n != name], self.namespace(name))

    def down(self):
        self.heal()
        for name in self.names:
            if name != CLIENT:  # the link first: a namespace goes only when its last process has
                ip(['link del v%d' % self.numbers[name], 'netns del %s' % name])
        if self.names:
            ip(['link del %s' % BRIDGE, 'rule add pref 0 lookup local', 'rule del pref 100'])
        self.names = []

    def address(self, name):
        return '%s%d' % (PREFIX, self.numbers.get(name) or NUMBERS[name])

    def hardware(self, name):
        return '02:00:00:00:00:%02x' % self.numbers[name]

    def device(self, name):
        return BRIDGE if name == CLIENT else 'eth0'

    def namespace(self, name):
        return None if name == CLIENT else name

    def inside(self, name, command):
        return ['nsenter', '--net=/run/netns/%s' % name] + command

    def rest(self, name, without=()):
        return [n for n in self.names if n != name and n not in without]

    # ---- faults -----------------------------------------------------------------------------------

    def drop(self, pairs, port=None):
        """Packets of each (from, to) vanish; with a port only those of TCP connections to or from it."""
        todo = {}
        for source, target in pairs:
            rule = 'iif %s from %s' % (self.device(target), self.address(source))
            for rule in [rule] if port is None else [rule + ' ipproto tcp %s %d' % (end, port) for end in ('sport', 'dport')]:
                if (target, rule) not in self.cuts:
                    self.cuts.add((target, rule))
                    todo.setdefault(target, []).append('rule add pref 10 %s blackhole' % rule)
        for target, lines in todo.items():
            ip(lines, self.namespace(target))

    def isolate(self, name, without=()):
        """Cuts the node from all others, except those in `without`, in both directions."""
        others = self.rest(name, without)
        self.drop([(name, other) for other in others] + [(other, name) for other in others])

    def delay(self, name, milliseconds, jitter):
        """What the node sends arrives late, in order. A process carries it, for few kernels have netem."""
        number = self.numbers[name]
        ip(['link add w%d type veth peer name x%d' % (number, number), 'link set x%d master %s up' % (number, BRIDGE),
            'link set w%d up' % number, 'link set v%d nomaster' % number])
        self.wires[name] = subprocess.Popen(
            [sys.executable, '-B', WIRE, 'v%d' % number, 'w%d' % number, str(milliseconds), str(jitter)],
            stdin=subprocess.DEVNULL)

    def heal(self):
        """Undoes all of it."""
        todo = {}
        for target, rule in self.cuts:
            todo.setdefault(target, []).append('rule del pref 10 %s blackhole' % rule)
        self.cuts.clear()
        for target, lines in todo.items():
            ip(lines, self.namespace(target))
        for name, process in self.wires.items():
            sandbox.kill([process.pid])
            process.wait()
            number = self.numbers[name]
            ip(['link del w%d' % number, 'link set v%d master %s' % (number, BRIDGE)])
        self.wires.clear()
