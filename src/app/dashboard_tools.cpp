#include "dashboard.hpp"

namespace florin::app {

std::string_view dashboard_tools() {
    return R"js('use strict';
// Shows what /api/v1/summary and /api/v1/payments say. Text reaches the page only as text nodes, never as markup.

const byId = (id) => document.getElementById(id);

// Making elements, and changing those that are shown.

const drawn = new Set(['svg', 'path', 'rect']);
const make = (name, attributes = {}, ...children) => {
  const element = drawn.has(name)
    ? document.createElementNS('http://www.w3.org/2000/svg', name)
    : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children.flat().filter((child) => child !== null));
  return element;
};

const keyOf = (node) =>
  node.nodeType === Node.ELEMENT_NODE ? node.getAttribute('data-key') ?? node.nodeName : '#text';

/// Makes `shown` like `wanted` and touches only what differs, so that focus, selection and scrolling outlive a
/// refresh. What is marked `data-keep` stays as the person left it.
const become = (shown, wanted) => {
  if (shown.nodeType !== Node.ELEMENT_NODE) {
    if (shown.data !== wanted.data) shown.data = wanted.data;
    return;
  }
  if (shown.hasAttribute('data-keep')) return;
  for (const { name } of [...shown.attributes]) if (!wanted.hasAttribute(name)) shown.removeAttribute(name);
  for (const { name, value } of [...wanted.attributes])
    if (shown.getAttribute(name) !== value) shown.setAttribute(name, value);
  show(shown, ...wanted.childNodes);
};

/// Gives `parent` these children, keeping those with the same key.
const show = (parent, ...children) => {
  const wanted = children.flat().filter((child) => child !== null)
    .map((child) => (typeof child === 'string' ? document.createTextNode(child) : child));
  const keys = new Set(wanted.map(keyOf));
  let at = parent.firstChild;
  for (const node of wanted) {
    while (at && !keys.has(keyOf(at))) {
      const gone = at;
      at = at.nextSibling;
      gone.remove();
    }
    let same = at;
    while (same && keyOf(same) !== keyOf(node)) same = same.nextSibling;
    if (!same) {
      parent.insertBefore(node, at);
    } else {
      if (same === at) at = at.nextSibling;
      else parent.insertBefore(same, at);
      become(same, node);
    }
  }
  while (at) {
    const gone = at;
    at = at.nextSibling;
    gone.remove();
  }
};

const strokes = {
  critical: 'M12 2.5 21.5 12 12 21.5 2.5 12ZM12 7.5v5.5M12 16.2v.1',
  warning: 'M12 3.5 22 20.5H2ZM12 10v4.5M12 17.4v.1',
  well: 'M12 2.5a9.5 9.5 0 1 0 0 19 9.5 9.5 0 1 0 0-19M8 12.3l2.8 2.8L16 9.5',
};
const icon = (kind) =>
  make('svg', { class: 'icon', viewBox: '0 0 24 24', 'aria-hidden': 'true' }, make('path', { d: strokes[kind] }));

// Words, amounts and times.

const words = (code) => String(code).replaceAll('_', ' ');
/// Text that came from outside.
const data = (text) => make('span', { class: 'data' }, String(text));

const point = new Intl.NumberFormat().formatToParts(0.5).find((part) => part.type === 'decimal').value;
/// Major units as digits with a point, however many, for people.
const money = (amount, currency) => {
  const [whole, fraction] = amount.split('.');
  const digits = BigInt(whole).toLocaleString() + (fraction ? point + fraction : '');
  return currency ? currency + '\u00a0' + digits : digits;
};
/// The exact sum of amounts of one currency.
const sum = (amounts) => {
  const decimals = Math.max(0, ...amounts.map((amount) => (amount.split('.')[1] ?? '').length));
  const minor = amounts.reduce((total, amount) => {
    const [whole, fraction = ''] = amount.split('.');
    return total + BigInt(whole + fraction.padEnd(decimals, '0'));
  }, 0n);
  const digits = String(minor).padStart(decimals + 1, '0');
  return decimals ? digits.slice(0, -decimals) + '.' + digits.slice(-decimals) : digits;
};
const isZero = (amount) => /^[0.]*$/.test(amount);
const unlessZero = (amount, currency) => (isZero(amount) ? '' : money(amount, currency));
const share = (part, all) => {
  const percent = (100 * part) / all;
  const text = percent > 0 && percent < 10 ? percent.toFixed(1) : String(Math.round(percent));
  return text.replace('.', point) + '\u00a0%';
};

/// How far this machine's clock is from the server's, which tells whole seconds.
let ahead_ms = 0;
const serverNow = () => Date.now() - ahead_ms;
const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric' });
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const isAhead = (moment) => Date.parse(moment) - serverNow() > 5000;
const age = (moment) => {
  const seconds = Math.round((serverNow() - Date.parse(moment)) / 1000);
  const far = Math.abs(seconds);
  const text = far < 60 ? 'less than a minute'
    : far < 3600 ? Math.floor(far / 60) + ' min'
      : far < 48 * 3600 ? Math.floor(far / 3600) + ' h'
        : Math.floor(far / 86_400) + ' days';
  return isAhead(moment) ? 'in ' + text : text + ' ago';
};
/// The time of day, with its date unless that is today.
const time = (moment) => {
  const at = new Date(moment);
  const isToday = at.toDateString() === new Date(serverNow()).toDateString();
  const text = isToday ? clock.format(at) : day.format(at) + ', ' + clock.format(at);
  return make('time', { datetime: moment, title: at.toString() }, text);
};

const tones = {
  captured: 'good', settled: 'good', approved: 'held', authorized: 'held', quarantined: 'ask', unknown: 'ask',
  declined: 'bad', failed: 'bad', created: 'wait', processing: 'wait', pending: 'wait',
};
const state = (word, address) =>
  make('span', { class: 'state ' + (tones[word] ?? 'off') },
    address ? make('a', { href: address }, words(word)) : make('span', {}, words(word)));
const card = (facts) => (facts ? facts.brand + ' •••• ' + facts.last4 : '');

/// Those of [name, value, class] that have a value.
const facts = (...given) =>
  make('dl', { class: 'facts' }, given.filter((fact) => fact && fact[1])
    .map(([name, value, kind = '']) => make('div', { class: kind, 'data-key': name },
      make('dt', {}, data(name)), make('dd', {}, typeof value === 'object' ? value : data(value)))));

/// Heads that begin with # stand over numbers.
const table = (label, heads, rows) =>
  make('table', { 'aria-label': label },
    make('thead', {}, make('tr', {}, heads.map((head) =>
      make('th', { scope: 'col', class: head.startsWith('#') ? 'number' : '' }, head.replace('#', ''))))),
    make('tbody', {}, rows));
const cell = (kind, label, content) =>
  make('td', { class: kind, ...(label ? { 'data-label': label } : {}) }, content);

// Asking the server.

const patience_ms = 20_000;

const tab = {  // A browser may forbid storage; the key then lives as long as the page.
  read: (name) => { try { return sessionStorage.getItem(name); } catch { return null; } },
  keep: (name, value) => { try { sessionStorage.setItem(name, value); } catch { /* As above. */ } },
  drop: (name) => { try { sessionStorage.removeItem(name); } catch { /* As above. */ } },
};
let key = tab.read('florin.key');

/// A no from the server, or no answer: then `status` is 0.
class Refusal extends Error {
  constructor(status, problem = {}, wait_ms = 0) {
    super(problem.detail || 'The server answered with HTTP ' + status + '.');
    Object.assign(this, { status, code: problem.code, field: problem.field, wait_ms });
  }
}

const ask = async (address, { signal, body, headers = {} } = {}) => {
  const patience = new AbortController();
  const giveUp = () => patience.abort();
  const timer = setTimeout(giveUp, patience_ms);
  signal?.addEventListener('abort', giveUp);
  try {
    const answer = await fetch(address, {
      method: body ? 'POST' : 'GET', body: body && JSON.stringify(body), signal: patience.signal, cache: 'no-store',
      credentials: 'omit', redirect: 'error',
      headers: { ...headers, Authorization: 'Bearer ' + key, ...(body ? { 'Content-Type': 'application/json' } : {}) },
    });
    const date = Date.parse(answer.headers.get('Date') ?? '');
    if (!Number.isNaN(date)) ahead_ms = Date.now() - date;
    if (answer.ok) return await answer.json();
    const problem = await answer.json().catch(() => ({}));
    const wait_s = Math.min(Number(answer.headers.get('Retry-After')) || 0, 300);
    throw new Refusal(answer.status, problem, 1000 * wait_s);
  } catch (failure) {
    throw failure instanceof Refusal ? failure : new Refusal(0);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', giveUp);
  }
};

const explain = (refusal) => {
  switch (refusal.status) {
    case 0: return 'The server does not answer.';
    case 401: return 'The server does not know this API key, or it has ended.';
    case 403: return refusal.message + ' Use a key that has it.';
    case 429: return 'Too many requests at once: the server asks to wait.';
    case 503: return 'The server cannot answer now: ' + refusal.message;
    default: return refusal.message;
  }
};
)js";
}

}  // namespace florin::app
