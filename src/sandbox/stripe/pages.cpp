// Where payers do what the API asks of them, by hand on a page or by a test's order.

#include <algorithm>

#include "api.hpp"
#include "florin/base/money.hpp"
#include "form.hpp"
#include "packing.hpp"
#include "params.hpp"

namespace florin::sandbox::stripe {
namespace {

constexpr std::string_view page_root = "/stripe/pay/";
constexpr std::string_view order_root = "/sandbox/stripe/";

constexpr std::string_view head = R"html(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sandbox bank</title>
<style>
:root { color-scheme: light dark; --ground: #fbfaf7; --panel: #fff; --ink: #1d2430; --line: #8a8f99; --accent: #14633c }
@media (prefers-color-scheme: dark) {
  :root { --ground: #14171d; --panel: #1b1f27; --ink: #e8e6e0; --line: #6b7280; --accent: #6fd3a0 }
}
body { margin: 0; padding: 10vh 1rem; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif }
main { max-width: 26rem; margin: auto; padding: 1.5rem; background: var(--panel); border: 1px solid var(--line); border-radius: 12px }
h1 { margin: 0 0 .5rem; font-size: 1.3rem } strong { font-variant-numeric: tabular-nums }
label { display: block; margin: 1rem 0 .25rem }
input { font: inherit; width: 100%; padding: .5rem; box-sizing: border-box }
button { font: inherit; padding: .55rem 1.2rem; margin: 1rem .5rem 0 0; border: 1px solid var(--line); border-radius: 8px;
  background: none; color: inherit; cursor: pointer } button:first-of-type { border-color: var(--accent); color: var(--accent) }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
</style></head><body><main>
)html";

http::Response html(int status, std::string_view content) {
    http::Response response;
    response.status = status;
    response.content_type = "text/html; charset=utf-8";
    response.headers.emplace_back("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
    response.body = std::string{head} + std::string{content} + "</main></body></html>\n";
    return response;
}

std::string form_for(Action action, std::string_view what) {
    if (action == Action::verify)
        return "<h1>Verify your account</h1><p>" + std::string{what} +
               " Which code, or which two amounts in cents, arrived in your account?</p><form method=\"post\">"
               "<label for=\"code\">Code or amounts</label><input id=\"code\" name=\"code\" value=\"SM11AA\" "
               "autocomplete=\"off\"><button name=\"outcome\" value=\"succeeded\">Verify</button>"
               "<button name=\"outcome\" value=\"failed\">Nothing arrived</button></form>";
    return "<h1>Confirm your payment</h1><p>" + std::string{what} +
           " Your bank asks whether it is you.</p><form method=\"post\"><button name=\"outcome\" "
           "value=\"succeeded\">Approve</button><button name=\"outcome\" value=\"failed\">Fail</button></form>";
}

/// `SM11AA`, or `32 45`, as the API takes it.
json::Value deposits_of(std::string_view code) {
    const std::size_t space = code.find_first_of(" ,+");
    auto form = space == std::string_view::npos
                    ? parse_form("descriptor_code=" + std::string{code})
                    : parse_form("amounts[]=" + std::string{code.substr(0, space)} +
                                 "&amounts[]=" + std::string{code.substr(code.find_last_of(" ,+") + 1)});
    return form ? std::move(*form) : json::Value::object({});
}

Error no_such_order(std::string_view message) { return {ErrorKind::not_found, "not_found", std::string{message}, {}}; }
std::unexpected<Error> odd_order(std::string_view message, std::string_view field) {
    return fail(ErrorKind::invalid, "invalid_order", message, field);
}

}  // namespace

bool Api::act(PaymentIntent& intent, bool is_approved, const Call& call) {
    if (intent.status != IntentStatus::requires_action) return false;
    const Action action = std::exchange(intent.action, Action::none);
    if (is_approved && action == Action::authenticate) {
        charge_card(intent, call, true);
    } else if (is_approved) {
        PaymentMethod& method = *methods_.find(intent.payment_method);
        method.wants_verification = false;
        save(method);
        begin_debit(intent, call);
    } else {
        intent.last_error = {action == Action::verify ? "payment_method_microdeposit_verification_attempts_exceeded"
                                                      : "payment_intent_authentication_failure",
                             {},
                             action == Action::verify ? "The account could not be verified."
                                                      : "The provided PaymentMethod has failed authentication.",
                             {}};
        intent.status = IntentStatus::requires_payment_method;
        intent.payment_method.clear();
        save(intent);
        tell("payment_intent.payment_failed", intent, call);
    }
    return true;
}

bool Api::act(SetupIntent& setup, bool is_approved, const Call& call) {
    if (setup.status != "requires_action") return false;
    const Action action = std::exchange(setup.action, Action::none);
    if (is_approved) {
        PaymentMethod& method = *methods_.find(setup.payment_method);
        method.wants_verification = false;
        save(method);
        finish(setup, call);
        return true;
    }
    setup.last_error = {action == Action::verify ? "payment_method_microdeposit_verification_attempts_exceeded"
                                                 : "setup_intent_authentication_failure",
                        {},
                        "The provided PaymentMethod has failed authentication.",
                        {}};
    setup.status = "requires_payment_method";
    setup.payment_method.clear();
    save(setup);
    tell("setup_intent.setup_failed", setup.id, render(setup), call);
    return true;
}

http::Response Api::page(const http::Request& request) {
    const std::string_view secret = std::string_view{request.path}.substr(page_root.size());
    const std::string id{secret.substr(0, secret.find("_secret_"))};
    PaymentIntent* intent = intents_.find(id);
    SetupIntent* setup = setups_.find(id);
    if ((intent == nullptr || intent->secret != secret) && (setup == nullptr || setup->secret != secret))
        return html(404, "<h1>Nothing to confirm</h1><p>There is no such payment.</p>");
    const bool is_payment = intent != nullptr;
    const Action action = is_payment ? intent->action : setup->action;
    std::string what = "A payment method is to be kept for later.";
    if (is_payment) {
        const std::string code = upper(intent->currency);
        const auto currency = Currency::of(code);
        const std::string amount = currency ? to_major_text(intent->amount, *currency) : std::to_string(intent->amount);
        what = "A payment of <strong>" + amount + " " + code + "</strong>.";
    }
    if (action == Action::none) return html(200, "<h1>Done</h1><p>" + what + " There is nothing to do.</p>");
    if (request.method != "POST") return html(200, form_for(action, what));

    const auto form = parse_form(request.body);
    const std::string outcome = form ? text_of(*form, "outcome") : std::string{};
    if (outcome != "succeeded" && outcome != "failed")
        return html(422,
                    "<h1>Which?</h1><p><code>outcome</code> is <code>succeeded</code> or <code>failed</code>.</p>");
    if (action == Action::verify && outcome == "succeeded" && check_deposits(deposits_of(text_of(*form, "code"))))
        return html(422, "<p role=\"alert\">That is not what arrived.</p>" + form_for(action, what));
    if (is_payment)
        act(*intent, outcome == "succeeded", of_itself());
    else
        act(*setup, outcome == "succeeded", of_itself());

    const std::string& back = is_payment ? intent->return_url : setup->return_url;
    const bool is_good =
        is_payment ? intent->status != IntentStatus::requires_payment_method : setup->status == "succeeded";
    if (back.empty()) return html(200, is_good ? "<h1>Confirmed</h1>" : "<h1>Not confirmed</h1>");
    const std::string name = is_payment ? "payment_intent" : "setup_intent";
    http::Response response = html(303, "<h1>Back to the shop</h1>");
    response.headers.emplace_back("Location", back + (back.find('?') == std::string::npos ? "?" : "&") + name + "=" +
                                                  id + "&" + name + "_client_secret=" + std::string{secret} +
                                                  "&redirect_status=" + (is_good ? "succeeded" : "failed"));
    return response;
}

Result<std::string> Api::take_order(const http::Request& request) {
    const auto body = json::parse(request.body.empty() ? "{}" : request.body);
    if (!body || body->kind() != json::Kind::object) return odd_order("A JSON object is needed.", {});
    const std::string_view path = std::string_view{request.path}.substr(order_root.size());
    const std::string_view kind = path.substr(0, path.find('/'));
    const std::string id{path.substr(std::min(path.find('/'), path.size() - 1) + 1)};
    const std::string outcome = text_of(*body, "outcome");
    const std::string failure_code = text_of(*body, "failure_code");

    if (path == "disputes") {
        PaymentIntent* intent = intents_.find(text_of(*body, "payment_intent"));
        if (intent == nullptr) return odd_order("There is no such payment.", "payment_intent");
        if (intent->received == 0 || !intent->charges.back().dispute.empty())
            return odd_order("It is not paid, or disputed already.", "payment_intent");
        const std::string reason = text_of(*body, "reason");
        open_dispute(*intent, reason.empty() ? "fraudulent" : reason, false);
        Dispute* made = disputes_.find(intent->charges.back().dispute);
        if (made == nullptr) return odd_order("All of it was paid back.", "payment_intent");
        return render(*made, *body);
    }
    if (kind == "disputes") {
        Dispute* dispute = disputes_.find(id);
        if (dispute == nullptr) return std::unexpected{no_such_order("There is no such dispute.")};
        if (outcome != "won" && outcome != "lost") return odd_order("`won` or `lost`.", "outcome");
        // Nobody contests the return of a debit; but the bank may have erred.
        const bool is_undone = outcome == "won" && dispute->due_ms == 0 && !dispute->is_reinstated;
        if (!dispute->is_open() && !is_undone) return odd_order("It is closed already.", "outcome");
        decide(*dispute, outcome == "won");
        return render(*dispute, *body);
    }
    if (outcome != "succeeded" && outcome != "failed") return odd_order("`succeeded` or `failed`.", "outcome");
    const bool is_good = outcome == "succeeded";
    if (SetupIntent* setup = kind == "setup_intents" ? setups_.find(id) : nullptr) {
        if (!act(*setup, is_good, of_itself())) return odd_order("It waits for nobody.", "outcome");
        return render(*setup);
    }
    PaymentIntent* intent = kind == "payment_intents" ? intents_.find(id) : nullptr;
    if (intent == nullptr) return std::unexpected{no_such_order("There is no such object.")};
    if (intent->status == IntentStatus::processing)
        end_debit(*intent, is_good ? "" : failure_code.empty() ? "generic_could_not_process" : failure_code);
    else if (!act(*intent, is_good, of_itself()))
        return odd_order("It waits for nobody.", "outcome");
    return render(*intent, *body);
}

}  // namespace florin::sandbox::stripe
