#include "dashboard.hpp"

namespace florin::app {

std::vector<http::Route> dashboard_routes() {
    static const std::string script = std::string{dashboard_tools()} + std::string{dashboard_views()};
    return {http::asset_route("/dashboard", "getDashboard", "How a merchant's payments are doing, for people.",
                              dashboard_page(), "text/html; charset=utf-8"),
            http::asset_route("/dashboard/dashboard.js", "getDashboardScript", "The script of the dashboard.", script,
                              "text/javascript; charset=utf-8"),
            http::asset_route("/dashboard/dashboard.css", "getDashboardStyle", "The style of the dashboard.",
                              dashboard_style(), "text/css; charset=utf-8")};
}

std::string_view dashboard_page() {
    return R"html(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Florin dashboard</title>
<link rel="stylesheet" href="/dashboard/dashboard.css">
<script src="/dashboard/dashboard.js" defer></script>
</head>
<body>
<header>
  <p class="brand">Florin <span>payments</span></p>
  <p id="freshness" data-tone="none"></p>
  <button id="forget" type="button" hidden>Forget key</button>
</header>
<main>
  <h1 class="unseen">Payments at a glance</h1>
  <form id="entry" hidden>
    <h2>Which merchant?</h2>
    <p>Give an API key with the scope <code>payments:read</code>. It stays in this tab until you close it or press
      “Forget key”, and goes nowhere but to this server.</p>
    <label for="key">API key</label>
    <div class="line">
      <input id="key" type="password" autocomplete="off" autocapitalize="off" spellcheck="false" required
             aria-describedby="entry-trouble">
      <button type="submit" class="main">Show payments</button>
    </div>
    <p id="entry-trouble" class="complaint" role="alert"></p>
    <p class="hint">Trying Florin out? The key of <code>test-merchant</code> is in the file <code>sandbox-api-key</code>
      of the data directory.</p>
  </form>

  <div id="overview" hidden>
    <section aria-labelledby="alarms-title">
      <h2 id="alarms-title" class="unseen">Alarms</h2>
      <div id="alarms"></div>
    </section>

    <fieldset id="period">
      <legend class="unseen">Payments made in</legend>
      <label><input type="radio" name="period" value="hour"><span>Last hour</span></label>
      <label><input type="radio" name="period" value="day"><span>24 hours</span></label>
      <label><input type="radio" name="period" value="week"><span>7 days</span></label>
      <label><input type="radio" name="period" value="month"><span>31 days</span></label>
    </fieldset>

    <div id="figures">
      <section aria-labelledby="totals-title">
        <h2 id="totals-title" class="unseen">Totals</h2>
        <div id="totals"></div>
      </section>
      <div class="columns">
        <section class="panel" aria-labelledby="states-title">
          <h2 id="states-title">By state</h2>
          <div id="states"></div>
        </section>
        <div class="stack">
          <section class="panel" aria-labelledby="declines-title">
            <h2 id="declines-title">Declines by class</h2>
            <div id="declines"></div>
          </section>
          <section class="panel" aria-labelledby="unknown-title">
            <h2 id="unknown-title">Outcomes not known now</h2>
            <div id="unknown"></div>
          </section>
        </div>
      </div>
    </div>

    <section class="panel" id="list" aria-labelledby="list-title" tabindex="-1">
      <h2 id="list-title">Latest payments</h2>
      <div id="payments"></div>
    </section>
  </div>

  <article id="detail" hidden aria-labelledby="detail-title">
    <p><a id="back" href="#">← All payments</a></p>
    <h2 id="detail-title" tabindex="-1">Payment</h2>
    <div id="payment"></div>
  </article>
  <noscript><p>This page needs JavaScript. The same figures are at <code>/api/v1/summary</code>.</p></noscript>
</main>
<footer><p><a href="/docs">The API that this page calls</a></p></footer>
<div id="trouble" hidden>
  <p id="trouble-words"></p>
  <button id="again" type="button">Try now</button>
</div>
<p id="spoken" class="unseen" role="status"></p>
</body>
</html>
)html";
}

}  // namespace florin::app
