// Starts the real binary, its sandbox and its databases for tests that speak HTTP to it, and cleans up
// after them. The binary is build/dev/florin, or what FLORIN_BINARY names.

import { execFile, spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';

export const top = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const binary = path.resolve(top, process.env.FLORIN_BINARY ?? 'build/dev/florin');
/// Which database the suite runs on: `sqlite` or `postgres` (then DATABASE_URL names a server whose
/// user may create databases).
export const engine = process.env.ENGINE ?? 'sqlite';
export const test_merchant = 'test-merchant';

const cleanups = new Set();
process.on('exit', () => { for (const clean of cleanups) clean(); });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

/// A new folder that goes when the process ends; KEEP=1 leaves it to be looked at.
export function temporary_folder() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'florin-test-'));
  if (!process.env.KEEP) cleanups.add(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/// Asks `check` again and again until it returns something truthy, which is returned.
export async function eventually(what, check, patience_ms = 30_000) {
  const end = Date.now() + patience_ms;
  for (let pause_ms = 10; ; pause_ms = Math.min(pause_ms * 1.5, 250)) {
    const found = await check();
    if (found) return found;
    if (Date.now() > end) throw new Error(`after ${patience_ms} ms still not: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, pause_ms));
  }
}

/// Runs a program to its end: {code, out, err}.
export function run(program, args, options = {}) {
  return new Promise((resolve) => {
    execFile(program, args, { encoding: 'utf8', timeout: 120_000, maxBuffer: 1 << 26, ...options }, (failure, out, err) => {
      resolve({ code: failure ? failure.code ?? failure.signal : 0, out, err });
    });
  });
}
export const florin = (...args) => run(binary, args);

/// Sends one request: {status, headers, raw_headers, text, json}. `body` is sent as it is when it is a
/// string or a Buffer, else as JSON.
export function send(origin, method, target, { body, headers = {}, chunked, agent, tls = {}, patience_ms = 60_000 } = {}) {
  const url = new URL(origin);
  const is_text = typeof body === 'string' || Buffer.isBuffer(body);
  const payload = body === undefined ? undefined : Buffer.from(is_text ? body : JSON.stringify(body));
  const all = { ...headers };
  if (payload && chunked) all['transfer-encoding'] = 'chunked';
  else if (payload) all['content-length'] ??= payload.length;
  if (payload) all['content-type'] ??= 'application/json';
  const client = url.protocol === 'https:' ? https : http;
  return new Promise((resolve, reject) => {
    const request = client.request(
      { host: url.hostname, port: url.port, method, path: target, headers: all, agent, timeout: patience_ms, ...tls },
      (response) => {
        const parts = [];
        response.on('data', (part) => parts.push(part));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(parts).toString('utf8');
          const is_json = /json/.test(response.headers['content-type'] ?? '');
          resolve({
            status: response.statusCode, headers: response.headers, raw_headers: response.rawHeaders, text,
            json: is_json ? JSON.parse(text) : undefined,
          });
        });
      });
    request.on('timeout', () => request.destroy(new Error(`no answer to ${method} ${target} within ${patience_ms} ms`)));
    request.on('error', reject);
    request.end(payload);
  });
}

// Whatever a test leaves running is stopped after the last test of its file, or the file would never end.
const running = new Set();
after(async () => { for (const program of running) await program.stop(); });

/// A running process of ours.
class Program {
  constructor(args, env) {
    this.log = [];
    this.child = spawn(binary, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
    this.pid = this.child.pid;
    this.has_ended = false;
    this.kill_at_exit = () => { if (!this.has_ended) this.child.kill('SIGKILL'); };
    cleanups.add(this.kill_at_exit);
    running.add(this);
    this.ended = new Promise((resolve) => {
      this.child.on('close', (code, signal) => {
        this.has_ended = true;
        cleanups.delete(this.kill_at_exit);
        running.delete(this);
        resolve({ code, signal });
      });
    });
    this.lines = [];
    readline.createInterface({ input: this.child.stdout }).on('line', (line) => this.lines.push(line));
    readline.createInterface({ input: this.child.stderr }).on('line', (line) => this.log.push(line));
  }
  /// What follows `prefix` on a line of the standard output.
  async printed(prefix, patience_ms = 30_000) {
    const line = await eventually(`a line "${prefix}…"`, () => {
      const found = this.lines.find((candidate) => candidate.startsWith(prefix));
      if (!found && this.has_ended) throw new Error(`it ended before "${prefix}…": ${[...this.lines, ...this.log].join('\n')}`);
      return found;
    }, patience_ms);
    return line.slice(prefix.length);
  }
  /// SIGTERM, then the end: {code, signal}.
  async stop() {
    if (!this.has_ended) this.child.kill('SIGTERM');
    return this.ended;
  }
  async kill() {
    if (!this.has_ended) this.child.kill('SIGKILL');
    return this.ended;
  }
}

/// `florin serve`. Options: data, database, listen, sandbox (its origin), config (TOML text), flags, env.
export class Florin extends Program {
  static async start(options = {}) {
    const data = options.data ?? path.join(temporary_folder(), 'data');
    const args = ['serve', '--data', data, '--listen', options.listen ?? '127.0.0.1:0'];
    if (options.database) args.push('--database', options.database);
    if (options.sandbox) args.push('--sandbox', options.sandbox);
    if (options.config) {
      const file = path.join(temporary_folder(), 'florin.toml');
      fs.writeFileSync(file, options.config, { mode: 0o600 });
      args.push('--config', file);
    }
    const server = new Florin([...args, ...(options.flags ?? [])], options.env);
    server.data = data;
    server.database = options.database;
    server.agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
    server.origin = await server.printed('listening on ');
    server.sandbox = options.sandbox ?? server.lines.find((line) => line.startsWith('sandbox listening on '))?.slice(21);
    const key_file = path.join(data, 'sandbox-api-key');
    if (fs.existsSync(key_file)) server.key = fs.readFileSync(key_file, 'utf8').trim();
    return server;
  }
  async stop() {
    this.agent?.destroy();
    return super.stop();
  }
  /// A request with this server's key; `key: null` sends none.
  request(method, target, { key = this.key, idempotency_key, headers = {}, ...rest } = {}) {
    const all = { ...headers };
    if (key) all.authorization = `Bearer ${key}`;
    if (idempotency_key) all['idempotency-key'] = idempotency_key;
    return send(this.origin, method, target, { headers: all, agent: this.agent, ...rest });
  }
  get(target, options) { return this.request('GET', target, options); }
  post(target, body, options) { return this.request('POST', target, { body, ...options }); }
  pay(verb, body, options) { return this.post(`/api/v1/payments/${verb}`, body, options); }
  /// A command of the command line on this server's data directory.
  command(...words) {
    const place = ['--data', this.data];
    if (this.database) place.push('--database', this.database);
    return florin(...words, ...place);
  }
  /// A merchant with a key: {name, key}.
  async new_merchant(name, { connector = 'authorize_net', scopes } = {}) {
    const made = await this.command('admin', 'merchant', 'create', name, '--connector', connector);
    if (made.code !== 0) throw new Error(made.err);
    return { name, key: await this.new_key(name, scopes) };
  }
  async new_key(merchant, scopes) {
    const words = ['admin', 'api-key', 'create', '--merchant', merchant];
    const made = await this.command(...words, ...(scopes ? ['--scopes', scopes] : []));
    if (made.code !== 0) throw new Error(made.err);
    return made.out.trim();
  }
  /// Everything that really moved, by the sandbox's own record.
  async truth() {
    return (await send(this.sandbox, 'GET', '/truth')).json.movements;
  }
  /// The sandbox's fault script; no rules: none.
  async faults(...rules) {
    const set = await send(this.sandbox, 'PUT', '/sandbox/faults', { body: { rules } });
    if (set.status !== 200) throw new Error(set.text);
  }
  /// Waits until the transaction has an outcome, and reads it.
  settled(id, options, patience_ms = 60_000) {
    return eventually(`transaction ${id} is settled`, async () => {
      const { json } = await this.get(`/api/v1/transactions/${id}`, options);
      return json.status !== 'pending' && json;
    }, patience_ms);
  }
}

/// `florin sandbox` in a process of its own.
export class Sandbox extends Program {
  static async start({ data } = {}) {
    const args = ['sandbox', '--listen', '127.0.0.1:0'];
    if (data) args.push('--data', data);
    const sandbox = new Sandbox(args);
    sandbox.origin = await sandbox.printed('sandbox listening on ');
    return sandbox;
  }
}

let databases = 0;
/// For `Florin.start`: a database of its own on the engine under test.
export async function fresh_database() {
  if (engine !== 'postgres') return undefined;
  const server = process.env.DATABASE_URL;
  if (!server) throw new Error('ENGINE=postgres needs DATABASE_URL; scripts/functional.sh sets it');
  const name = `test_${process.pid}_${++databases}`;
  const made = await run('psql', [server, '-qc', `CREATE DATABASE ${name}`]);
  if (made.code !== 0) throw new Error(made.err);
  return Object.assign(new URL(server), { pathname: `/${name}` }).toString();
}
/// A server on the engine under test, its database new.
export async function start_florin(options = {}) {
  return Florin.start({ database: await fresh_database(), ...options });
}

/// Runs SQL on a stopped server's database, past all that Florin does.
export async function sql(server, text) {
  const done = server.database
    ? await run('psql', [server.database, '-qAtc', text])
    : await run('sqlite3', [path.join(server.data, 'florin.db'), text]);
  if (done.code !== 0) throw new Error(done.err);
  return done.out.trim();
}

let keys = 0;
export const fresh_key = (prefix = 'key') => `${prefix}-${process.pid}-${++keys}`;

export const visa = Object.freeze({ number: '4111111111111111', expiry_month: 12, expiry_year: 2035, cvv: '123', name: 'Ada Lovelace' });
export const declined_card = Object.freeze({ ...visa, number: '4000000000000002' });
export const charge = (amount, more = {}) => ({ amount, currency: 'EUR', card: visa, ...more });

/// `12.50` in EUR as 1250. Only for the tests' own sums.
export function minor(text, decimals = 2) {
  const [whole, fraction = ''] = String(text).split('.');
  return Number(whole + fraction.padEnd(decimals, '0'));
}
