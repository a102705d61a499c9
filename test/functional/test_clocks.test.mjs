// Test clocks: a merchant in the sandbox moves its own time.

import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { after, before, test } from 'node:test';
import { eventually, fresh_database, Florin, fresh_key, sql, start_florin } from '../support/florin.mjs';

let florin;
before(async () => { florin = await start_florin(); });
after(() => florin?.stop());

const at = '/api/v1/test_clocks';
const merchant_of_its_own = async () => florin.new_merchant(fresh_key('clock').toLowerCase().replace(/[^a-z0-9]/g, ''));
const clock_of = async ({ key }, now = '2027-01-01T09:00:00Z') => {
  const made = await florin.post(at, { now }, { key });
  assert.equal(made.status, 201, made.text);
  return made.json;
};
const advance = (clock, body, { key }) => florin.post(`${at}/${clock.id}/advance`, body, { key });

test('a merchant gives itself a clock, moves it on its calendar, reads it and gives it back', async () => {
  const merchant = await merchant_of_its_own(), { key } = merchant;
  const zone = await florin.request('PUT', '/api/v1/merchant', { key, body: { time_zone: 'Europe/Berlin', billing_hour: 0, locale: 'en' } });
  assert.equal(zone.status, 200, zone.text);
  const clock = await clock_of(merchant, '2027-01-31T09:00:00Z');
  assert.deepEqual([clock.now, clock.status, clock.target], ['2027-01-31T09:00:00.000Z', 'ready', undefined]);
  const to_now = async (body) => {
    const moved = await advance(clock, body, merchant);
    assert.deepEqual([moved.status, moved.json.status, moved.json.still_open], [200, 'ready', undefined], moved.text);
    return moved.json.now;
  };
  assert.equal(await to_now({ by: 'P1M' }), '2027-02-28T09:00:00.000Z');
  assert.equal(await to_now({ by: 'P1M' }), '2027-03-28T08:00:00.000Z', 'the same time of the day, in summer');
  assert.equal(await to_now({ to: '2027-12-24T18:00:00+01:00' }), '2027-12-24T17:00:00.000Z');
  assert.equal(await to_now({ to: '2027-12-24T17:00:00Z' }), '2027-12-24T17:00:00.000Z');
  assert.equal(await to_now({ by: 'P1Y2M10DT2H' }), '2029-03-06T19:00:00.000Z');
  assert.equal(await to_now(undefined), '2029-03-06T19:00:00.000Z');
  const read = await florin.get(`${at}/${clock.id}`, { key });
  assert.deepEqual((await florin.get(at, { key })).json.data, [read.json]);
  assert.equal((await florin.request('DELETE', `${at}/${clock.id}`, { key })).status, 204);
  assert.deepEqual((await florin.get(at, { key })).json.data, []);
});

test('what a clock cannot do is refused, naming the field', async () => {
  const merchant = await merchant_of_its_own(), { key } = merchant;
  const clock = await clock_of(merchant);
  for (const [body, status, code, field] of [
    [{ to: '2026-12-31T00:00:00Z' }, 422, 'test_clock_backwards', 'to'],
    [{ to: 'tomorrow' }, 422, undefined, 'to'],
    [{ by: 'a month' }, 422, 'invalid_duration', 'by'],
    [{ by: '-P1M' }, 422, 'invalid_duration', 'by'],
    [{ by: 'P1M', to: '2028-01-01T00:00:00Z' }, 422, 'ambiguous_destination', 'to'],
    [{ until: '2028-01-01T00:00:00Z' }, 422, 'unknown_field', 'until'],
  ]) {
    const refused = await advance(clock, body, merchant);
    assert.deepEqual([refused.status, code && refused.json.code, refused.json.field], [status, code, field], JSON.stringify(body));
  }
  assert.deepEqual([(await florin.post(at, {}, { key })).json.code], ['test_clock_exists']);
  const other = await merchant_of_its_own();
  for (const asked of [await advance(clock, { by: 'P1M' }, other), await florin.get(`${at}/${clock.id}`, { key: other.key }), await florin.get(`${at}/${crypto.randomUUID()}`, { key })])
    assert.deepEqual([asked.status, asked.json.code], [404, 'test_clock_not_found']);
});

test('a clock on whose way the server died arrives after the restart', async () => {  // F72
  const database = await fresh_database();
  let server = await Florin.start({ database });
  const made = await server.post(at, { now: '2027-01-01T00:00:00Z' });
  assert.equal(made.status, 201, made.text);
  await server.kill();
  // As it is between the commit of the wish and the first turn.
  await sql(server, 'UPDATE test_clocks SET target_at = shows_at + 86400000, driven_until = 0');
  server = await Florin.start({ database, data: server.data });
  try {
    const arrived = await eventually('the clock is there', async () => {
      const { json } = await server.get(`${at}/${made.json.id}`);
      return json.status === 'ready' && json;
    });
    assert.equal(arrived.now, '2027-01-02T00:00:00.000Z');
  } finally {
    await server.stop();
  }
});
