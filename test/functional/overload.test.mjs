// More requests than can be worked on: some are refused at once, and nothing of those has happened.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import http from 'node:http';
import { charge, eventually, fresh_key, start_florin } from '../support/florin.mjs';

test('what is too much is refused at once with nothing done, and everything else goes on', async () => {  // F115
  const florin = await start_florin({ flags: ['--max-in-progress', '8'] });
  const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
  const buy = (key) => florin.pay('purchase', charge('1.00'), { idempotency_key: key, agent });
  try {
    const done = new Map();  // What each key was answered with.
    const left = new Set(Array.from({ length: 64 }, () => fresh_key()));
    const refused = new Set();
    // Whoever was refused asks again, with the same key, until all have paid.
    await eventually('all have paid', async () => {
      const reads = [florin.get('/api/v1/payments?limit=1'), florin.get('/api/v1/health/ready'), florin.get('/api/v1/metrics')];
      const answers = await Promise.all([...left].map(async (key) => [key, await buy(key)]));
      for (const [key, { status, json, headers }] of answers) {
        if (status === 503) {
          assert.equal(json.code, 'overloaded');
          assert.ok(Number(headers['retry-after']) >= 1);
          assert.match(json.correlation_id, /./);
          refused.add(key);
          continue;
        }
        assert.deepEqual([status, json.status], [200, 'settled']);
        assert.equal(headers['idempotent-replayed'], undefined, 'a refusal stored nothing under the key');
        done.set(key, json);
        left.delete(key);
      }
      for (const read of await Promise.all(reads)) assert.equal(read.status, 200, 'reads, health and metrics are never refused');
      return left.size === 0;
    });
    assert.ok(refused.size > 0, 'somebody was refused');

    const moved = await florin.truth();
    assert.equal(moved.length, 64, 'each key moved money once, no refusal any');
    assert.deepEqual(new Set(moved.map((movement) => movement.reference)), new Set([...done.values()].map((json) => json.reference_number)));
    const counted = (await florin.get('/api/v1/metrics')).text.match(/^florin_requests_refused_total\{reason="overloaded"\} (\d+)$/m);
    assert.ok(Number(counted?.[1]) >= refused.size);
    assert.equal((await florin.command('ledger', 'check')).code, 0);
  } finally {
    agent.destroy();
    await florin.stop();
  }
});
