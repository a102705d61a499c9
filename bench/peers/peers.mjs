// How many jobs a second other queues enqueue, each in a commit of its own, and work on when they do nothing.
// Prints one JSON object.
//
//     node peers.mjs bullmq --redis PORT | pg-boss --postgres URL | graphile-worker --postgres URL
//                    [--callers 64] [--seconds 5] [--jobs 50000]
//
// Each is set up as its documents advise for speed: jobs are taken in groups, many handlers at once, and what is done
// is removed (BullMQ) or marked in groups where the library can.
import { performance } from "node:perf_hooks";

const [peer, ...rest] = process.argv.slice(2);
const flags = { redis: "", postgres: "", callers: "64", seconds: "5", jobs: "50000" };
for (let i = 0; i < rest.length; i += 2) flags[rest[i].slice(2)] = rest[i + 1];
const callers = Number(flags.callers), jobs = Number(flags.jobs);
const payload = { endpoint: "01890a5d-ac96-774b-bcce-b302099a8057", event: "payment.1" };

/** `add` again and again by `callers` at once; jobs a second. */
async function enqueue(add) {
    const begin = performance.now(), end = begin + Number(flags.seconds) * 1000;
    const cpu = process.cpuUsage();
    let added = 0;
    await Promise.all(Array.from({ length: callers }, async () => {
        while (performance.now() < end) {
            await add();
            ++added;
        }
    }));
    const spent = process.cpuUsage(cpu);
    return {
        enqueued_per_s: Math.round((added * 1000) / (performance.now() - begin)),
        enqueue_cpu_us: Math.round((spent.user + spent.system) / added),
    };
}

/** Runs `start`, which calls what it is given once for each job done, until all are. */
async function process_all(start) {
    const begin = performance.now(), cpu = process.cpuUsage();
    let done = 0, stop;
    await new Promise((resolve, reject) => {
        start((count = 1) => {
            done += count;
            if (done >= jobs) resolve();
        }).then((given) => (stop = given), reject);
    });
    const took = performance.now() - begin, spent = process.cpuUsage(cpu);
    await stop?.();
    return {
        processed_per_s: Math.round((jobs * 1000) / took),
        process_cpu_us: Math.round((spent.user + spent.system) / jobs),
    };
}

const groups = function* (size) {
    for (let left = jobs; left > 0; left -= size) yield Math.min(left, size);
};

async function bullmq() {
    const { Queue, Worker } = await import("bullmq");
    const connection = { host: "127.0.0.1", port: Number(flags.redis), maxRetriesPerRequest: null };
    const options = { removeOnComplete: true, removeOnFail: true };
    const first = new Queue("enqueue", { connection });
    const enqueued = await enqueue(() => first.add("job", payload, options));
    const queue = new Queue("process", { connection });
    for (const size of groups(1000))
        await queue.addBulk(Array.from({ length: size }, () => ({ name: "job", data: payload, opts: options })));
    const processed = await process_all(async (note) => {
        const worker = new Worker("process", async () => note(), { connection, concurrency: 256 });
        return () => worker.close();
    });
    await first.close();
    await queue.close();
    return { ...enqueued, ...processed };
}

async function pgBoss() {
    const { default: PgBoss } = await import("pg-boss");
    const boss = new PgBoss({ connectionString: flags.postgres, max: 16 });
    await boss.start();
    await boss.createQueue("enqueue");
    await boss.createQueue("process");
    const enqueued = await enqueue(() => boss.send("enqueue", payload));
    for (const size of groups(1000))
        await boss.insert(Array.from({ length: size }, () => ({ name: "process", data: payload })));
    // Its own polling takes a group at most twice a second; fetching without a pause is the quickest it can.
    const processed = await process_all(async (note) => {
        const work = async () => {
            for (;;) {
                const taken = await boss.fetch("process", { batchSize: 500 });
                if (taken.length === 0) return;
                await boss.complete("process", taken.map((job) => job.id));
                note(taken.length);
            }
        };
        const all = Promise.all(Array.from({ length: 4 }, work));
        return () => all;
    });
    await boss.stop({ graceful: false });
    return { ...enqueued, ...processed };
}

async function graphileWorker() {
    const { makeWorkerUtils, run, Logger } = await import("graphile-worker");
    const { default: pg } = await import("pg");
    const logger = new Logger(() => () => {});
    const pool = new pg.Pool({ connectionString: flags.postgres, max: 16 });
    pool.on("error", () => {});
    const utils = await makeWorkerUtils({ pgPool: pool, logger });
    await utils.migrate();
    // Of a kind that the worker below has no handler for.
    const enqueued = await enqueue(() => utils.addJob("none", payload));
    for (const size of groups(1000))
        await utils.addJobs(Array.from({ length: size }, () => ({ identifier: "job", payload })));
    const processed = await process_all(async (note) => {
        const runner = await run({
            pgPool: pool,
            logger,
            noHandleSignals: true,
            taskList: { job: async () => note() },
            preset: {
                worker: {
                    concurrentJobs: 64,
                    pollInterval: 2000,
                    localQueue: { size: 500, ttl: 60_000, refetchDelay: { durationMs: 0 } },
                    completeJobBatchDelay: 0,
                    failJobBatchDelay: 0,
                },
            },
        });
        return () => runner.stop();
    });
    await utils.release();
    await pool.end();
    return { ...enqueued, ...processed };
}

const result = await { bullmq, "pg-boss": pgBoss, "graphile-worker": graphileWorker }[peer]();
console.log(JSON.stringify(result));
process.exit(0);
