// Answers get lost, the sandbox's fault script sees to it; the money moves once and the books find out.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { charge, fresh_key, minor, start_florin, visa } from '../support/florin.mjs';

let florin, bank, stripe;
before(async () => {
  florin = await start_florin();
  bank = await florin.new_merchant('bank-shop', { connector: 'bank_simulator' });
  stripe = await florin.new_merchant('stripe-shop', { connector: 'stripe' });
});
after(() => florin?.stop());

const providers = {
  authorize_net: { key: () => florin.key, purchase: 'authCaptureTransaction', authorize: 'authOnlyTransaction', capture: 'priorAuthCaptureTransaction', refund: 'refundTransaction', cancel: 'voidTransaction' },
  bank_simulator: { key: () => bank.key, purchase: 'payment', authorize: 'payment', capture: 'capture', refund: 'refund', cancel: 'void' },
  stripe: { key: () => stripe.key, purchase: 'payment_intent', authorize: 'payment_intent', capture: 'capture', refund: 'refund', cancel: 'cancel' },
};
const faults = {
  'the answer is lost': { kind: 'drop_after' },
  'an error is answered after the deed': { kind: 'error_after', status: 503 },
  'garbage is answered': { kind: 'garbage' },
  'the connection breaks before anything happened': { kind: 'drop_before' },
  'an error is answered and nothing happened': { kind: 'error_before', status: 500 },
};

/// Sends the operation while `fault` holds for exactly one call of its kind.
async function with_fault(provider, verb, fault, send) {
  await florin.faults({ match: { provider, transactionType: providers[provider][verb] }, action: fault, count: 1 });
  return send();
}

for (const provider of Object.keys(providers)) {
  for (const [what, fault] of Object.entries(faults)) {
    test(`${provider}: when ${what}, purchases, captures, refunds and cancels settle by themselves and move the money once at most`, { timeout: 150_000 }, async () => {  // F1, F4, F6, F9, F23
      const key = providers[provider].key();
      const pay = (verb, body) => florin.pay(verb, body, { key, idempotency_key: fresh_key() });
      const bought = (await pay('purchase', charge('50.00'))).json;
      const held = (await pay('authorize', charge('60.00'))).json;
      const to_cancel = (await pay('authorize', charge('70.00'))).json;
      const sent = [];
      for (const [verb, body] of [
        ['purchase', charge('41.00')], ['capture', { transaction_id: held.transaction_id, amount: '40.00' }],
        ['refund', { transaction_id: bought.transaction_id, amount: '20.00' }], ['cancel', { transaction_id: to_cancel.transaction_id }],
      ]) {
        const answer = await with_fault(provider, verb, fault, () => pay(verb, body));
        assert.ok([200, 202, 503].includes(answer.status), `${verb}: ${answer.status} ${answer.text}`);
        if (answer.status === 202) assert.equal(answer.json.status, 'pending');
        sent.push([verb, answer, body.amount]);
      }
      await florin.faults();
      // While it is open nothing else may use what it may have used.
      const refund = sent.find(([verb]) => verb === 'refund')[1];
      if (refund.status === 202) {
        const more = await pay('refund', { transaction_id: bought.transaction_id, amount: '30.01' });
        assert.equal(more.status, 409, 'the amount of an open refund stays reserved');
      }
      const ended = await Promise.all(sent.map(([, answer]) => (answer.json.transaction_id ? florin.settled(answer.json.transaction_id, { key }) : answer.json)));
      const truth = await florin.truth();
      for (const [i, transaction] of ended.entries()) {
        const [verb] = sent[i];
        if (!transaction.transaction_id) continue;
        const moved = truth.filter((movement) => movement.reference === transaction.reference_number);
        const happened = transaction.status !== 'failed';
        assert.deepEqual(moved.map((movement) => movement.amount), happened ? [minor(transaction.amount)] : [], `${verb}: ${JSON.stringify([transaction, moved])}`);
      }
      const { json } = await florin.get(`/api/v1/payments/${bought.payment_id}`, { key });
      const refunded = ended[2].status === 'settled' ? '20.00' : '0.00';
      assert.equal(json.payment.amount_refunded, refunded);
    });
  }
}

test('a purchase whose answer was lost is looked up, repeated with its key, and is still one', async () => {  // F4, F37, B-FR-42, C-IM-06
  const idempotency_key = fresh_key();
  const first = await with_fault('authorize_net', 'purchase', { kind: 'drop_after' }, () => florin.pay('purchase', charge('44.00'), { idempotency_key }));
  assert.deepEqual([first.status, first.json.status], [202, 'pending']);
  const meanwhile = await florin.pay('purchase', charge('44.00'), { idempotency_key });
  assert.ok([200, 202, 429].includes(meanwhile.status));
  if (meanwhile.json.transaction_id) assert.equal(meanwhile.json.transaction_id, first.json.transaction_id);
  const settled = await florin.settled(first.json.transaction_id);
  assert.equal(settled.status, 'settled');
  const afterwards = await florin.pay('purchase', charge('44.00'), { idempotency_key });
  assert.deepEqual([afterwards.status, afterwards.json.transaction_id, afterwards.json.status], [200, first.json.transaction_id, 'settled']);
  assert.equal((await florin.truth()).filter((movement) => movement.reference === settled.reference_number).length, 1);
});

test('a look-up that lags does not make anybody think that nothing happened', { timeout: 150_000 }, async () => {  // F7
  await florin.faults(
    { match: { provider: 'authorize_net', transactionType: 'authCaptureTransaction' }, action: { kind: 'drop_after' }, count: 1 },
    { match: { provider: 'authorize_net' }, action: { kind: 'lookup_lag', ms: 12_000 } });
  const answer = await florin.pay('purchase', charge('45.00'));
  assert.equal(answer.status, 202);
  const settled = await florin.settled(answer.json.transaction_id);
  await florin.faults();
  assert.equal(settled.status, 'settled');
});

test('a partial approval is held and never taken for the whole', async () => {  // F25
  await florin.faults({ match: { provider: 'authorize_net' }, action: { kind: 'partial_approval', amount: '10.00' }, count: 1 });
  const answer = await florin.pay('purchase', charge('46.00'));
  await florin.faults();
  assert.notEqual(answer.json.status, 'settled', answer.text);
  const { json } = await florin.get(`/api/v1/payments/${answer.json.payment_id}`);
  assert.notEqual(json.payment.amount_captured, '46.00');
  assert.notEqual(json.payment.state, 'captured');
});

test('two purchases alike, one of them unknown, are not taken for each other', async () => {  // F10
  await florin.faults({ match: { provider: 'authorize_net', transactionType: 'authCaptureTransaction' }, action: { kind: 'drop_before' }, count: 1 });
  const [lost, fine] = [await florin.pay('purchase', charge('47.00')), await florin.pay('purchase', charge('47.00'))];
  await florin.faults();
  assert.equal(fine.status, 200);
  if (lost.status === 202) assert.equal((await florin.settled(lost.json.transaction_id)).status, 'failed');
  assert.equal((await florin.truth()).filter((movement) => movement.amount === 4700).length, 1);
});

test('a card whose storing was not answered is not offered for payment', async () => {
  await florin.faults({ match: { provider: 'bank_simulator', transactionType: 'card' }, action: { kind: 'drop_after' }, count: 1 });
  const answer = await florin.post('/api/v1/payment_methods', { card: visa }, { key: bank.key });
  await florin.faults();
  assert.ok(answer.status === 503 || answer.json.status !== 'active' || answer.status === 201, answer.text);
  if (answer.status === 201 && answer.json.status !== 'active') {
    const bought = await florin.pay('purchase', { amount: '5', currency: 'EUR', payment_method_token: answer.json.payment_method_token }, { key: bank.key });
    assert.equal(bought.status, 404);
  }
});

test('failures between us and a provider show in the metrics', async () => {  // C-IM-11, D-DE-12
  const figures = async () => (await florin.get('/api/v1/metrics')).text.split('\n').filter((line) => /provider|connector|unknown|payment/.test(line) && !line.startsWith('#'));
  const before_fault = await figures();
  const answer = await with_fault('authorize_net', 'purchase', { kind: 'drop_after' }, () => florin.pay('purchase', charge('48.00')));
  assert.equal(answer.status, 202);
  await florin.faults();
  assert.ok(before_fault.length > 0, 'there are figures on providers and payments');
  assert.notDeepEqual(await figures(), before_fault);
});

test('at the end the books agree with the provider to the cent', async () => {
  const checked = await florin.command('ledger', 'check');
  assert.equal(checked.code, 0, checked.err);
  const { json } = await florin.get('/api/v1/ledger/balances');
  let taken = 0;
  const payments = [];
  for (let cursor = ''; cursor !== undefined;) {
    const page = (await florin.get(`/api/v1/payments?limit=200${cursor && `&cursor=${cursor}`}`)).json;
    payments.push(...page.data);
    cursor = page.next_cursor;
  }
  for (const payment of payments) taken += minor(payment.amount_captured) - minor(payment.amount_refunded);
  const revenue = json.balances.filter((balance) => balance.account.startsWith('provider_clearing'));
  assert.equal(revenue.reduce((sum, balance) => sum + balance.balance_minor, 0), taken);
});
