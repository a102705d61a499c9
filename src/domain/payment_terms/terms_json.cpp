#include "terms_json.hpp"

#include <algorithm>
#include <array>

#include "florin/base/check.hpp"
#include "florin/payment_terms/routes.hpp"
#include "florin/security/card.hpp"

namespace florin::payment_terms {
namespace {

constexpr std::array<std::string_view, 4> method_names{"pro_rata", "short_rate", "flat", "none"};
constexpr std::array<std::string_view, 2> adjustment_names{"catch_up", "spread"};

/// Of what stands for a stored card in every API of ours: this and its id.
constexpr std::string_view token_prefix = "pm_";

// What Described cannot say: the words, the bounds of percentages, and what goes with what.
constexpr std::string_view cancellation_terms_schema = R"json({"type":"object",
"description":"What a cancellation gives back. Without it: by days, pro rata.",
"properties":{
"method":{"type":"string","enum":["pro_rata","short_rate","flat","none"],"default":"pro_rata","description":"How much of the total is earned: by days; by days and a penalty; nothing; or what was paid."},
"penalty_percent":{"type":["number","string"],"minimum":0,"maximum":100,"multipleOf":0.01,"pattern":"^(100(\\.0{1,2})?|(0|[1-9][0-9]?)(\\.[0-9]{1,2})?)$","description":"Of `short_rate`, and required there: how much of what is not earned stays too.","examples":[10]},
"cooling_off_days":{"type":"integer","minimum":0,"maximum":18300,"default":0,"description":"Within so many days from the start all is given back."},
"fee":{"type":"integer","minimum":0,"maximum":1000000000000000,"default":0,"description":"Asked for beside what is earned, in minor units."},
"minimum_earned_percent":{"type":["number","string"],"minimum":0,"maximum":100,"multipleOf":0.01,"pattern":"^(100(\\.0{1,2})?|(0|[1-9][0-9]?)(\\.[0-9]{1,2})?)$","default":0,"description":"At least so much of the total is earned."},
"refund_cap":{"type":"integer","minimum":0,"maximum":1000000000000000,"description":"The most that is given back, in minor units."}},
"if":{"properties":{"method":{"const":"short_rate"}},"required":["method"]},
"then":{"properties":{"penalty_percent":{}},"required":["penalty_percent"]},
"else":{"properties":{"penalty_percent":false}},
"additionalProperties":false})json";

constexpr std::string_view options_schema = R"json({"type":"object",
"description":"How it is paid. Without `payment_method_token` and `original_transaction_id`: by the customer's own default.",
"properties":{
"adjustment":{"type":"string","enum":["catch_up","spread"],"default":"catch_up","description":"How another total settles instalments that were charged before: at once, or with those that are left."},
"retry_policy":{"type":"string","minLength":1,"maxLength":64,"default":"next_day_then_case","description":"The name of a retry policy."},
"payment_method_token":{"type":"string","pattern":"^pm_[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$","description":"The stored card that pays."},
"original_transaction_id":{"type":"string","format":"uuid","description":"The earlier payment whose payer agreed to be debited again."},
"description":{"type":"string","minLength":1,"maxLength":200,"description":"What is paid for, on receipts and in mails.","examples":["Policy 4711"]}},
"not":{"properties":{"payment_method_token":{},"original_transaction_id":{}},"required":["payment_method_token","original_transaction_id"]},
"additionalProperties":false})json";

template <std::size_t Size>
std::optional<std::size_t> index_of(const std::array<std::string_view, Size>& names, std::string_view name) {
    const auto found = std::ranges::find(names, name);
    if (found == names.end()) return std::nullopt;
    return static_cast<std::size_t>(found - names.begin());
}

std::unexpected<Error> wrong(std::string_view code, std::string_view message, std::string_view field) {
    return fail(ErrorKind::invalid, code, message, field);
}

/// `12.5` is 1250 basis points.
Result<std::int64_t> basis_points_of(const json::Decimal& percent, std::string_view field) {
    const auto refused = [&] {
        return wrong("invalid_percent", "Give a percentage from 0 to 100 with at most two decimals.", field);
    };
    // A percent has two decimals as a euro has.
    const auto hundredths = parse_major(percent.text, *Currency::of("EUR"));
    if (!hundredths || hundredths->minor() < 0 || hundredths->minor() > 10'000 || percent.text.starts_with('-'))
        return refused();
    return hundredths->minor();
}
std::optional<json::Decimal> percent_of(std::int64_t basis_points) {
    if (basis_points == 0) return std::nullopt;
    return json::Decimal{to_major_text(basis_points, *Currency::of("EUR"))};
}

/// The schema with references into its own `$defs`.
std::string with_own_references(std::string schema) {
    constexpr std::string_view foreign = "#/components/schemas/", own = "#/$defs/";
    for (std::size_t at = 0; (at = schema.find(foreign, at)) != std::string::npos; at += own.size())
        schema.replace(at, foreign.size(), own);
    return schema;
}

std::string on_one_line(std::string_view text) {
    std::string line{text};
    std::erase(line, '\n');
    return line;
}

}  // namespace

std::string_view to_text(CancellationMethod method) { return method_names[static_cast<std::size_t>(method)]; }
std::string_view to_text(Adjustment adjustment) { return adjustment_names[static_cast<std::size_t>(adjustment)]; }

Result<CancellationTerms> cancellation_terms_of(const CancellationTermsBody& body) {
    CancellationTerms terms;
    if (body.method) {
        const auto method = index_of(method_names, *body.method);
        if (!method)
            return wrong("unknown_method", "Give pro_rata, short_rate, flat or none.", "cancellation_terms.method");
        terms.method = static_cast<CancellationMethod>(*method);
    }
    const bool is_short_rate = terms.method == CancellationMethod::short_rate;
    constexpr std::string_view penalty_field = "cancellation_terms.penalty_percent";
    if (is_short_rate && !body.penalty_percent)
        return wrong("missing_field", "The method short_rate needs a penalty.", penalty_field);
    if (!is_short_rate && body.penalty_percent)
        return wrong("penalty_not_applicable", "Only the method short_rate has a penalty.", penalty_field);
    if (body.penalty_percent) {
        const auto penalty = basis_points_of(*body.penalty_percent, penalty_field);
        if (!penalty) return fail(penalty.error());
        terms.penalty_bp = *penalty;
    }
    if (body.minimum_earned_percent) {
        const auto least = basis_points_of(*body.minimum_earned_percent, "cancellation_terms.minimum_earned_percent");
        if (!least) return fail(least.error());
        terms.minimum_earned_bp = *least;
    }
    terms.cooling_off_days = body.cooling_off_days.value_or(0);
    terms.fee_minor = body.fee.value_or(0);
    terms.refund_cap_minor = body.refund_cap;
    return terms;
}

CancellationTermsBody body_of(const CancellationTerms& terms) {
    CancellationTermsBody body{.method = std::string{to_text(terms.method)},
                               .penalty_percent = percent_of(terms.penalty_bp),
                               .cooling_off_days = std::nullopt,
                               .fee = std::nullopt,
                               .minimum_earned_percent = percent_of(terms.minimum_earned_bp),
                               .refund_cap = terms.refund_cap_minor};
    if (terms.method == CancellationMethod::short_rate && !body.penalty_percent) body.penalty_percent = {{"0.00"}};
    if (terms.cooling_off_days > 0) body.cooling_off_days = terms.cooling_off_days;
    if (terms.fee_minor > 0) body.fee = terms.fee_minor;
    return body;
}

Result<billing::Means> means_of(const std::optional<std::string>& payment_method_token,
                                const std::optional<payments::TransactionId>& original_transaction_id) {
    if (payment_method_token && original_transaction_id)
        return wrong("two_payment_methods", "Give a stored card or an earlier payment, not both.",
                     "payment_terms.original_transaction_id");
    billing::Means means{.payment_method = std::nullopt, .mandate_of = original_transaction_id};
    if (payment_method_token) {
        const std::string_view token = *payment_method_token;
        if (token.starts_with(token_prefix))
            means.payment_method = payments::PaymentMethodId::parse(token.substr(token_prefix.size()));
        if (!means.payment_method)
            return wrong("payment_method_not_usable", "This is no token of a stored card.",
                         "payment_terms.payment_method_token");
    }
    return means;
}

Result<Options> options_of(const OptionsBody& body) {
    Options options;
    if (body.adjustment) {
        const auto adjustment = index_of(adjustment_names, *body.adjustment);
        if (!adjustment) return wrong("unknown_adjustment", "Give catch_up or spread.", "payment_terms.adjustment");
        options.adjustment = static_cast<Adjustment>(*adjustment);
    }
    auto means = means_of(body.payment_method_token, body.original_transaction_id);
    if (!means) return fail(std::move(means.error()));
    options.means = *means;
    if (body.retry_policy) options.retry_policy = *body.retry_policy;
    options.description = body.description.value_or("");
    auto fit = security::refuse_card_number(options.description, "payment_terms.description");
    if (!fit) return fail(std::move(fit.error()));
    return options;
}

OptionsBody body_of(const Options& options) {
    OptionsBody body{.adjustment = std::string{to_text(options.adjustment)},
                     .retry_policy = options.retry_policy,
                     .payment_method_token = std::nullopt,
                     .original_transaction_id = options.means.mandate_of,
                     .description = std::nullopt};
    if (options.means.payment_method)
        body.payment_method_token = std::string{token_prefix} + options.means.payment_method->text();
    if (!options.description.empty()) body.description = options.description;
    return body;
}

std::string to_json(const CancellationTerms& terms) { return json::to_text(body_of(terms)); }

CancellationTerms kept_cancellation_terms(std::string_view json) {
    const auto value = json::parse(json);
    const auto body = value ? json::read<CancellationTermsBody>(*value) : fail(value.error());
    const auto terms = body ? cancellation_terms_of(*body) : fail(body.error());
    if (!terms) throw store::Failure{store::Failure::Kind::fault, "its cancellation terms cannot be read"};
    return *terms;
}

std::vector<json::Schema> schemas() {
    std::vector<json::Schema> all;
    json::append_schemas<CreateBody>(all);
    json::append_schemas<AdjustBody>(all);
    json::append_schemas<PreviewBody>(all);
    json::append_schemas<TermsView>(all);
    json::append_schemas<TermsListView>(all);
    json::append_schemas<ScheduleView>(all);
    json::append_schemas<PreviewView>(all);
    for (json::Schema& schema : all) {
        if (schema.name == json::Described<CancellationTermsBody>::name)
            schema.json = on_one_line(cancellation_terms_schema);
        if (schema.name == json::Described<OptionsBody>::name) schema.json = on_one_line(options_schema);
    }
    return all;
}

const std::string& published_schema() {
    static const std::string text = [] {
        const std::vector<json::Schema> all = schemas();
        const auto schema_of = [&](std::string_view name) {
            const auto found = std::ranges::find(all, name, &json::Schema::name);
            check(found != all.end(), "every body has a schema");
            return with_own_references(found->json);
        };
        std::string out;
        json::Writer writer{out};
        writer.open('{')
            .field("$schema", "https://json-schema.org/draft/2020-12/schema")
            .field("title", "Payment terms: a request to create them")
            .field("$ref", "#/$defs/CreatePaymentTermsRequest");
        writer.key("$defs").open('{');
        for (const std::string_view name : {json::Described<CreateBody>::name, json::Described<OptionsBody>::name,
                                            json::Described<CancellationTermsBody>::name})
            writer.raw_field(name, schema_of(name));
        writer.close('}').close('}');
        return out;
    }();
    return text;
}

}  // namespace florin::payment_terms
