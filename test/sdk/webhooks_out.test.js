'use strict';
// What Florin sends to merchants' endpoints, verified by the npm package of Standard Webhooks: its judge.

const { test, before, after } = require('node:test');
const assert = require('node:assert/strict');
const http = require('node:http');
const { Webhook } = require('standardwebhooks');

// Begun here and not in the hook, because what it registers for the end of the file would end with the hook.
const loading = import('../support/florin.mjs');
let support, florin;
before(async () => {
  support = await loading;
  florin = await support.start_florin();
});
after(() => florin?.stop());

/// A merchant's endpoint that keeps what it is sent.
async function receiver(context) {
  const messages = [];
  const server = http.createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    messages.push({ headers: request.headers, body: Buffer.concat(parts) });
    response.writeHead(204).end();
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => server.close());
  return { messages, url: `http://127.0.0.1:${server.address().port}/webhooks` };
}
const endpoint_for = async (url) => {
  const { status, json, text } = await florin.post('/api/v1/webhook_endpoints', { url, event_types: ['florin.payment.*'] });
  assert.equal(status, 201, text);
  return json;
};
const arrived = (messages, count) => support.eventually(`${count} messages`, () => messages.length >= count && messages[count - 1]);

test('the package verifies what is sent, and nothing that was altered', async (context) => {
  const { messages, url } = await receiver(context);
  const { secret } = await endpoint_for(url);
  const { json } = await florin.pay('purchase', support.charge('12.50'));
  const { headers, body } = await arrived(messages, 1);
  const webhook = new Webhook(secret);
  const event = webhook.verify(body.toString(), headers);
  assert.deepEqual([event.specversion, event.subject], ['1.0', `payment/${json.payment_id}`]);
  assert.throws(() => webhook.verify(body.toString().replace('12.50', '12.51'), headers), /signature/i);
  assert.throws(() => webhook.verify(body.toString(), { ...headers, 'webhook-id': 'another' }), /signature/i);
  assert.throws(() => webhook.verify(body.toString(), { ...headers, 'webhook-timestamp': String(Number(headers['webhook-timestamp']) + 1) }), /signature/i);
  assert.throws(() => new Webhook(`whsec_${Buffer.alloc(32, 7).toString('base64')}`).verify(body.toString(), headers), /signature/i);
});

test('while a secret is rotated the package verifies with either', async (context) => {
  const { messages, url } = await receiver(context);
  const { id, secret } = await endpoint_for(url);
  const rotated = (await florin.post(`/api/v1/webhook_endpoints/${id}/rotate_secret`, { overlap_hours: 1 })).json;
  await florin.pay('purchase', support.charge('12.50'));
  const { headers, body } = await arrived(messages, 1);
  for (const one of [secret, rotated.secret]) assert.equal(new Webhook(one).verify(body.toString(), headers).specversion, '1.0');
});
