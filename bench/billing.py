"""The lines on billing over time: what is due found among millions, a day on which much is due, and a decade on a test clock.

Called by run.py. Each function is given its `Bench`.
"""

import http.client
import json
import os
import shutil
import subprocess
import time
import urllib.request

from measure import median, spread

CARD = {"number": "4111111111111111", "expiry_month": 12, "expiry_year": 2049, "cvv": "123", "name": "Ada Lovelace"}


class Caller:
    """One connection to Florin, with the sandbox merchant's key."""

    def __init__(self, bench, server, data):
        with open(bench.key(data)) as file:
            self.headers = {"Authorization": "Bearer " + file.read().strip(), "Content-Type": "application/json"}
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=1200)

    def __call__(self, method, path, body=None):
        self.connection.request(method, path, None if body is None else json.dumps(body), self.headers)
        answer = self.connection.getresponse()
        text = answer.read().decode()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {text}")
        return json.loads(text) if text else None


def plan_of(number, token, months):
    """A year's or a decade's plan, due from 1 February 2030 on."""
    return {"customer_id": f"customer-{number % 1000}", "total_amount": 1_250 * months, "start_date": "2030-02-01", "term_duration": months,
            "billing_day": 1, "payment_terms": {"payment_method_token": token}}


def write_requests(path, key, plans):
    """As bench_load wants them: each behind a line with its length."""
    with open(path, "wb") as file:
        for body in plans:
            text = json.dumps(body).encode()
            request = (b"POST /payment_terms HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nAuthorization: Bearer " + key.encode() +
                       b"\r\nContent-Length: " + str(len(text)).encode() + b"\r\n\r\n" + text)
            file.write(str(len(request)).encode() + b"\n" + request)


def wait_until_idle(server):
    """What follows from making the plans (agreements, letters) is not what is measured."""
    for _ in range(1_200):
        with urllib.request.urlopen(server.url + "/api/v1/metrics") as answer:
            if "\nflorin_jobs_open 0\n" in answer.read().decode():
                return
        time.sleep(0.25)
    raise RuntimeError("there are jobs left after five minutes")


def run_plans(bench, engine, count, months, until, concurrency):
    """Makes `count` plans, moves the merchant's clock to `until`, and answers how long that took and how many charges it made."""
    data = bench.fresh("billing")
    database = bench.database("billing") if engine == "postgres" else None
    with bench.florin(data, bench.provider, database, extra=f"[billing]\nconcurrency = {concurrency}\n") as server:
        ask = Caller(bench, server, data)
        clock = ask("POST", "/api/v1/test_clocks", {"now": "2030-01-15T00:00:00Z"})["id"]
        # One card for all: whose it is, is not what is measured.
        token = ask("POST", "/api/v1/payment_methods", {"card": CARD})["payment_method_token"]
        with open(bench.key(data)) as file:
            key = file.read().strip()
        requests = os.path.join(data, "requests")
        write_requests(requests, key, (plan_of(number, token, months) for number in range(count)))
        bench.load(server, requests=requests, clients=32)
        wait_until_idle(server)
        before = server.cpu_seconds()
        begin = time.monotonic()
        state = ask("POST", f"/api/v1/test_clocks/{clock}/advance", {"to": until})
        while state["status"] != "ready":
            state = ask("POST", f"/api/v1/test_clocks/{clock}/advance", {"to": until})
        took = time.monotonic() - begin
        cpu = server.cpu_seconds() - before
        charged = 0
        page = ask("GET", "/payment_terms?limit=200")
        while True:
            charged += sum(one["paid_amount"] for one in page["data"]) // 1_250
            if not page["has_more"]:
                break
            page = ask("GET", f"/payment_terms?limit=200&cursor={page['next_cursor']}")
    if database:
        bench.drop(database)
    shutil.rmtree(data)
    return took, charged, cpu


def billing(bench):
    for engine in ("sqlite", "postgres") if bench.o.postgres else ("sqlite",):
        count = 10_000 if bench.o.quick else 100_000
        took, charged, cpu = run_plans(bench, engine, count, 12, "2030-02-02T00:00:00Z", 128)
        scaled = took * 100_000 / max(1, charged)
        bench.row(f"A day on which {count:,} charges are due, {engine}",
                  f"{charged:,} in {took:.1f} s: **{scaled:.0f} s** for 100,000, {cpu / max(1, charged) * 1e6:.0f} µs CPU each", "< 60 s (SQLite)",
                  "POST /api/v1/test_clocks/…/advance; billing.concurrency = 128")
    plans, months = (200, 120) if bench.o.quick else (1_000, 120)
    took, charged, cpu = run_plans(bench, "sqlite", plans, months, "2040-01-31T00:00:00Z", 128)
    bench.row(f"A decade of {plans:,} monthly plans on a test clock, sqlite",
              f"{charged:,} charges in **{took:.1f} s**, {took / max(1, charged) * 120_000:.0f} s for 120,000", "< 60 s for 1,000 plans", "as above, to 2040")


def claims(bench):
    """500 turns found among few and among many."""
    many = 10_000_000 if bench.o.large or not bench.o.quick else 1_000_000
    for engine in ("sqlite", "postgres") if bench.o.postgres else ("sqlite",):
        times = {}
        for count in (100_000, many):
            folder = bench.fresh("claims")
            database = bench.database("claims") if engine == "postgres" else None
            command = [bench.program("billing_bench"), database or folder, "--turns", str(count)]
            times[count] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)["load_ms"]
            if database:
                bench.drop(database)
            shutil.rmtree(folder)
        few, more = median(times[100_000]), median(times[many])
        bench.row(f"500 due plans claimed among {many:,}, in times among 100,000, {engine}",
                  f"{more:.1f} of {few:.1f} ms: **{more / few:.2f}** (rounds {spread(times[many])})", "≤ 1.5", "billing_bench DIR --turns N")
