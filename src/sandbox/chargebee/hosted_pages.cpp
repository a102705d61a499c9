#include "florin/base/money.hpp"
#include "form.hpp"
#include "list.hpp"
#include "packing.hpp"

namespace florin::sandbox::chargebee {
namespace {

constexpr std::int64_t page_lifetime_ms = 3LL * 3'600'000;
constexpr std::string_view pages_path = "/pages/v3/";

constexpr std::string_view head = R"html(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Checkout (sandbox)</title>
<style>
:root { color-scheme: light dark; --ground: #f4f3ef; --panel: #fff; --ink: #1d2430; --soft: #5a6475; --line: #d9d5cb;
  --accent: #14633c; --bad: #a3262a }
@media (prefers-color-scheme: dark) { :root { --ground: #14171d; --panel: #1b1f27; --ink: #e8e6e0; --soft: #a3abba;
  --line: #39404d; --accent: #2f9e6a; --bad: #f39a9d } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 28rem; padding: 2rem 1rem; background: var(--ground); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif }
main { background: var(--panel); border: 1px solid var(--line); border-radius: 12px; padding: 1.5rem }
h1 { font-size: 1.2rem; margin: 0 0 1rem } table { width: 100%; border-collapse: collapse; margin-bottom: 1rem }
td, th { padding: .35rem 0; border-top: 1px solid var(--line); text-align: left; font-weight: 400 }
td:last-child { text-align: right; font-variant-numeric: tabular-nums } tfoot td, tfoot th { font-weight: 700 }
label { display: block; margin: .7rem 0 .2rem; color: var(--soft); font-size: .9rem }
input { width: 100%; padding: .55rem .7rem; font: inherit; color: inherit; background: var(--ground);
  border: 1px solid var(--line); border-radius: 8px }
.row { display: grid; grid-template-columns: 1fr 1fr 1fr; gap: .75rem }
button { width: 100%; margin-top: 1rem; padding: .7rem; font: inherit; font-weight: 600; border-radius: 8px; cursor: pointer;
  border: 1px solid var(--accent); background: var(--accent); color: #fff }
button.quiet { background: none; color: var(--soft); border-color: var(--line); font-weight: 400 }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
.bad { color: var(--bad); font-weight: 600 } small { color: var(--soft) }
</style></head><body><main>
)html";

std::string escape(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '&')
            out += "&amp;";
        else if (c == '<')
            out += "&lt;";
        else if (c == '>')
            out += "&gt;";
        else if (c == '"')
            out += "&quot;";
        else
            out.push_back(c);
    }
    return out;
}

std::string amount_text(std::int64_t minor, const std::string& currency) {
    const auto known = Currency::of(currency);
    std::string digits = std::to_string(minor);
    const auto decimals = static_cast<std::size_t>(known ? known->exponent() : 0);
    if (digits.size() <= decimals) digits.insert(0, decimals + 1 - digits.size(), '0');
    if (decimals > 0) digits.insert(digits.size() - decimals, ".");
    return digits + " " + currency;
}

bool is_loopback(std::string_view host) { return host == "127.0.0.1" || host == "localhost" || host == "[::1]"; }

/// Chargebee sends browsers to the usual ports only, and here also to any of this machine.
bool is_allowed_target(std::string_view url) {
    const std::size_t scheme = url.starts_with("https://") ? 8 : url.starts_with("http://") ? 7 : 0;
    if (scheme == 0 || std::ranges::any_of(url, [](char c) { return c <= ' ' || c > '~' || c == '"' || c == '<'; }))
        return false;
    std::string_view host = url.substr(scheme, url.find_first_of("/?#", scheme) - scheme);
    const std::size_t colon = host.rfind(':');
    const bool has_port = colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos;
    const std::string_view port = has_port ? host.substr(colon + 1) : std::string_view{};
    if (has_port) host = host.substr(0, colon);
    return !host.empty() &&
           (!has_port || port == "80" || port == "443" || port == "8080" || port == "8443" || is_loopback(host));
}

Answer page_answer(int status, std::string html) {
    Answer answer;
    answer.status = status;
    answer.body = std::string{head} + std::move(html) + "</main></body></html>\n";
    answer.headers = {{"Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'"},
                      {"Cache-Control", "no-store"}};
    return answer;
}

}  // namespace

void Api::save(HostedPage& page) {
    if (desk_.records.is_kept()) desk_.records.put(RecordKind::chargebee_hosted_page, page.id, Packer::pack(page));
}

Reply Api::create_checkout(const Call& call) {
    HostedPage page;
    page.type = "checkout_one_time";
    page.state = "created";
    for (const auto& [name, url] : {std::pair<std::string_view, std::string&>{"redirect_url", page.redirect_url},
                                    std::pair<std::string_view, std::string&>{"cancel_url", page.cancel_url}}) {
        url = text_of(call.params, name);
        if (!url.empty() && !is_allowed_target(url))
            return refuse({.code = "UNSUPPORTED_PORT", .message = "The url is not supported.", .param = name});
    }
    page.pass_thru_content = text_of(call.params, "pass_thru_content");
    if (page.pass_thru_content.size() > 2'048)
        return wrong("pass_thru_content", "pass_thru_content : maximum length is 2048");
    page.layout = text_of(call.params, "layout");
    page.currency = text_of(call.params, "currency_code");
    if (page.currency.empty()) page.currency = "EUR";
    if (!Currency::of(page.currency)) return wrong("currency_code", "currency_code : is not enabled");
    page.po_number = text_of(call.params, "invoice.po_number");
    page.customer.id = text_of(call.params, "customer.id");
    if (page.customer.id.size() > 50) return wrong("customer[id]", "id : maximum length is 50");
    read_customer(call.params, "customer", page.customer);
    // Without any line that it knows Chargebee makes an empty page.
    if (auto refused = read_lines(call.params, page.lines)) return *refused;
    for (const LineItem& line : page.lines) page.total += line.amount;
    page.id = desk_.letters(32);
    page.url = call.origin + std::string{pages_path} + page.id + "/";
    page.created_ms = now_ms();
    page.expires_ms = now_ms() + page_lifetime_ms;
    HostedPage& made = pages_.add(std::move(page));
    touch(made);
    return {R"({"hosted_page":)" + render(made) + "}"};
}

Reply Api::show_page(const Call& call) {
    const HostedPage* page = pages_.find(call.id);
    if (page == nullptr || is_hidden(call, page->created_ms)) return no_such(call.id);
    return {R"({"hosted_page":)" + render(*page) + "}"};
}

Reply Api::list_pages(const Call& call) {
    const auto member = [](const HostedPage& page, std::string_view name) -> std::optional<std::string> {
        if (name == "id") return page.id;
        if (name == "type") return page.type;
        if (name == "state") return page.state;
        if (name == "updated_at") return std::to_string(page.updated_ms / 1'000);
        return "?";
    };
    return list(call, pages_.all(), "hosted_page", member, [&](const HostedPage& page) { return render(page); });
}

Reply Api::acknowledge(const Call& call) {
    HostedPage* page = pages_.find(call.id);
    if (page == nullptr) return no_such(call.id);
    if (page->state != "succeeded") return wrong_state("The hosted page is not in the state succeeded.");
    page->state = "acknowledged";
    touch(*page);
    return {R"({"hosted_page":)" + render(*page) + "}"};
}

Answer Api::send_away(const HostedPage& page) const {
    const bool is_paid = page.state == "succeeded" || page.state == "acknowledged";
    std::string target = is_paid ? page.redirect_url : page.cancel_url;
    if (target.empty()) target = page.url;
    if (target != page.url) {
        target += target.find('?') == std::string::npos ? '?' : '&';
        target += "id=" + page.id + "&state=" + (is_paid ? "succeeded" : "cancelled");
    }
    Answer answer;
    answer.status = 303;
    answer.headers = {{"Location", std::move(target)}, {"Cache-Control", "no-store"}};
    return answer;
}

Answer Api::show_in_browser(const HostedPage& page, std::string_view trouble) const {
    if (page.state == "succeeded" || page.state == "acknowledged")
        return page_answer(200, "<h1>Paid</h1><p>Thank you. You may close this page.</p>");
    if (page.state == "cancelled")
        return page_answer(200, "<h1>Cancelled</h1><p>Nothing was paid. You may close this page.</p>");
    std::string html = "<h1>Checkout</h1><table><tbody>";
    for (const LineItem& line : page.lines)
        html += "<tr><th scope=\"row\">" + escape(line.description) + "</th><td>" +
                escape(amount_text(line.amount, page.currency)) + "</td></tr>";
    html += "</tbody><tfoot><tr><th scope=\"row\">Total</th><td>" + escape(amount_text(page.total, page.currency)) +
            "</td></tr></tfoot></table>";
    if (!trouble.empty()) html += "<p class=\"bad\" role=\"alert\">" + escape(trouble) + "</p>";
    html +=
        "<form method=\"post\" action=\"pay\">"
        "<label for=\"number\">Card number</label>"
        "<input id=\"number\" name=\"number\" value=\"4111111111111111\" inputmode=\"numeric\" autocomplete=\"off\">"
        "<div class=\"row\"><div><label for=\"month\">Month</label>"
        "<input id=\"month\" name=\"expiry_month\" value=\"12\" inputmode=\"numeric\"></div>"
        "<div><label for=\"year\">Year</label>"
        "<input id=\"year\" name=\"expiry_year\" value=\"2035\" inputmode=\"numeric\"></div>"
        "<div><label for=\"cvv\">CVV</label><input id=\"cvv\" name=\"cvv\" value=\"100\" "
        "inputmode=\"numeric\"></div></div>"
        "<button type=\"submit\">Pay " +
        escape(amount_text(page.total, page.currency)) +
        "</button></form><form method=\"post\" action=\"cancel\"><button class=\"quiet\" type=\"submit\">Cancel"
        "</button></form><p><small>A simulated page: no money moves. 4005519200000004 has no funds, 4119862760338320 "
        "is "
        "refused.</small></p>";
    return page_answer(trouble.empty() ? 200 : 402, std::move(html));
}

Answer Api::answer_browser(const http::Request& request, const Orders& orders) {
    std::string_view rest = std::string_view{request.path}.substr(pages_path.size());
    HostedPage* page = pages_.find(rest.substr(0, rest.find('/')));
    rest.remove_prefix(std::min(rest.find('/'), rest.size()));
    if (page == nullptr) return page_answer(404, "<h1>No such page</h1>");
    const bool is_open = page->state == "created" || page->state == "requested";
    if (is_open && page->expires_ms <= now_ms())
        return page_answer(410, "<h1>Expired</h1><p>This page can no longer be used. Nothing was paid.</p>");
    if (request.method == "GET" && (rest == "/" || rest.empty())) {
        if (page->state == "created") {
            page->state = "requested";
            touch(*page);
        }
        return show_in_browser(*page, {});
    }
    if (request.method != "POST" || (rest != "/pay" && rest != "/cancel"))
        return page_answer(404, "<h1>No such page</h1>");
    // A second click finds it done.
    if (!is_open) return send_away(*page);
    if (rest == "/cancel") {
        page->state = "cancelled";
        touch(*page);
        return send_away(*page);
    }
    const auto form = parse_form(request.body);
    if (!form) return show_in_browser(*page, form.error().message);
    return pay_page(*page, *form, orders);
}

Answer Api::pay_page(HostedPage& page, const json::Value& form, const Orders& orders) {
    Card card;
    // Without a card it is the usual one: whoever drives the page by hand wants it paid.
    if (find(form, "number") == nullptr) {
        std::vector<json::Value::Member> usual;
        usual.emplace_back("number", json::Value::string("4111111111111111"));
        usual.emplace_back("expiry_month", json::Value::string("12"));
        usual.emplace_back("expiry_year", json::Value::string("2099"));
        return pay_page(page, json::Value::object(std::move(usual)), orders);
    }
    const auto fail_with = [&](std::string_view why) {
        page.failure_reason = "card_error";
        page.state = "requested";
        touch(page);
        return show_in_browser(page, why);
    };
    std::vector<json::Value::Member> members;
    for (const auto& [name, value] : form.members())
        members.emplace_back(name, json::Value::string(std::string{value.text()}));
    std::vector<json::Value::Member> nested;
    nested.emplace_back("card", json::Value::object(std::move(members)));
    const json::Value params = json::Value::object(std::move(nested));
    if (const auto refused = read_card(params, "card", card)) {
        const auto why = json::parse(refused->body);
        return fail_with(why ? why->find("message")->text() : "The card is not taken.");
    }
    // A first payment that fails leaves nothing behind.
    if (page.total > 0)
        if (const auto decline = judge(card, orders)) return fail_with(decline->text);

    Customer* customer = page.customer.id.empty() ? nullptr : find_in(customers_, page.customer.id);
    if (customer == nullptr) customer = &add_customer(page.customer, "hosted_page");
    const PaymentSource& source = store_card(std::move(card), *customer, "hosted_page");
    Invoice& invoice = add_invoice(*customer, page.currency, page.po_number, page.lines);
    invoice.source_id = source.id;
    if (page.total > 0) {
        const std::string reference = page.po_number.empty() ? page.pass_thru_content : page.po_number;
        charge(invoice, source, invoice.due(), orders, false, reference);
    } else {
        invoice.status = "paid";
        touch(invoice);
    }
    page.state = "succeeded";
    page.failure_reason.clear();
    page.customer_id = customer->id;
    page.invoice_id = invoice.id;
    page.source_id = source.id;
    touch(page);
    tell("invoice_generated", "hosted_page", invoice.id, R"({"invoice":)" + render(invoice) + "}");
    if (!invoice.payments.empty())
        tell_of_payment("payment_succeeded", "hosted_page", *transactions_.find(invoice.payments.back()), invoice);
    return send_away(page);
}

}  // namespace florin::sandbox::chargebee
