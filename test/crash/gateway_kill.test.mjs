// Document C's calls while the binary is killed again and again: each payment is made once, whatever its client was
// told meanwhile, and what everybody says of it in the end agrees.

import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { engine, eventually, Florin, fresh_database, Sandbox, send, temporary_folder } from '../support/florin.mjs';

const clients = Number(process.env.CLIENTS ?? 10);
const rounds = Number(process.env.ROUNDS ?? 5);
const payments_per_round = 40;
// What the bank says to an amount, by document C.
const ends = { 1: 'Declined', 2: 'InsufficientFunds', 24: 'Accepted' };

test(`${engine}: document C's payments survive ${rounds} kills`, { timeout: 280_000 }, async (context) => {  // F1, F2, F31, F100, C-IM-06, C-FR-03, C-AP-10
  const sandbox = await Sandbox.start({ data: path.join(temporary_folder(), 'sandbox') });
  const place = { data: path.join(temporary_folder(), 'data'), database: await fresh_database(), sandbox: sandbox.origin };
  let server = await Florin.start(place);
  context.after(async () => { for (const program of [server, sandbox]) await program.kill(); });
  const listen = new URL(server.origin).host;
  await server.faults(
    { match: { provider: 'bank_simulator' }, action: { kind: 'drop_after' }, probability: '0.02', seed: 3 },
    { match: { provider: 'bank_simulator' }, action: { kind: 'latency', ms: 30 }, probability: '0.3', seed: 4 });

  const made = [];
  let is_over = false;
  /// The answer, or nothing when the server was not there.
  const ask = async (method, target, body) => {
    try {
      return await send(server.origin, method, target, { body, patience_ms: 40_000 });
    } catch {
      return undefined;
    }
  };
  const client = async (number) => {
    for (let turn = 0; !is_over; ++turn) {
      const created = await eventually('a payment is created', async () => {
        const answer = await ask('POST', '/create-payment', { merchantId: 'test-merchant' });
        return answer?.status === 200 && answer.json;
      }, 60_000);
      const amount = turn % 5 === 1 ? [1, 2, 24][(number + turn) % 3] : 100 + number * 1000 + turn;
      const body = {
        paymentId: created.paymentId, merchantId: 'test-merchant', cardNumber: '1234432198761543', expiryYear: 2000, expiryMonth: 12, currency: 'GBP', amount,
        cardName: 'OmarElmohandes', billingAddress: '77Merenda', cvv: '232',
      };
      const final = await eventually(`an end of ${created.paymentId}`, async () => {
        const answer = await ask('POST', '/make-payment', body);
        if (!answer) return false;
        assert.ok([200, 202, 429, 503].includes(answer.status), answer.text);
        return answer.status === 200 && answer.json.status !== 'Pending' && answer;
      }, 100_000);
      made.push({ id: created.paymentId, amount, final });
    }
  };
  const running = Promise.all(Array.from({ length: clients }, (_, number) => client(number)));
  let has_failed;
  running.catch((error) => { has_failed = error; });
  for (let round = 0; round < rounds; ++round) {
    const goal = made.length + payments_per_round;
    await eventually(`${goal} payments`, () => has_failed || made.length >= goal, 100_000);
    if (has_failed) throw has_failed;
    await server.kill();
    server = await Florin.start({ ...place, listen });
  }
  await send(sandbox.origin, 'DELETE', '/sandbox/faults');
  is_over = true;
  await running;
  context.diagnostic(`${made.length} payments`);

  const movements = (await server.truth()).filter((movement) => movement.provider === 'bank_simulator');
  const explained = new Set();
  let taken = 0, never_sent = 0;
  for (const { id, amount, final } of made) {
    // Killed before it was sent, and the card is gone with the process: then that is the end, and nothing moved.
    if (final.json.failCode === 'never_reached_provider') ++never_sent;
    else assert.equal(final.json.status, ends[amount] ?? 'Accepted', `${amount}: ${final.text}`);
    const read = await ask('GET', `/get-payment?merchantId=test-merchant&paymentId=${id}`);
    assert.deepEqual([read.json.status, read.json.amount], [final.json.status, amount], id);
    const { json } = await server.get(`/api/v1/payments/${id}`);
    const references = json.transactions.map((transaction) => transaction.reference_number);
    const moved = movements.filter((movement) => references.includes(movement.reference));
    const is_taken = final.json.status === 'Accepted';
    assert.deepEqual(moved.map((movement) => [movement.type, movement.amount]), is_taken ? [['purchase', amount * 100]] : [], `${id}: ${final.text}`);
    for (const movement of moved) explained.add(movement.reference);
    if (is_taken) taken += amount * 100;
  }
  assert.ok(never_sent <= clients * rounds, `${never_sent} were never sent`);
  assert.deepEqual(movements.filter((movement) => !explained.has(movement.reference)), [], 'nothing moved that no client asked for');
  const { json } = await server.get('/api/v1/ledger/balances');
  const clearing = json.balances.find((balance) => balance.account === 'provider_clearing:bank_simulator');
  assert.deepEqual([clearing.balance_minor, clearing.currency], [taken, 'GBP']);
  for (const words of [['ledger', 'check'], ['audit', 'verify']]) {
    const done = await server.command(...words);
    assert.equal(done.code, 0, `${words.join(' ')}: ${done.out}${done.err}`);
  }
  assert.deepEqual(await server.stop(), { code: 0, signal: null });
});
