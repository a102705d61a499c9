"""What the measuring scripts share."""

import os
import re
import signal
import statistics
import subprocess
import sys
import time

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


def median(values):
    return statistics.median(values) if values else float("nan")


class Program:
    """A program that says `listening on URL` when it is ready."""

    def __init__(self, command, environment=None, log=None):
        self.log_path = log or os.devnull
        self.log = open(self.log_path, "ab")
        self.begin = time.monotonic()
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log,
                                        env={**os.environ, **(environment or {})}, start_new_session=True)
        self.url = None
        for line in self.process.stdout:
            text = line.decode()
            match = re.match(r"listening on (\S+)", text)
            if match:
                self.url = match.group(1)
                break
        if self.url is None:
            sys.exit(f"{command[0]} did not start; see {self.log_path}")
        self.port = int(self.url.rsplit(":", 1)[1].rstrip("/"))

    def cpu_seconds(self):
        with open(f"/proc/{self.process.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def resident_mib(self):
        with open(f"/proc/{self.process.pid}/statm") as file:
            return int(file.read().split()[1]) * PAGE / 1048576

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process.stdout.close()
        self.log.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def spread(values):
    """How far apart the rounds were: what a difference has to exceed to mean something."""
    return f"{min(values):,.0f}–{max(values):,.0f}"
