// A stand-in for a browser, as small as the pages that Florin serves need: elements, text, events, timers that wait to be
// run. It draws nothing and knows no styles; what it shows is read as text.

import vm from 'node:vm';

class Node {
  constructor(document, nodeType, nodeName) {
    Object.assign(this, { document, nodeType, nodeName, parentNode: null, childNodes: [] });
  }
  get firstChild() { return this.childNodes[0] ?? null; }
  get nextSibling() {
    const beside = this.parentNode?.childNodes ?? [];
    return beside[beside.indexOf(this) + 1] ?? null;
  }
  remove() {
    if (!this.parentNode) return;
    this.parentNode.childNodes.splice(this.parentNode.childNodes.indexOf(this), 1);
    this.parentNode = null;
  }
  insertBefore(node, before) {
    node.remove();
    this.childNodes.splice(before ? this.childNodes.indexOf(before) : this.childNodes.length, 0, node);
    node.parentNode = this;
  }
  append(...nodes) {
    for (const node of nodes) this.insertBefore(typeof node === 'string' ? this.document.createTextNode(node) : node, null);
  }
  get textContent() { return this.nodeType === 3 ? this.data : this.childNodes.map((child) => child.textContent).join(''); }
  set textContent(text) {
    for (const child of [...this.childNodes]) child.remove();
    if (text !== '') this.append(String(text));
  }
}

class Element extends Node {
  #attributes = new Map();
  #listeners = new Map();
  constructor(document, name) {
    super(document, 1, name.toUpperCase());
    this.dataset = new Proxy({}, {
      get: (_, key) => this.getAttribute('data-' + String(key)) ?? undefined,
      set: (_, key, value) => { this.setAttribute('data-' + key, value); return true; },
    });
    this.hidden = false;
    this.value = '';
    this.checked = false;
  }
  get attributes() { return [...this.#attributes].map(([name, value]) => ({ name, value })); }
  getAttribute(name) { return this.#attributes.get(name) ?? null; }
  hasAttribute(name) { return this.#attributes.has(name); }
  removeAttribute(name) { this.#attributes.delete(name); }
  setAttribute(name, value) {
    this.#attributes.set(name, String(value));
    if (name === 'value') this.value = String(value);
  }
  addEventListener(type, listener) { this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener]); }
  /// What the listeners return, together: done when they are.
  dispatch(type) {
    const event = { type, target: this, preventDefault() {} };
    return Promise.all((this.#listeners.get(type) ?? []).map((listener) => listener(event)));
  }
  focus() { this.document.activeElement = this; }
  scrollIntoView() {}
  *descendants() {
    for (const child of this.childNodes)
      if (child.nodeType === 1) {
        yield child;
        yield* child.descendants();
      }
  }
  /// All elements of a name beneath this one.
  all(name) { return [...this.descendants()].filter((one) => one.nodeName === name.toUpperCase()); }
  querySelectorAll(selector) { return this.all(selector.split(' ').at(-1)); }
  querySelector(selector) { return this.querySelectorAll(selector)[0] ?? null; }
}

/// The page of `html` with `script` running in it, at `origin`. Requests really go to the server.
export class Page {
  constructor(html, script, { origin, stored = {} }) {
    this.stored = new Map(Object.entries(stored));
    this.requests = [];
    this.timers = new Map();
    this.last_timer = 0;
    this.is_cut_off = false;
    const document = new Element(null, '#document');
    document.document = document;
    document.visibilityState = 'visible';
    document.createElement = (name) => new Element(document, name);
    document.createElementNS = (_, name) => new Element(document, name);
    document.createTextNode = (data) => Object.assign(new Node(document, 3, '#text'), { data });
    this.body = document.createElement('body');
    document.append(this.body);
    // The page's own markup, flat: its script finds elements by id, and the fields by their name.
    for (const [, name, given] of html.matchAll(/<(\w+)\s([^>]*)>/g)) {
      const element = document.createElement(name);
      for (const [, key, value] of given.matchAll(/([\w-]+)="([^"]*)"/g)) element.setAttribute(key, value);
      element.hidden = /\shidden$|\shidden\s/.test(' ' + given);
      if (element.hasAttribute('id') || name === 'input') this.body.append(element);
    }
    document.getElementById = (id) => this.id(id);
    this.document = document;
    const location = this.location = { hash: '', pathname: '/dashboard' };
    this.context = vm.createContext({
      document, location, Node: { ELEMENT_NODE: 1 }, Intl, Date, AbortController, console, JSON, crypto: globalThis.crypto, scrollY: 0,
      scrollTo() {}, history: { replaceState() { location.hash = ''; } },
      addEventListener: (type, listener) => this.body.addEventListener(type, listener),
      setTimeout: (what, pause_ms) => { this.timers.set(++this.last_timer, { what, pause_ms }); return this.last_timer; },
      clearTimeout: (id) => { this.timers.delete(id); },
      sessionStorage: {
        getItem: (name) => this.stored.get(name) ?? null,
        setItem: (name, value) => this.stored.set(name, value),
        removeItem: (name) => this.stored.delete(name),
      },
      FormData: class {
        constructor(form) { this.form = form; }
        get(name) { return this.form.all('input').find((one) => one.checked && one.getAttribute('name') === name)?.value ?? null; }
      },
      fetch: (target, options) => {
        this.requests.push({ target, ...options });
        return this.is_cut_off ? Promise.reject(new TypeError('cut off')) : fetch(origin + target, options);
      },
    });
    vm.runInContext(script, this.context);
  }
  id(id) { return [...this.body.descendants()].find((one) => one.getAttribute('id') === id) ?? null; }
  text(id) { return this.id(id).textContent; }
  /// Runs JavaScript among the page's own names.
  run(code) { return vm.runInContext(code, this.context); }
  /// As following a link.
  async go_to(hash) {
    this.location.hash = hash;
    await this.body.dispatch('hashchange');
  }
}
