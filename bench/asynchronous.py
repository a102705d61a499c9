"""The lines on what happens later: jobs beside other queues, webhooks to merchants, webhooks of providers, documents.

Called by run.py. Each function is given its `Bench`.
"""

import hashlib
import hmac
import http.client
import json
import os
import shutil
import socket
import subprocess
import time
import uuid

from measure import Program, median, spread

ENQUEUE, PROCESS = "enqueued_per_s", "processed_per_s"


# Jobs.

class Redis:
    """A Redis of its own, that keeps what it is told: append-only, with `fsync` as said."""

    def __init__(self, bench, fsync):
        self.folder = bench.fresh("redis")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--dir", self.folder, "--save", "",
             "--appendonly", "yes", "--appendfsync", fsync], stdout=subprocess.DEVNULL)
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("redis-server does not start")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def peer(bench, name, *where):
    command = ["node", "--no-warnings", f"{bench.o.source}/bench/peers/peers.mjs", name, *where, "--seconds", str(bench.seconds), "--jobs",
               str(bench.jobs)]
    out = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    return json.loads(out.splitlines()[-1])


def florin_jobs(bench, engine):
    folder = bench.fresh("jobs")
    database = bench.database("jobs") if engine == "postgres" else None
    command = [bench.program("jobs_bench"), database or folder, "--seconds", str(bench.seconds), "--jobs", str(bench.jobs * 2)]
    result = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    if database:
        bench.drop(database)
    shutil.rmtree(folder)
    return result


def jobs(bench):
    bench.jobs = 20_000 if bench.o.quick else 50_000
    sides = {}

    def note(name, result):
        sides.setdefault(name, []).append(result)

    for _ in range(bench.rounds):
        note("sqlite", florin_jobs(bench, "sqlite"))
        for fsync in ("everysec", "always"):
            if shutil.which("redis-server"):
                with Redis(bench, fsync) as redis:
                    note(f"BullMQ {fsync}", peer(bench, "bullmq", "--redis", str(redis.port)))
        if bench.o.postgres:
            note("postgres", florin_jobs(bench, "postgres"))
            for name in ("pg-boss", "graphile-worker"):
                database = bench.database(name.replace("-", "_"))
                note(name, peer(bench, name, "--postgres", database))
                bench.drop(database)

    def figures(side, what):
        return [result[what] for result in sides[side]]

    def compare(line, what, ours, theirs, aim):
        if ours not in sides or theirs not in sides:
            return
        a, b = figures(ours, what), figures(theirs, what)
        bench.row(line, f"{median(a):,.0f} of {median(b):,.0f}: **{median(a) / median(b):.2f}** (rounds {spread(a)} and {spread(b)})", aim,
                  f"jobs_bench; peers.mjs {theirs.split()[0].lower()}")

    def durable(fsync):
        return "fsync each second" if fsync == "everysec" else "fsync always"

    for fsync in ("everysec", "always"):
        compare(f"Jobs enqueued/s one at a time, 64 callers, SQLite, in times BullMQ's ({durable(fsync)})", ENQUEUE, "sqlite", f"BullMQ {fsync}",
                "≥ 1 (2)" if fsync == "everysec" else "")
    compare("… PostgreSQL, in times pg-boss's", ENQUEUE, "postgres", "pg-boss", "≥ 6")
    compare("… PostgreSQL, in times graphile-worker's", ENQUEUE, "postgres", "graphile-worker", "")
    for ours in ("sqlite", "postgres"):
        engine = "SQLite" if ours == "sqlite" else "PostgreSQL"
        for fsync in ("everysec", "always"):
            compare(f"Jobs done/s that do nothing, {engine}, in times BullMQ's ({durable(fsync)})", PROCESS, ours, f"BullMQ {fsync}",
                    "≥ 2" if fsync == "everysec" else "")
        compare(f"… {engine}, in times pg-boss's", PROCESS, ours, "pg-boss", "≥ 2")
        compare(f"… {engine}, in times graphile-worker's, tuned", PROCESS, ours, "graphile-worker", "≥ 0.8 (1.2)")
    for side in ("sqlite", "postgres"):
        if side not in sides:
            continue
        middle = {what: median(figures(side, what)) for what in sides[side][0]}
        bench.row(f"CPU of Florin's own per job, {side}", f"enqueue {middle['enqueue_cpu_us']:.1f} µs, the rest {middle['process_cpu_us']:.1f} µs",
                  "", "getrusage")
        bench.row(f"Pickup of a job by an idle worker, {side}", f"p50 {middle['pickup_p50_ms']:.1f} ms, p99 **{middle['pickup_p99_ms']:.1f} ms**",
                  "p99 ≤ 10 ms", "from before the enqueuing commit to the handler")
        bench.row(f"At 1,000 jobs/s from due to handler, {side}",
                  f"p50 {middle['steady_p50_ms']:.1f} ms, p99 **{middle['steady_p99_ms']:.1f} ms**", "p99 ≤ 100 ms", "jobs_bench --rate 1000")


# Webhooks to merchants.

def ask(port, method, path, key=None, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", port)
    headers = {"Content-Type": "application/json"}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    connection.request(method, path, json.dumps(body) if body is not None else None, headers)
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    if answer.status >= 300:
        raise RuntimeError(f"{method} {path}: {answer.status} {text[:300]}")
    return json.loads(text) if text else None


def deliver(bench, engine, sink, hanging):
    """Deliveries a second of endpoints that answer, `hanging` of twenty never doing so."""
    data = bench.fresh("deliveries")
    database = bench.database("deliveries") if engine == "postgres" else None
    events = 1_000 if bench.o.quick else 2_000
    # What is to be sent is queued while nobody sends it.
    with bench.florin(data, bench.provider, database, roles="api") as server:
        bench.load(server, keys=bench.key(data), count=events, clients=32)
        key = open(bench.key(data)).read().strip()
        for i in range(20):
            where = "hang" if i < hanging else "take"
            made = ask(server.port, "POST", "/api/v1/webhook_endpoints", key, {"url": f"{sink.url}/{where}/{i}"})
            ask(server.port, "POST", f"/api/v1/webhook_endpoints/{made['id']}/replay", key, {"after": 0, "until": events})
    ask(sink.port, "GET", "/forget")
    wanted = events * (20 - hanging)
    with bench.florin(data, bench.provider, database) as server:
        begin, cpu = time.monotonic(), server.cpu_seconds()
        while time.monotonic() - begin < 120:
            time.sleep(0.05)
            seen = ask(sink.port, "GET", "/count")
            if seen["taken"] >= wanted:
                break
        cpu = server.cpu_seconds() - cpu
    if database:
        bench.drop(database)
    shutil.rmtree(data)
    if seen["taken"] < wanted:
        bench.notes.append(f"only {seen['taken']} of {wanted} messages came within two minutes ({engine}, {hanging} hanging).")
    return seen["taken"] / max(1e-9, (seen["last_ns"] - seen["first_ns"]) / 1e9), cpu / max(1, seen["taken"]) * 1e6


def deliveries(bench):
    for engine in ("sqlite", "postgres") if bench.o.postgres else ("sqlite",):
        well, ill, cpu = [], [], []
        for _ in range(bench.rounds):
            with Program([bench.program("bench_sink")]) as sink:
                rate, cost = deliver(bench, engine, sink, 0)
                well.append(rate)
                cpu.append(cost)
                ill.append(deliver(bench, engine, sink, 2)[0])
        a, b = median(well), median(ill)
        bench.row(f"Signed webhooks to 20 endpoints of a local sink, {engine}", f"**{a:,.0f}/s** (rounds {spread(well)}), {median(cpu):.0f} µs CPU each",
                  "≥ 2,000/s (5,000)", "bench_sink; POST …/replay")
        bench.row("… to those that answer while a tenth of them hang", f"{b:,.0f} of {a:,.0f}: **{b / a:.2f}** (rounds {spread(ill)})", "≥ 0.9", "")


# Webhooks of providers.

def intake_requests(path, count):
    """Genuine messages of Authorize.Net, each about something else, made beforehand."""
    key = b"0123456789ABCDEF" * 8
    with open(path, "wb") as file:
        for number in range(count):
            reference = f"{number:020d}".replace("0", "A").replace("1", "B")
            body = json.dumps({
                "notificationId": str(uuid.uuid4()), "eventType": "net.authorize.payment.authcapture.created",
                "eventDate": "2026-11-20T10:15:30.1234567Z", "webhookId": "2b8e3d6a-1111-4222-8333-444455556666",
                "payload": {"responseCode": 1, "merchantReferenceId": reference, "authCode": "A1B2C3", "avsResponse": "Y", "authAmount": 12.5,
                            "invoiceNumber": reference, "entityName": "transaction", "id": "40000000017"}}).encode()
            signature = hmac.new(key, body, hashlib.sha512).hexdigest().upper()
            request = (b"POST /api/v1/webhooks/authorize-net HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                       b"X-ANET-Signature: sha512=" + signature.encode() + b"\r\nContent-Length: " + str(len(body)).encode() + b"\r\n\r\n" + body)
            file.write(str(len(request)).encode() + b"\n" + request)


def intake(bench):
    for engine in ("sqlite", "postgres") if bench.o.postgres else ("sqlite",):
        rates, cpu, p99 = [], [], []
        for _ in range(bench.rounds):
            data = bench.fresh("intake")
            database = bench.database("intake") if engine == "postgres" else None
            requests = os.path.join(data, "requests")
            intake_requests(requests, 20_000 if bench.o.quick else 50_000)
            with bench.florin(data, bench.provider, database) as server:
                before = server.cpu_seconds()
                result = bench.load(server, requests=requests, clients=64)
                cpu.append((server.cpu_seconds() - before) / max(1, result["requests"]) * 1e6)
            rates.append(result["goodput"])
            p99.append(result["ok_us"]["p99"] / 1000)
            if database:
                bench.drop(database)
            shutil.rmtree(data)
        bench.row(f"Webhooks of a provider taken durably, 64 at once, {engine}",
                  f"**{median(rates):,.0f}/s** (rounds {spread(rates)}), p99 {median(p99):.0f} ms, {median(cpu):.0f} µs CPU each with their processing",
                  "≥ 5,000/s", "bench_load --requests FILE")


# Documents.

def documents(bench):
    engines = ["sqlite"] + (["postgres"] if bench.o.postgres else [])
    sides = {engine: [] for engine in engines}
    for _ in range(bench.rounds):
        for engine in engines:
            folder = bench.fresh("documents")
            database = bench.database("documents") if engine == "postgres" else None
            command = [bench.program("documents_bench"), database or folder, "--seconds", str(bench.seconds)]
            sides[engine].append(json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout))
            if database:
                bench.drop(database)
            shutil.rmtree(folder)
    drawn = [run["drawn_per_core_s"] for run in sides["sqlite"]]
    size = median([run["bytes"] for run in sides["sqlite"]])
    bench.row("PDF receipts/s on one core, read from SQLite and drawn", f"**{median(drawn):,.0f}** ({spread(drawn)}), {size / 1000:.0f} KB each", "≥ 500",
              "documents_bench DIR")
    for engine in engines:
        issued = [run["issued_per_s"] for run in sides[engine]]
        bench.row(f"Receipts/s issued in one series without gaps, {'SQLite' if engine == 'sqlite' else 'PostgreSQL'}, durable, 64 at once",
                  f"**{median(issued):,.0f}** ({spread(issued)})", "–", "documents_bench")
