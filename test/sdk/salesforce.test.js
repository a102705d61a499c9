'use strict';
// The npm client jsforce against the sandbox's stand-in of Salesforce: its judge. And a Florin whose cases it then sees.

const { test, before } = require('node:test');
const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const jsforce = require('jsforce');

const origin = process.env.SANDBOX_URL;
// Begun here and not in the hook, because what it registers for the end of the file would end with the hook.
const loading = import('../support/florin.mjs');
let support;
before(async () => { support = await loading; });

const app = { clientId: 'sandboxConsumerKey', clientSecret: 'sandboxConsumerSecret' };
const user = 'integration@sandbox.florin';
const connection = (of = origin, oauth2 = {}) =>
  new jsforce.Connection({ oauth2: { ...app, loginUrl: of, ...oauth2 }, instanceUrl: of, version: '62.0' });
async function logged_in(of = origin) {
  const to = connection(of);
  await to.authorize({ grant_type: 'client_credentials' });
  return to;
}
const key = () => `a-${process.pid}-${crypto.randomUUID()}`;
const refused = (asked, code) => assert.rejects(asked, (error) => {
  assert.equal(error.errorCode ?? error.name, code, error.message);
  return true;
});

test('an app logs in by client credentials, and no other does', async () => {
  const to = await logged_in();
  assert.match(to.accessToken, /^00D/);
  assert.equal(to.userInfo.organizationId, '00D000000000001EAA');
  await refused(connection(origin, { clientSecret: 'wrong' }).authorize({ grant_type: 'client_credentials' }), 'invalid_client');
  await refused(connection(origin, { clientId: 'wrong' }).authorize({ grant_type: 'client_credentials' }), 'invalid_client_id');
  await refused(connection().authorize({ grant_type: 'password' }), 'unsupported_grant_type');
});

const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
function assertion(private_key, { header = { alg: 'RS256' }, ...claims } = {}) {
  const input = `${part(header)}.${part({ iss: app.clientId, sub: user, aud: 'https://test.salesforce.com', exp: Math.floor(Date.now() / 1000) + 180, ...claims })}`;
  return `${input}.${crypto.sign('sha256', Buffer.from(input), private_key).toString('base64url')}`;
}

test('an assertion logs in when it is signed with the key that the organisation knows', async () => {
  const sandbox = await support.Sandbox.start();
  const pair = () => crypto.generateKeyPairSync('rsa', { modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } });
  const [ours, other] = [pair(), pair()];
  const set = await support.send(sandbox.origin, 'PUT', '/sandbox/settings', { body: { salesforce: { public_key: ours.publicKey } } });
  assert.equal(set.status, 200, set.text);
  const log_in = (text) => connection(sandbox.origin).authorize({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: text });
  await log_in(assertion(ours.privateKey));
  await log_in(assertion(ours.privateKey, { aud: sandbox.origin }));
  const now_s = Math.floor(Date.now() / 1000);
  const wrong = [
    assertion(other.privateKey), assertion(ours.privateKey, { exp: now_s - 10 }), assertion(ours.privateKey, { exp: now_s + 3600 }),
    assertion(ours.privateKey, { aud: 'https://elsewhere.test' }), assertion(ours.privateKey, { sub: 'nobody' }),
    assertion(ours.privateKey, { header: { alg: 'none' } }), `${assertion(ours.privateKey)}x`, 'nonsense',
  ];
  for (const text of wrong) await refused(log_in(text), 'invalid_grant');
  await refused(log_in(assertion(ours.privateKey, { iss: 'another' })), 'invalid_client_id');
});

test('a case is created, read, changed, found and deleted', async () => {
  const to = await logged_in();
  const subject = `It's "late" ${key()}`;
  const made = await to.sobject('Case').create({ Subject: subject, Origin: 'Web', Priority: 'High', SuppliedEmail: 'ada@example.com' });
  assert.equal(made.success, true);
  assert.match(made.id, /^500.{15}$/);
  const read = await to.sobject('Case').retrieve(made.id);
  assert.deepEqual([read.Id, read.Subject, read.Status, read.IsClosed, read.SuppliedName], [made.id, subject, 'New', false, null]);
  assert.match(read.CreatedDate, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/);
  await to.sobject('Case').update({ Id: made.id, Status: 'Closed' });
  assert.equal((await to.sobject('Case').retrieve(made.id.slice(0, 15))).IsClosed, true);
  const found = await to.sobject('Case').find({ Subject: subject, IsClosed: true }, 'Id, CaseNumber, Subject').execute();
  assert.deepEqual(found.map((one) => one.Id), [made.id]);
  assert.equal((await to.sobject('Case').destroy(made.id)).success, true);
  await refused(to.sobject('Case').retrieve(made.id), 'NOT_FOUND');
  assert.ok(to.limitInfo.apiUsage.used > 0);
});

test('an upsert by external id makes one record, also when many are sent at once', async () => {
  const to = await logged_in();
  const value = key();
  const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => to.sobject('Case').upsert({ Subject: `attempt ${i}`, PaymentAttempt__c: value }, 'PaymentAttempt__c')));
  assert.equal(answers.filter((answer) => answer.created).length, 1);
  assert.equal(new Set(answers.map((answer) => answer.id)).size, 1);
  const found = await to.query(`SELECT Id FROM Case WHERE PaymentAttempt__c = '${value}'`);
  assert.equal(found.totalSize, 1);
  await refused(to.sobject('Case').create({ Subject: 'again', PaymentAttempt__c: value }), 'DUPLICATE_VALUE');
});

test('what the vendor refuses is refused, and nothing is made', async () => {
  const to = await logged_in();
  const value = key();
  const attempt = (fields) => to.sobject('Case').upsert({ ...fields, FlorinCase__c: value }, 'FlorinCase__c');
  await refused(attempt({ Subject: 'x'.repeat(256) }), 'STRING_TOO_LONG');
  await refused(attempt({ SuppliedEmail: 'nobody' }), 'INVALID_EMAIL_ADDRESS');
  await refused(attempt({ Status: 'Nearly' }), 'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST');
  await refused(attempt({ Nothing__c: 'x' }), 'INVALID_FIELD');
  await refused(attempt({ CaseNumber: '1' }), 'INVALID_FIELD_FOR_INSERT_UPDATE');
  await refused(to.sobject('Case').upsert({ Subject: 'x', Nothing__c: value }, 'Nothing__c'), 'NOT_FOUND');
  assert.equal((await to.query(`SELECT COUNT() FROM Case WHERE FlorinCase__c = '${value}'`)).totalSize, 0);
});

test('queries are read as the vendor reads them', async () => {
  const to = await logged_in();
  const mark = key();
  const made = [];
  for (const [subject, priority, status] of [['one', 'High', 'New'], ['two', 'Low', 'Closed'], ["it's", 'Low', 'Working']])
    made.push((await to.sobject('Case').create({ Subject: subject, Description: mark, Priority: priority, Status: status })).id);
  const subjects = async (rest) => (await to.query(`SELECT Id, Subject FROM Case WHERE Description = '${mark}' ${rest}`)).records.map((one) => one.Subject);
  assert.deepEqual(await subjects('ORDER BY CreatedDate'), ['one', 'two', "it's"]);
  assert.deepEqual(await subjects('ORDER BY Subject DESC LIMIT 2'), ['two', 'one']);
  assert.deepEqual(await subjects('ORDER BY Subject LIMIT 1 OFFSET 1'), ['one']);
  assert.deepEqual(await subjects("AND Subject = 'it\\'s'"), ["it's"]);
  assert.deepEqual(await subjects("AND (Priority = 'High' OR IsClosed = true) ORDER BY Subject"), ['one', 'two']);
  assert.deepEqual(await subjects("AND NOT Priority = 'Low'"), ['one']);
  assert.deepEqual(await subjects("AND Subject LIKE 'T%'"), ['two']);
  assert.deepEqual(await subjects(`AND Id IN ('${made[0]}', '${made[2]}') ORDER BY Id`), ['one', "it's"]);
  assert.deepEqual(await subjects("AND Subject NOT IN ('one', 'two')"), ["it's"]);
  assert.deepEqual(await subjects('AND SuppliedName != null'), []);
  assert.deepEqual(await subjects('AND CreatedDate > 2020-01-01T00:00:00Z AND CreatedDate < 2021-01-01T00:00:00Z'), []);
  for (const [soql, code] of [
    ['SELECT Nothing FROM Case', 'INVALID_FIELD'], ['SELECT Id FROM Nothing__c', 'INVALID_TYPE'], ['SELECT Id FROM Case WHERE', 'MALFORMED_QUERY'],
    ["SELECT Id FROM Case WHERE Subject = 'open", 'MALFORMED_QUERY'], ['SELECT Id FROM Case LIMIT many', 'MALFORMED_QUERY'], ['nonsense', 'MALFORMED_QUERY'],
  ]) await refused(to.query(soql), code);
});

test('a session ends, and the versions are told without one', async () => {
  const to = await logged_in();
  to.accessToken = 'nonsense';
  // What it makes of INVALID_SESSION_ID: it would log in anew, if it could.
  await assert.rejects(to.query('SELECT Id FROM Case'), /Unable to refresh session/);
  const versions = (await support.send(origin, 'GET', '/services/data/')).json;
  assert.ok(versions.some((one) => one.version === '62.0' && one.url === '/services/data/v62.0'));
});

test("a case of Florin's is seen here, once, and closed when it is resolved", async () => {  // A-AS-09, A-CM-28
  const florin = await support.start_florin({ config: '[retry."cases.mirror"]\nstrategy = "fixed"\nfirst_ms = 100\n' });
  const customer_id = key();
  await florin.post('/api/v1/customers', { customer_id, name: 'Ada Lovelace', email: 'ada@example.com' });
  // The first answer is lost: what is sent again must be the same record.
  await support.send(florin.sandbox, 'PUT', '/sandbox/faults', { body: { rules: [{ match: { provider: 'salesforce', transactionType: 'upsert' }, action: { kind: 'drop_after' }, count: 1 }] } });
  const opened = await florin.post('/api/v1/cases', { cause: key(), reason: 'payment_failed', customer_id, amount: '12.50', currency: 'EUR', due_date: '2026-11-21' });
  assert.equal(opened.status, 201, opened.text);
  const mirrored = (state, check) => support.eventually(`the case is ${state}`, async () => {
    const one = (await florin.get(`/api/v1/cases/${opened.json.id}`)).json;
    return one.crm.state === state && (!check || check(one)) && one;
  }, 90_000);
  const one = await mirrored('mirrored');
  const to = await logged_in(florin.sandbox);
  const seen = async () => (await to.query(`SELECT Id, Subject, Status, SuppliedEmail, SuppliedName, Description FROM Case WHERE FlorinCase__c = '${opened.json.id}'`)).records;
  const [record, ...more] = await seen();
  assert.equal(more.length, 0);
  assert.deepEqual([record.Id, record.Subject, record.Status, record.SuppliedEmail, record.SuppliedName],
    [one.crm.id, `Payment failed: 12.50 EUR due 2026-11-21, customer ${customer_id}`, 'New', 'ada@example.com', 'Ada Lovelace']);
  await to.sobject('Case').update({ Id: record.Id, Subject: 'Mine' });
  const resolved = await florin.post(`/api/v1/cases/${opened.json.id}/resolve`, { resolution: 'paid_elsewhere', amount: '12.50' });
  assert.equal(resolved.status, 200, resolved.text);
  await mirrored('mirrored', (now) => now.history.filter((entry) => entry.kind === 'mirrored').length === 2);
  assert.deepEqual((await seen()).map((now) => [now.Status, now.Subject]), [['Closed', 'Mine']]);
});

test('a Florin logs in by JWT with the key of its configuration', async (context) => {
  const sandbox = await support.Sandbox.start();
  const { publicKey, privateKey } = crypto.generateKeyPairSync('rsa', { modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } });
  await support.send(sandbox.origin, 'PUT', '/sandbox/settings', { body: { salesforce: { public_key: publicKey } } });
  const file = path.join(support.temporary_folder(), 'salesforce.pem');
  fs.writeFileSync(file, privateKey, { mode: 0o600 });
  const config = `[salesforce]\nlogin_url = "${sandbox.origin}"\nclient_id = "${app.clientId}"\nusername = "${user}"\nprivate_key_file = "${file}"\ncontact = false\n`;
  const florin = await support.start_florin({ config });
  context.after(() => florin.stop());
  const opened = await florin.post('/api/v1/cases', { cause: key(), reason: 'address_unknown', customer_id: 'c-7' });
  const one = await support.eventually('the case is mirrored', async () => {
    const now = (await florin.get(`/api/v1/cases/${opened.json.id}`)).json;
    return now.crm.state === 'mirrored' && now;
  }, 60_000);
  const record = await (await logged_in(sandbox.origin)).sobject('Case').retrieve(one.crm.id);
  assert.deepEqual([record.FlorinCase__c, record.SuppliedEmail], [opened.json.id, null]);
});
