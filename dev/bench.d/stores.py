"""Toomai on stores that are not Patroni's in these measurements: one server each, at an address of its own."""

import os
import shutil
import subprocess

import net
from clusters import Broken
from systems import Toomai

PARTS = '/var/cache/toomai-test'


def part(variable, usual):
    """What dev/test has fetched."""
    path = os.environ.get(variable) or os.path.join(PARTS, usual)
    if not os.path.exists(path):
        raise Broken('%s is missing: dev/test fetches it, or name another one in %s' % (path, variable))
    return path


class OnOneServer(Toomai):
    """`server` is the command, `store_section` what the members have in their files."""

    def other_nodes(self):
        return {net.STORE: net.NUMBERS[net.STORE]}

    def config(self, member):
        return self.common_config(member) + '''watchdog:
  mode: 'off'
toomai:
  data_dir: {folder}/toomai
'''.format(folder=member.folder) + self.store_section()

    def start_store(self):
        folder = self.own(os.path.join(self.folder, 'store'))
        command = self.as_user(self.server(self.net.address(net.STORE), folder))
        self.store = self.spawn(self.net.inside(net.STORE, command), os.path.join(self.folder, 'store.log'))

    def stop(self):
        super().stop()
        self.store.wait()


class ToomaiOnConsul(OnOneServer):
    """Three agents on one server of Consul."""

    system = 'Consul'

    def store_section(self):
        return 'consul:\n  host: %s:8500\n' % self.net.address(net.STORE)

    def server(self, host, folder):
        return [part('TOOMAI_CONSUL_BIN', 'consul/usr/bin/consul'), 'agent', '-server', '-node=c', '-bind=' + host,
                '-client=' + host, '-bootstrap-expect=1', '-data-dir=' + folder, '-dns-port=-1']


class ToomaiOnZooKeeper(OnOneServer):
    """Three agents on one server of ZooKeeper 3.8."""

    system, tls = 'ZooKeeper', False

    def store_section(self):
        secure = '  use_ssl: true\n  cacert: %s\n' % os.path.join(self.folder, 'store', 'ca.pem') if self.tls else ''
        return 'zookeeper:\n  hosts: [%s:2181]\n' % self.net.address(net.STORE) + secure

    def server(self, host, folder):
        lines = ['tickTime=2000', 'dataDir=' + folder, 'admin.enableServer=false', 'maxClientCnxns=0']
        if self.tls:
            self.make_certificates(host, folder)
            lines += ['secureClientPort=2181', 'secureClientPortAddress=' + host, 'ssl.clientAuth=none',
                      'serverCnxnFactory=org.apache.zookeeper.server.NettyServerCnxnFactory',
                      'ssl.keyStore.location=%s/server.pem' % folder, 'ssl.trustStore.location=%s/ca.pem' % folder]
        else:
            lines += ['clientPort=2181', 'clientPortAddress=' + host]
        file = os.path.join(folder, 'zoo.cfg')
        with open(file, 'w') as written:
            written.write('\n'.join(lines) + '\n')
        return [os.path.join(self.setup['java_home'], 'bin', 'java'), '-Xmx128m', '-cp',
                part('TOOMAI_ZOOKEEPER38_LIB', 'zookeeper38') + '/*',
                'org.apache.zookeeper.server.quorum.QuorumPeerMain', file]

    def make_certificates(self, host, folder):
        """A certificate that is its own authority, for that address."""
        key, ca = os.path.join(folder, 'key.pem'), os.path.join(folder, 'ca.pem')
        subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', ca, '-days', '2',
                        '-subj', '/CN=store', '-addext', 'subjectAltName=IP:' + host],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with open(os.path.join(folder, 'server.pem'), 'w') as whole:
            for each in (key, ca):
                with open(each) as file:
                    shutil.copyfileobj(file, whole)
        for name in os.listdir(folder):
            os.chown(os.path.join(folder, name), self.user.pw_uid, self.user.pw_gid)


class ToomaiOnZooKeeperTls(ToomaiOnZooKeeper):
    """The same, over TLS."""

    system, tls = 'ZooKeeper with TLS', True
