// Kills the real binary again and again under load; clients repeat their requests with the same keys. At
// the end the sandbox's own record, the API's answers and the ledger are compared, to the cent.
//
// The workload makes trouble and remembers what it was told; the judge looks at the sandbox's books.

import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { charge, engine, eventually, Florin, fresh_database, minor, Sandbox, send, temporary_folder } from '../support/florin.mjs';

const clients = Number(process.env.CLIENTS ?? 12);
const rounds = Number(process.env.ROUNDS ?? (engine === 'sqlite' ? 8 : 6));
const acknowledgements_per_round = 60;

/// The servers under test: they die and come back on the same port and data.
class Fleet {
  constructor(sandbox, database, size) {
    Object.assign(this, { sandbox, database, members: Array.from({ length: size }, () => ({ data: path.join(temporary_folder(), 'data'), listen: '127.0.0.1:0' })) });
  }
  async start(member) {
    const began = Date.now();
    const server = await Florin.start({ data: member.data, listen: member.listen, database: this.database, sandbox: this.sandbox.origin });
    member.server = server;
    member.listen = new URL(server.origin).host;
    member.started_ms = Date.now() - began;
  }
  any(number) {
    return this.members[number % this.members.length].server;
  }
}

/// What one operation was told, over all its repeats.
class Operation {
  constructor(verb, body, key) {
    Object.assign(this, { verb, body, key, definite: undefined, repeats: 0 });
  }
  note(answer) {
    const { status, json, text } = answer;
    if (![200, 402, 409].includes(status) || !json.transaction_id) {
      assert.ok([200, 202, 402, 409, 429, 503].includes(status), `${this.verb}: ${status} ${text}`);
      if (json?.transaction_id) {
        assert.equal(this.transaction_id ?? json.transaction_id, json.transaction_id, 'a key stands for one transaction');
        this.transaction_id = json.transaction_id;
      }
      return;
    }
    assert.equal(this.transaction_id ?? json.transaction_id, json.transaction_id, 'a key stands for one transaction');
    this.transaction_id = json.transaction_id;
    if (this.definite) assert.deepEqual([status, text], [this.definite.status, this.definite.text], 'a definite answer never changes');
    this.definite = answer;
  }
}

class Workload {
  constructor(fleet, merchants) {
    Object.assign(this, { fleet, merchants, operations: [], acknowledged: 0, is_over: false, answers: {} });
  }
  /// Sends until the answer is definite, with the same key, to whichever server is there.
  async perform(merchant, verb, body, client) {
    const operation = new Operation(verb, body, `${verb}-${client}-${this.operations.length}`);
    operation.merchant = merchant;
    this.operations.push(operation);
    const began = Date.now();
    await eventually(`a definite answer to ${operation.key}`, async () => {
      const server = this.fleet.any(client + operation.repeats++);
      let answer;
      try {
        answer = await send(server.origin, 'POST', `/api/v1/payments/${verb}`, {
          body, agent: server.agent, headers: { authorization: `Bearer ${merchant.key}`, 'idempotency-key': operation.key }, patience_ms: 40_000,
        });
      } catch {
        return false;  // It was killed, or is not up yet: repeat.
      }
      this.answers[answer.status] = (this.answers[answer.status] ?? 0) + 1;
      operation.note(answer);
      if (answer.status === 409 && !answer.json.transaction_id) operation.refusal = answer.json.code;
      return operation.definite || operation.refusal;
    }, 100_000);
    this.longest_ms = Math.max(this.longest_ms ?? 0, Date.now() - began);
    ++this.acknowledged;
    return operation.definite?.json;
  }
  async client(number) {
    for (let turn = 0; !this.is_over; ++turn) {
      const merchant = this.merchants[(number + turn) % this.merchants.length];
      const amount = `${100 + ((number * 31 + turn * 7) % 400)}.${String(turn % 100).padStart(2, '0')}`;
      const perform = (verb, body) => this.perform(merchant, verb, body, number);
      if (turn % 3 === 0) {
        const bought = await perform('purchase', charge(amount));
        if (turn % 2 && bought?.status === 'settled') await perform('refund', { transaction_id: bought.transaction_id, amount: '33.33' });
        continue;
      }
      const held = await perform('authorize', charge(amount));
      if (held?.status !== 'approved') continue;
      if (turn % 3 === 1) {
        const taken = await perform('capture', { transaction_id: held.transaction_id, amount: '60.00' });
        if (taken?.status === 'settled') await perform('refund', { transaction_id: taken.transaction_id });
      } else {
        await perform('cancel', { transaction_id: held.transaction_id });
      }
    }
  }
}

async function all_events(server, key) {
  const events = [];
  for (let after = 0; ;) {
    const { json } = await server.get(`/api/v1/events?limit=200&after=${after}`, { key });
    events.push(...json.data);
    if (json.data.length === 0) return events;
    after = json.next_after;
  }
}

async function judge(server, workload) {
  const { movements } = (await send(server.sandbox, 'GET', '/truth')).json;
  const by_reference = new Map();
  for (const movement of movements) by_reference.set(movement.reference, [...(by_reference.get(movement.reference) ?? []), movement]);
  const explained = new Set();
  const expected_clearing = new Map(workload.merchants.map((merchant) => [merchant, 0]));
  for (const operation of workload.operations) {
    const told = operation.definite?.json;
    if (!told) continue;
    const moved = by_reference.get(told.reference_number) ?? [];
    const has_happened = told.status !== 'failed';
    assert.deepEqual(moved.map((m) => m.amount), has_happened ? [minor(told.amount)] : [],
      `${operation.key} was told ${told.status}; what moved: ${JSON.stringify(moved)}`);
    explained.add(told.reference_number);
    const read = await server.get(`/api/v1/transactions/${told.transaction_id}`, { key: operation.merchant.key });
    assert.deepEqual([read.json.status, read.json.amount, read.json.reference_number], [told.status, told.amount, told.reference_number]);
    const sign = { purchase: 1, capture: 1, refund: -1 }[operation.verb] ?? 0;
    if (has_happened) expected_clearing.set(operation.merchant, expected_clearing.get(operation.merchant) + sign * minor(told.amount));
  }
  assert.deepEqual(movements.filter((m) => !explained.has(m.reference)), [], 'nothing moved that no client asked for and was told of');
  for (const [merchant, expected] of expected_clearing) {
    const { json } = await server.get('/api/v1/ledger/balances', { key: merchant.key });
    const sum = (accounts) => accounts.reduce((total, balance) => total + balance.balance_minor, 0);
    assert.equal(sum(json.balances.filter((balance) => balance.account.startsWith('provider_clearing'))), expected, 'the ledger says what moved');
    assert.equal(sum(json.balances), 0, 'the ledger balances');
    const positions = [], sequences = new Map();
    for (const event of await all_events(server, merchant.key)) {
      positions.push(Number(event.merchantposition));
      const sequence = Number(event.sequence);
      assert.equal(sequence, (sequences.get(event.subject) ?? 0) + 1, `${event.subject} has its events in order and without a gap`);
      sequences.set(event.subject, sequence);
    }
    assert.deepEqual(positions, positions.map((_, i) => i + 1), 'a merchant\'s events have no gap');
  }
  for (const words of [['ledger', 'check'], ['audit', 'verify']]) {
    const done = await server.command(...words);
    assert.equal(done.code, 0, `${words.join(' ')}: ${done.out}${done.err}`);
  }
}

test(`${engine}: killed ${rounds} times under load it loses nothing and does nothing twice`, { timeout: 280_000 }, async (context) => {  // F1, F2, F3, F23, F100, F112
  const sandbox = await Sandbox.start({ data: path.join(temporary_folder(), 'sandbox') });
  const fleet = new Fleet(sandbox, await fresh_database(), engine === 'postgres' ? 2 : 1);
  context.after(async () => {
    for (const program of [...fleet.members.map((member) => member.server), sandbox]) await program?.kill();
  });
  for (const member of fleet.members) await fleet.start(member);
  const [first] = fleet.members;
  const bank = await first.server.new_merchant('bank-shop', { connector: 'bank_simulator' });
  const workload = new Workload(fleet, [{ name: 'test-merchant', key: first.server.key }, bank]);
  // A little trouble outside as well: lost answers, and some that come late enough to be in flight at the kill.
  await first.server.faults(
    { match: {}, action: { kind: 'drop_after' }, probability: '0.01', seed: 7 },
    { match: {}, action: { kind: 'latency', ms: 40 }, probability: '0.2', seed: 8 });

  const running = Promise.all(Array.from({ length: clients }, (_, number) => workload.client(number)));
  let has_failed;
  running.catch((error) => { has_failed = error; });
  for (let round = 0; round < rounds; ++round) {
    const goal = workload.acknowledged + acknowledgements_per_round;
    await eventually(`${goal} acknowledgements`, () => has_failed || workload.acknowledged >= goal, 60_000);
    if (has_failed) throw has_failed;
    const victim = fleet.members[round % fleet.members.length];
    await victim.server.kill();
    await fleet.start(victim);
    assert.ok(victim.started_ms <= 5_000, `it was back after ${victim.started_ms} ms`);
  }
  await send(sandbox.origin, 'DELETE', '/sandbox/faults');
  workload.is_over = true;
  await running;
  // Everything has a definite answer by now; each key still gives it.
  for (const operation of workload.operations.filter((_, i) => i % 5 === 0 && _.definite)) {
    const again = await first.server.pay(operation.verb, operation.body, { key: operation.merchant.key, idempotency_key: operation.key });
    operation.note(again);
  }
  if (engine === 'postgres') await eventually('the events are numbered', async () =>
    (await all_events(first.server, bank.key)).length > 0);
  context.diagnostic(`${workload.operations.length} operations, answers ${JSON.stringify(workload.answers)}, the longest took ${workload.longest_ms} ms`);
  const refused = workload.operations.filter((operation) => operation.definite?.status === 409 || operation.refusal);
  await judge(first.server, workload);
  assert.deepEqual(refused.map((operation) => [operation.key, operation.merchant.name, operation.refusal ?? operation.definite.text]).slice(0, 3), [],
    'all that was asked for was legal');
  assert.ok(workload.longest_ms <= 60_000, `one operation was open for ${workload.longest_ms} ms: whatever is unknown settles within a minute`);
  for (const member of fleet.members) assert.deepEqual(await member.server.stop(), { code: 0, signal: null });
  await sandbox.stop();
});
