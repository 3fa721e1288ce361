"""Drives `toomai demo` through a pseudo-terminal as a person would, and prints what the screen said.

usage: terminal_demo.py SECONDS COMMAND...   Exit 0 when every step was seen on the screen.
Each step waits for a text to appear and for the cluster to heal, then presses a key; SECONDS bounds
each of these waits.
"""
import os, pty, re, select, signal, sys, time

# What the screen says, whether the cluster heals before the next blow, the key.
HEALS, DOES_NOT_HEAL = True, False
STEPS = [
    ("writing: ", HEALS, "k"),
    ("postmaster: [^:]*writes stopped for", HEALS, "s"),
    ("switchover from [^:]{1,20}: [^:]*writes stopped for", HEALS, "n"),
    ("everything on [^:]{1,20}: [^:]*writes stopped for", DOES_NOT_HEAL, "b"),
    ("is brought back", HEALS, "f"),
    ("frozen: [^:]*writes stopped for", DOES_NOT_HEAL, "b"),
    ("is brought back", HEALS, "q"),
]
# So many seconds in a row the screen shows a whole cluster: a stale state does not last that long.
HEALTHY = 4

limit = float(sys.argv[1])
pid, fd = pty.fork()
if pid == 0:
    os.environ["TERM"] = "xterm"
    os.execvp(sys.argv[2], sys.argv[2:])
import fcntl, struct, termios
fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 140, 0, 0))
seen = ""


def read(deadline):
    """Adds what comes; false at the end of the screen or of the time."""
    global seen
    left = deadline - time.monotonic()
    if left <= 0 or not select.select([fd], [], [], left)[0]:
        return False
    try:
        data = os.read(fd, 65536)
    except OSError:
        return False
    seen += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", data.decode("utf-8", "replace"))
    return bool(data)


def fail(why):
    print(seen[-6000:])
    print("FAILED: " + why)
    os.kill(pid, signal.SIGTERM)
    os.waitpid(pid, 0)
    sys.exit(1)


def last_frame():
    """The newest picture that is complete."""
    end = seen.rfind("[q]uit")
    return seen[seen.rfind("Toomai demo", 0, end):end]


def is_whole(frame):
    states = [line.split("|")[1:-1] for line in frame.splitlines() if line.startswith("| pg")]
    streaming = sum("streaming" in row[3] for row in states)
    roles = sorted(row[2].strip() for row in states)
    return streaming == 2 and roles == ["leader", "replica", "sync standby"]


def heal():
    deadline = time.monotonic() + limit
    since = None
    while since is None or time.monotonic() < since + HEALTHY:
        if not read(deadline):
            fail("the cluster did not heal")
        since = (since or time.monotonic()) if is_whole(last_frame()) else None


start = 0
for text, heals, key in STEPS:
    deadline = time.monotonic() + limit
    while not re.search(text, seen[start:], re.S):
        if not read(deadline):
            fail("waited for /%s/" % text)
    # What is on the screen by now stays there: the next step looks at what comes after.
    start = len(seen)
    if heals:
        heal()
    os.write(fd, key.encode())
end = time.monotonic() + limit
while read(end):
    pass
_, status = os.waitpid(pid, 0)
print(seen[-3000:])
print("STATUS %d" % os.waitstatus_to_exitcode(status))
sys.exit(os.waitstatus_to_exitcode(status))
