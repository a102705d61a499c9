// Events to a real RabbitMQ and commands from it. What arrived is read by rhea, an AMQP 1.0 client of somebody else's.
//
//   scripts/rabbitmq-test.sh run scripts/functional.sh sqlite test/broker/broker.test.mjs
//   OUTAGE_S=60 …      leaves the broker stopped for a whole minute

import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import rhea from 'rhea';
import { charge, eventually, Florin, fresh_database, run, start_florin, temporary_folder, top } from '../support/florin.mjs';

const folder = process.env.RABBITMQ_FOLDER;
const outage_s = Number(process.env.OUTAGE_S ?? 4);
const customers = '/api/v1/customers';
const port = Number(new URL(process.env.RABBITMQ_URL).port);
const rabbitmq = (word) => run(path.join(top, 'scripts/rabbitmq-test.sh'), [word, folder]);

const config = () => `[broker]\nurl = "amqp://127.0.0.1:${port}"\nuser = "florin"\ncommands_from = "/amq/queue/commands"\nstart = "beginning"\n`;
const env = { FLORIN_BROKER_PASSWORD: 'florin' };

/// What has arrived in the queue `events`, in order; and a way to put messages into `commands`. Connects again by itself.
class Judge {
  messages = [];
  constructor() {
    const container = rhea.create_container();
    this.connection = container.connect({ host: '127.0.0.1', port, username: 'florin', password: 'florin', initial_reconnect_delay: 100, max_reconnect_delay: 300 });
    this.connection.on('disconnected', () => {});
    this.connection.on('connection_error', () => {});
    const receiver = this.connection.open_receiver({ source: '/amq/queue/events', credit_window: 200, autoaccept: true });
    receiver.on('message', ({ message }) => this.messages.push(message));
    this.sender = this.connection.open_sender({ target: '/amq/queue/commands' });
    this.answers = new Map();
    for (const word of ['accepted', 'rejected', 'released']) this.sender.on(word, ({ delivery }) => this.answers.get(delivery)?.(word));
    this.ready = new Promise((resolve) => this.sender.once('sendable', resolve));
  }
  async put(message) {
    const delivery = this.sender.send(message);
    const word = await new Promise((resolve) => this.answers.set(delivery, resolve));
    assert.equal(word, 'accepted');
  }
  /// Forgets what is there, once nothing of an earlier server's comes any more.
  forget() { this.messages.length = 0; }
  of(subject) { return this.messages.filter((message) => message.application_properties.cloudEvents_subject === subject); }
  close() { this.connection.close(); }
}

/// All of a server's events, by the feed.
async function events_of(server) {
  const all = [];
  for (let next = '0'; ;) {
    const { json } = await server.get(`/api/v1/events?after=${next}&limit=200`);
    all.push(...json.data);
    if (!json.has_more) return all;
    next = json.next_after;
  }
}
/// Nothing lost, and each object's events in their order, dropping copies as a receiver does. F54, F63
function judge_all(messages, events) {
  const known = new Map();
  const last = new Map();
  for (const message of messages) {
    const body = Buffer.from(message.body.content).toString();
    if (known.has(message.message_id)) {
      assert.equal(known.get(message.message_id), body, 'a copy is the same');
      continue;
    }
    known.set(message.message_id, body);
    const { cloudEvents_subject: subject, cloudEvents_sequence: sequence } = message.application_properties;
    assert.equal(Number(sequence), (last.get(subject) ?? 0) + 1, `${subject}: none before its turn, none left out`);
    last.set(subject, Number(sequence));
  }
  for (const event of events) assert.ok(known.has(event.id), `${event.id} has arrived`);
}
const all_arrived = (server, judge, patience_ms = 60_000) => eventually('all events have arrived', async () => {
  const events = await events_of(server);
  const known = new Set(judge.messages.map((message) => message.message_id));
  return events.every((event) => known.has(event.id)) && events;
}, patience_ms);
const figure = async (server, name) => {
  const line = (await server.get('/api/v1/metrics', { key: null })).text.split('\n').find((one) => one.startsWith(`${name} `));
  return line ? Number(line.slice(name.length + 1)) : undefined;
};

let judge;
before(async () => { judge = new Judge(); await judge.ready; });
after(() => judge?.close());

/// `workers` make customers and change them, over and over, until told to stop: some two hundred events a second. Counts what was
/// acknowledged.
function load(server, workers) {
  const state = { acknowledged: 0, is_over: false };
  const work = async () => {
    while (!state.is_over) {
      const made = await server.post(customers, { name: 'Ada' });
      assert.equal(made.status, 201, made.text);
      for (let version = 1; version <= 3; ++version)
        assert.equal((await server.request('PATCH', `${customers}/${made.json.id}`, { body: { version, name: `Ada ${version}` } })).status, 200);
      state.acknowledged += 4;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const done = Promise.all(Array.from({ length: workers }, work));
  return {
    state,
    stop: async () => { state.is_over = true; await done; return state.acknowledged; },
    /// For one whose server is killed.
    abandon: () => done.catch(() => {}),
  };
}

test('each event arrives as a durable CloudEvent in binary mode, and with the bytes that the feed shows', { timeout: 60_000 }, async (context) => {
  judge.forget();
  const server = await start_florin({ config: config(), env });
  context.after(() => server.stop());
  await eventually('connected', async () => (await figure(server, 'florin_broker_connected')) === 1);
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const bought = (await server.pay('purchase', charge('12.50'), { headers: { 'x-correlation-id': 'to-the-broker', traceparent } })).json;
  await server.pay('refund', { transaction_id: bought.transaction_id, amount: '2.50' });
  const events = await eventually('both have their places', async () => {
    const found = (await all_arrived(server, judge)).filter((event) => event.subject === `payment/${bought.payment_id}`);
    return found.length === 2 && found;
  });
  const messages = judge.of(`payment/${bought.payment_id}`);
  judge_all(messages, events);
  for (const [index, message] of messages.entries()) {
    const event = events[index];
    const attributes = message.application_properties;
    for (const name of ['specversion', 'id', 'source', 'type', 'subject', 'time', 'sequence', 'correlationid', 'traceparent'])
      assert.equal(attributes[`cloudEvents_${name}`], event[name], name);
    assert.equal(attributes.cloudEvents_merchantposition, String(event.merchantposition));
    assert.deepEqual([message.message_id, message.subject, message.group_id, message.content_type, message.durable],
      [event.id, event.type, bought.payment_id, 'application/json', true]);
    assert.deepEqual(JSON.parse(Buffer.from(message.body.content).toString()), event.data);
  }
  assert.equal(messages[0].application_properties.cloudEvents_correlationid, 'to-the-broker');
});

test(`a broker that is killed and away for ${outage_s} s under load loses nothing, and each object's events stay in order`,
  { timeout: 120_000 + outage_s * 2_000 }, async (context) => {  // F54, F63
    judge.forget();
    const server = await start_florin({ config: config(), env });
    context.after(() => server.stop());
    await eventually('connected', async () => (await figure(server, 'florin_broker_connected')) === 1);
    const making = load(server, 4);
    await eventually('events arrive', () => judge.messages.length > 100);
    await rabbitmq('kill');
    await eventually('the loss is noticed', async () => (await figure(server, 'florin_broker_connected')) === 0);
    const before_outage = making.state.acknowledged;
    await eventually('the outage is over', async () => (await figure(server, 'florin_broker_oldest_age_seconds')) >= outage_s, 30_000 + outage_s * 1_000);
    assert.ok(making.state.acknowledged > before_outage, 'the API goes on meanwhile');
    const started = await rabbitmq('start');
    assert.equal(started.code, 0, started.err);
    await eventually('connected again', async () => (await figure(server, 'florin_broker_connected')) === 1);
    const acknowledged = await making.stop();
    const events = await all_arrived(server, judge, 60_000 + outage_s * 2_000);
    assert.ok(events.length >= acknowledged);
    judge_all(judge.messages, events);
    await eventually('nothing is left to send', async () => (await figure(server, 'florin_broker_waiting')) === 0);
    context.diagnostic(`${events.length} events, ${judge.messages.length - events.length} copies`);
  });

test('a server that is killed under load goes on where it stopped', { timeout: 120_000 }, async (context) => {  // F54
  judge.forget();
  const place = { data: path.join(temporary_folder(), 'data'), database: await fresh_database(), config: config(), env };
  let server = await Florin.start(place);
  context.after(() => server.stop());
  const making = load(server, 4);
  await eventually('events arrive', () => judge.messages.length > 100);
  const abandoned = making.abandon();
  await server.kill();
  await abandoned;
  server = await Florin.start(place);
  judge_all(judge.messages, await all_arrived(server, judge));
});

test('over TLS, and only with a broker that the authority has signed', { timeout: 120_000 }, async (context) => {
  judge.forget();
  const tls_port = fs.readFileSync(path.join(folder, 'tls-port'), 'utf8').trim();
  const tls = (authority) => `[broker]\nurl = "amqps://localhost:${tls_port}"\nuser = "florin"\n${authority}start = "beginning"\n`;
  const place = { data: path.join(temporary_folder(), 'data'), database: await fresh_database(), env };
  const wary = await Florin.start({ ...place, config: tls('') });
  context.after(() => wary.stop());
  const { json: made } = await wary.post(customers, { name: 'Ada' });
  await eventually('it is refused', () => wary.log.some((line) => line.includes('broker.connection_lost')));
  assert.equal(await figure(wary, 'florin_broker_connected'), 0);
  await wary.stop();
  assert.equal(judge.of(`customer/${made.id}`).length, 0);
  const trusting = await Florin.start({ ...place, config: tls(`authority = "${folder}/authority.pem"\n`) });
  context.after(() => trusting.stop());
  await eventually('what has waited arrives', () => judge.of(`customer/${made.id}`).length > 0);
});

test('a wrong password is told, and no secret is', { timeout: 60_000 }, async (context) => {  // F145
  const server = await start_florin({ config: config(), env: { FLORIN_BROKER_PASSWORD: 'not-the-password' } });
  context.after(() => server.stop());
  await eventually('it is refused', () => server.log.some((line) => line.includes('broker.connection_lost')));
  assert.equal((await server.post(customers, { name: 'Ada' })).status, 201, 'all else goes on');
  assert.ok(!server.log.some((line) => line.includes('not-the-password')));
});

test('what a message asks for is done once, however many copies come', { timeout: 60_000 }, async (context) => {  // F66
  const server = await start_florin({ config: config(), env });
  context.after(() => server.stop());
  const bought = (await server.pay('purchase', charge('20.00'))).json;
  const command = (more = {}) => ({
    message_id: crypto.randomUUID(), content_type: 'application/json',
    application_properties: { 'cloudEvents:specversion': '1.0', 'cloudEvents:id': crypto.randomUUID(), 'cloudEvents:source': '/erp', 'cloudEvents:type': 'florin.command.refund',
      'cloudEvents:merchant': 'test-merchant', 'cloudEvents:correlationid': 'from-the-erp' },
    body: rhea.message.data_section(Buffer.from(JSON.stringify({ transaction_id: bought.transaction_id, amount: '5.00' }))), ...more,
  });
  const refund = command();
  for (let copy = 0; copy < 20; ++copy) await judge.put(refund);
  const payment = () => server.get(`/api/v1/payments/${bought.payment_id}`);
  await eventually('it is refunded', async () => (await payment()).json.payment.amount_refunded === '5.00');
  await eventually('all copies were taken', async () => (await figure(server, 'florin_broker_commands_total{result="duplicate"}')) === 19);
  assert.equal((await payment()).json.payment.amount_refunded, '5.00');
  const refunded = await eventually('it is told', async () => {
    const { json } = await server.get('/api/v1/events?type=florin.payment.refunded');
    return json.data.length > 0 && json;
  });
  assert.deepEqual(refunded.data.map((event) => event.correlationid), ['from-the-erp']);

  // Structured mode, as one who asks for a cancel of what is taken: refused for good, so a person has to look.
  const envelope = { specversion: '1.0', id: crypto.randomUUID(), source: '/erp', type: 'florin.command.cancel', merchant: 'test-merchant', data: { transaction_id: bought.transaction_id } };
  const dead = () => figure(server, 'florin_dead_letters');
  await judge.put({ message_id: envelope.id, content_type: 'application/cloudevents+json; charset=utf-8', body: JSON.stringify(envelope) });
  await eventually('it is a dead letter', async () => (await dead()) === 1);
  // Of a type that nobody knows, for nobody that there is, or no CloudEvent at all: kept for a person too.
  const odd = command();
  odd.application_properties['cloudEvents:type'] = 'acme.stock.counted';
  const stray = command();
  stray.application_properties['cloudEvents:merchant'] = 'nobody';
  for (const message of [odd, stray, { message_id: crypto.randomUUID(), body: 'hello' }]) await judge.put(message);
  await eventually('they are dead letters', async () => (await dead()) === 4);
  assert.ok(server.log.some((line) => line.includes('unknown_command')));
  // One without any id cannot be told from its copies.
  await judge.put({ body: 'hello' });
  await eventually('it is refused', async () => (await figure(server, 'florin_broker_commands_total{result="rejected"}')) === 1);
  assert.equal(await dead(), 4);
});
