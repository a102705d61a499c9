"""Measures the lines of the promise on speed side by side, and writes the table.

Called by scripts/bench.sh, which builds, makes a folder and a PostgreSQL, and cleans up.

Every comparison alternates its two sides and compares medians, because other work on the machine changes
from minute to minute. What is started here is ended here, by its process id.
"""

import argparse
import glob
import http.client
import json
import os
import re
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

import asynchronous
import billing
import reconciliation
from measure import Program, median, spread


class Bench:
    def __init__(self, options):
        self.o = options
        self.bin = os.path.abspath(options.build)
        self.folder = options.folder
        self.rounds = 3 if options.quick else 5
        self.seconds = 3 if options.quick else 8
        self.warmup = 1 if options.quick else 2
        self.number = 0
        self.rows = []
        self.notes = []
        self.provider = None

    # The pieces.

    def program(self, name):
        return os.path.join(self.bin, name)

    def fresh(self, name):
        self.number += 1
        path = os.path.join(self.folder, f"{name}-{self.number}")
        os.makedirs(path)
        return path

    def start_provider(self, delay_us=0):
        return Program([self.program("bench_provider"), "--delay-us", str(delay_us)])

    def config(self, tls=False, extra=""):
        path = os.path.join(self.folder, f"bench{'-tls' if tls else ''}{'-more' if extra else ''}.toml")
        with open(path, "w") as file:
            # What is measured is the server, not its rate limit.
            file.write("[limits]\nmerchant_requests_per_second = 10000000\n" + extra)
            if tls:
                file.write(f'[tls]\ncertificate = "{self.folder}/cert.pem"\nkey = "{self.folder}/key.pem"\n')
        return path

    def florin(self, data, provider, database=None, environment=None, tls=False, roles=None, extra=""):
        command = [self.program("florin"), "serve", "--data", data, "--listen", "127.0.0.1:0", "--sandbox", provider.url,
                   "--config", self.config(tls, extra), "--log-level", "warning"]
        if database:
            command += ["--database", database]
        if roles:
            command += ["--roles", roles]
        return Program(command, environment, log=os.path.join(self.folder, "florin.log"))

    def key(self, data):
        return os.path.join(data, "sandbox-api-key")

    def load(self, server, **flags):
        command = [self.program("bench_load"), "--url", server.url]
        flags = {"seconds": self.seconds, "warmup": self.warmup, **flags}
        for name, value in flags.items():
            command += [f"--{name.replace('_', '-')}", str(value)]
        result = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
        if result["errors"]:
            self.notes.append(f"{result['errors']} unexpected answers: {result['statuses']} ({' '.join(command[3:])})")
        return result

    def database(self, name):
        """A new, empty database of the throw-away cluster."""
        self.number += 1
        name = f"{name}_{self.number}"
        subprocess.run(["psql", "-q", self.o.postgres, "-c", f"CREATE DATABASE {name}", "-c", "CHECKPOINT"], check=True)
        return self.o.postgres.rsplit("/", 1)[0] + "/" + name

    def drop(self, url):
        name = url.rsplit("/", 1)[1]
        subprocess.run(["psql", "-q", self.o.postgres, "-c", f"DROP DATABASE {name} WITH (FORCE)"], check=True)

    def wants(self, line):
        return not self.o.only or line in self.o.only.split(",")

    def row(self, line, figure, aim, command=""):
        print(f"  {line}: {figure} (aim {aim})", flush=True)
        self.rows.append((line, figure, aim, command))

    # One run each: purchases a second and what they cost.

    def purchases(self, engine, clients=32, keys=None, slow_us=0, urls=None):
        data = self.fresh("data")
        environment = {}
        if slow_us:
            environment = {"LD_PRELOAD": self.program("libslow_fsync.so"), "FLORIN_FSYNC_DELAY_US": str(slow_us)}
        database = self.database("bench") if engine == "postgres" else None
        many = os.path.join(data, "keys")
        if keys:
            with self.florin(data, self.provider, database):
                pass
            self.seed_merchants(data, database, keys, many)
        with self.florin(data, self.provider, database, environment if not database else None) as server:
            cpu_before, provider_before = server.cpu_seconds(), self.provider.cpu_seconds()
            result = self.load(server, keys=many if keys else self.key(data), clients=clients)
            total = max(1, result["requests"])
            result["cpu_us"] = (server.cpu_seconds() - cpu_before) / total * 1e6
            result["provider_cpu_us"] = (self.provider.cpu_seconds() - provider_before) / total * 1e6
            result["resident"] = server.resident_mib()
        if database:
            self.drop(database)
        shutil.rmtree(data)
        return result

    def seed_merchants(self, data, database, count, path):
        seed = [sys.executable, os.path.join(self.o.source, "bench/seed_merchants.py")]
        sql = subprocess.run(seed + ["postgres" if database else "sqlite", str(count), path], check=True, stdout=subprocess.PIPE).stdout
        if database:
            subprocess.run(["psql", "-q", database], input=sql, check=True)
        else:
            connection = sqlite3.connect(os.path.join(data, "florin.db"))
            connection.executescript(sql.decode())
            connection.close()

    def minimal(self):
        data = self.fresh("minimal")
        with Program([self.program("bench_minimal_server"), "--data", data, "--migrations", f"{self.o.source}/db/migrations"]) as server:
            cpu = server.cpu_seconds()
            result = self.load(server)
            result["cpu_us"] = (server.cpu_seconds() - cpu) / max(1, result["requests"]) * 1e6
        shutil.rmtree(data)
        return result

    def pgbench(self):
        url = self.database("pgbench")
        data = self.fresh("migrate")
        subprocess.run([self.program("florin"), "migrate", "--data", data, "--database", url], check=True, stdout=subprocess.DEVNULL)
        command = [os.path.join(self.o.postgres_bin, "pgbench"), "-n", "-c", "32", "-j", "2", "-M", "prepared", "-D", "unit=0"]
        command += ["-T", str(self.seconds + self.warmup), "-f", f"{self.o.source}/bench/pgbench/purchase.sql", url]
        out = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE).stdout.decode()
        self.drop(url)
        return float(re.search(r"^tps = ([0-9.]+)", out, re.M).group(1))

    # The lines.

    def sqlite_purchases(self):
        ours, theirs = [], []
        for _ in range(self.rounds):
            theirs.append(self.minimal())
            ours.append(self.purchases("sqlite"))
        a, b = median([r["goodput"] for r in ours]), median([r["goodput"] for r in theirs])
        self.peak = a
        self.row("Purchases/s on SQLite, 32 clients, of a minimal C++ server", f"{a:,.0f} of {b:,.0f}: **{a / b:.2f}** "
                 f"(rounds {spread([r['goodput'] for r in ours])} and {spread([r['goodput'] for r in theirs])})", "≥ 0.5 (0.7)",
                 "bench_load --clients 32")
        cpu = median([r["cpu_us"] for r in ours])
        self.row("Server CPU per purchase, SQLite", f"**{cpu:.0f} µs** (minimal server {median([r['cpu_us'] for r in theirs]):.0f}, "
                 f"provider stand-in {median([r['provider_cpu_us'] for r in ours]):.0f}, "
                 f"load generator {median([r['cpu_us_per_request'] for r in ours]):.0f})", "≤ 180 µs (120)", "/proc/PID/stat")
        p50, p99 = (median([r["ok_us"][q] for r in ours]) / 1000 for q in ("p50", "p99"))
        self.row("Latency at that load (closed loop)", f"p50 {p50:.1f} ms, p99 {p99:.1f} ms", "", "")

    def postgres_purchases(self):
        ours, theirs = [], []
        for _ in range(self.rounds):
            theirs.append(self.pgbench())
            ours.append(self.purchases("postgres"))
        a, b = median([r["goodput"] for r in ours]), median(theirs)
        self.row("Purchases/s on PostgreSQL, 32 clients, of pgbench pipelined", f"{a:,.0f} of {b:,.0f}: **{a / b:.2f}** "
                 f"(rounds {spread([r['goodput'] for r in ours])} and {spread(theirs)})", "≥ 0.8 (1.5)",
                 "pgbench -c 32 -j 2 -M prepared -f bench/pgbench/purchase.sql")
        self.row("Server CPU per purchase, PostgreSQL (Florin's own)", f"**{median([r['cpu_us'] for r in ours]):.0f} µs**", "≤ 180 µs (120)",
                 "/proc/PID/stat")

    def one_account(self):
        for engine in ("sqlite", "postgres") if self.o.postgres else ("sqlite",):
            one, many = [], []
            for _ in range(self.rounds):
                many.append(self.purchases(engine, keys=1000)["goodput"])
                one.append(self.purchases(engine)["goodput"])
            self.row(f"All on one ledger account, of spread over 1,000, {engine}",
                     f"{median(one):,.0f} of {median(many):,.0f}: **{median(one) / median(many):.2f}** "
                     f"(rounds {spread(one)} and {spread(many)})", "≥ 0.9", "bench_load --keys FILE")

    def slow_disk(self):
        fast, slow = [], []
        for _ in range(self.rounds):
            fast.append(self.purchases("sqlite", clients=256)["goodput"])
            slow.append(self.purchases("sqlite", clients=256, slow_us=1000)["goodput"])
        self.row("With 1 ms more per fsync, 256 clients, SQLite",
                 f"{median(slow):,.0f} of {median(fast):,.0f}: **{median(slow) / median(fast):.2f}**", "≥ 0.65",
                 "LD_PRELOAD=libslow_fsync.so FLORIN_FSYNC_DELAY_US=1000")

    def added_latency(self):
        for engine in ("sqlite", "postgres") if self.o.postgres else ("sqlite",):
            for rate, aim in ((100, "p50 ≤ 2, p99 ≤ 5 ms"), (1000, "p50 ≤ 2, p99 ≤ 12 ms")):
                p50, p99, own50, own99 = [], [], [], []
                for _ in range(self.rounds):
                    with self.start_provider(20_000) as provider:
                        direct = self.load(provider, rate=rate, clients=128)
                        data = self.fresh("data")
                        database = self.database("bench") if engine == "postgres" else None
                        with self.florin(data, provider, database) as server:
                            through = self.load(server, rate=rate, clients=256, keys=self.key(data))
                        if database:
                            self.drop(database)
                        shutil.rmtree(data)
                    p50.append(through["ok_us"]["p50"] / 1000 - 20)
                    p99.append(through["ok_us"]["p99"] / 1000 - 20)
                    own50.append(direct["ok_us"]["p50"] / 1000 - 20)
                    own99.append(direct["ok_us"]["p99"] / 1000 - 20)
                self.row(f"Added to a provider of 20 ms, {rate:,}/s open loop, {engine}",
                         f"p50 **{median(p50):.2f} ms**, p99 **{median(p99):.2f} ms** (the stand-in alone is late by "
                         f"{median(own50):.2f} and {median(own99):.2f})", aim, f"bench_load --rate {rate}; bench_provider --delay-us 20000")

    def reading(self):
        data = self.fresh("data")
        ids = os.path.join(data, "ids")
        with self.florin(data, self.provider) as server:
            self.load(server, keys=self.key(data), ids_out=ids)
        get = {"method": "GET", "clients": 32}
        for tls, line, aim in ((False, "GET of a payment, of a bare Beast server", "≥ 0.37 (0.55)"),
                               (True, "GET over TLS 1.3 with keep-alive, of the same", "≥ 0.45")):
            ours, theirs = [], []
            certificate = ["--certificate", f"{self.folder}/cert.pem", "--key", f"{self.folder}/key.pem"] if tls else []
            for _ in range(self.rounds):
                with Program([self.program("bench_bare_server")] + certificate) as server:
                    theirs.append(self.load(server, **get, path="/", ids=""))
                with self.florin(data, self.provider, tls=tls) as server:
                    cpu = server.cpu_seconds()
                    result = self.load(server, **get, path="/api/v1/payments/", ids=ids, keys=self.key(data))
                    result["cpu_us"] = (server.cpu_seconds() - cpu) / max(1, result["requests"]) * 1e6
                    ours.append(result)
            a, b = median([r["goodput"] for r in ours]), median([r["goodput"] for r in theirs])
            self.row(line, f"{a:,.0f} of {b:,.0f}: **{a / b:.2f}** ({median([r['cpu_us'] for r in ours]):.0f} µs CPU each)", aim,
                     "bench_load --method GET; bench_bare_server --threads 1")
        shutil.rmtree(data)

    def first_answer_ms(self, data):
        begin = time.monotonic()
        with self.florin(data, self.provider) as server:
            connection = http.client.HTTPConnection("127.0.0.1", server.port)
            connection.request("GET", "/api/v1/health/ready")
            answer = connection.getresponse()
            answer.read()
            took = (time.monotonic() - begin) * 1000
            if answer.status != 200:
                self.notes.append(f"the first answer was {answer.status}")
            connection.close()
        return took

    def memory(self):
        data = self.fresh("data")
        first = self.first_answer_ms(data)
        starts = [self.first_answer_ms(data) for _ in range(self.rounds)]
        self.row("First answer after start", f"**{median(starts):.0f} ms** (with a new data folder {first:.0f} ms)", "≤ 100 ms",
                 "GET /api/v1/health/ready")
        with self.florin(data, self.provider) as server:
            time.sleep(1)
            idle = server.resident_mib()
            self.row("Resident memory, idle", f"**{idle:.1f} MiB**", "≤ 40 MiB", "/proc/PID/statm")
            command = [self.program("bench_load"), "--url", server.url, "--method", "GET", "--path", "/api/v1/health/live",
                       "--clients", "1000", "--count", "1000", "--hold", "3"]
            with subprocess.Popen(command, stdout=subprocess.PIPE) as holder:
                holder.stdout.readline()
                time.sleep(1)
                held = server.resident_mib()
            self.row("More for 1,000 idle connections", f"**{held - idle:.1f} MiB**", "≤ 6 MiB", "bench_load --clients 1000 --hold 3")
            total = 20_000 if self.o.quick else 1_000_000
            self.load(server, keys=self.key(data), count=total, clients=32)
            self.row(f"Resident memory after {total:,} purchases", f"**{server.resident_mib():.0f} MiB**", "≤ 200 MiB after a million",
                     f"bench_load --count {total}")
        shutil.rmtree(data)

    def overload(self):
        data = self.fresh("data")
        with self.florin(data, self.provider) as server:
            peak = median([self.load(server, keys=self.key(data), clients=64)["goodput"] for _ in range(self.rounds)])
            flood = self.load(server, keys=self.key(data), clients=2048, rate=peak * 4)
            time.sleep(2)
            connection = http.client.HTTPConnection("127.0.0.1", server.port)
            key = open(self.key(data)).read().strip()
            open_ones = 0
            for state in ("processing", "unknown", "pending"):
                connection.request("GET", f"/api/v1/payments?state={state}&limit=200", headers={"Authorization": f"Bearer {key}"})
                open_ones += len(json.loads(connection.getresponse().read()).get("data", []))
            connection.close()
        check = subprocess.run([self.program("florin"), "ledger", "check", "--data", data], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        goodput = flood["goodput"] / peak
        self.row("Goodput at four times the peak", f"{flood['goodput']:,.0f} of {peak:,.0f}: **{goodput:.2f}**, "
                 f"{flood['refused'] / flood['seconds']:,.0f}/s refused, {flood['unsent']} never sent", "≥ 0.8", "bench_load --rate 4×peak --clients 2048")
        soon = f"p99 **{flood['refused_us']['p99'] / 1000:.0f} ms**" if flood["refused"] else "**nothing was refused**"
        self.row("… and how soon the rest is refused", f"{soon} (accepted: p50 {flood['ok_us']['p50'] / 1000:.0f}, "
                 f"p99 {flood['ok_us']['p99'] / 1000:.0f} ms)", "p99 ≤ 50 ms", "")
        self.row("… with none half-done", f"{open_ones} without an outcome; ledger check {'clean' if check.returncode == 0 else 'FAILS'}", "0", "florin ledger check")
        shutil.rmtree(data)

    def wait_until_warm(self, server):
        """Seconds until the server has read what it reads after a start."""
        begin = time.monotonic()
        while time.monotonic() - begin < 300:
            with urllib.request.urlopen(server.url + "/api/v1/metrics") as answer:
                if "\nflorin_warm_up_done 1\n" in answer.read().decode():
                    break
            time.sleep(0.2)
        return time.monotonic() - begin

    def large(self):
        data, small = self.fresh("data"), self.fresh("data")
        for folder in (data, small):
            with self.florin(folder, self.provider):
                pass
        begin = time.monotonic()
        subprocess.run([self.program("bench_seed_rows"), "--database", f"{data}/florin.db", "--rows", str(self.o.large)], check=True)
        # Else the disk is still busy with it while the figures are taken.
        os.sync()
        size = os.path.getsize(f"{data}/florin.db") / 1e9
        self.notes.append(f"{self.o.large:,} payments are {size:.1f} GB, filled in {time.monotonic() - begin:.0f} s.")
        starts = [self.first_answer_ms(data) for _ in range(self.rounds)]
        self.row(f"First answer after start with {self.o.large:,} payments", f"**{median(starts):.0f} ms**", "≤ 300 ms", "")
        connection = sqlite3.connect(f"file:{data}/florin.db?mode=ro", uri=True)
        ids = os.path.join(data, "ids")
        with open(ids, "w") as file:
            for (hexadecimal,) in connection.execute("SELECT hex(id) FROM payments WHERE rowid % ? = 0 LIMIT 10000", (max(1, self.o.large // 10_000),)):
                h = hexadecimal.lower()
                file.write(f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}\n")
        connection.close()
        figures, warm = {}, []
        for round_number in range(self.rounds):
            for folder in (small, data):
                with self.florin(folder, self.provider) as server:
                    warm.append(self.wait_until_warm(server))
                    mine = figures.setdefault(folder, {"purchase": [], "list": [], "get": []})
                    key = self.key(folder)
                    own_ids = ids
                    if folder == small:
                        own_ids = os.path.join(small, "ids")
                        if round_number == 0:
                            self.load(server, keys=key, ids_out=own_ids)
                    get = {"method": "GET", "clients": 1, "keys": key}
                    mine["list"].append(self.load(server, **get, path="/api/v1/payments?limit=50")["ok_us"]["p50"])
                    mine["get"].append(self.load(server, **get, path="/api/v1/payments/", ids=own_ids)["ok_us"]["p50"])
                    mine["purchase"].append(self.load(server, keys=key)["goodput"])
        few, many = figures[small], figures[data]
        self.notes.append(f"With {self.o.large:,} payments, measured once the server had read its index of idempotency keys after the start: {max(warm):.0f} s the first time.")
        self.row(f"Purchases/s with {self.o.large:,} payments, of the rate with few",
                 f"{median(many['purchase']):,.0f} of {median(few['purchase']):,.0f}: **{median(many['purchase']) / median(few['purchase']):.2f}**", "≥ 0.8", "bench_seed_rows")
        for name, words in (("list", "First list page"), ("get", "GET of a payment")):
            self.row(f"{words} with {self.o.large:,} payments, in times with few",
                     f"{median(many[name]) / 1000:.2f} of {median(few[name]) / 1000:.2f} ms: **{median(many[name]) / median(few[name]):.2f}**", "≤ 1.5", "")
        shutil.rmtree(data)
        shutil.rmtree(small)

    def run(self):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                        "/CN=localhost", "-keyout", f"{self.folder}/key.pem", "-out", f"{self.folder}/cert.pem"],
                       check=True, stderr=subprocess.DEVNULL)
        lines = [("sqlite", self.sqlite_purchases), ("postgres", self.postgres_purchases), ("account", self.one_account),
                 ("disk", self.slow_disk), ("latency", self.added_latency), ("get", self.reading), ("memory", self.memory),
                 ("overload", self.overload), ("large", self.large), ("jobs", lambda: asynchronous.jobs(self)),
                 ("deliveries", lambda: asynchronous.deliveries(self)), ("intake", lambda: asynchronous.intake(self)),
                 ("documents", lambda: asynchronous.documents(self)), ("billing", lambda: billing.billing(self)),
                 ("claims", lambda: billing.claims(self)), ("reconciliation", lambda: reconciliation.reconciliation(self))]
        self.provider = self.start_provider()
        try:
            for name, line in lines:
                if not self.wants(name) or (name == "large" and not self.o.large) or (name == "postgres" and not self.o.postgres):
                    continue
                print(f"{name} …", flush=True)
                line()
        finally:
            self.provider.stop()


def version(command, pattern=r"(\d+(\.\d+)+)"):
    out = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout.decode()
    match = re.search(pattern, out)
    return match.group(1) if match else "unknown"


def document(bench, options):
    with open("/proc/cpuinfo") as file:
        model = re.search(r"model name\s*: (.*)", file.read())
    seconds = f"{bench.rounds} rounds of {bench.seconds} s"
    text = [
        "# Benchmarks", "",
        "Written by `make bench` (" + ("QUICK=1, " if options.quick else "") + seconds + " for each side, medians). Do not edit.", "",
        f"- Date: {options.date}",
        f"- Machine: {os.cpu_count()} cores{' of ' + model.group(1).strip() if model else ''}, kernel {os.uname().release}, "
        f"load average before the run {options.load_average}",
        f"- Compiler: clang {version([options.compiler, '--version'])}, Release; SQLite {sqlite3.sqlite_version}; "
        f"PostgreSQL {version([os.path.join(options.postgres_bin, 'postgres'), '--version']) if options.postgres_bin else 'not measured'}",
        "- Florin, the load generator, the provider's stand-in and the database share these cores. Commits are durable: "
        "nobody is answered before fdatasync of SQLite's log, `fsync=on` at PostgreSQL. Both sides of a ratio ran alternately in the same minutes.", "",
        "| What | Measured | Promised (aimed at) | How |", "|---|---|---|---|",
    ]
    text += [f"| {line} | {figure} | {aim} | {f'`{command}`' if command else ''} |" for line, figure, aim, command in bench.rows]
    if bench.notes:
        text += ["", "Notes:", ""] + [f"- {note.replace(bench.folder, 'FOLDER').replace(bench.bin, 'BUILD')}" for note in bench.notes]
    text += ["", "## How to run it", "",
             "```", "make bench                      # everything but the large database",
             "QUICK=1 make bench              # six minutes",
             "LARGE=10000000 make bench       # with that many payments stored, too",
             "ONLY=sqlite,get make bench      # some lines: sqlite postgres account disk latency get memory overload large jobs deliveries intake documents billing claims reconciliation", "```", ""]
    with open(options.out, "w") as file:
        file.write("\n".join(text))


def main():
    parser = argparse.ArgumentParser()
    for name in ("source", "build", "folder", "out", "date", "compiler", "load-average"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--postgres", default="")
    parser.add_argument("--postgres-bin", default="")
    parser.add_argument("--only", default="")
    parser.add_argument("--large", type=int, default=0)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    bench = Bench(options)
    bench.run()
    document(bench, options)


if __name__ == "__main__":
    main()
