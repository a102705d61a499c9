// What the sandbox tells of: webhooks as Authorize.Net sends them, over real HTTP, through crashes of the sandbox.

import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { eventually, Sandbox, send, temporary_folder } from '../support/florin.mjs';

const signature_key = '0123456789ABCDEF'.repeat(8);
const login = { authorization: `Basic ${Buffer.from('sandboxLogin:sandboxKey123456').toString('base64')}` };

/// Somebody who listens; `answer` decides each request's status, or waits.
const received = [];
let answer = () => 200;
const listener = http.createServer((request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', async () => {
    const body = Buffer.concat(parts);
    const expected = `sha512=${crypto.createHmac('sha512', signature_key).update(body).digest('hex').toUpperCase()}`;
    const text = body.toString();
    let event;
    try { event = JSON.parse(text); } catch { event = undefined; }
    received.push({ text, event, is_genuine: request.headers['x-anet-signature'] === expected });
    response.writeHead(await answer(event)).end();
  });
});
const url = () => `http://127.0.0.1:${listener.address().port}/hooks`;
before(() => new Promise((resolve) => listener.listen(0, '127.0.0.1', resolve)));
after(() => { listener.closeAllConnections(); listener.close(); });

const buy = async (sandbox, invoice, amount = '12.50') => {
  // Their replies begin with a byte order mark, which `text()` takes away.
  const reply = await fetch(`${sandbox.origin}/xml/v1/request.api`, { method: 'POST', body: JSON.stringify({ createTransactionRequest: {
    merchantAuthentication: { name: 'sandboxLogin', transactionKey: 'sandboxKey123456' }, refId: invoice,
    transactionRequest: { transactionType: 'authCaptureTransaction', amount,
      payment: { creditCard: { cardNumber: '4111111111111111', expirationDate: '2035-12' } }, order: { invoiceNumber: invoice } } } }) });
  return JSON.parse(await reply.text()).transactionResponse.transId;
};
const settings = (sandbox, body) => send(sandbox.origin, 'PUT', '/sandbox/settings', { body });
const invoices = () => received.map((came) => came.event?.payload.invoiceNumber);
const begin = async (options) => {
  received.length = 0;
  answer = () => 200;
  const sandbox = await Sandbox.start(options);
  assert.equal((await settings(sandbox, { authorize_net: { webhook_url: url() }, webhook_retry_ms: [50, 50, 50, 50, 50, 50, 50, 50, 50, 50] })).status, 200);
  return sandbox;
};

test('what happened is told even when the sandbox is killed before it could', async () => {
  const data = temporary_folder();
  let sandbox = await begin({ data });
  // It is there, and will never be answered: the sandbox dies with the request on its way.
  answer = () => new Promise(() => {});
  const bought = await buy(sandbox, 'KILLED');
  await eventually('the first attempt', () => received.length === 1);
  sandbox.child.kill('SIGKILL');
  await sandbox.ended;
  answer = () => 200;
  sandbox = await Sandbox.start({ data });
  await eventually('the second attempt', () => received.length === 2);
  assert.equal(received[0].text, received[1].text);
  assert.ok(received.every((came) => came.is_genuine));
  assert.equal(received[1].event.payload.id, bought);
  const log = await eventually('the log', async () => {
    const { webhooks } = (await send(sandbox.origin, 'GET', '/sandbox/webhooks')).json;
    return webhooks[0].state === 'delivered' && webhooks;
  });
  assert.equal(log.length, 1);
});

test('an endpoint that fails is tried again, and at the ladder\'s end it is inactive', async () => {
  const sandbox = await begin();
  let failures = 3;
  answer = () => (failures-- > 0 ? 500 : 200);
  await buy(sandbox, 'LATER');
  await eventually('four attempts', () => received.length === 4);
  await settings(sandbox, { webhook_retry_ms: [1, 1] });
  answer = () => 500;
  await buy(sandbox, 'NEVER');
  const hook = async () => (await send(sandbox.origin, 'GET', '/rest/v1/webhooks', { headers: login })).json[0];
  await eventually('an inactive webhook', async () => (await hook()).status === 'inactive');
  assert.equal(received.length, 7);
  // Whoever mends the endpoint tests it first.
  const ping = async () => (await send(sandbox.origin, 'POST', `/rest/v1/webhooks/${(await hook()).webhookId}/pings`, { headers: login })).status;
  assert.equal(await ping(), 500);
  answer = () => 200;
  assert.equal(await ping(), 200);
});

test('a script of faults does to webhooks what it says', async () => {  // F40, F42, F44, F45
  const sandbox = await begin();
  const rule = (kind, more = {}) => ({ action: { kind, ...more }, count: 1 });
  const rules = [rule('lose'), rule('reorder'), rule('duplicate', { copies: 20 }), rule('forge')];
  assert.equal((await send(sandbox.origin, 'PUT', '/sandbox/faults', { body: { rules } })).status, 200);
  for (const invoice of ['LOST', 'HELD', 'COPIED', 'FORGED']) await buy(sandbox, invoice);
  await eventually('all of them', () => received.length === 1 + 20 + 2);
  assert.ok(!invoices().includes('LOST'));
  assert.ok(invoices().indexOf('HELD') > invoices().indexOf('COPIED'), invoices().join(' '));
  const forged = received.filter((came) => !came.is_genuine);
  assert.deepEqual(forged.map((came) => came.event.payload.invoiceNumber), ['FORGED']);
  const page = (await send(sandbox.origin, 'GET', '/')).text;
  for (const shown of ['lost on request', 'delivered', '>forged<', '>copy<']) assert.ok(page.includes(shown), shown);
});

test('bad settings are refused by name and change nothing', async () => {
  const sandbox = await begin();
  for (const [body, field] of [
    [{ authorize_net: { webhook_url: 'shop' } }, 'authorize_net.webhook_url'], [{ authorize_net: { key: 'x' } }, 'authorize_net.key'],
    [{ webhook_retry_scale: 7 }, 'webhook_retry_scale'], [{ webhook_retry: [] }, 'webhook_retry']]) {
    const refused = await settings(sandbox, body);
    assert.deepEqual([refused.status, refused.json.field], [422, field]);
  }
  assert.equal((await send(sandbox.origin, 'GET', '/sandbox/settings')).json.authorize_net.webhook_url, url());
});
