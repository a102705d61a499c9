#include "inbox.hpp"

#include <algorithm>

#include "florin/base/money.hpp"

namespace florin::sandbox {
namespace {

constexpr std::string_view head = R"html(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="5"><title>Florin sandbox</title>
<style>
:root { color-scheme: light dark; --line: #8883; --soft: #8889; --good: #1a7f4b; --back: #b3541e; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; }
h1 { font-size: 1.4rem; margin: 0 } h2 { font-size: 1.05rem; margin: 2rem 0 .5rem }
p { color: var(--soft); margin: .25rem 0 }
.scroll { overflow-x: auto } table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line); white-space: nowrap }
th { font-weight: 600; color: var(--soft) } td.amount { text-align: right; font-variant-numeric: tabular-nums }
code { font: 13px ui-monospace, monospace } .in { color: var(--good) } .out { color: var(--back) }
</style></head><body>
<h1>The outside world in a box</h1>
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

void cell(std::string& out, std::string_view text) { out += "<td>" + escape(text) + "</td>"; }
void code_cell(std::string& out, std::string_view text) { out += "<td><code>" + escape(text) + "</code></td>"; }

}  // namespace

std::string inbox_page(const CallLog& log, const std::vector<Movement>& book, Instant now) {
    constexpr std::size_t shown = 50;
    std::string out{head};
    out += "<p>It is " + to_text(now) + " here. " + std::to_string(book.size()) +
           " movements so far. Everything as JSON: <a href=\"/truth\">truth</a>, <a href=\"/sandbox/calls\">calls</a>, "
           "<a href=\"/sandbox/faults\">faults</a>, <a href=\"/sandbox/settings\">settings</a>.</p>";
    out +=
        "<h2>Money that moved</h2><div class=\"scroll\"><table><thead><tr><th>#</th><th>When</th><th>Provider</th>"
        "<th>What</th><th>Amount</th><th>Reference</th><th>Their id</th></tr></thead><tbody>";
    for (std::size_t i = 0; i < std::min(shown, book.size()); ++i) {
        const Movement& movement = book[book.size() - 1 - i];
        const auto currency = Currency::of(movement.currency);
        out += "<tr>";
        cell(out, std::to_string(movement.seq));
        cell(out, to_text(movement.at));
        cell(out, movement.provider);
        const bool is_back = movement.type == "refund" || movement.type == "cancel";
        out += is_back ? "<td class=\"out\">" : "<td class=\"in\">";
        out += escape(movement.type) + "</td><td class=\"amount\">";
        out += (currency ? to_major_text(movement.amount_minor, *currency) : "") + " " + escape(movement.currency);
        out += "</td>";
        code_cell(out, movement.reference);
        code_cell(out, movement.provider_id);
        out += "</tr>";
    }
    out +=
        "</tbody></table></div><h2>Calls</h2><div class=\"scroll\"><table><thead><tr><th>#</th><th>When</th>"
        "<th>Provider</th><th>Call</th><th>Type</th><th>Reference</th><th>Status</th><th>Outcome</th></tr></thead>"
        "<tbody>";
    const auto& calls = log.calls();
    for (std::size_t i = 0; i < std::min(shown, calls.size()); ++i) {
        const LoggedCall& call = calls[calls.size() - 1 - i];
        out += "<tr>";
        cell(out, std::to_string(call.number));
        cell(out, to_text(call.at));
        cell(out, call.provider);
        code_cell(out, call.provider == "bank_simulator" ? call.method + " " + call.path : call.method);
        cell(out, call.transaction_type);
        code_cell(out, call.reference);
        cell(out, std::to_string(call.status));
        cell(out, call.outcome);
        out += "</tr>";
    }
    out += "</tbody></table></div></body></html>\n";
    return out;
}

}  // namespace florin::sandbox
