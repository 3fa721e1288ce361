"""A place of its own for one measurement: PID, IPC, mount and network namespaces.

Three reasons. Orphans are reaped at once: where init does that late, a postmaster that has ended stays a
zombie for a second or two, everybody who waits for its pid waits too, and outages look longer than they
are. Ports and shared memory collide with nobody. And when the first process ends, the kernel ends all
the others, so that nothing is left behind whatever happens.
"""

import fcntl
import os
import shutil
import signal
import socket
import struct
import subprocess

MOUNTS = (['mount', '-t', 'tmpfs', '-o', 'mode=1777', 'tmpfs', '/dev/shm'],
          ['mount', '-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', '/run'])  # names of network namespaces, for here alone
UNSHARE = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc', '--ipc', '--net']
TRIAL = """mount -t tmpfs tmpfs /run && ip netns add trial && ip link add br0 type bridge &&
ip link add v0 type veth peer name eth0 netns trial && ip link set v0 master br0 up &&
ip -n trial rule add pref 100 lookup local && ip -n trial rule add pref 10 iif eth0 from 192.0.2.1 blackhole"""


def refusal():
    """Why this machine does not give us namespaces and a network in them, '' if it does."""
    if os.getuid() != 0:
        return 'not root'
    for program in ('unshare', 'setpriv', 'nsenter', 'mount', 'ip'):
        if shutil.which(program) is None:
            return '%s is missing: install util-linux, mount and iproute2' % program
    tried = subprocess.run(UNSHARE + ['sh', '-c', TRIAL], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                           stderr=subprocess.PIPE)
    text = tried.stderr.decode(errors='replace').strip()
    return '' if tried.returncode == 0 else text.split('\n')[0] or 'unshare ended with %d' % tried.returncode


def start(command):
    """Starts command as the first process of new namespaces; it dies with this process."""
    return subprocess.Popen(['setpriv', '--pdeathsig', 'KILL'] + UNSHARE + command)


def become_first():
    """Forks: the parent stays the first process and reaps whatever ends, the child returns."""
    if os.getpid() != 1:
        raise SystemExit('not the first process of a PID namespace')
    for mount in MOUNTS:
        subprocess.run(mount, check=True)
    loopback_up()
    child = os.fork()
    if child == 0:
        # Without the parent there would be nobody to reap; the kernel ends the namespace anyway.
        return
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    while True:
        pid, status = os.wait()
        if pid == child:
            os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


def loopback_up():
    up, get_flags, set_flags = 0x1, 0x8913, 0x8914
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack('16sh22x', b'lo', 0)
        flags = struct.unpack('16sh22x', fcntl.ioctl(any_socket, get_flags, request))[1]
        fcntl.ioctl(any_socket, set_flags, struct.pack('16sh22x', b'lo', flags | up))


def processes():
    """pid -> parent's pid of every process here, zombies left out."""
    found = {}
    for name in os.listdir('/proc'):
        if not name.isdigit():
            continue
        try:
            with open('/proc/%s/stat' % name) as file:
                state, parent = file.read().rpartition(')')[2].split()[:2]
        except OSError:
            continue
        if state not in 'ZX':
            found[int(name)] = int(parent)
    return found


def family(roots):
    """The roots that live and all that descends from them, parents first."""
    parents, queue, found = processes(), list(roots), []
    while queue:
        pid = queue.pop(0)
        if pid in parents and pid not in found:
            found.append(pid)
            queue += [child for child, parent in parents.items() if parent == pid]
    return found


def listening(pid):
    """The TCP ports that are listened on in the network of a process."""
    found, listen = set(), '0A'
    for table in ('tcp', 'tcp6'):
        try:
            with open('/proc/%d/net/%s' % (pid, table)) as file:
                rows = [line.split() for line in file.readlines()[1:]]
        except OSError:
            continue
        found |= {int(row[1].rpartition(':')[2], 16) for row in rows if row[3] == listen}
    return found


def kill(pids, number=signal.SIGKILL):
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


def kill_all_others():
    """Ends everything in the namespace except the first process and this one."""
    if os.getppid() != 1:
        raise RuntimeError('only for the child of the first process of a namespace')
    kill(pid for pid in processes() if pid not in (1, os.getpid()))


def resident_mb(pid):
    """Resident memory in MB of 10^6 bytes; 0 if there is no such process."""
    try:
        with open('/proc/%d/status' % pid) as file:
            for line in file:
                if line.startswith('VmRSS:'):
                    return int(line.split()[1]) * 1024 / 1e6
    except OSError:
        pass
    return 0.0
