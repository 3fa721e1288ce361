"""A watchdog made of a FUSE file, for kernels without softdog: real descriptors, real ioctls.

usage: fuse-watchdog.py MOUNT OPTIONS(hex) [nowayout] [fixed=SECONDS]

Mounts a file system with one file, `watchdog`, and prints what is done to it, one line each:
open, support, timeout N, keepalive, options N, write C, release (and whether the magic close
came before it). Ends when it is unmounted, or with its standard input.
"""

import ctypes
import os
import struct
import sys
import threading

LOOKUP, GETATTR, OPEN, WRITE, RELEASE, INIT, FLUSH, IOCTL = 1, 3, 14, 16, 18, 26, 25, 39
FORGET, INTERRUPT, DESTROY = 2, 36, 38
ENOENT, EBUSY, ENOTTY, ENOSYS = 2, 16, 25, 38
MNT_DETACH = 2
FILE = 2

mount = sys.argv[1]
options = int(sys.argv[2], 16)
nowayout = "nowayout" in sys.argv
fixed = next((int(a[6:]) for a in sys.argv if a.startswith("fixed=")), 0)
timeout = fixed or 60
magic = False
is_open = False
libc = ctypes.CDLL(None, use_errno=True)
fuse = os.open("/dev/fuse", os.O_RDWR)
how = f"fd={fuse},rootmode=40000,user_id=0,group_id=0,allow_other".encode()
if libc.mount(b"toomai-watchdog", mount.encode(), b"fuse", 0, how) != 0:
    sys.exit("mount: " + os.strerror(ctypes.get_errno()))


def say(text):
    print(text, flush=True)


def unmount_with_stdin():
    sys.stdin.read()
    libc.umount2(mount.encode(), MNT_DETACH)


threading.Thread(target=unmount_with_stdin, daemon=True).start()
say("ready")


def attributes(node):
    mode = 0o40755 if node == 1 else 0o100600
    return struct.pack("<QQQQQQIIIIIIIIII", node, 0, 0, 0, 0, 0, 0, 0, 0, mode, 1, 0, 0, 0, 4096, 0)


def control(body):
    """Answers (errno, reply): the restricted form, whose buffers the kernel copies."""
    global timeout
    _, _, command, _, in_size, out_size = struct.unpack_from("<QIIQII", body)
    data = body[32 : 32 + in_size]
    kind, number = command >> 8 & 0xFF, command & 0xFF
    if kind != ord("W"):
        return ENOTTY, b""
    reply = b""
    if number == 0:
        say("support")
        reply = struct.pack("<II32s", options, 7, b"FUSE watchdog")
    elif number == 4:
        say("options")
        if nowayout:
            return EBUSY, b""
        reply = struct.pack("<I", 0)
    elif number == 5:
        say("keepalive")
        reply = struct.pack("<I", 0)
    elif number == 6:
        timeout = fixed or struct.unpack("<i", data)[0]
        say(f"timeout {timeout}")
        reply = struct.pack("<i", timeout)
    elif number == 7:
        reply = struct.pack("<i", timeout)
    else:
        return ENOTTY, b""
    return 0, struct.pack("<iIII", 0, 0, 0, 0) + reply[:out_size].ljust(out_size, b"\0")


def handle(opcode, node, body):
    global magic, is_open
    if opcode == INIT:
        major, minor, ahead, _ = struct.unpack_from("<IIII", body)
        return 0, struct.pack("<IIIIHHIIHHIIIIII", 7, 31, ahead, 0, 8, 6, 4096, 1, 0, 0, 0, 0, 0, 0, 0, 0)
    if opcode == LOOKUP:
        if body != b"watchdog\0":
            return ENOENT, b""
        return 0, struct.pack("<QQQQII", FILE, 0, 0, 0, 0, 0) + attributes(FILE)
    if opcode == GETATTR:
        return 0, struct.pack("<QII", 0, 0, 0) + attributes(node)
    if opcode == OPEN:
        if is_open:
            return EBUSY, b""
        is_open = True
        say("open")
        return 0, struct.pack("<QII", 1, 1, 0)
    if opcode == WRITE:
        size = struct.unpack_from("<QQI", body)[2]
        data = body[40 : 40 + size]
        magic = data == b"V"
        say("write " + data.decode())
        return 0, struct.pack("<II", size, 0)
    if opcode == RELEASE:
        is_open = False
        say("release stopped" if magic else "release counting")
        return 0, b""
    if opcode == FLUSH:
        return 0, b""
    if opcode == IOCTL:
        return control(body)
    return ENOSYS, b""


while True:
    try:
        request = os.read(fuse, 1 << 17)
    except OSError:
        break
    length, opcode, unique, node = struct.unpack_from("<IIQQ", request)
    if opcode in (FORGET, INTERRUPT, DESTROY):
        continue
    errno, reply = handle(opcode, node, request[40:length])
    os.write(fuse, struct.pack("<IiQ", 16 + len(reply), -errno, unique) + reply)
