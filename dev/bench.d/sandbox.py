"""A place of its own for one measurement: PID, IPC, mount and network namespaces.

Three reasons. Orphans are reaped at once: where init does that late, a postmaster that has ended stays a
zombie for a second or two, everybody who waits for its pid waits too, and outages look longer than they
are. Ports and shared memory collide with nobody. And when the first process ends, the kernel ends all
the others, so that nothing is left behind whatever happens.
"""

import fcntl
import os
import signal
import socket
import struct
import subprocess

MOUNT = ['mount', '-t', 'tmpfs', '-o', 'mode=1777', 'tmpfs', '/dev/shm']


def start(command):
    """Starts command as the first process of new namespaces; it dies with this process."""
    return subprocess.Popen(
        ['setpriv', '--pdeathsig', 'KILL', 'unshare', '--pid', '--fork', '--kill-child', '--mount-proc',
         '--ipc', '--net'] + command)


def become_first():
    """Forks: the parent stays the first process and reaps whatever ends, the child returns."""
    if os.getpid() != 1:
        raise SystemExit('dev/bench: not the first process of a PID namespace')
    subprocess.run(MOUNT, check=True)
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
