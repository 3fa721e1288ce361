"""A file system of its own for each node's data, in a file: it can be filled up and it can stall.

The mounts live in the sandbox's mount namespace and go with it, the loop devices with the mounts. A frozen
file system must be thawed first: who waits for it cannot even be killed. Called as a program with a folder it
waits for the end of its input and thaws what is mounted there.
"""

import errno
import os
import shutil
import subprocess
import sys
import threading

MEGABYTES = 1024


def refusal():
    """Why this machine has no such disks, '' if it has."""
    missing = [program for program in ('mkfs.ext4', 'fsfreeze', 'losetup') if shutil.which(program) is None]
    if missing:
        return '%s missing' % ', '.join(missing)
    tried = subprocess.run(['losetup', '--find'], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    return '' if tried.returncode == 0 else tried.stderr.strip() or 'no loop device'


class Disk:
    """ext4 on a loop device, mounted at `path`."""

    def __init__(self, path):
        self.path, self.image, self.frozen = path, path + '.img', False
        self.emptied, self.filler = threading.Event(), None

    def mount(self):
        os.makedirs(self.path, exist_ok=True)
        with open(self.image, 'wb') as file:
            file.truncate(MEGABYTES << 20)
        subprocess.run(['mkfs.ext4', '-q', '-m', '0', '-F', self.image], check=True, stdout=subprocess.DEVNULL)
        subprocess.run(['mount', '-o', 'loop', self.image, self.path], check=True)

    def unmount(self):
        self.thaw()
        subprocess.run(['umount', '--lazy', self.path], stderr=subprocess.DEVNULL)

    def fill(self):
        """Takes every block that is left, and those that come free later, until empty()."""
        self.emptied.clear()
        self.take()
        self.filler = threading.Thread(target=self.keep_taking, daemon=True)
        self.filler.start()

    def keep_taking(self):
        while not self.emptied.wait(0.1):
            self.take()

    def take(self):
        size = MEGABYTES << 20
        with open(self.ballast(), 'ab') as file:
            while size >= 4096:
                try:
                    os.posix_fallocate(file.fileno(), os.fstat(file.fileno()).st_size, size)
                except OSError as e:
                    if e.errno != errno.ENOSPC:
                        raise
                    size //= 2

    def empty(self):
        self.emptied.set()
        if self.filler is not None:
            self.filler.join()
            self.filler = None
        if os.path.exists(self.ballast()):
            os.unlink(self.ballast())

    def freeze(self):
        """Every write and fsync waits from now on, reads go on."""
        subprocess.run(['fsfreeze', '--freeze', self.path], check=True)
        self.frozen = True

    def thaw(self):
        if self.frozen:
            subprocess.run(['fsfreeze', '--unfreeze', self.path], check=True)
            self.frozen = False

    def ballast(self):
        return os.path.join(self.path, 'ballast')


def thaw_all(folder):
    """From outside of a sandbox: thaws what is mounted in the folder, seen by any process that sees it."""
    for pid in filter(str.isdigit, os.listdir('/proc')):
        try:
            with open('/proc/%s/mountinfo' % pid) as file:
                points = [line.split()[4] for line in file]
        except OSError:
            continue
        for point in points:
            if point.startswith(folder + '/'):
                subprocess.run(['fsfreeze', '--unfreeze', '/proc/%s/root%s' % (pid, point)], stderr=subprocess.DEVNULL)


def guard(folder):
    """Starts a process that thaws the folder's disks when this one ends, even by SIGKILL."""
    return subprocess.Popen([sys.executable, '-B', os.path.abspath(__file__), folder], stdin=subprocess.PIPE,
                            start_new_session=True)


if __name__ == '__main__':
    sys.stdin.read()
    thaw_all(sys.argv[1])
