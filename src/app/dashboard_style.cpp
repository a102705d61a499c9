#include "dashboard.hpp"

namespace florin::app {

std::string_view dashboard_style() {
    return R"css(:root {
  color-scheme: light dark;
  --ground: #fbfaf7; --panel: #fff; --ink: #1d2430; --soft: #5a6475; --line: #e2dfd7; --edge: #8c8f96;
  --accent: #8a5a00; --code: #f3f0e8;
  --good: #14633c; --held: #1d4f91; --wait: #7a4b00; --bad: #a3262a; --off: #5a6475;
  --bad-ground: #fbeeec; --wait-ground: #fbf3e0; --good-ground: #eef6f0;
  --bar: #c9973f; --track: #f0ece2;
  --mono: ui-monospace, "Cascadia Code", "SF Mono", Menlo, Consolas, monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #14171d; --panel: #1b1f27; --ink: #e8e6e0; --soft: #a3abba; --line: #2d333f; --edge: #6f7889;
    --accent: #e6b450; --code: #10131a;
    --good: #6fd3a0; --held: #8cb8f5; --wait: #e8b15f; --bad: #f39a9d; --off: #a3abba;
    --bad-ground: #2c1c20; --wait-ground: #2a2417; --good-ground: #18251f;
    --bar: #b98a35; --track: #262b35;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 4.5rem; overflow-y: scroll; }
body {
  margin: 0; font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; color: var(--ink);
  background: var(--ground); font-variant-numeric: tabular-nums;
}
a { color: var(--accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
:is(#list, #detail-title):focus { outline: none; }
[hidden] { display: none !important; }
.unseen {
  position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%);
  white-space: nowrap;
}
h1, h2, h3, p { margin: 0; }
.soft { color: var(--soft); }
code { font: .9em var(--mono); padding: .05rem .3rem; background: var(--code); border-radius: 4px; }
/* Foreign text: it may be long, without spaces, or written from right to left. */
.data { unicode-bidi: isolate; overflow-wrap: anywhere; }
.icon { flex: none; width: 1.25rem; height: 1.25rem; fill: none; stroke: currentColor; stroke-width: 2;
  stroke-linecap: round; stroke-linejoin: round; }

header {
  position: sticky; top: 0; z-index: 2; display: flex; align-items: center; gap: 1rem; min-height: 3.5rem;
  padding: .4rem max(1.5rem, calc(50% - 36rem)); background: var(--panel); border-bottom: 1px solid var(--line);
}
.brand { font-size: 1.2rem; font-weight: 700; letter-spacing: -.01em; margin-right: auto; white-space: nowrap; }
.brand span { color: var(--accent); }
#freshness { font-size: .85rem; color: var(--soft); text-align: right; }
#freshness::before {
  content: ""; display: inline-block; width: .55rem; height: .55rem; margin-right: .5rem; border-radius: 50%;
  background: var(--good);
}
#freshness[data-tone="stale"] { color: var(--bad); font-weight: 600; }
#freshness[data-tone="stale"]::before { background: none; border: 2px solid var(--bad); }
#freshness[data-tone="none"] { visibility: hidden; }
button {
  font: inherit; font-size: .85rem; color: var(--ink); background: var(--panel); border: 1px solid var(--line);
  border-radius: 6px; padding: .35rem .8rem; cursor: pointer; white-space: nowrap;
}
button:hover { border-color: var(--soft); }
button.main { color: var(--panel); background: var(--accent); border-color: var(--accent); font-weight: 600; }
button.main:hover { filter: brightness(1.1); }
button[aria-disabled="true"] { opacity: .55; cursor: default; }
input:not([type="radio"]), textarea {
  display: block; font: inherit; width: 100%; padding: .5rem .7rem; color: var(--ink); background: var(--ground);
  border: 1px solid var(--edge); border-radius: 6px;
}
:is(input, textarea)[aria-invalid="true"] { border-color: var(--bad); }
input[type="radio"] { accent-color: var(--accent); }

main { max-width: 75rem; margin: 0 auto; padding: 1.5rem 1.5rem 2rem; }
footer { max-width: 75rem; margin: 0 auto; padding: 0 1.5rem 5rem; font-size: .85rem; color: var(--soft); }
section > h2 { font-size: 1rem; letter-spacing: -.005em; margin-bottom: .6rem; }
.panel {
  padding: 1.1rem 1.25rem 1.25rem; background: var(--panel); border: 1px solid var(--line); border-radius: 10px;
}
.complaint { color: var(--bad); font-size: .9rem; min-height: 1.4em; }

#entry { max-width: 34rem; margin: clamp(0rem, 8vh, 6rem) auto 2rem; padding: 1.75rem; background: var(--panel);
  border: 1px solid var(--line); border-radius: 10px; }
#entry h2 { font-size: 1.4rem; letter-spacing: -.02em; margin-bottom: .4rem; }
#entry p { color: var(--soft); }
#entry label { display: block; margin: 1.2rem 0 .3rem; font-weight: 600; font-size: .9rem; }
#entry .line { display: flex; gap: .6rem; }
#entry button { padding-inline: 1.1rem; }
#entry .complaint { color: var(--bad); margin: .6rem 0; }
#entry .hint { font-size: .85rem; }

#alarms { display: grid; gap: .6rem; }
#alarms ul { list-style: none; margin: 0; padding: 0; display: grid; gap: .6rem; }
.alarm, .well {
  display: flex; gap: .9rem; align-items: flex-start; padding: .8rem 1.1rem; border-radius: 10px;
  border: 1px solid currentColor; min-height: 3rem;
}
.alarm > div, .well > p { color: var(--ink); }
.alarm > div { flex: 1; min-width: 0; }
.critical { color: var(--bad); background: var(--bad-ground); }
.warning { color: var(--wait); background: var(--wait-ground); }
.well { color: var(--good); background: var(--good-ground); align-items: center; font-weight: 600; }
.alarm h3 { font-size: 1rem; }
.alarm .severity { text-transform: uppercase; font-size: .72rem; letter-spacing: .07em; margin-right: .6rem; }
.critical .severity { color: var(--bad); }
.warning .severity { color: var(--wait); }
.alarm .count { font-weight: 400; margin-left: .4rem; white-space: nowrap; }
.alarm p { font-size: .92rem; }
.alarm .meta { display: flex; flex-wrap: wrap; gap: 0 1rem; color: var(--soft); font-size: .85rem; margin-top: .15rem; }

#period { display: inline-flex; margin: 1.5rem 0 1rem; padding: 3px; border: 1px solid var(--line); border-radius: 9px;
  background: var(--track); }
#period label { position: relative; cursor: pointer; }
#period input { position: absolute; inset: 0; opacity: 0; margin: 0; cursor: pointer; }
#period span { display: block; padding: .3rem .9rem; border-radius: 6px; font-size: .88rem; color: var(--soft); }
#period input:checked + span { background: var(--panel); color: var(--ink); font-weight: 600;
  box-shadow: 0 1px 2px rgb(0 0 0 / .15); }
#period input:focus-visible + span { outline: 2px solid var(--accent); outline-offset: 1px; }
#figures[aria-busy="true"], #payments[aria-busy="true"] { opacity: .45; }
@media (prefers-reduced-motion: no-preference) {
  #figures, #payments { transition: opacity .15s; }
}

.currency { margin-bottom: 1rem; }
.currency > h3 { font-size: .8rem; letter-spacing: .07em; color: var(--soft); margin: 0 0 .35rem .1rem; }
.tiles { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: .75rem; margin: 0; }
.tile { background: var(--panel); border: 1px solid var(--line); border-radius: 10px; padding: .9rem 1.1rem 1rem; }
.tile dt { font-size: .85rem; color: var(--soft); }
.tile dd { margin: 0; }
.tile .figure { font-size: clamp(1.25rem, 2.3vw, 1.75rem); font-weight: 650; letter-spacing: -.02em; line-height: 1.25;
  overflow-wrap: anywhere; }
.tile .aside { font-size: .8rem; color: var(--soft); min-height: 1.5em; }
.columns { display: grid; grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); gap: .75rem; margin-bottom: .75rem; }
.stack { display: grid; gap: .75rem; align-content: start; }

table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; padding: .5rem .9rem .5rem 0; border-top: 1px solid var(--line); vertical-align: baseline; }
thead th { border-top: 0; padding-top: 0; font-size: .78rem; font-weight: 400; color: var(--soft); }
tbody th { font-weight: 400; }
:is(th, td):last-child { padding-right: 0; }
@media (min-width: 40rem) {
  .number { text-align: right; white-space: nowrap; }
  .number + :not(.number) { padding-left: 1.1rem; }
}
.state { display: inline-flex; align-items: baseline; gap: .5rem; white-space: nowrap; color: var(--off); }
.state::before { content: ""; align-self: center; width: .6rem; height: .6rem; border-radius: 50%; border: 2px solid currentColor; }
.state > * { color: var(--ink); }
.good { color: var(--good); } .held { color: var(--held); } .wait { color: var(--wait); }
.bad { color: var(--bad); }
.state.good::before { background: currentColor; }
.state.bad::before { background: currentColor; border-radius: 1px; transform: rotate(45deg) scale(.85); }
.state.ask { color: var(--bad); }
.state.ask::before { border-radius: 1px; transform: rotate(45deg) scale(.85); }
.state.held::before { background: linear-gradient(90deg, currentColor 50%, transparent 50%); }
td a, th a { text-decoration-thickness: 1px; text-underline-offset: 2px; }
a.state, .state a { color: var(--ink); }

.bars { list-style: none; margin: 0; padding: 0; display: grid; gap: .65rem; font-size: .9rem; }
.bars .words { display: flex; gap: 1rem; justify-content: space-between; }
.bars svg {
  display: block; width: 100%; height: .5rem; margin-top: .2rem; border-radius: 3px; background: var(--track);
}
.bars rect { fill: var(--bar); }
.empty { color: var(--soft); font-size: .92rem; }
table + .empty { margin-top: .8rem; }
.unknown-count { font-size: 1.5rem; font-weight: 650; line-height: 1.2; }

#payments tbody tr { position: relative; }
#payments tbody tr:hover { background: var(--ground); }
#payments tbody th a::after { content: ""; position: absolute; inset: 0; }
#list h2 a { font-weight: 400; font-size: .85rem; margin-left: .75rem; }

#detail > p { font-size: .9rem; }
#detail-title { font-size: 1.9rem; letter-spacing: -.02em; line-height: 1.2; margin: .6rem 0 1rem; display: flex;
  flex-wrap: wrap; gap: .2rem 1rem; align-items: baseline; }
#detail-title .state { font-size: 1rem; letter-spacing: 0; font-weight: 400; }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(17.5rem, 1fr)); gap: .8rem 1.5rem; margin: 0;
  font-size: .92rem; }
.facts dt { font-size: .78rem; color: var(--soft); }
.facts dd { margin: 0; max-height: 9rem; overflow-y: auto; }
.facts .wide { grid-column: 1 / -1; }
.facts .id dd { font: .8rem/1.75 var(--mono); }
#payment h3 { font-size: 1rem; margin: 1.5rem 0 .6rem; }
#payment ol { list-style: none; margin: 0; padding: 0; display: grid; gap: .75rem; }
.transaction .head { display: flex; flex-wrap: wrap; gap: .1rem 1rem; align-items: baseline; margin-bottom: .8rem; }
#payment .transaction h4 { margin: 0; font-size: 1rem; }
.transaction .amount { font-weight: 650; margin-left: auto; }
.resolve { margin-top: 1.1rem; padding-top: 1.1rem; border-top: 1px solid var(--line); display: grid; gap: .8rem; }
.resolve fieldset { border: 0; margin: 0; padding: 0; display: grid; gap: .45rem; }
.resolve legend, .resolve .label { font-weight: 600; font-size: .9rem; padding: 0; margin-bottom: .3rem; }
.resolve .label { display: block; }
.choice { display: flex; gap: .6rem; align-items: baseline; font-size: .92rem; }
.resolve textarea { font-weight: 400; min-height: 4.5rem; resize: vertical; max-width: 44rem; }
.resolve .send { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; }

#trouble {
  position: fixed; left: 50%; bottom: 1rem; z-index: 3; translate: -50% 0; width: min(46rem, 100vw - 2rem);
  display: flex; gap: 1rem; align-items: center; justify-content: space-between; padding: .75rem 1rem;
  color: var(--ink); background: var(--bad-ground); border: 1px solid var(--bad); border-radius: 10px;
  font-size: .92rem; box-shadow: 0 6px 24px rgb(0 0 0 / .18);
}

@media (max-width: 56rem) {
  .columns { grid-template-columns: minmax(0, 1fr); }
  .tiles { grid-template-columns: repeat(2, minmax(0, 1fr)); }
}
@media (max-width: 39.99rem) {
  header { padding-inline: 1rem; gap: .75rem; }
  .brand { font-size: 1.05rem; }
  .brand span { display: none; }
  main { padding: 1rem 1rem 2rem; }
  footer { padding-inline: 1rem; }
  .panel { padding: 1rem; }
  #entry { padding: 1.25rem; }
  #entry .line { flex-direction: column; }
  #period { display: flex; }
  #period label { flex: 1; text-align: center; }
  #period span { padding-inline: .2rem; }
  .tiles { gap: .5rem; }
  .tile { padding: .7rem .8rem .8rem; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  table, tbody { display: block; }
  tbody tr { display: grid; grid-template-columns: 1fr auto; gap: 0 1rem; border-top: 1px solid var(--line);
    padding: .6rem 0; }
  tbody tr:first-child { border-top: 0; padding-top: 0; }
  tbody :is(th, td) { border: 0; padding: 0; min-width: 0; }
  tbody td:empty { display: none; }
  tbody td[data-label]::before { content: attr(data-label) " "; color: var(--soft); font-size: .85em; }
  tbody td.quiet { color: var(--soft); font-size: .85rem; }
  tbody tr > .end { text-align: right; }
  .facts { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .facts .id { grid-column: 1 / -1; }
  #detail-title { font-size: 1.6rem; }
}
)css";
}

}  // namespace florin::app
