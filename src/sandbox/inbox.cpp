#include "inbox.hpp"

#include <algorithm>
#include <map>

#include "florin/base/money.hpp"

namespace florin::sandbox {
namespace {

/// Rows of each table.
constexpr std::size_t most_rows = 50;
constexpr std::string_view no_faults = R"({"rules":[]})";

constexpr std::string_view head = R"html(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="5"><title>Florin sandbox</title>
<style>
:root {
  color-scheme: light dark;
  --ground: #fbfaf7; --panel: #fff; --ink: #1d2430; --soft: #5a6475; --line: #e2dfd7; --accent: #8a5a00;
  --in: #14633c; --back: #a3262a; --held: #1d4f91;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #14171d; --panel: #1b1f27; --ink: #e8e6e0; --soft: #a3abba; --line: #2d333f; --accent: #e6b450;
    --in: #6fd3a0; --back: #f39a9d; --held: #8cb8f5;
  }
}
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 78rem; padding: 2rem clamp(1rem, 3vw, 2.5rem) 4rem; background: var(--ground);
  color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif }
h1 { font-size: 1.6rem; margin: 0; letter-spacing: -.01em } h1 span { color: var(--accent) }
h2 { font-size: 1.1rem; margin: 2.25rem 0 .6rem }
p { color: var(--soft); margin: .3rem 0; max-width: 50rem } a { color: var(--accent) }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 3px }
code { font: .85em ui-monospace, Menlo, Consolas, monospace; color: inherit }
.sums { display: flex; flex-wrap: wrap; gap: .75rem; margin-top: 1.25rem; padding: 0; list-style: none }
.sums li, .panel { background: var(--panel); border: 1px solid var(--line); border-radius: 10px }
.sums li { padding: .7rem 1.1rem; min-width: 11rem } .sums b { display: block; font-size: 1.25rem; font-variant-numeric: tabular-nums }
.sums small { color: var(--soft); font-size: .85rem }
.panel { overflow-x: auto; padding: .3rem 1.1rem } .fault { border-color: var(--back); padding: .7rem 1.1rem }
.fault pre { margin: .4rem 0; white-space: pre-wrap; overflow-wrap: anywhere; font: .85rem/1.5 ui-monospace, Menlo, Consolas, monospace }
table { border-collapse: collapse; width: 100%; font-size: .92rem }
th, td { text-align: left; padding: .42rem 1rem .42rem 0; border-top: 1px solid var(--line); white-space: nowrap }
thead th { border-top: 0; font-weight: 600; color: var(--soft); font-size: .82rem }
th.amount, td.amount { text-align: right; font-variant-numeric: tabular-nums } td.time { color: var(--soft) }
.in { color: var(--in) } .back { color: var(--back) } .held { color: var(--held) } .none { color: var(--soft) }
td.wide { white-space: normal }
@media (max-width: 44rem) {
  thead { display: block; position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) } tr { display: block; border-top: 1px solid var(--line); padding: .5rem 0 }
  td, td.amount { display: inline-block; border: 0; padding: .1rem .9rem .1rem 0; text-align: left }
}
</style></head><body>
<main>
<h1>Florin <span>sandbox</span></h1>
)html";

std::string escape(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '&':
                out += "&amp;";
                break;
            case '"':
                out += "&quot;";
                break;
            default:
                out.push_back(c);
        }
    }
    return out;
}

void cell(std::string& out, std::string_view text, std::string_view kind = {}) {
    out += kind.empty() ? "<td>" : "<td class=\"" + std::string{kind} + "\">";
    out += escape(text) + "</td>";
}
void code_cell(std::string& out, std::string_view text) { out += "<td><code>" + escape(text) + "</code></td>"; }

/// The time of day; the day stands in the title.
void time_cell(std::string& out, Instant at) {
    const std::string text = to_text(at);
    out += "<td class=\"time\" title=\"" + text + "\">" + text.substr(11, 12) + "</td>";
}

std::string amount_text(std::int64_t minor, std::string_view code) {
    const auto currency = Currency::of(code);
    return (currency ? to_major_text(minor, *currency) : std::to_string(minor)) + " " + std::string{code};
}

std::string_view kind_of(std::string_view type) {
    if (type == "authorize") return "held";
    return type == "refund" || type == "cancel" ? "back" : "in";
}

struct Sum {
    std::int64_t taken = 0, given_back = 0;
};

/// What each provider took and gave back, for each currency.
std::map<std::pair<std::string, std::string>, Sum> sums_of(const std::vector<Movement>& book) {
    std::map<std::pair<std::string, std::string>, Sum> sums;
    for (const Movement& movement : book) {
        Sum& sum = sums[{movement.provider, movement.currency}];
        const bool is_cancel = movement.type == "cancel";
        const std::string& type = is_cancel ? movement.cancels : movement.type;
        const std::int64_t amount = is_cancel ? -movement.amount_minor : movement.amount_minor;
        if (type == "purchase" || type == "capture") sum.taken += amount;
        if (type == "refund") sum.given_back += amount;
    }
    return sums;
}

void write_sums(std::string& out, const std::vector<Movement>& book) {
    if (book.empty()) return;
    out += "<ul class=\"sums\">";
    for (const auto& [of, sum] : sums_of(book)) {
        const auto& [provider, currency] = of;
        out += "<li><small>" + escape(provider) + "</small><b>" + escape(amount_text(sum.taken, currency)) +
               "</b><small>taken, " + escape(amount_text(sum.given_back, currency)) + " given back</small></li>";
    }
    out += "</ul>";
}

void write_script(std::string& out, const Inbox& inbox) {
    if (inbox.faults != no_faults)
        out +=
            "<h2>Trouble on request</h2><div class=\"panel fault\"><p>A fault script is at work; <code>DELETE "
            "/sandbox/faults</code> ends it.</p><pre>" +
            escape(inbox.faults) + "</pre></div>";
}

void write_movements(std::string& out, const std::vector<Movement>& book) {
    out += "<h2>Money that moved</h2><div class=\"panel\">";
    if (book.empty()) {
        out += "<p>None yet. Point Florin here with <code>--sandbox</code> and make a payment.</p></div>";
        return;
    }
    out +=
        "<table><thead><tr><th>#</th><th>When</th><th>Provider</th><th>What</th><th class=\"amount\">Amount</th>"
        "<th>Reference</th><th>Their id</th></tr></thead><tbody>";
    for (std::size_t i = 0; i < std::min(most_rows, book.size()); ++i) {
        const Movement& movement = book[book.size() - 1 - i];
        out += "<tr>";
        cell(out, std::to_string(movement.seq), "none");
        time_cell(out, movement.at);
        cell(out, movement.provider);
        cell(out, movement.cancels.empty() ? movement.type : movement.type + " of " + movement.cancels,
             kind_of(movement.type));
        cell(out, amount_text(movement.amount_minor, movement.currency), "amount");
        code_cell(out, movement.reference);
        code_cell(out, movement.provider_id);
        out += "</tr>";
    }
    out += "</tbody></table></div>";
}

void write_calls(std::string& out, const std::deque<LoggedCall>& calls) {
    out += "<h2>Calls</h2><div class=\"panel\">";
    if (calls.empty()) {
        out += "<p>Nobody has called since this sandbox started.</p></div>";
        return;
    }
    out +=
        "<table><thead><tr><th>#</th><th>When</th><th>Provider</th><th>Call</th><th>Reference</th><th>Status</th>"
        "<th>Outcome</th></tr></thead><tbody>";
    for (std::size_t i = 0; i < std::min(most_rows, calls.size()); ++i) {
        const LoggedCall& call = calls[calls.size() - 1 - i];
        out += "<tr>";
        cell(out, std::to_string(call.number), "none");
        time_cell(out, call.at);
        cell(out, call.provider);
        // What it is about says more than the one name that all calls of a kind share.
        const bool is_http = call.path.starts_with("/bank/");
        const bool is_named = !is_http && !call.transaction_type.empty();
        code_cell(out, is_http ? call.method + " " + call.path : is_named ? call.transaction_type : call.method);
        code_cell(out, call.reference);
        cell(out, call.outcome == "dropped" ? "none" : std::to_string(call.status), "none");
        const bool is_trouble = call.outcome == "dropped" || call.outcome == "answered late" || call.status >= 500;
        cell(out, call.outcome, is_trouble ? "back" : "");
        out += "</tr>";
    }
    out += "</tbody></table></div>";
}

std::string_view kind_of(DeliveryState state) {
    switch (state) {
        case DeliveryState::pending:
            return "held";
        case DeliveryState::delivered:
            return "in";
        case DeliveryState::lost:
        case DeliveryState::given_up:
            return "back";
    }
    return {};
}

/// `delivered`, `pending until 10:15:30.000`, `lost on request`.
std::string state_text(const Delivery& delivery) {
    switch (delivery.state) {
        case DeliveryState::pending:
            return "pending until " + to_text(Instant{delivery.due_at}).substr(0, 19).replace(10, 1, " ");
        case DeliveryState::delivered:
            return "delivered";
        case DeliveryState::lost:
            return "lost on request";
        case DeliveryState::given_up:
            return "given up";
    }
    return {};
}

/// What each attempt met, the latest last: `500, no answer, 200`.
std::string attempts_text(const Delivery& delivery) {
    constexpr std::size_t most_shown = 4;
    const std::size_t count = delivery.attempts.size();
    std::string text = count > most_shown ? std::to_string(count - most_shown) + " more, " : "";
    for (std::size_t i = count > most_shown ? count - most_shown : 0; i < count; ++i) {
        const Attempt& attempt = delivery.attempts[i];
        std::string met = attempt.status != 0 ? std::to_string(attempt.status) : attempt.outcome;
        std::ranges::replace(met, '_', ' ');
        text += met + (i + 1 < count ? ", " : "");
    }
    return text;
}

void write_webhooks(std::string& out, const std::map<std::int64_t, Delivery>& deliveries) {
    out += "<h2>Webhooks</h2><div class=\"panel\">";
    if (deliveries.empty()) {
        out +=
            "<p>None yet. A provider sends them to whom <code>PUT /sandbox/settings</code> or its own API "
            "names.</p></div>";
        return;
    }
    out +=
        "<table><thead><tr><th>#</th><th>When</th><th>Provider</th><th>Event</th><th>About</th><th>State</th>"
        "<th>Attempts</th><th>Trouble</th></tr></thead><tbody>";
    std::size_t shown = 0;
    for (auto at = deliveries.rbegin(); at != deliveries.rend() && shown < most_rows; ++at, ++shown) {
        const Delivery& delivery = at->second;
        constexpr std::string_view usual = "net.authorize.";
        const std::string& type = delivery.webhook.type;
        out += "<tr>";
        cell(out, std::to_string(delivery.number), "none");
        time_cell(out, Instant{delivery.made_at});
        cell(out, delivery.webhook.provider);
        code_cell(out, type.starts_with(usual) ? type.substr(usual.size()) : type);
        code_cell(out, delivery.webhook.object);
        cell(out, state_text(delivery), kind_of(delivery.state));
        cell(out, attempts_text(delivery), "none");
        std::string trouble = delivery.is_forged ? "forged" : delivery.is_extra ? "copy" : delivery.fault;
        std::ranges::replace(trouble, '_', ' ');
        cell(out, trouble, "back");
        out += "</tr>";
    }
    out += "</tbody></table></div>";
}

void write_mails(std::string& out, const std::deque<mail::Mail>& mails) {
    out += "<h2>Mails</h2><div class=\"panel\">";
    if (mails.empty()) {
        out += "<p>None yet. Florin sends them here while no mail server is configured.</p></div>";
        return;
    }
    out += "<table><thead><tr><th>#</th><th>When</th><th>To</th><th>Subject</th><th>Text</th></tr></thead><tbody>";
    for (std::size_t i = 0; i < std::min(most_rows, mails.size()); ++i) {
        const mail::Mail& mail = mails[mails.size() - 1 - i];
        out += "<tr>";
        cell(out, std::to_string(mail.number), "none");
        time_cell(out, Instant{mail.at});
        cell(out, mail.to.front() + (mail.to.size() > 1 ? " and others" : ""));
        cell(out, mail.subject, "wide");
        out += "<td class=\"wide\"><details><summary>" + std::to_string(mail.text.size()) + " octets</summary><pre>" +
               escape(mail.text) + "</pre></details></td></tr>";
    }
    out += "</tbody></table></div>";
}

void write_cases(std::string& out, const std::vector<salesforce::Record>& cases) {
    out += "<h2>Cases at Salesforce</h2><div class=\"panel\">";
    if (cases.empty()) {
        out += "<p>None yet. Florin opens one when a person has to take over.</p></div>";
        return;
    }
    out += "<table><thead><tr><th>Id</th><th>When</th><th>Status</th><th>Subject</th><th>Text</th></tr></thead><tbody>";
    for (std::size_t i = 0; i < std::min(most_rows, cases.size()); ++i) {
        const salesforce::Record& one = cases[cases.size() - 1 - i];
        out += "<tr>";
        code_cell(out, one.id);
        time_cell(out, Instant{one.created_at});
        cell(out, one.modified_at == 0 ? "Deleted" : one.value("Status"), one.is_closed() ? "in" : "held");
        cell(out, one.value("Subject"), "wide");
        out += "<td class=\"wide\"><details><summary>" + std::to_string(one.value("Description").size()) +
               " octets</summary><pre>" + escape(one.value("Description")) + "</pre></details></td></tr>";
    }
    out += "</tbody></table></div>";
}

std::string_view plural(std::size_t count) { return count == 1 ? "" : "s"; }

}  // namespace

std::string inbox_page(const Inbox& inbox) {
    std::string out{head};
    out += "<p>The providers' side of every payment, in a box: " + std::to_string(inbox.book.size()) + " movement" +
           std::string{plural(inbox.book.size())} + " of money so far.</p><p>";
    if (inbox.settings.settle_after > Millis{0})
        out += "Card payments settle after " + std::to_string(inbox.settings.settle_after.count()) + " ms. ";
    const std::string now = to_text(inbox.now);
    out += "It is " + now.substr(11, 8) + " on " + now.substr(0, 10) + " (UTC) here. ";
    out +=
        "As JSON: <a href=\"/truth\">what moved</a>, <a href=\"/sandbox/mails\">mails</a>, <a "
        "href=\"/sandbox/webhooks\">webhooks</a>, "
        "<a href=\"/sandbox/calls\">calls</a>, "
        "<a href=\"/sandbox/faults\">fault script</a>, <a href=\"/sandbox/settings\">settings</a>.</p>";
    write_sums(out, inbox.book);
    write_script(out, inbox);
    write_movements(out, inbox.book);
    write_mails(out, inbox.mails);
    write_cases(out, inbox.cases);
    write_webhooks(out, inbox.deliveries);
    write_calls(out, inbox.log.calls());
    out += "</main></body></html>\n";
    return out;
}

}  // namespace florin::sandbox
