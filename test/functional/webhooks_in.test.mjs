// Webhooks of providers, as they arrive. How they are worked on is tested in src/domain/intake/test.

import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { after, before, test } from 'node:test';
import { charge, eventually, Florin, fresh_database, Sandbox, start_florin, temporary_folder } from '../support/florin.mjs';
import path from 'node:path';

const signature_key = '0123456789ABCDEF'.repeat(8);
const sign = (body, key = signature_key) => `sha512=${crypto.createHmac('sha512', key).update(body).digest('hex').toUpperCase()}`;
const event = (reference, more = {}) => JSON.stringify({
  notificationId: crypto.randomUUID(), eventType: 'net.authorize.payment.authcapture.created', eventDate: '2026-11-20T10:15:30.1234567Z',
  webhookId: '2b8e3d6a-1111-4222-8333-444455556666',
  payload: { responseCode: 1, merchantReferenceId: reference, authCode: 'A1B2C3', avsResponse: 'Y', authAmount: 12.5, invoiceNumber: reference,
    entityName: 'transaction', id: '40000000017' },
  ...more,
});
const deliver = (server, body, signature = sign(body), provider = 'authorize-net') =>
  server.request('POST', `/api/v1/webhooks/${provider}`, { key: null, body, headers: { 'x-anet-signature': signature, 'content-type': 'application/json' } });
const metric = async (server, name) => {
  const line = (await server.get('/api/v1/metrics', { key: null })).text.split('\n').find((one) => one.startsWith(name));
  return line ? Number(line.split(' ').at(-1)) : 0;
};

let florin;
before(async () => { florin = await start_florin(); });
after(() => florin?.stop());

test('of fifty copies at once one is accepted, and a copy a while later is known too', async () => {  // F40, F47, D-AP-12
  const body = event('ABCDEFGHJKMNPQRSTVWX');
  const answers = await Promise.all(Array.from({ length: 50 }, () => deliver(florin, body)));
  assert.ok(answers.every((answer) => answer.status === 200), answers.find((answer) => answer.status !== 200)?.text);
  assert.equal(answers.filter((answer) => answer.json.status === 'accepted').length, 1);
  assert.equal((await deliver(florin, body)).json.status, 'duplicate');
});

test('what is not signed by the provider is refused and counted', async () => {  // F45, B-SE-09
  const body = event('ABCDEFGHJKMNPQRSTVWX');
  const counted = () => metric(florin, 'florin_webhooks_total{connector="authorize_net",result="forged"}');
  const before = await counted();
  for (const signature of ['', 'sha512=', sign(body, 'x'), sign(`${body} `), sign(body).slice(0, -1)]) {
    const { status, json } = await deliver(florin, body, signature);
    assert.deepEqual([status, json.code], [401, 'webhook_not_genuine']);
  }
  assert.equal(await counted(), before + 5);
  assert.equal((await deliver(florin, body)).json.status, 'accepted', 'none of them has taken its event id');
});

test('a provider that there is none of, or that sends none, is not found; what is no event is refused', async () => {
  const body = event('ABCDEFGHJKMNPQRSTVWX');
  assert.equal((await deliver(florin, body, sign(body), 'nobody')).status, 404);
  assert.equal((await deliver(florin, body, sign(body), 'bank-simulator')).status, 404);
  for (const odd of ['', '{', '[]', '"x"', '{}', '{"notificationId":"n","eventType":7}', '{"notificationId":"","eventType":"x"}']) {
    const { status, json } = await deliver(florin, odd);
    assert.deepEqual([status, json.code], [422, 'webhook_unreadable'], odd);
  }
});

test('another body under a known event id is told of, and changes nothing', async () => {  // F48
  const notificationId = crypto.randomUUID();
  assert.equal((await deliver(florin, event('ABCDEFGHJKMNPQRSTVWX', { notificationId }))).json.status, 'accepted');
  assert.equal((await deliver(florin, event('BCDEFGHJKMNPQRSTVWXY', { notificationId }))).json.status, 'conflicting');
});

test('a webhook is only a hint: what it claims is not believed', async () => {  // D-FL-06
  await florin.faults({ match: { provider: 'authorize_net', transactionType: 'authCaptureTransaction' }, action: { kind: 'drop_after' }, count: 1 });
  const lost = (await florin.pay('purchase', charge('61.00'))).json;
  await florin.faults();
  assert.equal((await deliver(florin, event(lost.reference_number))).status, 200);
  assert.equal((await florin.settled(lost.transaction_id)).status, 'settled');
  const fine = (await florin.pay('purchase', charge('62.00'))).json;
  const voided = event(fine.reference_number, { eventType: 'net.authorize.payment.void.created' });
  assert.equal((await deliver(florin, voided)).status, 200);
  await eventually('it is processed', () => florin.log.some((line) => line.includes('webhook.processed') && line.includes('void.created')));
  const { json } = await florin.get(`/api/v1/payments/${fine.payment_id}`);
  assert.deepEqual([json.payment.state, json.payment.amount_captured], ['captured', '62.00']);
});

test('what was acknowledged is worked on after a kill', { timeout: 60_000 }, async (context) => {  // F49
  const sandbox = await Sandbox.start({ data: path.join(temporary_folder(), 'sandbox') });
  context.after(() => sandbox.stop());
  const place = { data: path.join(temporary_folder(), 'data'), database: await fresh_database(), sandbox: sandbox.origin };
  let server = await Florin.start(place);
  context.after(() => server.kill());
  const body = event('ABCDEFGHJKMNPQRSTVWX');
  const { correlation_id } = (await server.pay('purchase', charge('5.00'))).json;
  assert.ok(correlation_id);
  assert.equal((await deliver(server, body)).json.status, 'accepted');
  await server.kill();
  server = await Florin.start(place);
  assert.equal((await deliver(server, body)).json.status, 'duplicate', 'it was durable');
});

test('a burst of webhooks is taken to the last one, or refused for the provider to repeat', { timeout: 240_000 }, async () => {  // F52
  const bodies = Array.from({ length: 10_000 }, () => event('ABCDEFGHJKMNPQRSTVWX'));
  let accepted = 0;
  const senders = Array.from({ length: 64 }, async () => {
    for (let body = bodies.pop(); body; body = bodies.pop()) {
      for (;;) {
        const answer = await deliver(florin, body);
        if (answer.status === 200) { accepted += 1; assert.equal(answer.json.status, 'accepted'); break; }
        assert.ok([429, 503].includes(answer.status), answer.text);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  });
  await Promise.all(senders);
  assert.equal(accepted, 10_000);
  assert.equal((await florin.pay('purchase', charge('63.00'))).status, 200, 'payments go on');
});
