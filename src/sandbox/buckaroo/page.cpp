// The page on which a tester decides what becomes of an iDEAL payment.

#include <algorithm>

#include "api.hpp"

namespace florin::sandbox::buckaroo {
namespace {

constexpr std::string_view head = R"html(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sandbox iDEAL</title>
<style>
:root { color-scheme: light dark; --ground: #fbfaf7; --panel: #fff; --ink: #1d2430; --line: #8a8f99; --accent: #14633c }
@media (prefers-color-scheme: dark) {
  :root { --ground: #14171d; --panel: #1b1f27; --ink: #e8e6e0; --line: #6b7280; --accent: #6fd3a0 }
}
body { margin: 0; padding: 8vh 1rem; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif }
main { max-width: 28rem; margin: auto; padding: 1.5rem; background: var(--panel); border: 1px solid var(--line); border-radius: 12px }
h1 { margin: 0 0 .5rem; font-size: 1.3rem } strong { font-variant-numeric: tabular-nums }
label { display: block; margin: 1rem 0 .25rem }
input { font: inherit; width: 100%; padding: .5rem; box-sizing: border-box }
button { font: inherit; display: block; width: 100%; text-align: left; padding: .6rem 1rem; margin: .75rem 0 0; cursor: pointer;
  border: 1px solid var(--line); border-radius: 8px; background: none; color: inherit }
button:first-of-type { border-color: var(--accent); color: var(--accent) }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
</style></head><body><main>
)html";

constexpr std::string_view form = R"html(<form method="post">
<label for="iban">From the account</label>
<input id="iban" name="iban" value="NL44RABO0123456789" autocomplete="off" spellcheck="false">
<button name="status" value="190">190 &middot; Pay</button>
<button name="status" value="490">490 &middot; The payment fails</button>
<button name="status" value="690">690 &middot; The bank rejects it</button>
<button name="status" value="791">791 &middot; The bank works on it</button>
<button name="status" value="890">890 &middot; Cancel</button>
</form>
)html";

std::string escape(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const std::string_view written = c == '<'   ? "&lt;"
                                         : c == '>' ? "&gt;"
                                         : c == '&' ? "&amp;"
                                         : c == '"' ? "&quot;"
                                                    : "";
        if (written.empty())
            out.push_back(c);
        else
            out.append(written);
    }
    return out;
}

http::Response html(int status, std::string_view content) {
    http::Response response;
    response.status = status;
    response.content_type = "text/html; charset=utf-8";
    response.headers.emplace_back("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
    response.body = std::string{head} + std::string{content} + "</main></body></html>\n";
    return response;
}

/// Where the payer's browser goes with that outcome.
const std::string& way_back(const Transaction& one) {
    const std::string& special = one.status == 490   ? one.error_url
                                 : one.status == 690 ? one.reject_url
                                 : one.status == 890 ? one.cancel_url
                                                     : one.return_url;
    return special.empty() ? one.return_url : special;
}

}  // namespace

http::Response Api::page(const http::Request& request) {
    Transaction* one = transactions_.find(std::string_view{request.path}.substr(page_path.size()));
    if (one == nullptr || one->service != "ideal" || one->is_credit)
        return html(404, "<h1>There is no such payment</h1>");
    const std::string what = "<p><strong>" + amount_text(one->amount) + " " + one->currency + "</strong> for " +
                             escape(one->description.empty() ? one->invoice : one->description) + ".</p>";
    const bool is_open = one->is_pending();
    if (request.method == "POST" && is_open) {
        http::Request given;
        given.query = request.body;
        const std::string status = given.parameter("status").value_or("");
        std::string iban;
        for (const char c : given.parameter("iban").value_or(""))
            if (c != ' ') iban.push_back(c);
        constexpr std::string_view known[] = {"190", "490", "690", "791", "890"};
        const bool is_plain = iban.size() <= 34 && std::ranges::all_of(iban, [](char c) {
                                  return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
                              });
        if (std::ranges::find(known, status) == std::end(known) || !is_plain)
            return html(422, "<h1>That is no outcome</h1>" + what + std::string{form});
        pay(*one, std::stoll(status), std::move(iban));
    } else if (is_open) {
        return html(200, "<h1>Pay with iDEAL</h1>" + what + std::string{form});
    }
    if (request.method == "POST" && !way_back(*one).empty()) {
        http::Response back = html(303, "<h1>Back to the shop</h1>");
        back.headers.emplace_back("Location", way_back(*one));
        return back;
    }
    return html(200, "<h1>" + status_description(one->status) + "</h1>" + what + "<p>" + escape(one->text) + "</p>");
}

}  // namespace florin::sandbox::buckaroo
