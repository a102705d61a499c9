// Document D's columns and indexes have their counterparts where docs/reference/columns.md says so.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { charge, engine, fresh_key, sql, start_florin, top } from '../support/florin.mjs';

// As document D has them.
const columns = {
  TRANSACTIONS: ['id', 'transaction_id', 'correlation_id', 'type', 'status', 'amount', 'currency', 'customer_id', 'payment_method_token', 'auth_code',
    'reference_number', 'parent_transaction_id', 'idempotency_key', 'metadata', 'created_at', 'updated_at', 'expires_at'],
  SUBSCRIPTIONS: ['id', 'subscription_id', 'customer_id', 'plan_id', 'status', 'amount', 'currency', 'billing_cycle', 'payment_method_token',
    'next_billing_date', 'trial_end_date', 'canceled_at', 'metadata', 'created_at', 'updated_at'],
  AUDIT_LOGS: ['id', 'correlation_id', 'action', 'entity_type', 'entity_id', 'user_id', 'changes', 'ip_address', 'user_agent', 'created_at'],
  WEBHOOK_EVENTS: ['id', 'event_id', 'event_type', 'payload', 'processed_at', 'retry_count', 'status', 'error_message', 'created_at'],
};
const indexes = {
  TRANSACTIONS: ['transaction_id', 'correlation_id', 'customer_id', 'status', 'created_at', 'idempotency_key'],
  SUBSCRIPTIONS: ['subscription_id', 'customer_id', 'status', 'next_billing_date'],
  AUDIT_LOGS: ['correlation_id', 'entity_type, entity_id', 'created_at'],
  WEBHOOK_EVENTS: ['event_id', 'event_type', 'status', 'created_at'],
};
// How often a webhook was tried and why it failed is told by its job.
const tables = { TRANSACTIONS: ['transactions'], SUBSCRIPTIONS: ['subscriptions'], AUDIT_LOGS: ['audit_log'], WEBHOOK_EVENTS: ['webhook_events', 'jobs'] };

const words = (text) => [...text.matchAll(/`([^`]+)`/g)].map((match) => match[1]);
/// The page's tables under a heading: [[first cell's words, second cell's words], …] for each.
function tables_of(heading) {
  const text = fs.readFileSync(path.join(top, 'docs/reference/columns.md'), 'utf8').split(`## ${heading}\n`)[1].split('\n## ')[0];
  return text.trim().split('\n\n').map((table) => table.split('\n').slice(2).map((line) => line.split('|').slice(1, 4)));
}

let florin, schema;
before(async () => {
  florin = await start_florin();
  const { json } = await florin.pay('purchase', charge('10.00', { customer_id: 'c-1', metadata: { cart: '7' } }), { idempotency_key: fresh_key() });
  florin.bought = json;
  await florin.stop();
  const found = engine === 'sqlite'
    ? await sql(florin, 'SELECT m.name || \'.\' || c.name FROM sqlite_schema m, pragma_table_info(m.name) c WHERE m.type = \'table\' UNION ALL SELECT name FROM sqlite_schema WHERE type = \'index\' UNION ALL SELECT \'primary key of \' || name FROM sqlite_schema WHERE type = \'table\'')
    : await sql(florin, 'SELECT table_name || \'.\' || column_name FROM information_schema.columns WHERE table_schema = \'public\' UNION ALL SELECT indexname FROM pg_indexes WHERE schemaname = \'public\' UNION ALL SELECT \'primary key of \' || table_name FROM information_schema.table_constraints WHERE constraint_type = \'PRIMARY KEY\'');
  schema = new Set(found.split('\n'));
});
after(() => florin?.stop());

for (const document of Object.keys(columns)) {
  test(`${document}: every column is kept where the page says`, () => {  // D-DM-01, D-DM-02, D-DM-03, D-DM-04, D-ST-04
    const [table] = tables_of(document);
    assert.deepEqual(table.map(([left]) => words(left)[0]), columns[document]);
    for (const [left, right, note] of table) {
      const places = [...words(right), ...words(note)].filter((place) => place.includes('.'));
      assert.ok(places.length > 0 && tables[document].includes(words(right)[0].split('.')[0]), left);
      for (const place of places) assert.ok(schema.has(place), `${left}: there is no ${place}`);
    }
  });
  test(`${document}: every index has its counterpart`, () => {  // D-DM-06, D-DM-07, D-DM-08, D-DM-09, D-PF-10
    const [, table] = tables_of(document);
    assert.deepEqual(table.map(([left]) => words(left).join(', ')), indexes[document]);
    for (const [left, right] of table) {
      const name = right.trim().replaceAll('`', '');
      assert.ok(schema.has(name), `${left}: there is no ${name}`);
    }
  });
}

test('what is looked for by these columns is found by an index, not by reading everything', { skip: engine !== 'sqlite' && 'a small table is read whole' }, async () => {  // D-DM-06, D-DM-09, C-FR-04, C-FR-05
  for (const [table, where, index] of [
    ['transactions', 'id = x\'00\'', 'PRIMARY KEY|sqlite_autoindex'], ['transactions', 'id BETWEEN x\'00\' AND x\'01\'', 'PRIMARY KEY|sqlite_autoindex'],
    ['transactions', 'correlation_id = \'\'', 'transactions_by_correlation'], ['transactions', 'customer_id = \'\'', 'transactions_by_customer'],
    ['transactions', 'status = \'\'', 'transactions_by_status'], ['idempotency_keys', 'key = \'\'', 'PRIMARY KEY|sqlite_autoindex'],
    ['payments', 'id = x\'00\'', 'PRIMARY KEY|sqlite_autoindex'], ['payments', 'id BETWEEN x\'00\' AND x\'01\'', 'PRIMARY KEY|sqlite_autoindex'],
    ['webhook_events', 'connector = \'\' AND event_id = \'\'', 'PRIMARY KEY|sqlite_autoindex'], ['webhook_events', 'event_type = \'\'', 'webhook_events_by_type'],
    ['webhook_events', 'status = \'\'', 'webhook_events_by_status'],
    ['subscriptions', 'id = x\'00\'', 'PRIMARY KEY|sqlite_autoindex'], ['subscriptions', 'customer_id = \'\'', 'subscriptions_by_customer'],
    ['subscriptions', 'status = \'\'', 'subscriptions_by_status'],
    ['subscriptions', 'next_billing_date >= \'2027\' AND next_billing_date < \'2028\'', 'subscriptions_by_next_billing'],
    ['audit_log', 'correlation_id = \'\' ORDER BY created_at, lane, sequence', 'audit_log_correlation'],
    ['audit_log', 'entity_type = \'\' AND entity_id = \'\' ORDER BY created_at DESC, lane DESC, sequence DESC', 'audit_log_entity'],
    ['audit_log', 'created_at < 9 ORDER BY created_at DESC, lane DESC, sequence DESC', 'audit_log_created'],
    ['billing_charges', 'due_on >= 1 AND (due_on, id) < (9, x\'00\') ORDER BY due_on DESC, id DESC', 'billing_charges_by_due .*due_on'],
    ['agenda', 'due_at = 1 AND rowid > CAST(\'7\' AS INTEGER) ORDER BY rowid', 'agenda_due .*due_at=.* AND rowid>'],
    ['agenda', 'due_at > 1 AND due_at <= 9 ORDER BY due_at, rowid', 'agenda_due .*due_at>.* AND due_at<'],
  ]) {
    const plan = await sql(florin, `EXPLAIN QUERY PLAN SELECT * FROM ${table} WHERE merchant_id = 1 AND ${where}`);
    assert.match(plan, new RegExp(`SEARCH ${table} USING .*(${index})`), `${table}, ${where}`);
    assert.doesNotMatch(plan, /TEMP B-TREE/, `${table}, ${where}: in the order of the index`);
  }
});

test('a transaction and its audit record are filled as the document has them', async () => {  // D-DM-01, D-DM-04, D-DM-05, B-SE-10
  const one_line = (table, names, order) => sql(florin, `SELECT ${names.map((name) => `'|' || COALESCE(CAST(${name} AS TEXT), '')`).join(' || ')} FROM ${table} ${order}`);
  const transaction = await one_line('transactions', ['correlation_id', 'type', 'status', 'amount_minor', 'currency', 'customer_id', 'reference_number', 'ip_address', 'metadata'], '');
  const { bought } = florin;
  assert.equal(transaction, `|${bought.correlation_id}|purchase|approved|1000|EUR|c-1|${bought.reference_number}|127.0.0.1|{"cart":"7"}`);
  const audit = await one_line('audit_log', ['correlation_id', 'entity_id', 'ip_address'], `WHERE entity_id = '${bought.payment_id}' ORDER BY sequence LIMIT 1`);
  assert.equal(audit, `|${bought.correlation_id}|${bought.payment_id}|127.0.0.1`);
});
