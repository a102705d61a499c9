// A provider that answers nobody: new charges are refused before they are begun, everybody can see it, and it ends by itself.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { charge, eventually, fresh_key, send, start_florin } from '../support/florin.mjs';

let florin, bank;
before(async () => {
  florin = await start_florin();
  bank = await florin.new_merchant('bank-shop', { connector: 'bank_simulator' });
});
after(() => florin?.stop());

const gauge = async (connector) => {
  const { text } = await florin.get('/api/v1/metrics', { key: null });
  return Number(new RegExp(`^florin_connector_breaker_open\\{connector="${connector}"\\} (\\d+)$`, 'm').exec(text)?.[1]);
};
const charges_at_the_provider = async () =>
  (await send(florin.sandbox, 'GET', '/sandbox/calls?limit=200')).json.calls.filter((call) => JSON.stringify(call).includes('authCaptureTransaction')).length;

test('the breaker of one provider opens, shows in the metrics, spares the other provider, and closes once a look-up is answered', { timeout: 150_000 }, async () => {  // F35, D-DE-05, C-IM-11
  assert.deepEqual([await gauge('authorize_net'), await gauge('bank_simulator')], [0, 0]);
  await florin.faults({ match: { provider: 'authorize_net' }, action: { kind: 'error_before', status: 500 } });
  const pending = [];
  const refused = await eventually('new charges are refused', async () => {
    assert.ok(pending.length < 60, 'it goes on sending');
    const answer = await florin.pay('purchase', charge('10.00'), { idempotency_key: fresh_key() });
    assert.ok([202, 503].includes(answer.status), answer.text);
    if (answer.status === 202) pending.push(answer.json);
    return answer.status === 503 && answer;
  }, 60_000);
  assert.equal(refused.json.code, 'provider_unavailable');
  assert.ok(Number(refused.headers['retry-after']) >= 1);
  assert.equal(await gauge('authorize_net'), 1);

  // Refused means that nothing was begun.
  const sent = await charges_at_the_provider();
  assert.equal(sent, pending.length);
  const idempotency_key = fresh_key();
  assert.equal((await florin.pay('purchase', charge('11.00'), { idempotency_key })).status, 503);
  assert.equal(await charges_at_the_provider(), sent);
  assert.equal(await gauge('bank_simulator'), 0);
  assert.equal((await florin.pay('purchase', charge('12.00'), { key: bank.key })).status, 200);

  await florin.faults();
  await eventually('it has closed', async () => (await gauge('authorize_net')) === 0, 90_000);
  assert.equal((await florin.pay('purchase', charge('11.00'), { idempotency_key })).status, 200, 'the refusal has not taken the key');
  for (const { transaction_id } of pending) assert.equal((await florin.settled(transaction_id)).status, 'failed');
  assert.deepEqual((await florin.truth()).map((movement) => movement.amount), [1200, 1100]);
});
