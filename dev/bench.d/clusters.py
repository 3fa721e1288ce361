"""A cluster of three nodes in a sandbox, whichever system runs it.

A cluster is started fresh, asked about its state, hurt, mended, and stopped. Ports are fixed: the sandbox
has a network of its own. Everything runs as one ordinary user, for PostgreSQL refuses to run as root.
"""

import base64
import json
import os
import pwd
import signal
import subprocess
import time
import urllib.error
import urllib.request

import psycopg2

import disks
import net
import sandbox

SUPERUSER, PASSWORD = 'postgres', 'bench'
NODES = (1, 2, 3)


class Broken(Exception):
    """The system did not do what the measurement needs."""


class Member:
    """One node: where it listens, where its files are, how its agent is started."""

    def __init__(self, name, folder, address, port, restapi):
        self.name, self.folder, self.address, self.port, self.restapi = name, folder, address, port, restapi
        self.config = os.path.join(folder, name + '.yml')
        self.data = os.path.join(folder, 'data')
        self.agent_pid = 0
        self.process = None
        self.disk = None

    def postmaster(self):
        """The postmaster's pid, 0 if there is none."""
        try:
            with open(os.path.join(self.data, 'postmaster.pid')) as file:
                pid = int(file.readline())
        except (OSError, ValueError):
            return 0
        return pid if pid in sandbox.processes() else 0


class Cluster:
    """What both systems share; `system` names it, `launch` and `write_config` differ."""

    def __init__(self, setup, folder):
        self.setup, self.folder = setup, folder
        self.user = pwd.getpwnam(setup['user'])
        self.members, self.stopped = [], []
        self.net = net.Namespaces() if setup['namespaces'] else net.Loopback()

    # ---- processes --------------------------------------------------------------------------------

    def own(self, path):
        os.makedirs(path, exist_ok=True)
        os.chown(path, self.user.pw_uid, self.user.pw_gid)
        return path

    def as_user(self, command):
        return ['setpriv', '--reuid', self.setup['user'], '--regid', str(self.user.pw_gid), '--init-groups'] + command

    def spawn(self, command, log):
        environment = {'PATH': os.environ.get('PATH', '/usr/bin:/bin'), 'HOME': self.user.pw_dir, 'LANG': 'C.UTF-8'}
        for name in ('JAVA_HOME', 'TOOMAI_JAVA_HOME', 'TOOMAI_JAVA_OPTS'):
            if name in os.environ:
                environment[name] = os.environ[name]
        with open(log, 'ab') as output:
            return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment,
                                    cwd='/', start_new_session=True)

    def start_agent(self, member):
        command = self.net.inside(member.name, self.agent_command(member))
        member.process = self.spawn(command, os.path.join(self.folder, member.name + '.log'))
        member.agent_pid = member.process.pid

    def start(self):
        self.own(self.folder)
        names = {self.prefix + str(number): number for number in NODES}
        self.net.up(dict(names, **self.other_nodes()))
        for name, number in names.items():
            address = self.net.address(name)
            member = Member(name, self.own(os.path.join(self.folder, name)), address, 7500 + number,
                            '%s:%d' % (address, 7400 + number))
            self.members.append(member)
            if self.setup.get('disks'):
                self.give_disk(member)
        for member in self.members:
            with open(member.config, 'w') as file:
                file.write(self.config(member))
            os.chown(member.config, self.user.pw_uid, self.user.pw_gid)
            os.chmod(member.config, 0o600)
        self.start_store()
        for member in self.members:
            self.start_agent(member)
        self.wait_healthy(self.setup['start_seconds'])

    def give_disk(self, member):
        member.disk = disks.Disk(os.path.join(member.folder, 'disk'))
        member.disk.mount()
        self.own(member.disk.path)
        member.data = os.path.join(member.disk.path, 'data')

    def other_nodes(self):
        """Names and numbers of what has an address besides the members."""
        return {}

    def start_store(self):
        """Where the store runs beside the agents."""

    def stop(self):
        """Asks the agents, then ends whatever is left in the sandbox."""
        self.relieve()
        for member in self.members:
            if member.agent_pid in sandbox.processes():
                sandbox.kill([member.agent_pid], 15)
        end = time.monotonic() + 20
        while time.monotonic() < end and any(m.agent_pid in sandbox.processes() for m in self.members):
            for member in self.members:
                if member.process is not None:
                    member.process.poll()
            time.sleep(0.1)
        sandbox.kill_all_others()
        for member in self.members:
            if member.process is not None:
                member.process.wait()
        for member in self.members:
            if member.disk is not None:
                member.disk.unmount()
        self.net.down()

    # ---- hurting and mending ----------------------------------------------------------------------

    def postmaster_of(self, member):
        postmaster = member.postmaster()
        if not postmaster:
            raise Broken('%s: no postmaster runs' % member.name)
        return postmaster

    def kill_postmaster(self, member):
        postmaster = self.postmaster_of(member)
        fault = time.monotonic()
        sandbox.kill([postmaster])
        return fault

    def kill_agent(self, member):
        """The agent alone; its PostgreSQL stays, if it can without."""
        if member.agent_pid not in sandbox.processes():
            raise Broken('%s: its agent does not run' % member.name)
        fault = time.monotonic()
        sandbox.kill([member.agent_pid])
        if member.process is not None:
            member.process.wait()
        return fault

    def crash(self, member):
        """Kills the agent, then all of its PostgreSQL, at once. The host lives and answers with resets."""
        victims = self.both(member)
        fault = time.monotonic()
        sandbox.kill(victims)
        if member.process is not None:
            member.process.wait()
        return fault

    def hang(self, member):
        """Stops the agent and all of its PostgreSQL. The host still accepts connections; nobody answers."""
        victims = self.both(member)
        fault = time.monotonic()
        while victims:  # what was forked meanwhile is stopped in the next round
            self.stopped += victims
            sandbox.kill(victims, signal.SIGSTOP)
            victims = [pid for pid in sandbox.family(self.stopped) if pid not in self.stopped]
        return fault

    def restart(self, member):
        """Ends the agent as its operator would, PostgreSQL with it, and starts it again."""
        sandbox.kill([member.agent_pid], signal.SIGTERM)
        try:
            member.process.wait(self.setup['heal_seconds'])
        except subprocess.TimeoutExpired:
            raise Broken('%s: the agent does not end after SIGTERM' % member.name) from None
        self.start_agent(member)

    def both(self, member):
        roots = [member.agent_pid, self.postmaster_of(member)]
        found = sandbox.family(roots)
        if found[:2] != roots:
            raise Broken('%s: its agent does not run' % member.name)
        return found

    def relieve(self):
        """Ends every fault that lasts: the network, stopped processes, disks."""
        self.net.heal()
        for member in self.members:
            if member.disk is not None:
                member.disk.thaw()
                member.disk.empty()
        sandbox.kill(self.stopped, signal.SIGCONT)
        self.stopped = []

    def mend(self):
        """The same, and starts the agents that do not run; their names."""
        self.relieve()
        running = sandbox.processes()
        ended = [m for m in self.members if m.agent_pid not in running]
        for member in ended:
            if member.process is not None:
                member.process.wait()
            self.start_agent(member)
        return [member.name for member in ended]

    def log_tails(self, lines=8):
        for name in sorted(os.listdir(self.folder)):
            if name.endswith('.log'):
                with open(os.path.join(self.folder, name), errors='replace') as file:
                    for line in file.readlines()[-lines:]:
                        yield '%s: %s' % (name, line.rstrip()[:300])

    # ---- what the members say ---------------------------------------------------------------------

    def target(self):
        return ','.join('%s:%d' % (member.address, member.port) for member in self.members)

    def rest(self, member, path, body=None, timeout=5.0):
        """(status, text) of a request; (0, reason) when there is no answer."""
        request = urllib.request.Request('http://%s%s' % (member.restapi, path), method='GET' if body is None else 'POST')
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header('Content-Type', 'application/json')
            login = base64.b64encode(('%s:%s' % (SUPERUSER, PASSWORD)).encode()).decode()
            request.add_header('Authorization', 'Basic ' + login)
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as e:
            return e.code, e.read().decode(errors='replace')
        except OSError as e:
            return 0, str(e)

    def query(self, member, sql):
        connection = psycopg2.connect(host=member.address, port=member.port, user=SUPERUSER, password=self.password,
                                      dbname='postgres', connect_timeout=2, sslmode='disable', gssencmode='disable')
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("set statement_timeout = '2s'")
                cursor.execute(sql)
                return cursor.fetchall()
        finally:
            connection.close()

    def unhealthy(self):
        """What a whole cluster lacks, '' if nothing. Asks PostgreSQL itself first, then one agent."""
        primaries = []
        for member in self.members:
            try:
                if not self.query(member, 'select pg_is_in_recovery()')[0][0]:
                    primaries.append(member)
            except psycopg2.Error as e:
                return '%s: %s' % (member.name, str(e).strip().split('\n')[0])
        if len(primaries) != 1:
            return '%d primaries' % len(primaries)
        rows = self.query(primaries[0], 'select state, sync_state from pg_stat_replication')
        streaming = [sync for state, sync in rows if state == 'streaming']
        if len(streaming) != len(NODES) - 1:
            return '%d standbys are streaming' % len(streaming)
        if self.setup['synchronous'] and not set(streaming) & {'sync', 'quorum'}:
            return 'no synchronous standby'
        status, text = self.rest(primaries[0], '/cluster')
        if status != 200:
            return 'GET /cluster of %s: %s %s' % (primaries[0].name, status, text[:100])
        states = {m['name']: m for m in json.loads(text)['members']}
        for member in self.members:
            seen = states.get(member.name, {})
            wanted = 'leader' if member is primaries[0] else 'standby'
            if seen.get('state') not in ('running', 'streaming') or (seen.get('role') == 'leader') != (wanted == 'leader'):
                return '/cluster shows %s as %s, %s' % (member.name, seen.get('role'), seen.get('state'))
        standbys = [m['role'] for m in states.values() if m['role'] != 'leader']
        if self.setup['synchronous'] and not {'sync_standby', 'quorum_standby'} & set(standbys):
            return '/cluster shows no synchronous standby'
        return ''

    def wait_healthy(self, seconds):
        """Waits until the cluster is whole; the time it was seen so, on the monotonic clock."""
        end, lack = time.monotonic() + seconds, ''
        while time.monotonic() < end:
            try:
                lack = self.unhealthy()
            except (psycopg2.Error, ValueError, KeyError) as e:
                lack = str(e).strip()
            if not lack:
                return time.monotonic()
            for member in self.members:
                if member.process is not None and member.process.poll() is not None:
                    raise Broken('the agent of %s ended with %d' % (member.name, member.process.returncode))
            time.sleep(0.1)
        raise Broken('not whole after %d s: %s' % (seconds, lack))

    def leader_and_candidate(self):
        """The leader, and the standby that a switchover should go to."""
        reachable = self.members[0]
        status, text = self.rest(reachable, '/cluster')
        if status != 200:
            raise Broken('GET /cluster of %s: %s %s' % (reachable.name, status, text[:200]))
        by_name = {member.name: member for member in self.members}
        rank = {'leader': 0, 'sync_standby': 1, 'quorum_standby': 1, 'replica': 2}
        listed = sorted(json.loads(text)['members'], key=lambda m: (rank.get(m['role'], 3), m['name']))
        return by_name[listed[0]['name']], by_name[listed[1]['name']]

    def switch_over(self, leader, candidate):
        status, text = self.rest(leader, '/switchover', {'leader': leader.name, 'candidate': candidate.name}, 60)
        return '' if status == 200 else '%s %s' % (status, text.strip()[:200])

    # ---- the parts of a configuration that are alike ----------------------------------------------

    password = PASSWORD

    def common_config(self, member):
        return '''scope: bench
name: {name}
restapi:
  listen: {restapi}
  connect_address: {restapi}
  authentication: {{username: {superuser}, password: {password}}}
bootstrap:
  dcs:
    ttl: {ttl}
    loop_wait: {loop_wait}
    retry_timeout: {retry_timeout}
    maximum_lag_on_failover: 1048576
    synchronous_mode: {synchronous}
    failsafe_mode: {failsafe}
    postgresql:
      use_pg_rewind: true
      use_slots: true
      parameters:
        max_connections: 100
        max_replication_slots: 10
        max_wal_senders: 10
        shared_buffers: 64MB
        wal_keep_size: 256MB
        wal_level: replica
        hot_standby: 'on'
        wal_log_hints: 'on'
  initdb:
  - encoding: UTF8
  - data-checksums
  - locale: C
postgresql:
  listen: {address}:{port}
  connect_address: {address}:{port}
  data_dir: {data}
  bin_dir: {bin_dir}
  pgpass: {folder}/pgpass
  authentication:
    superuser: {{username: {superuser}, password: {password}}}
    replication: {{username: replicator, password: {password}}}
    rewind: {{username: rewinder, password: {password}}}
  parameters:
    unix_socket_directories: {folder}
  pg_hba:
  - local all all trust
  - host all all {trusted} trust
  - host replication all {trusted} trust
'''.format(name=member.name, restapi=member.restapi, address=member.address, port=member.port, trusted=self.net.trusted,
           data=member.data, folder=member.folder, superuser=SUPERUSER, password=PASSWORD, bin_dir=self.setup['bin_dir'],
           synchronous=str(self.setup['synchronous']).lower(),
           failsafe=str(self.setup.get('failsafe', False)).lower(), **self.setup['timing'])
