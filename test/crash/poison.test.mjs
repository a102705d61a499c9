// A message that kills whoever works on it: three processes die of it, then it waits for a person, and others flow on.
//
// The killer is the merchant's server: at the moment it is sent the poisonous event it kills the sender. To Florin that is
// a job during which its process died without a word.

import assert from 'node:assert/strict';
import http from 'node:http';
import path from 'node:path';
import { test } from 'node:test';
import { eventually, Florin, fresh_database, temporary_folder } from '../support/florin.mjs';

test('a poison message is given up after three crashes, while others are delivered, and may be let go once it is harmless', { timeout: 400_000 }, async (context) => {  // F59, F55, F60
  const place = { data: path.join(temporary_folder(), 'data'), database: await fresh_database(), listen: '127.0.0.1:0' };
  let server = await Florin.start(place);
  context.after(() => server.kill());
  place.listen = new URL(server.origin).host;

  const taken = [];
  let deaths = 0;
  let is_harmless = false;
  // A process takes its job up again before it says that it listens: it dies once the test knows it.
  let is_known = true;
  const bite = () => {
    if (!is_known) {
      setTimeout(bite, 20);
      return;
    }
    is_known = false;
    deaths += 1;
    server.child.kill('SIGKILL');
  };
  const receiver = http.createServer((request, response) => {
    const parts = [];
    request.on('error', () => {});
    response.on('error', () => {});
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      const event = JSON.parse(Buffer.concat(parts).toString('utf8'));
      if (request.url === '/poison' && !is_harmless) {
        bite();
        return;
      }
      taken.push({ place: request.url, id: request.headers['webhook-id'], event });
      response.writeHead(204).end();
    });
  });
  await new Promise((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  context.after(() => { receiver.closeAllConnections(); receiver.close(); });
  const origin = `http://127.0.0.1:${receiver.address().port}`;

  for (const [url, event_types] of [['/healthy', ['florin.customer.created']], ['/poison', ['florin.customer.updated']]])
    assert.equal((await server.post('/api/v1/webhook_endpoints', { url: origin + url, event_types })).status, 201);
  const customer = async (name) => {
    const made = await server.post('/api/v1/customers', { name });
    assert.equal(made.status, 201, made.text);
    return made.json.id;
  };
  const poisonous = await customer('Lucrezia');
  await eventually('the first is delivered', () => taken.length === 1);
  // Its answer may be lost: the process dies of it.
  await server.request('PATCH', `/api/v1/customers/${poisonous}`, { body: { version: 1, name: 'Lucrezia Borgia' } }).catch(() => {});

  const letter = await eventually('it lies on the desk', async () => {
    if (server.has_ended) {
      server = await Florin.start(place);
      await customer(`Born after crash ${deaths}`);
      is_known = true;
    }
    const answer = await server.get('/api/v1/dead_letters').catch(() => undefined);
    return answer?.json?.data?.[0];
  }, 300_000);
  assert.equal(deaths, 3);
  assert.equal(letter.kind, 'webhooks.deliver');
  assert.match(letter.last_error, /^lease_lost/);
  await eventually('those born after each crash are delivered', () => taken.filter((one) => one.place === '/healthy').length === 4);
  await eventually('the log tells of it', () => server.log.some((line) => line.includes('dead_letters.landed')));
  assert.ok(!server.has_ended, 'it lives on');

  is_harmless = true;
  assert.equal((await server.post(`/api/v1/dead_letters/${letter.id}/retry`, { reason: 'Their server does not bite any more' })).status, 200);
  const [delivered] = await eventually('it is delivered', () => {
    const found = taken.filter((one) => one.place === '/poison');
    return found.length > 0 && found;
  });
  assert.ok(delivered.event.subject.endsWith(poisonous));
  assert.equal(new Set(taken.map((one) => one.id)).size, taken.length, 'nothing else came twice');
});
