"""A cable between two interfaces that delivers late: wire.py FROM TO MILLISECONDS JITTER. Back it is fast.

Frames keep the kernel's notes on checksums and segments (PACKET_VNET_HDR), which a veth leaves undone.
"""

import heapq
import random
import select
import socket
import sys
import time

ALL, PACKET_VNET_HDR, LONGEST, WAITING = 0x0003, 15, 10 + 14 + 65536, 20000


def tap(interface):
    opened = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ALL))
    opened.setsockopt(263, PACKET_VNET_HDR, 1)  # 263 = SOL_PACKET
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
    opened.bind((interface, 0))
    opened.setblocking(False)
    return opened


def arrived(opened):
    """What came in, without what this process sent."""
    while True:
        try:
            frame, address = opened.recvfrom(LONGEST)
        except BlockingIOError:
            return
        if address[2] != socket.PACKET_OUTGOING:
            yield frame


def deliver(opened, frame):
    try:
        opened.send(frame)
    except OSError:
        pass  # a full queue loses frames, as cables do


def carry(near, far, milliseconds, jitter):
    waiting, serial, last = [], 0, 0.0
    while True:
        pause = max(0.0, waiting[0][0] - time.monotonic()) if waiting else None
        ready = select.select([near, far], [], [], pause)[0]
        if far in ready:
            for frame in arrived(far):
                deliver(near, frame)
        if near in ready:
            for frame in arrived(near):
                due = time.monotonic() + max(0.0, random.uniform(milliseconds - jitter, milliseconds + jitter)) / 1000
                last = max(last, due)
                if len(waiting) < WAITING:
                    heapq.heappush(waiting, (last, serial, frame))
                    serial += 1
        now = time.monotonic()
        while waiting and waiting[0][0] <= now:
            deliver(far, heapq.heappop(waiting)[2])


if __name__ == '__main__':
    carry(tap(sys.argv[1]), tap(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4]))
