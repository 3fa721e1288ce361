"""The systems that are measured: what a node of each runs and how it is configured."""

import json
import os
import shlex
import subprocess
import time

import net
import sandbox
from clusters import NODES, PASSWORD, Broken, Cluster, Member
PROXY_PORT = 7600


class Toomai(Cluster):
    """Three agents, each with a voter of the embedded store inside."""

    system, prefix = 'Toomai', 'pg'

    def config(self, member):
        number = member.name[len(self.prefix):]
        voters = ''.join('    - "%d@%s:%d:%d:%d"\n' % ((n, m.address) + self.store_ports(n))
                         for n, m in zip(NODES, self.members))
        return self.common_config(member) + '''watchdog:
  mode: 'off'
toomai:
  data_dir: {folder}/toomai
  store:
    id: {number}
    password: {password}
    voters:
{voters}'''.format(folder=member.folder, number=number, password=PASSWORD, voters=voters)

    @staticmethod
    def store_ports(number):
        """Between voters, for elections, for clients on the node's own loopback."""
        return 7100 + number, 7200 + number, 7300 + number

    def store_leader(self):
        """The member whose voter leads the store: only a leader listens for the other voters."""
        for number, member in zip(NODES, self.members):
            if self.store_ports(number)[0] in sandbox.listening(member.agent_pid):
                return member
        raise Broken('no voter leads the store')

    def cut_store(self):
        """No voter hears another one any more; everything else goes on."""
        fault = time.monotonic()
        pairs = [(a.name, b.name) for a in self.members for b in self.members if a is not b]
        for number in NODES:
            for port in self.store_ports(number)[:2]:
                self.net.drop(pairs, port)
        return fault

    def agent_command(self, member):
        return [self.setup['agent_launcher'], 'agent', member.config]

    def memory(self):
        return {m.name: {'agent': sandbox.resident_mb(m.agent_pid)} for m in self.members}

    def list_command(self):
        first = self.members[0]
        return self.net.inside(first.name, [self.setup['launcher'], 'list', '-c', first.config])


class ToomaiWithProxies(Toomai):
    """Each agent with the section toomai: proxy:."""

    def config(self, member):
        return super().config(member).replace('toomai:\n', '''toomai:
  proxy:
    listen: %s:%d
    pgbouncer: {pool_mode: transaction, default_pool_size: 20}
''' % (member.address, PROXY_PORT), 1)

    def proxy_target(self):
        """A proxy of a node that does not lead."""
        leader, _ = self.leader_and_candidate()
        return '%s:%d' % (next(member for member in self.members if member is not leader).address, PROXY_PORT)


class ToomaiDemo(Toomai):
    """The same, started by `toomai demo --detach`; timing and settings are the demo's."""

    system = 'Toomai (demo)'

    def start(self):
        os.makedirs(self.folder, exist_ok=True)
        os.chmod(self.folder, 0o755)
        command = [self.setup['launcher'], 'demo', '--detach', '--format', 'json', '--dir', os.path.join(self.folder, 'demo'),
                   '--pg-bin', self.setup['bin_dir']]
        if not self.setup['synchronous']:
            command.append('--async')
        answer = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                timeout=self.setup['start_seconds'], start_new_session=True)
        if answer.returncode != 0:
            raise Broken('%s: %s' % (shlex.join(command), answer.stderr.decode(errors='replace')[-500:]))
        demo = json.loads(answer.stdout)
        self.password = demo['superuser']['password']
        for told in demo['members']:
            folder = os.path.dirname(told['config'])
            member = Member(told['name'], folder, '127.0.0.1', told['port'], told['restapi'])
            member.config, member.agent_pid = told['config'], told['agent_pid']
            self.members.append(member)
        self.wait_healthy(60)


class OnEtcd(Cluster):
    """Three etcd at an address of their own that no fault touches."""

    def other_nodes(self):
        return {net.STORE: net.NUMBERS[net.STORE]}

    def store_addresses(self):
        return ['%s:%d' % (self.net.address(net.STORE), 23790 + n) for n in NODES]

    def store_section(self):
        return 'etcd3:\n  hosts:\n' + ''.join('  - %s\n' % address for address in self.store_addresses())

    def start_store(self):
        host = self.net.address(net.STORE)
        peers = ','.join('e%d=http://%s:%d' % (n, host, 24790 + n) for n in NODES)
        self.etcd = []
        for n in NODES:
            data = self.own(os.path.join(self.folder, 'e%d' % n))
            os.chmod(data, 0o700)
            client, peer = 'http://%s:%d' % (host, 23790 + n), 'http://%s:%d' % (host, 24790 + n)
            self.etcd.append(self.spawn(self.net.inside(net.STORE, self.as_user(
                ['etcd', '--name', 'e%d' % n, '--data-dir', data, '--listen-client-urls', client,
                 '--advertise-client-urls', client, '--listen-peer-urls', peer,
                 '--initial-advertise-peer-urls', peer, '--initial-cluster', peers,
                 '--initial-cluster-state', 'new'])), os.path.join(self.folder, 'e%d.log' % n)))

    def stop(self):
        super().stop()
        for process in self.etcd:
            process.wait()


class ToomaiOnEtcd(OnEtcd, Toomai):
    """Three agents on an etcd."""

    system = 'Toomai on etcd'

    def config(self, member):
        return self.common_config(member) + '''watchdog:
  mode: 'off'
toomai:
  data_dir: {folder}/toomai
'''.format(folder=member.folder) + self.store_section()


class Patroni(OnEtcd):
    """Debian's Patroni."""

    system, prefix = 'Patroni', 'n'

    def config(self, member):
        return self.common_config(member) + 'namespace: /bench/\n' + self.store_section()

    def agent_command(self, member):
        return self.as_user(['patroni', member.config])

    def memory(self):
        etcd = [sandbox.resident_mb(process.pid) for process in self.etcd]
        return {m.name: {'agent': sandbox.resident_mb(m.agent_pid), 'store': etcd[i]} for i, m in enumerate(self.members)}

    def list_command(self):
        first = self.members[0]
        return self.net.inside(first.name, ['patronictl', '-c', first.config, 'list'])
