"""Drives `toomai demo` through a pseudo-terminal as a person would, and prints what the screen said.

usage: terminal_demo.py SECONDS COMMAND...   Exit 0 when every step was seen on the screen.
Each step waits for a text to appear, then presses a key; SECONDS bounds each wait.
"""
import os, pty, re, select, signal, sys, time

STEPS = [
    ("writing: ", "k"),
    ("postmaster: [^:]*writes stopped for", "s"),
    ("switchover from [^:]{1,20}: [^:]*writes stopped for", "q"),
]

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


start = 0
for text, key in STEPS:
    deadline = time.monotonic() + limit
    while not re.search(text, seen[start:], re.S):
        if not read(deadline):
            fail("waited for /%s/" % text)
    # The cluster heals between two blows: the sync standby is back before the next.
    quiet = time.monotonic() + (12 if key != "q" else 0)
    start = len(seen)
    while read(quiet):
        pass
    os.write(fd, key.encode())
end = time.monotonic() + limit
while read(end):
    pass
_, status = os.waitpid(pid, 0)
print(seen[-3000:])
print("STATUS %d" % os.waitstatus_to_exitcode(status))
sys.exit(os.waitstatus_to_exitcode(status))
