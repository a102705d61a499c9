// A first run receives webhooks without anybody's doing: Florin tells the sandbox where it takes them.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import http from 'node:http';
import path from 'node:path';
import { test } from 'node:test';
import { charge, eventually, Florin, fresh_database, Sandbox, send, start_florin, temporary_folder } from '../support/florin.mjs';

const settings = async (sandbox) => (await send(sandbox, 'GET', '/sandbox/settings')).json;
/// The first webhook of a purchase, once it has arrived.
async function arrived(florin) {
  assert.equal((await florin.pay('purchase', charge('71.00'))).status, 200);
  const { webhooks } = await eventually('its webhook is delivered', async () => {
    const { json } = await send(florin.sandbox, 'GET', '/sandbox/webhooks');
    return json.webhooks.some((webhook) => webhook.state === 'delivered') && json;
  });
  await eventually('it is worked on', () => florin.log.some((line) => line.includes('"webhook.processed"')));
  return webhooks;
}

test('the sandbox beside a server sends it webhooks from the start', async () => {
  const florin = await start_florin();
  const { authorize_net, stripe } = await settings(florin.sandbox);
  assert.equal(authorize_net.webhook_url, `${florin.origin}/api/v1/webhooks/authorize-net`);
  assert.equal(stripe.webhook_url, `${florin.origin}/api/v1/webhooks/stripe`);
  const [webhook] = await arrived(florin);
  assert.deepEqual(webhook.attempts.map((attempt) => attempt.status), [200]);
});

test('a sandbox elsewhere is told too, but somebody\'s own receiver is left alone', async () => {
  const sandbox = await Sandbox.start();
  const mine = 'http://127.0.0.1:9/mine';
  await send(sandbox.origin, 'PUT', '/sandbox/settings', { body: { stripe: { webhook_url: mine } } });
  const place = { data: path.join(temporary_folder(), 'data'), database: await fresh_database(), sandbox: sandbox.origin };
  const first = await Florin.start(place);
  await arrived(first);
  await first.stop();
  // On another port: what an earlier start has said does not stay.
  const second = await Florin.start({ ...place, listen: '0.0.0.0:0' });
  const port = new URL(second.origin).port;
  const { authorize_net, stripe } = await settings(sandbox.origin);
  assert.deepEqual([authorize_net.webhook_url, stripe.webhook_url], [`http://127.0.0.1:${port}/api/v1/webhooks/authorize-net`, mine]);
});

test('a sandbox that comes later is told then', async (context) => {
  let is_there = false;
  const told = [];
  const sandbox = http.createServer((request, response) => {
    if (!is_there) return request.socket.destroy();
    if (request.method === 'GET') return response.end('{"settle_after_ms":0,"authorize_net":{"webhook_url":""},"chargebee":{"webhook_url":""}}');
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => { told.push(JSON.parse(Buffer.concat(parts))); response.end('{}'); });
  });
  await new Promise((resolve) => sandbox.listen(0, '127.0.0.1', resolve));
  context.after(() => { sandbox.closeAllConnections(); sandbox.close(); });
  const florin = await start_florin({ sandbox: `http://127.0.0.1:${sandbox.address().port}` });
  assert.equal(told.length, 0);
  is_there = true;
  await eventually('it is told', () => told.length === 1);
  assert.deepEqual(told[0], { authorize_net: { webhook_url: `${florin.origin}/api/v1/webhooks/authorize-net` },
    chargebee: { webhook_url: `${florin.origin}/api/v1/webhooks/chargebee` } });
});

test('a server with a certificate that a sandbox cannot check is not told of', async () => {
  const folder = temporary_folder();
  const [certificate, key] = [path.join(folder, 'certificate.pem'), path.join(folder, 'key.pem')];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', key, '-out', certificate,
    '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'], { stdio: 'ignore' });
  const florin = await start_florin({ config: `[tls]\ncertificate = "${certificate}"\nkey = "${key}"\n` });
  assert.ok(florin.origin.startsWith('https://'));
  assert.equal((await settings(florin.sandbox)).authorize_net.webhook_url, '');
});
