// The dead-letter desk: what no machine could do waits for a person, by HTTP and on the command line.

import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { charge, eventually, Florin, fresh_database, send, sql, start_florin, temporary_folder } from '../support/florin.mjs';

const desk = '/api/v1/dead_letters';
const at_once = '[retry."webhooks.deliver"]\nstrategy = "cancel"\n[retry."webhooks.process"]\nstrategy = "cancel"\n';
const sha256 = (text) => crypto.createHash('sha256').update(text).digest('hex');

/// A merchant's server: refuses with `status` while it is not 204.
class Receiver {
  static async start(context, status = 204) {
    const receiver = Object.assign(new Receiver(), { status, taken: [], seen: 0 });
    receiver.server = http.createServer((request, response) => {
      const parts = [];
      request.on('data', (part) => parts.push(part));
      request.on('end', () => {
        receiver.seen += 1;
        const event = JSON.parse(Buffer.concat(parts).toString('utf8'));
        if (receiver.status === 204) receiver.taken.push(event);
        response.writeHead(receiver.status).end();
      });
    });
    await new Promise((resolve) => receiver.server.listen(0, '127.0.0.1', resolve));
    receiver.url = `http://127.0.0.1:${receiver.server.address().port}/`;
    context.after(() => { receiver.server.closeAllConnections(); receiver.server.close(); });
    return receiver;
  }
}

let florin;
before(async () => { florin = await start_florin({ config: at_once }); });
after(() => florin?.stop());

let merchants = 0;
/// A merchant of its own for each test.
async function new_shop(server = florin) {
  const shop = await server.new_merchant(`shop-${++merchants}`);
  return {
    ...shop,
    get: (target) => server.get(target, { key: shop.key }),
    post: (target, body) => server.post(target, body, { key: shop.key }),
    patch: (target, body) => server.request('PATCH', target, { body, key: shop.key }),
    async endpoint(receiver, event_types = ['florin.customer.*']) {
      const made = await server.post('/api/v1/webhook_endpoints', { url: receiver.url, event_types }, { key: shop.key });
      assert.equal(made.status, 201, made.text);
      return made.json;
    },
    async customer(name = 'Ada') {
      const made = await server.post('/api/v1/customers', { name }, { key: shop.key });
      assert.equal(made.status, 201, made.text);
      return made.json.id;
    },
    letters: async (query = '') => (await server.get(`${desk}${query}`, { key: shop.key })).json.data,
    lying: (count) => eventually(`${count} dead letters`, async () => {
      const { json } = await server.get(`${desk}?limit=200`, { key: shop.key });
      return json.data.length === count && json.data;
    }),
  };
}

test('what could not be delivered is listed, counted by cause, and shown', async (context) => {  // F58, A-FR-18, D-DE-06, X-31, A-CM-16, A-CL-07
  const shop = await new_shop();
  const receiver = await Receiver.start(context, 500);
  const endpoint = await shop.endpoint(receiver);
  const customers = [await shop.customer(), await shop.customer()];
  await shop.lying(2);
  receiver.status = 503;
  customers.push(await shop.customer());
  const letters = await shop.lying(3);
  assert.ok(letters.every((letter) => letter.kind === 'webhooks.deliver' && letter.status === 'open' && !letter.payload), JSON.stringify(letters));
  assert.match(letters[0].last_error, /503/);
  const groups = (await shop.get(`${desk}/groups`)).json.data;
  assert.deepEqual(groups.map(({ kind, cause, count }) => [kind, cause, count]),
    [['webhooks.deliver', 'webhook_not_taken: It answered with the status #.', 3]]);
  assert.equal(groups[0].first_died_at, letters[2].died_at);
  assert.equal(groups[0].last_died_at, letters[0].died_at);
  const shown = (await shop.get(`${desk}/${letters[0].id}`)).json;
  assert.equal(shown.payload.endpoint, endpoint.id);
  assert.match(shown.payload.event, new RegExp(customers[2]));
  assert.deepEqual(shown.edits, []);

  const pages = [];
  for (let cursor; ;) {
    const { json } = await shop.get(`${desk}?limit=2${cursor ? `&cursor=${cursor}` : ''}`);
    pages.push(json.data.map((letter) => letter.id));
    if (!json.has_more) break;
    cursor = json.next_cursor;
  }
  assert.deepEqual(pages.flat(), letters.map((letter) => letter.id));
  assert.equal((await shop.letters(`?kind=webhooks.process`)).length, 0);
  assert.equal((await shop.letters(`?cause=${encodeURIComponent(groups[0].cause)}`)).length, 3);
  assert.equal((await shop.letters(`?died_before=${letters[0].died_at}`)).length, 2);
  for (const [query, field] of [['status=dead', 'status'], ['limit=0', 'limit'], ['cursor=x', 'cursor'], ['died_from=today', 'died_from']]) {
    const { status, json } = await shop.get(`${desk}?${query}`);
    assert.deepEqual([status, json.field], [422, field]);
  }
});

test('a letter is let go again under its own id, alone, as a group and in order; doing so twice does nothing more', async (context) => {  // F60, F63
  const shop = await new_shop();
  const receiver = await Receiver.start(context, 500);
  await shop.endpoint(receiver);
  const customer = await shop.customer();
  for (let version = 1; version < 4; ++version)
    assert.equal((await shop.patch(`/api/v1/customers/${customer}`, { version, name: `Ada ${version}` })).status, 200);
  const letters = await shop.lying(4);
  receiver.status = 204;
  const one = letters.at(-1);
  const answers = [];
  for (const reason of ['The server is back', undefined]) answers.push(await shop.post(`${desk}/${one.id}/retry`, reason ? { reason } : undefined));
  assert.deepEqual(answers.map(({ status, json }) => [status, json.status, json.reason]),
    [[200, 'retried', 'The server is back'], [200, 'retried', 'The server is back']]);
  await eventually('it is delivered', () => receiver.taken.length === 1);
  const [group] = (await shop.get(`${desk}/groups`)).json.data;
  assert.equal(group.count, 3);
  const wish = { kind: group.kind, cause: group.cause, reason: 'The others too' };
  assert.equal((await shop.post(`${desk}/retry`, wish)).json.count, 3);
  assert.equal((await shop.post(`${desk}/retry`, wish)).json.count, 0);
  await eventually('all are delivered', () => receiver.taken.length === 4);
  assert.deepEqual(receiver.taken.map((event) => event.sequence), ['1', '2', '3', '4'].map((one_of) => typeof receiver.taken[0].sequence === 'number' ? Number(one_of) : one_of));
  assert.equal(new Set(receiver.taken.map((event) => event.id)).size, 4);
  assert.deepEqual((await shop.letters()).length, 0);
  assert.equal((await shop.letters('?status=retried')).length, 4);
  // Who and why.
  const audit = (await shop.get(`/api/v1/audit?entity_type=dead_letter&entity_id=${one.id}`)).json.data.filter((record) => record.action === 'dead_letter.retried');
  assert.equal(audit.length, 1);
  assert.equal(audit[0].changes.reason, 'The server is back');
  assert.match(audit[0].user_id, /^key:/);
});

test('an edit keeps what was there before, and the audit has the hashes of both', async (context) => {
  const shop = await new_shop();
  const away = await Receiver.start(context, 500);
  const here = await Receiver.start(context);
  await shop.endpoint(away);
  const other = await shop.endpoint(here, ['florin.nothing']);
  const customer = await shop.customer();
  const [{ id, version }] = await shop.lying(1);
  const { payload } = (await shop.get(`${desk}/${id}`)).json;
  const wish = { payload: { ...payload, endpoint: other.id }, reason: 'Another endpoint takes it', version };
  const edited = await shop.patch(`${desk}/${id}`, wish);
  assert.equal(edited.status, 200, edited.text);
  assert.equal(edited.json.payload.endpoint, other.id);
  assert.deepEqual(edited.json.edits.map((edit) => [edit.number, edit.payload_before, edit.reason]), [[1, payload, 'Another endpoint takes it']]);
  const stale = await shop.patch(`${desk}/${id}`, wish);
  assert.deepEqual([stale.status, stale.json.code], [409, 'dead_letter_changed_meanwhile']);
  for (const [body, field] of [[{ payload: [], reason: 'x' }, 'payload'], [{ payload: {} }, 'reason'], [{ payload: {}, reason: '' }, 'reason'],
    [{ payload: { card: '4111111111111111' }, reason: 'x' }, 'payload'], [{ payload: {}, reason: 'x', status: 'done' }, 'status']]) {
    const refused = await shop.patch(`${desk}/${id}`, body);
    assert.deepEqual([refused.status, refused.json.field], [422, field], JSON.stringify(body));
  }
  assert.equal((await shop.post(`${desk}/${id}/retry`)).status, 200);
  await eventually('the other endpoint has it', () => here.taken.some((event) => event.subject.endsWith(customer)));
  const late = await shop.patch(`${desk}/${id}`, { ...wish, version: undefined });
  assert.deepEqual([late.status, late.json.code], [409, 'dead_letter_not_open']);
  const audit = (await shop.get(`/api/v1/audit?entity_type=dead_letter&entity_id=${id}`)).json.data.find((record) => record.action === 'dead_letter.edited');
  assert.deepEqual(audit.changes, { payload_sha256_before: sha256(JSON.stringify(payload)), payload_sha256_after: sha256(JSON.stringify(wish.payload)), reason: wish.reason });
});

test('what is discarded has a reason, is kept, and is not done', async (context) => {
  const shop = await new_shop();
  const receiver = await Receiver.start(context, 500);
  await shop.endpoint(receiver);
  await shop.customer();
  await shop.customer();
  const [first, second] = await shop.lying(2);
  assert.equal((await shop.post(`${desk}/${first.id}/discard`, {})).json.field, 'reason');
  for (let times = 0; times < 2; ++times) {
    const discarded = await shop.post(`${desk}/${first.id}/discard`, { reason: 'Read from the API' });
    assert.deepEqual([discarded.status, discarded.json.status, discarded.json.reason], [200, 'discarded', 'Read from the API']);
  }
  assert.equal((await shop.post(`${desk}/discard`, { ids: [first.id, second.id], reason: 'All read' })).json.count, 1);
  assert.deepEqual((await shop.letters('?status=discarded')).map((letter) => letter.reason).sort(), ['All read', 'Read from the API']);
  assert.equal((await shop.letters()).length, 0);
  assert.equal(receiver.seen, 2);
  for (const body of [{}, { ids: [] }, { all: false }, { all: true, kind: 'webhooks.deliver' }]) {
    const refused = await shop.post(`${desk}/retry`, body);
    assert.deepEqual([refused.status, refused.json.code], [422, 'ambiguous_selection'], JSON.stringify(body));
  }
  // It was a mistake.
  receiver.status = 204;
  assert.equal((await shop.post(`${desk}/${first.id}/retry`)).json.status, 'retried');
  await eventually('it is delivered after all', () => receiver.taken.length === 1);
  const too_late = await shop.post(`${desk}/${first.id}/discard`, { reason: 'Late' });
  assert.deepEqual([too_late.status, too_late.json.code], [409, 'dead_letter_not_open']);
});

test('the team hears of it: an event, a figure by kind and an error in the log', async (context) => {  // A-FR-19, A-CM-17
  const shop = await new_shop();
  const receiver = await Receiver.start(context, 500);
  const team = await Receiver.start(context);
  await shop.endpoint(receiver);
  await shop.endpoint(team, ['florin.dead_letter.*']);
  const lines = florin.log.length;
  await shop.customer();
  const [letter] = await shop.lying(1);
  const [event] = await eventually('the team is told', () => team.taken.length > 0 && team.taken);
  assert.equal(event.type, 'florin.dead_letter.created');
  assert.deepEqual([event.data.dead_letter.id, event.data.dead_letter.kind, event.data.dead_letter.cause], [letter.id, letter.kind, letter.cause]);
  assert.equal(event.data.dead_letter.payload, undefined);
  await eventually('the log has it', () => florin.log.slice(lines).some((line) => {
    const { event: name, level, kind, cause } = JSON.parse(line);
    return name === 'dead_letters.landed' && level === 'error' && kind === letter.kind && cause === letter.cause;
  }));
  await eventually('the figure shows it', async () => {
    const { text } = await florin.get('/api/v1/metrics', { key: null });
    return /^florin_dead_letters_by_kind\{kind="webhooks.deliver"\} [1-9]/m.test(text) && /^florin_dead_letters_by_kind\{kind="ledger.snapshot"\} 0/m.test(text);
  });
});

test('the news of a dead letter that cannot be delivered is a dead letter, and no more news', async (context) => {  // A-CM-17
  const shop = await new_shop();
  const receiver = await Receiver.start(context, 500);
  await shop.endpoint(receiver, ['florin.customer.*', 'florin.dead_letter.*']);
  await shop.customer();
  const letters = await shop.lying(2);
  const news = (await shop.get('/api/v1/events?limit=200')).json.data.filter((event) => event.type === 'florin.dead_letter.created');
  assert.equal(news.length, 1);
  // Whatever was to be told of has been told of once that later one is.
  const other = await Receiver.start(context, 500);
  await shop.endpoint(other, ['florin.customer.*']);
  receiver.status = 204;
  await shop.customer('Grace');
  await shop.lying(3);
  const types = await eventually('its news', async () => {
    const all = (await shop.get('/api/v1/events?limit=200')).json.data.filter((event) => event.type === 'florin.dead_letter.created');
    return all.length > 1 && all;
  });
  assert.equal(types.length, 2);
  assert.ok(letters.length === 2);
});

test('a merchant\'s letters are its own, and need their scopes', async (context) => {  // F137, B-SE-01
  const shop = await new_shop();
  const other = await new_shop();
  const receiver = await Receiver.start(context, 500);
  await shop.endpoint(receiver);
  await shop.customer();
  const [{ id }] = await shop.lying(1);
  assert.equal((await other.letters('?status=all')).length, 0);
  for (const [method, target, body] of [['GET', `${desk}/${id}`], ['PATCH', `${desk}/${id}`, { payload: {}, reason: 'x' }],
    ['POST', `${desk}/${id}/retry`, {}], ['POST', `${desk}/${id}/discard`, { reason: 'x' }], ['POST', `${desk}/retry`, { ids: [id] }]]) {
    const { status, json } = await florin.request(method, target, { body, key: other.key });
    assert.deepEqual([status, json.code], [404, 'dead_letter_not_found'], `${method} ${target}`);
  }
  assert.equal((await shop.get(`${desk}/nonsense`)).status, 404);
  const reader = await florin.new_key(shop.name, 'dead_letters:read');
  assert.equal((await florin.get(`${desk}/${id}`, { key: reader })).status, 200);
  assert.equal((await florin.post(`${desk}/${id}/retry`, {}, { key: reader })).status, 403);
  const payer = await florin.new_key(shop.name, 'payments:read');
  assert.equal((await florin.get(desk, { key: payer })).status, 403);
});

test('the command line reaches everybody\'s letters and the platform\'s own, beside a server and alone', { timeout: 120_000 }, async (context) => {
  const place = { data: path.join(temporary_folder(), 'data'), database: await fresh_database(), config: at_once };
  let server = await Florin.start(place);
  context.after(() => server.stop());
  const shop = await new_shop(server);
  const receiver = await Receiver.start(context, 500);
  await shop.endpoint(receiver);
  await shop.customer('Ada');
  await shop.customer('Grace');
  const letters = await shop.lying(2);
  // A webhook about a payment whose outcome the provider does not tell: the work on it is the platform's own.
  await server.faults({ match: { transactionType: 'authCaptureTransaction' }, action: { kind: 'drop_after' }, count: 1 },
    { match: { method: 'getTransactionDetailsRequest' }, action: { kind: 'error_before' } },
    { match: { method: 'getUnsettledTransactionListRequest' }, action: { kind: 'error_before' } });
  assert.equal((await server.pay('purchase', charge('91.00'))).status, 202);
  const words = (line) => line.split('\t');
  const list = async (...flags) => {
    const { code, out, err } = await server.command('dead-letters', 'list', ...flags);
    assert.equal(code, 0, err);
    return out.trim().split('\n').filter(Boolean).map(words);
  };
  const [own] = await eventually('the platform has one', async () => { const found = await list('--platform'); return found.length > 0 && found; });
  assert.deepEqual(own.slice(1, 4), ['(platform)', 'webhooks.process', 'open']);
  assert.match(own[5], /^outcome_still_open/);
  await server.faults();
  assert.deepEqual((await list()).map(([id, name]) => [id, name]), [[own[0], '(platform)'], ...letters.map((letter) => [letter.id, shop.name])]);
  assert.deepEqual((await list('--merchant', shop.name, '--kind', 'webhooks.process')), []);
  const groups = words((await server.command('dead-letters', 'groups', '--merchant', shop.name)).out.trim());
  assert.deepEqual([groups[0], groups[1], groups[5]], ['2', shop.name, 'webhook_not_taken: It answered with the status #.']);
  assert.equal((await server.command('dead-letters', 'retry', '--platform', '--all', '--reason', 'It tells again')).out, '1 retried\n');
  await eventually('the webhook is worked on', () => server.log.some((line) => line.includes('webhook.processed')));

  await server.stop();
  const show = async () => JSON.parse((await server.command('dead-letters', 'show', letters[0].id)).out);
  const { payload } = await show();
  const file = path.join(temporary_folder(), 'payload.json');
  fs.writeFileSync(file, JSON.stringify({ ...payload, note: 'by hand' }));
  const edited = await server.command('dead-letters', 'edit', letters[0].id, '--payload-file', file, '--reason', 'To see');
  assert.equal(edited.code, 0, edited.err);
  assert.equal((await show()).payload.note, 'by hand');
  assert.equal((await server.command('dead-letters', 'discard', letters[1].id, '--reason', 'Not needed')).out, '1 discarded\n');
  for (const [flags, code, text] of [[['retry'], 1, 'ambiguous_selection'], [['discard', letters[0].id], 2, '--reason'], [['show', 'x'], 1, 'dead_letter_not_found'],
    [['list', '--status', 'dead'], 1, '--status'], [['list', '--merchant', 'nobody'], 1, 'merchant_not_found'], [['bury'], 2, 'retry']]) {
    const refused = await server.command('dead-letters', ...flags);
    assert.equal(refused.code, code, refused.err);
    assert.ok(refused.err.includes(text), refused.err);
  }
  assert.equal((await server.command('dead-letters', 'retry', letters[0].id)).out, '1 retried\n');
  receiver.status = 204;
  server = await Florin.start(place);
  await eventually('it is delivered', () => receiver.taken.length === 1);
  assert.deepEqual((await list('--status', 'all', '--merchant', shop.name)).map(([id, , , status]) => [id, status]),
    [[letters[0].id, 'retried'], [letters[1].id, 'discarded']]);
  const audit = (await server.get(`/api/v1/audit?entity_type=dead_letter&entity_id=${letters[1].id}`, { key: shop.key })).json.data;
  assert.deepEqual(audit.map((record) => [record.action, record.user_id, record.changes.reason]), [['dead_letter.discarded', 'operator:command-line', 'Not needed']]);
  assert.equal((await server.command('audit', 'verify')).code, 0);
});

test('secrets and personal data in a payload are not shown, and an edit leaves what is hidden as it is', { timeout: 60_000 }, async (context) => {  // F145, F149
  const place = { data: path.join(temporary_folder(), 'data'), database: await fresh_database(), config: at_once };
  let server = await Florin.start(place);
  context.after(() => server.stop());
  const shop = await new_shop(server);
  const receiver = await Receiver.start(context, 500);
  await shop.endpoint(receiver);
  await shop.customer();
  const [{ id }] = await shop.lying(1);
  await server.stop();
  const secret = { to: 'see ada@example.com', customer: { name: 'Ada Lovelace', phone: '+49 30 1234' }, api_key: 'fk_live_abcdefghijklmnop', n: 7 };
  await sql(server, `UPDATE jobs SET payload = '${JSON.stringify(secret)}', last_error = 'x' WHERE state = 'dead'`);
  await sql(server, `UPDATE dead_letters SET last_error = 'no_mail: ada@example.com is unknown'`);
  server = await Florin.start(place);
  const read = await server.get(`${desk}/${id}`, { key: shop.key });
  for (const word of ['ada@example.com', 'Lovelace', '30 1234', 'abcdefghijklmnop']) assert.ok(!read.text.includes(word), read.text);
  assert.equal(read.json.payload.n, 7);
  const edited = await server.request('PATCH', `${desk}/${id}`, { key: shop.key, body: { payload: { ...read.json.payload, n: 8 }, reason: 'n' } });
  assert.equal(edited.status, 200, edited.text);
  await server.stop();
  assert.deepEqual(JSON.parse(await sql(server, `SELECT payload FROM jobs WHERE state = 'dead'`)), { ...secret, n: 8 });
});

test('a burst of dead letters is one mail to each of the team', { timeout: 120_000 }, async (context) => {  // A-FR-19, A-CM-17
  const team = ['ada@example.com', 'grace@example.com'];
  const server = await start_florin({ config: `${at_once}[alerts]\nmail = ${JSON.stringify(team)}\ngather_seconds = 3\npause_seconds = 3600\n` });
  context.after(() => server.stop());
  const shop = await new_shop(server);
  const receiver = await Receiver.start(context, 500);
  // An endpoint that fails is spared what follows, so each message goes to one of its own.
  for (let i = 0; i < 12; ++i) await shop.endpoint(receiver);
  await shop.customer();
  await shop.lying(12);
  const mails = async () => (await send(server.sandbox, 'GET', '/sandbox/mails')).json.mails;
  const arrived = await eventually('both have a mail', async () => { const all = await mails(); return all.length > 1 && all; });
  assert.equal(arrived.length, 2);
  const text = JSON.stringify(arrived);
  for (const word of [...team, 'Florin: 12 dead letters', '12 x webhooks.deliver: webhook_not_taken: It answered with the status #.']) assert.ok(text.includes(word), text);
  for (const [setting, key] of [['mail = ["nobody"]', 'alerts.mail'], ['gather_seconds = 100000', 'alerts.gather_seconds']])
    await assert.rejects(Florin.start({ config: `[alerts]\n${setting}\n` }), new RegExp(key));
});
