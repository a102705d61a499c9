#include "docs_page.hpp"

#include "florin/http/router.hpp"

namespace florin::http {

std::string_view docs_page() {
    return R"html(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Florin API</title>
<link rel="stylesheet" href="/docs/docs.css">
<script src="/docs/docs.js" defer></script>
</head>
<body>
<a class="skip" href="#content">Skip to the operations</a>
<nav aria-label="Operations">
  <p class="brand">Florin <span>API</span></p>
  <label class="search">Find <input id="search" type="search" autocomplete="off" spellcheck="false"></label>
  <div id="index"></div>
</nav>
<main id="content" tabindex="-1">
  <header id="head"><h1>Florin API</h1></header>
  <p id="state" role="status">Loading the description…</p>
  <div id="operations"></div>
  <noscript><p>This page needs JavaScript. The same description is at
    <a href="/openapi.json">/openapi.json</a>.</p></noscript>
</main>
</body>
</html>
)html";
}

std::string_view docs_style() {
    return R"css(:root {
  color-scheme: light dark;
  --ground: #fbfaf7; --panel: #fff; --ink: #1d2430; --soft: #5a6475; --line: #e2dfd7; --accent: #8a5a00;
  --code: #f3f0e8;
  --get: #14633c; --post: #1d4f91; --put: #7a4b00; --patch: #6a3d8f; --delete: #a3262a;
  --mono: ui-monospace, "Cascadia Code", "SF Mono", Menlo, Consolas, monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #14171d; --panel: #1b1f27; --ink: #e8e6e0; --soft: #a3abba; --line: #2d333f; --accent: #e6b450;
    --code: #10131a;
    --get: #6fd3a0; --post: #8cb8f5; --put: #e8b15f; --patch: #cda4ef; --delete: #f39a9d;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body {
  margin: 0; display: grid; grid-template-columns: 18rem minmax(0, 1fr); min-height: 100vh;
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; color: var(--ink);
  background: var(--ground);
}
a { color: var(--accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
.skip { position: absolute; left: -100vw; }
.skip:focus { left: 1rem; top: 1rem; background: var(--panel); padding: .5rem 1rem; z-index: 1; }
nav {
  position: sticky; top: 0; height: 100vh; overflow-y: auto; padding: 1.5rem 1rem 2rem 1.5rem;
  border-right: 1px solid var(--line); background: var(--panel); font-size: .9rem;
}
.brand { margin: 0 0 1rem; font-size: 1.25rem; font-weight: 700; letter-spacing: -.01em; }
.brand span { color: var(--accent); }
.search { display: block; color: var(--soft); font-size: .8rem; margin-bottom: 1rem; }
.search input {
  display: block; width: 100%; margin-top: .25rem; padding: .4rem .6rem; font: inherit; font-size: .9rem;
  color: var(--ink);
  background: var(--ground); border: 1px solid var(--line); border-radius: 6px;
}
nav h2 {
  margin: 1.1rem 0 .3rem; font-size: .72rem; letter-spacing: .08em; text-transform: uppercase; color: var(--soft);
}
nav ul { list-style: none; margin: 0; padding: 0; }
nav li a {
  display: block; padding: .22rem .5rem; margin-left: -.5rem; border-radius: 5px; color: inherit;
  text-decoration: none;
}
nav li a:hover { background: var(--code); }
main { padding: 2.5rem clamp(1rem, 4vw, 4rem) 6rem; max-width: 62rem; outline: none; }
h1 { margin: 0 0 .5rem; font-size: 2rem; letter-spacing: -.02em; line-height: 1.2; }
#head p { color: var(--soft); max-width: 44rem; margin: .25rem 0; }
section > h2 { margin: 3rem 0 .25rem; font-size: 1.35rem; letter-spacing: -.01em; }
section > p { margin: 0 0 1rem; color: var(--soft); }
article {
  background: var(--panel); border: 1px solid var(--line); border-radius: 10px; padding: 1.25rem 1.5rem 1.5rem;
  margin: 1rem 0;
}
article h3 { margin: 0; font-size: 1.05rem; }
.call {
  display: flex; gap: .6rem; align-items: baseline; flex-wrap: wrap; margin: .35rem 0 0; font: .9rem var(--mono);
  overflow-wrap: anywhere;
}
.method { font-weight: 700; }
.get { color: var(--get); } .post { color: var(--post); } .put { color: var(--put); }
.patch { color: var(--patch); } .delete { color: var(--delete); }
.scope {
  font: .78rem var(--mono); color: var(--soft); border: 1px solid var(--line); border-radius: 99px;
  padding: .05rem .6rem;
}
article h4 {
  margin: 1.25rem 0 .35rem; font-size: .74rem; letter-spacing: .07em; text-transform: uppercase;
  color: var(--soft);
}
article h4 code { margin-left: .5rem; text-transform: none; letter-spacing: 0; font-weight: 400; }
code { font: .9em var(--mono); }
td code, p code { padding: .05rem .3rem; background: var(--code); border-radius: 4px; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; vertical-align: baseline; padding: .4rem .75rem .4rem 0; border-top: 1px solid var(--line); }
th { font: .85rem/1.55 var(--mono); white-space: nowrap; }
td:nth-child(2) { color: var(--soft); font: .82rem/1.7 var(--mono); white-space: nowrap; }
.needed { color: var(--accent); font-family: system-ui, sans-serif; font-size: .75rem; margin-left: .4rem; }
.nested th { padding-left: 1.25rem; }
.nested-twice th { padding-left: 2.5rem; }
pre {
  margin: 0; padding: .9rem 1rem; overflow-x: auto; background: var(--code); border: 1px solid var(--line);
  border-radius: 7px; font: .82rem/1.6 var(--mono);
}
.example { position: relative; }
button {
  font: inherit; font-size: .78rem; color: var(--ink); background: var(--panel); border: 1px solid var(--line);
  border-radius: 5px; padding: .15rem .6rem; cursor: pointer;
}
.example button { position: absolute; right: .5rem; top: .5rem; }
[hidden] { display: none; }
@media (max-width: 52rem) {
  body { display: block; }
  nav { position: static; height: auto; max-height: 45vh; border-right: 0; border-bottom: 1px solid var(--line); }
  main { padding-top: 1.5rem; }
  article { padding: 1rem; }
}
@media (max-width: 40rem) {
  tr { display: block; border-top: 1px solid var(--line); padding: .35rem 0; }
  th, td, td:nth-child(2) { display: block; border: 0; padding: 0; white-space: normal; overflow-wrap: anywhere; }
  .nested { padding-left: 1rem; } .nested-twice { padding-left: 2rem; }
  .nested th, .nested-twice th { padding-left: 0; }
}
@media (prefers-reduced-motion: no-preference) { html { scroll-behavior: smooth; } }
)css";
}

std::string_view docs_script() {
    return R"js('use strict';
// Shows /openapi.json. Text reaches the page only as text nodes, never as markup.

const make = (name, attributes = {}, ...children) => {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children.filter((child) => child !== null));
  return element;
};

/// `words` with what stands between backticks as code.
const prose = (words) => (words || '').split('`').map((part, i) => (i % 2 ? make('code', {}, part) : part));

const start = (api) => {
  const resolve = (schema) => {
    if (!schema || !schema.$ref) return schema || {};
    const { $ref, ...beside } = schema;
    const target = $ref.slice(2).split('/').reduce((at, step) => at && at[step], api) || {};
    return { ...target, ...beside };
  };
  const nameOf = (schema) => (schema && schema.$ref ? schema.$ref.split('/').pop() : '');

  const typeText = (raw) => {
    const schema = resolve(raw);
    if (schema.type === 'array') return typeText(schema.items) + '[]';
    const parts = [nameOf(raw) || [schema.type || 'any'].flat().join(' or ')];
    if (schema.format && schema.format !== 'int64') parts.push(schema.format);
    if (schema.enum) parts.push(schema.enum.join(' | '));
    if (schema.minimum !== undefined || schema.maximum !== undefined)
      parts.push(schema.maximum === undefined ? 'from ' + schema.minimum
        : (schema.minimum ?? '') + '…' + schema.maximum);
    const least = schema.minLength ?? 0, most = schema.maxLength;
    if (least !== 0 && least === most) parts.push(most + ' chars');
    else if (least > 1) parts.push(least + '…' + (most ?? '') + ' chars');
    else if (most !== undefined && most !== 255) parts.push('up to ' + most + ' chars');
    return parts.join(', ');
  };

  const exampleOf = (raw, depth = 0) => {
    const schema = resolve(raw);
    if (schema.examples && schema.examples.length) return schema.examples[0];
    if (schema.enum) return schema.enum[0];
    const type = [schema.type].flat()[0];
    if (type === 'object') {
      const example = {};
      if (depth > 4) return example;
      for (const [name, property] of Object.entries(schema.properties || {})) {
        const isNeeded = (schema.required || []).includes(name);
        const inner = resolve(property);
        // An object that must have members says more than its absence: a card, for one.
        const isTelling = (inner.examples || []).length || (inner.required || []).length;
        if (isNeeded || isTelling) example[name] = exampleOf(property, depth + 1);
      }
      return example;
    }
    if (type === 'array') return depth > 4 ? [] : [exampleOf(schema.items, depth + 1)];
    if (type === 'integer') return schema.minimum ?? 1;
    if (type === 'number') return 1;
    if (type === 'boolean') return true;
    if (schema.format === 'date-time') return '2026-11-20T10:15:30.000Z';
    if (schema.format === 'uuid') return '0199c0de-2f4a-7cc1-9d3e-5a6b7c8d9e0f';
    return 'text';
  };

  const row = (name, type, isNeeded, doc, depth = 0) =>
    make('tr', { class: ['', 'nested', 'nested-twice'][Math.min(depth, 2)] },
      make('th', { scope: 'row' }, name, isNeeded ? make('span', { class: 'needed' }, 'required') : null),
      make('td', {}, type), make('td', {}, ...prose(doc)));

  const fieldRows = (raw, depth = 0) => {
    let schema = resolve(raw);
    if (schema.type === 'array') schema = resolve(schema.items);
    return Object.entries(schema.properties || {}).flatMap(([name, property]) => {
      const isNeeded = (schema.required || []).includes(name);
      const first = row(name, typeText(property), isNeeded, resolve(property).description, depth);
      return depth < 2 ? [first, ...fieldRows(property, depth + 1)] : [first];
    });
  };

  const table = (title, rows, schema = '') =>
    rows.length
      ? [make('h4', {}, title, schema ? make('code', {}, schema) : null),
        make('div', { class: 'scroll' }, make('table', { 'aria-label': title }, make('tbody', {}, ...rows)))]
      : [];

  const quote = (text) => "'" + text.replaceAll("'", "'\\''") + "'";
  const curlOf = (method, path, operation, body) => {
    const filled = path.replace(/\{([^}]+)\}/g, (_, name) => {
      const known = (operation.parameters || []).find((p) => p.in === 'path' && p.name === name);
      return known ? encodeURIComponent(String(exampleOf(known.schema))) : name;
    });
    const asked = (operation.parameters || []).filter((p) => p.in === 'query' && p.required)
      .map((p) => p.name + '=' + encodeURIComponent(String((p.schema.examples || [p.name.toUpperCase()])[0])));
    const verb = method === 'get' ? '' : ' -X ' + method.toUpperCase();
    const parts = ['curl' + verb + ' ' + quote(location.origin + filled + (asked.length ? '?' + asked.join('&') : ''))];
    if ((operation.security || []).length) parts.push('-H "Authorization: Bearer $API_KEY"');
    for (const parameter of operation.parameters || [])
      if (parameter.in === 'header' && parameter.required)
        parts.push('-H ' + quote(parameter.name + ': ' + exampleOf(parameter.schema)));
    if (body) {
      parts.push("-H 'Content-Type: application/json'");
      parts.push('-d ' + quote(JSON.stringify(exampleOf(body), null, 2)));
    }
    return parts.join(' \\\n  ');
  };

  const example = (text) => {
    const button = make('button', { type: 'button' }, 'Copy');
    button.addEventListener('click', async () => {
      try {
        await navigator.clipboard.writeText(text);
        button.textContent = 'Copied';
      } catch {
        button.textContent = 'Not allowed here';
      }
      setTimeout(() => { button.textContent = 'Copy'; }, 1500);
    });
    return make('div', { class: 'example' }, make('pre', { tabindex: '0' }, text), button);
  };

  const answerRows = (operation) =>
    Object.entries(operation.responses || {}).map(([status, raw]) => {
      const answer = resolve(raw);
      const content = Object.values(answer.content || {})[0];
      return row(status, content ? typeText(content.schema) : '', false, answer.description);
    });

  const show = (method, path, operation) => {
    const json = ((operation.requestBody || {}).content || {})['application/json'];
    const body = json && json.schema;
    const success = Object.entries(operation.responses || {}).find(([status]) => status.startsWith('2'));
    const content = success && Object.values(resolve(success[1]).content || {})[0];
    const parameters = (operation.parameters || []).map((p) =>
      row(p.name, p.in + ' ' + typeText(p.schema), p.required, p.description));
    const scope = operation['x-required-scope'];
    // A transaction's example is a purchase: beside a refund it would mislead.
    const answer = content && exampleOf(content.schema);
    const isTelling = answer && (method === 'get' || !answer.type || answer.type === operation.operationId);
    return make('article', { id: operation.operationId },
      make('h3', {}, operation.summary || operation.operationId),
      make('p', { class: 'call' }, make('span', { class: 'method ' + method }, method.toUpperCase()),
        make('span', {}, path),
        scope ? make('span', { class: 'scope' }, 'scope ' + scope) : null),
      ...table('Parameters', parameters),
      ...table('Body', body ? fieldRows(body) : [], body ? nameOf(body) : ''),
      make('h4', {}, 'Example'), example(curlOf(method, path, operation, body)),
      ...(isTelling ? [make('h4', {}, 'Its answer'), make('pre', { tabindex: '0' }, JSON.stringify(answer, null, 2))] : []),
      ...table('Answers', answerRows(operation)),
      ...(content ? table('Answer', fieldRows(content.schema), typeText(content.schema)) : []));
  };

  const groups = new Map((api.tags || []).map((tag) => [tag.name, { doc: tag.description, operations: [] }]));
  for (const [path, methods] of Object.entries(api.paths || {}))
    for (const [method, operation] of Object.entries(methods)) {
      const tag = (operation.tags || ['Other'])[0];
      if (tag === 'Documents') continue;  // This page and what it is made of.
      if (!groups.has(tag)) groups.set(tag, { doc: '', operations: [] });
      groups.get(tag).operations.push({ path, method, operation });
    }

  const parts = [];
  for (const [tag, { doc, operations }] of groups) {
    if (!operations.length) continue;
    const links = make('ul');
    const section = make('section', {}, make('h2', {}, tag), doc && doc !== tag ? make('p', {}, ...prose(doc)) : null);
    const group = { section, heading: make('h2', {}, tag), links, members: [] };
    for (const { path, method, operation } of operations) {
      const article = show(method, path, operation);
      const title = operation.summary || operation.operationId;
      const item = make('li', {}, make('a', { href: '#' + operation.operationId }, title));
      section.append(article);
      links.append(item);
      group.members.push({ article, item,
        title: [tag, method, path, title].join(' ').toLowerCase(), text: article.textContent.toLowerCase() });
    }
    document.getElementById('operations').append(section);
    document.getElementById('index').append(group.heading, links);
    parts.push(group);
  }

  // What the titles do not say, such as a field's name, is looked for in what stands under them.
  const filter = (wanted) => {
    const isIn = (text) => wanted.split(/\s+/).every((word) => text.includes(word));
    const place = parts.some(({ members }) => members.some(({ title }) => isIn(title))) ? 'title' : 'text';
    for (const { section, heading, links, members } of parts) {
      let isAnyShown = false;
      for (const { article, item, [place]: text } of members) {
        const isShown = isIn(text);
        article.hidden = item.hidden = !isShown;
        isAnyShown = isAnyShown || isShown;
      }
      section.hidden = heading.hidden = links.hidden = !isAnyShown;
    }
  };
  const search = document.getElementById('search');
  search.addEventListener('input', () => filter(search.value.trim().toLowerCase()));

  document.getElementById('head').append(make('p', {}, ...prose(api.info.description)),
    make('p', {}, 'For programs: ', make('a', { href: '/openapi.json' }, '/openapi.json')));
  document.getElementById('state').hidden = true;
  if (location.hash) document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView({ behavior: 'instant' });
};

fetch('/openapi.json')
  .then((answer) => {
    if (!answer.ok) throw new Error('HTTP ' + answer.status);
    return answer.json();
  })
  .then(start)
  .catch((failure) => {
    document.getElementById('state').textContent =
      'The description could not be shown (' + failure.message + '). Load the page again.';
  });
)js";
}

}  // namespace florin::http
