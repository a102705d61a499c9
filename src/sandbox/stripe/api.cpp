#include "api.hpp"

#include <algorithm>

#include "florin/json/writer.hpp"
#include "florin/security/encoding.hpp"
#include "florin/security/hash.hpp"
#include "form.hpp"
#include "packing.hpp"
#include "params.hpp"

namespace florin::sandbox::stripe {
namespace {

constexpr std::string_view root = "/v1/";
constexpr std::string_view usual_version = "2026-10-28.endive";
constexpr std::int64_t key_lifetime_ms = 24LL * 3'600'000;

bool is_word_of(std::string_view words, std::string_view word) {
    for (std::size_t at = words.find(word); at != std::string_view::npos; at = words.find(word, at + 1)) {
        const bool begins = at == 0 || words[at - 1] == ' ';
        const std::size_t end = at + word.size();
        if (begins && (end == words.size() || words[end] == ' ')) return true;
    }
    return false;
}

/// The key in `Bearer …` or in `Basic …`, where it is the user's name.
std::string key_in(std::string_view authorization) {
    if (authorization.starts_with("Bearer ")) return std::string{authorization.substr(7)};
    if (!authorization.starts_with("Basic ")) return {};
    const auto decoded = security::from_base64(authorization.substr(6));
    if (!decoded) return {};
    const std::string text{decoded->begin(), decoded->end()};
    return text.substr(0, text.find(':'));
}

}  // namespace

struct Api::Route {
    std::string_view method;
    std::string_view path;  ///< Behind `/v1/`; `*` stands for an id.
    std::string_view type;  ///< What fault rules call it.
    Reply (Api::*run)(const Call& call);
    std::string_view params;  ///< The parameters that it takes, beside `expand`.
};

const Api::Route Api::routes[] = {
    {"POST", "payment_intents", "payment_intent", &Api::create_intent,
     "amount currency automatic_payment_methods capture_method confirm confirmation_method customer description "
     "error_on_requires_action mandate mandate_data metadata off_session payment_method payment_method_data "
     "payment_method_options payment_method_types receipt_email return_url setup_future_usage shipping "
     "statement_descriptor statement_descriptor_suffix transfer_group use_stripe_sdk"},
    {"GET", "payment_intents", "lookup", &Api::list_intents, "created customer ending_before limit starting_after"},
    {"GET", "payment_intents/search", "lookup", &Api::search_intents, "limit page query"},
    {"GET", "payment_intents/*", "lookup", &Api::show_intent, "client_secret"},
    {"POST", "payment_intents/*", "update", &Api::update_intent,
     "amount currency customer description metadata payment_method payment_method_types receipt_email "
     "statement_descriptor statement_descriptor_suffix transfer_group"},
    {"POST", "payment_intents/*/confirm", "confirm", &Api::confirm_intent,
     "capture_method error_on_requires_action mandate mandate_data off_session payment_method payment_method_data "
     "payment_method_options payment_method_types receipt_email return_url setup_future_usage shipping "
     "use_stripe_sdk"},
    {"POST", "payment_intents/*/capture", "capture", &Api::capture_intent,
     "amount_to_capture final_capture metadata statement_descriptor statement_descriptor_suffix"},
    {"POST", "payment_intents/*/cancel", "cancel", &Api::cancel_intent, "cancellation_reason"},
    {"POST", "payment_intents/*/verify_microdeposits", "verify", &Api::verify_intent,
     "amounts client_secret descriptor_code"},
    {"GET", "charges", "lookup", &Api::list_charges, "created ending_before limit payment_intent starting_after"},
    {"GET", "charges/*", "lookup", &Api::show_charge, ""},
    {"POST", "refunds", "refund", &Api::create_refund, "amount charge metadata payment_intent reason"},
    {"GET", "refunds", "lookup", &Api::list_refunds,
     "charge created ending_before limit payment_intent starting_after"},
    {"GET", "refunds/*", "lookup", &Api::show_refund, ""},
    {"GET", "disputes", "lookup", &Api::list_disputes,
     "charge created ending_before limit payment_intent starting_after"},
    {"GET", "disputes/*", "lookup", &Api::show_dispute, ""},
    {"POST", "disputes/*", "dispute", &Api::update_dispute, "evidence metadata submit"},
    {"POST", "disputes/*/close", "dispute", &Api::close_dispute, ""},
    {"GET", "mandates/*", "lookup", &Api::show_mandate, ""},
    {"GET", "balance", "lookup", &Api::show_balance, ""},
    {"GET", "balance_transactions", "lookup", &Api::list_balance_transactions,
     "created currency ending_before limit payout source starting_after type"},
    {"GET", "balance_transactions/*", "lookup", &Api::show_balance_transaction, ""},
    {"POST", "payouts", "payout", &Api::create_payout,
     "amount currency description metadata method statement_descriptor"},
    {"GET", "payouts", "lookup", &Api::list_payouts, "arrival_date created ending_before limit starting_after status"},
    {"GET", "payouts/*", "lookup", &Api::show_payout, ""},
    {"POST", "payment_methods", "payment_method", &Api::create_method,
     "billing_details card metadata sepa_debit type us_bank_account"},
    {"GET", "payment_methods/*", "lookup", &Api::show_method, ""},
    {"POST", "payment_methods/*/attach", "attach", &Api::attach_method, "customer"},
    {"POST", "payment_methods/*/detach", "detach", &Api::detach_method, ""},
    {"POST", "customers", "customer", &Api::create_customer,
     "address description email invoice_settings metadata name payment_method phone preferred_locales"},
    {"GET", "customers", "lookup", &Api::list_customers, "created email ending_before limit starting_after"},
    {"GET", "customers/*", "lookup", &Api::show_customer, ""},
    {"DELETE", "customers/*", "customer", &Api::delete_customer, ""},
    {"GET", "customers/*/payment_methods", "lookup", &Api::list_methods, "ending_before limit starting_after type"},
    {"POST", "setup_intents", "setup_intent", &Api::create_setup,
     "automatic_payment_methods confirm customer description mandate_data metadata payment_method payment_method_types "
     "return_url usage"},
    {"GET", "setup_intents/*", "lookup", &Api::show_setup, "client_secret"},
    {"POST", "setup_intents/*/confirm", "setup_intent", &Api::confirm_setup, "mandate_data payment_method return_url"},
    {"GET", "events", "lookup", &Api::list_events, "created ending_before limit starting_after type"},
    {"GET", "events/*", "lookup", &Api::show_event, ""},
    {"POST", "webhook_endpoints", "webhook_endpoint", &Api::create_endpoint,
     "api_version description enabled_events metadata url"},
    {"GET", "webhook_endpoints", "lookup", &Api::list_endpoints, "ending_before limit starting_after"},
    {"GET", "webhook_endpoints/*", "lookup", &Api::show_endpoint, ""},
    {"DELETE", "webhook_endpoints/*", "webhook_endpoint", &Api::delete_endpoint, ""},
    {"POST", "setup_intents/*/cancel", "setup_intent", &Api::cancel_setup, "cancellation_reason"},
    {"POST", "setup_intents/*/verify_microdeposits", "verify", &Api::verify_setup,
     "amounts client_secret descriptor_code"},
};

const Api::Route* Api::route_of(std::string_view method, std::string_view path, std::vector<std::string>& ids) {
    if (!path.starts_with(root)) return nullptr;
    path.remove_prefix(root.size());
    for (const Route& route : routes) {
        if (route.method != method) continue;
        ids.clear();
        std::string_view wanted = route.path, given = path;
        bool fits = true;
        while (fits && !(wanted.empty() && given.empty())) {
            const std::string_view want = wanted.substr(0, wanted.find('/'));
            const std::string_view have = given.substr(0, given.find('/'));
            if (want == "*" && !have.empty())
                ids.emplace_back(have);
            else
                fits = want == have && !want.empty();
            wanted.remove_prefix(std::min(want.size() + 1, wanted.size()));
            given.remove_prefix(std::min(have.size() + 1, given.size()));
        }
        if (fits) return &route;
    }
    return nullptr;
}

void Api::load() {
    const auto read = [&](RecordKind kind, auto& table) {
        using Object = std::remove_reference_t<decltype(table.all()[0])>;
        desk_.records.load(kind,
                           [&](std::string_view, std::string_view body) { table.add(Unpacker::unpack<Object>(body)); });
        table.sort();
    };
    read(RecordKind::stripe_payment_intent, intents_);
    read(RecordKind::stripe_refund, refunds_);
    read(RecordKind::stripe_payment_method, methods_);
    read(RecordKind::stripe_customer, customers_);
    read(RecordKind::stripe_setup_intent, setups_);
    read(RecordKind::stripe_mandate, mandates_);
    read(RecordKind::stripe_dispute, disputes_);
    read(RecordKind::stripe_balance_transaction, balance_);
    read(RecordKind::stripe_payout, payouts_);
    desk_.records.load(RecordKind::stripe_settings, [&](std::string_view key, std::string_view body) {
        if (key == "fees")
            fees_ = Unpacker::unpack<Fees>(body);
        else
            pace_ = Unpacker::unpack<Pace>(body);
    });
    webhooks_.load();
    for (const PaymentIntent& intent : intents_.all()) {
        for (const Charge& charge : intent.charges) intent_by_charge_[charge.id] = intent.id;
        plan_end(intent);
        plan_dispute(intent);
    }
    for (const Refund& refund : refunds_.all()) plan_end(refund);
    for (const Dispute& dispute : disputes_.all()) plan_deadline(dispute);
    for (const BalanceTransaction& of : balance_.all()) {
        balance_by_source_[of.source].push_back(of.id);
        if (of.payout.empty() && !of.is_left_out) unpaid_.push_back(of.id);
    }
    for (const Payout& payout : payouts_.all()) plan_arrival(payout);
    desk_.records.load(RecordKind::stripe_reply, [&](std::string_view key, std::string_view body) {
        auto kept = Unpacker::unpack<KeptReply>(body);
        reply_ages_.emplace_back(kept.created_ms, std::string{key});
        replies_.emplace(std::string{key}, std::move(kept));
    });
    std::ranges::sort(reply_ages_);
}

CallFacts Api::facts_of(const http::Request& request) {
    CallFacts facts;
    facts.provider = "stripe";
    facts.method = request.method;
    facts.path = request.path;
    facts.reference = std::string{request.header("idempotency-key").substr(0, 64)};
    std::vector<std::string> ids;
    if (const Route* route = route_of(request.method, request.path, ids)) {
        facts.transaction_type = route->type;
        facts.is_lookup = route->type == "lookup";
        const bool confirms = request.body.find("confirm=true") != std::string::npos;
        facts.is_charge = route->type == "confirm" || (route->type == "payment_intent" && confirms);
    }
    return facts;
}

std::optional<Reply> Api::find_stranger(const http::Request& request) const {
    const std::string key = key_in(request.header("authorization"));
    if (security::constant_time_equal(key, secret_key_)) return std::nullopt;
    if (key.empty())
        return refuse({.code = {},
                       .message = "You did not provide an API key. Use Authorization: Bearer YOUR_SECRET_KEY.",
                       .param = {},
                       .status = 401});
    return refuse(
        {.code = "api_key_invalid", .message = "Invalid API Key provided: sk_test_***", .param = {}, .status = 401});
}

Answer Api::answer(const http::Request& request, const Orders& orders) {
    Answer answer;
    const std::string_view version = request.header("stripe-version");
    const std::string request_id = "req_" + desk_.letters(14);
    answer.headers = {{"Request-Id", request_id},
                      {"Stripe-Version", std::string{version.empty() ? usual_version : version}}};
    const auto finish = [&](Reply reply) {
        answer.status = reply.status;
        answer.body = std::move(reply.body);
        return std::move(answer);
    };
    if (auto stranger = find_stranger(request)) return finish(std::move(*stranger));

    std::vector<std::string> ids;
    const Route* route = route_of(request.method, request.path, ids);
    if (route == nullptr)
        return finish(refuse({.code = {}, .message = "Unrecognized request URL.", .param = {}, .status = 404}));
    const bool is_post = request.method == "POST";
    auto params = parse_form(is_post ? std::string_view{request.body} : std::string_view{request.query});
    if (!params)
        return finish(
            refuse({.code = "parameter_invalid", .message = params.error().message, .param = params.error().field}));
    const Call taken{.params = *params,
                     .orders = orders,
                     .ids = std::move(ids),
                     .key = std::string{request.header("idempotency-key")},
                     .path = request.path.substr(root.size()),
                     .request_id = request_id,
                     .origin = (request.is_tls ? "https://" : "http://") + std::string{request.header("host")}};
    if (!is_post || taken.key.empty()) return finish(run(*route, taken));

    answer.headers.emplace_back("Idempotency-Key", taken.key);
    if (taken.key.size() > 255)
        return finish(refuse({.code = {}, .message = "Idempotency keys are of 255 characters at most.", .param = {}}));
    // Keys are forgotten after a day.
    while (!reply_ages_.empty() && reply_ages_.front().first + key_lifetime_ms <= now_ms()) {
        replies_.erase(reply_ages_.front().second);
        desk_.records.put(RecordKind::stripe_reply, reply_ages_.front().second, {});
        reply_ages_.pop_front();
    }
    const std::string fingerprint =
        desk_.fingerprint(request.method + request.path + "?" + json::to_canonical_text(*params));
    if (const auto known = replies_.find(taken.key); known != replies_.end()) {
        const KeptReply& kept = known->second;
        if (kept.fingerprint != fingerprint) {
            const std::string message =
                "Keys for idempotent requests can only be used with the same parameters they were first used with. "
                "Try using a key other than '" +
                json::printable_name(taken.key) + "' if you meant to execute a different request.";
            return finish(refuse({.code = {}, .message = message, .param = {}, .type = "idempotency_error"}));
        }
        if (kept.busy_until_ms > now_ms())
            return finish(refuse({.code = "idempotency_key_in_use",
                                  .message = "There is currently another in-progress request using this key.",
                                  .param = {},
                                  .status = 409,
                                  .type = "idempotency_error"}));
        answer.headers.emplace_back("Idempotent-Replayed", "true");
        return finish({kept.body, static_cast<int>(kept.status)});
    }
    Reply reply = run(*route, taken);
    if (reply.is_kept) {
        KeptReply kept{fingerprint, reply.body, reply.status, now_ms(), now_ms() + orders.busy.count()};
        if (desk_.records.is_kept()) desk_.records.put(RecordKind::stripe_reply, taken.key, Packer::pack(kept));
        reply_ages_.emplace_back(now_ms(), taken.key);
        replies_.emplace(taken.key, std::move(kept));
    }
    return finish(std::move(reply));
}

Reply Api::run(const Route& route, const Call& call) {
    for (const auto& [name, value] : call.params.members()) {
        if (name == "expand" || is_word_of(route.params, name)) continue;
        const std::string shown = json::printable_name(name);
        const std::string message = "Received unknown parameter: " + shown;
        return refuse({.code = "parameter_unknown", .message = message, .param = shown});
    }
    if (const json::Value* metadata = call.params.find("metadata"); metadata != nullptr) {
        if (metadata->members().size() > 50)
            return refuse({.code = {}, .message = "Metadata has 50 keys at most.", .param = "metadata"});
        for (const auto& [key, value] : metadata->members())
            if (key.size() > 40 || value.text().size() > 500 || value.kind() != json::Kind::string)
                return refuse({.code = {},
                               .message = "Metadata keys have 40 characters at most, values 500.",
                               .param = "metadata"});
    }
    return (this->*route.run)(call);
}

const Call& Api::of_itself() const {
    static const json::Value nothing = json::Value::object({});
    static const Orders none;
    static const Call call{
        .params = nothing, .orders = none, .ids = {}, .key = {}, .path = {}, .request_id = {}, .origin = {}};
    return call;
}

Result<void> Api::change_settings(const json::Value& settings) {
    const auto refused = [](std::string_view message, std::string_view field) {
        return fail(ErrorKind::invalid, "invalid_setting", message, field);
    };
    if (settings.kind() != json::Kind::object) return refused("An object is needed.", "stripe");
    Pace pace = pace_;
    Fees fees = fees_;
    const json::Value* url = nullptr;
    for (const auto& [name, value] : settings.members()) {
        std::int64_t* const time = name == "debit_ms"        ? &pace.debit_ms
                                   : name == "slow_debit_ms" ? &pace.slow_debit_ms
                                   : name == "dispute_ms"    ? &pace.dispute_ms
                                   : name == "payout_ms"     ? &pace.payout_ms
                                                             : nullptr;
        std::int64_t* const fee = name == "fee_rate_bp"   ? &fees.rate_bp
                                  : name == "fee_fixed"   ? &fees.fixed
                                  : name == "dispute_fee" ? &fees.dispute
                                                          : nullptr;
        if (name == "webhook_url") {
            url = &value;
            continue;
        }
        const auto number = value.integer();
        if (time != nullptr) {
            if (!number || *number < 0 || *number > 31LL * 24 * 3'600'000)
                return refused("0 to 31 days, in ms.", "stripe." + name);
            *time = *number;
        } else if (fee != nullptr) {
            if (!number || *number < 0 || *number > 10'000) return refused("0 to 10000.", "stripe." + name);
            *fee = *number;
        } else {
            return refused("No such setting.", "stripe." + name);
        }
    }
    if (url != nullptr)
        if (auto changed = webhooks_.change_url(*url); !changed) return changed;
    pace_ = pace;
    fees_ = fees;
    desk_.records.put(RecordKind::stripe_settings, "pace", Packer::pack(pace));
    desk_.records.put(RecordKind::stripe_settings, "fees", Packer::pack(fees));
    return {};
}

void Api::write_settings(json::Writer& json) {
    json.key("stripe").open('{').field("webhook_url", webhooks_.url()).field("debit_ms", pace_.debit_ms);
    json.field("slow_debit_ms", pace_.slow_debit_ms).field("dispute_ms", pace_.dispute_ms);
    json.field("payout_ms", pace_.payout_ms).field("fee_rate_bp", fees_.rate_bp).field("fee_fixed", fees_.fixed);
    json.field("dispute_fee", fees_.dispute).close('}');
}

void Api::move(std::string_view type, std::int64_t amount, const std::string& currency, std::string reference,
               std::string provider_id, std::string parent_id, std::string cancels) {
    Movement movement;
    movement.provider = "stripe";
    movement.reference = std::move(reference);
    movement.type = type;
    movement.amount_minor = minor_of(amount, currency);
    movement.currency = upper(currency);
    movement.provider_id = std::move(provider_id);
    movement.parent_id = std::move(parent_id);
    movement.cancels = std::move(cancels);
    desk_.move(std::move(movement));
}

}  // namespace florin::sandbox::stripe
