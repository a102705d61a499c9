#include "api.hpp"

#include <algorithm>
#include <charconv>

#include "packing.hpp"
#include "signing.hpp"

namespace florin::sandbox::buckaroo {
namespace {

constexpr std::string_view create_path = "/json/Transaction";
constexpr std::string_view status_path = "/json/Transaction/Status/";
constexpr std::string_view cancel_path = "/json/Transaction/Cancel/";
constexpr std::string_view order_path = "/sandbox/buckaroo/transactions/";
/// How far a caller's clock may be from ours.
constexpr std::int64_t tolerance_ms = 240'000;

Answer problem(int status, std::string_view message) {
    Answer answer;
    answer.status = status;
    json::Writer{answer.body}.open('{').field("Message", message).close('}');
    return answer;
}

std::string origin_of(const http::Request& request) {
    return (request.is_tls ? "https://" : "http://") + std::string{request.header("host")};
}

}  // namespace

Api::Api(Desk& desk, WebhookSender& sender, Timetable& timetable, BuckarooWebsite website)
    : desk_{desk}, timetable_{timetable}, website_{std::move(website)}, pushes_{desk, sender, website_, settings_} {}

void Api::load() {
    desk_.records.load(RecordKind::buckaroo_settings, [&](std::string_view, std::string_view body) {
        settings_ = Unpacker::unpack<WebsiteSettings>(body);
    });
    desk_.records.load(RecordKind::buckaroo_transaction, [&](std::string_view, std::string_view body) {
        transactions_.add(Unpacker::unpack<Transaction>(body));
    });
    transactions_.sort();
    for (const Transaction& one : transactions_.all()) plan(one);
}

CallFacts Api::facts_of(const http::Request& request) {
    CallFacts facts;
    facts.provider = "buckaroo";
    facts.method = request.method;
    facts.path = request.path;
    if (request.path.starts_with(status_path)) {
        facts.transaction_type = "lookup";
        facts.is_lookup = true;
    } else if (request.path.starts_with(cancel_path)) {
        facts.transaction_type = "cancel";
    } else if (const auto body = json::parse(request.body); body && request.path == create_path) {
        const Request wanted = Request::read(*body);
        facts.is_charge = !is_same(wanted.action, "Refund");
        facts.transaction_type =
            facts.is_charge ? (is_same(wanted.action, "PayRecurrent") ? "recurrent" : wanted.service) : "refund";
        facts.reference = wanted.transaction.invoice;
    }
    return facts;
}

bool Api::is_stranger(const http::Request& request) {
    const std::string header{request.header("authorization")};
    // The last two of four parts; the signature itself is made anew and compared as a whole.
    const std::size_t before_time = header.rfind(':');
    const std::size_t before_nonce =
        before_time == std::string::npos || before_time == 0 ? std::string::npos : header.rfind(':', before_time - 1);
    if (before_nonce == std::string::npos) return true;
    const std::string nonce = header.substr(before_nonce + 1, before_time - before_nonce - 1);
    const std::string time = header.substr(before_time + 1);
    std::int64_t seconds = 0;
    const auto [end, error] = std::from_chars(time.data(), time.data() + time.size(), seconds);
    if (error != std::errc{} || end != time.data() + time.size() || seconds < 0 || seconds > 100'000'000'000)
        return true;
    const std::int64_t age_ms = desk_.now.ms - seconds * 1'000;
    if (age_ms > tolerance_ms || age_ms < -tolerance_ms) return true;

    std::string address{request.header("host")};
    address += request.path;
    if (!request.query.empty()) address += "?" + request.query;
    if (header !=
        authorization(website_.website_key, website_.secret_key, request.method, address, nonce, time, request.body))
        return true;
    while (!nonce_ages_.empty() && nonce_ages_.front().first + 2 * tolerance_ms < desk_.now.ms) {
        nonces_.erase(nonce_ages_.front().second);
        nonce_ages_.pop_front();
    }
    if (!nonces_.insert(nonce).second) return true;
    nonce_ages_.emplace_back(desk_.now.ms, nonce);
    return false;
}

Answer Api::shown(const Transaction& transaction, const http::Request& request) const {
    Answer answer;
    answer.body = render(transaction, origin_of(request) + std::string{page_path} + transaction.id);
    return answer;
}

Answer Api::answer(const http::Request& request, const Orders& orders) {
    if (is_stranger(request)) return problem(401, "Authorization has been denied for this request.");
    const std::string_view path = request.path;
    if (path == create_path && request.method == "POST") {
        const auto body = json::parse(request.body);
        if (!body || body->kind() != json::Kind::object) return problem(400, "The request is invalid.");
        return shown(create(Request::read(*body), orders), request);
    }
    const bool is_cancel = path.starts_with(cancel_path);
    if (request.method == "GET" && (is_cancel || path.starts_with(status_path))) {
        Transaction* found = transactions_.find(path.substr((is_cancel ? cancel_path : status_path).size()));
        const bool is_hidden = found != nullptr && orders.lookup_lag > Millis{0} &&
                               found->created_ms + orders.lookup_lag.count() > desk_.now.ms;
        if (found == nullptr || is_hidden) return problem(404, "The transaction was not found.");
        if (is_cancel) cancel(*found);
        return shown(*found, request);
    }
    return problem(404, "No resource was found.");
}

bool Api::is_order(const http::Request& request) {
    return request.method == "POST" && request.path.starts_with(order_path) && request.path.ends_with("/reversal");
}

Result<std::string> Api::take_order(const http::Request& request) {
    const std::string key = request.path.substr(order_path.size(), request.path.rfind('/') - order_path.size());
    Transaction* original = transactions_.find(key);
    if (original == nullptr) return fail(ErrorKind::not_found, "not_found", "There is no transaction of that key.");
    const auto body = json::parse(request.body);
    const json::Value* code = body && body->kind() == json::Kind::object ? body->find("reason_code") : nullptr;
    if (code == nullptr || words_of_reason(code->text()).empty())
        return fail(ErrorKind::invalid, "invalid_order", "One of the scheme's reasons: AM04, MD01, MD06 …",
                    "reason_code");
    const bool is_collected = original->service == "SepaDirectDebit" && !original->is_credit && original->status == 190;
    if (!is_collected || original->is_reversed)
        return fail(ErrorKind::invalid, "invalid_order", "Only a collected direct debit is taken back, and only once.");
    return render(reverse(*original, code->text()), {});
}

Result<void> Api::change_settings(const json::Value& given) {
    const auto refused = [](std::string_view message, std::string_view name) {
        return fail(ErrorKind::invalid, "invalid_setting", message, "buckaroo." + std::string{name});
    };
    if (given.kind() != json::Kind::object)
        return fail(ErrorKind::invalid, "invalid_setting", "An object is needed.", "buckaroo");
    WebsiteSettings changed = settings_;
    for (const auto& [name, value] : given.members()) {
        std::int64_t* const pace = name == "collect_ms"    ? &changed.collect_ms
                                   : name == "reversal_ms" ? &changed.reversal_ms
                                   : name == "expire_ms"   ? &changed.expire_ms
                                                           : nullptr;
        if (pace != nullptr) {
            const auto ms = value.integer();
            if (!ms || *ms < 0 || *ms > 100LL * 86'400'000) return refused("Milliseconds, 0 to 100 days.", name);
            *pace = *ms;
        } else if (name == "webhook_url") {
            const std::string_view url = value.text();
            const bool is_web = url.starts_with("http://") || url.starts_with("https://");
            const bool is_plain = std::ranges::all_of(url, [](char c) { return c > ' ' && c < '\x7f'; });
            if (value.kind() != json::Kind::string || (!url.empty() && !(is_web && is_plain && url.size() <= 2'048)))
                return refused("An http or https address, or an empty text.", name);
            changed.webhook_url = url;
        } else if (name == "push_format") {
            if (value.text() != "json" && value.text() != "form") return refused("json or form.", name);
            changed.is_form = value.text() == "form";
        } else {
            return refused("No such setting.", name);
        }
    }
    settings_ = std::move(changed);
    if (desk_.records.is_kept()) desk_.records.put(RecordKind::buckaroo_settings, "settings", Packer::pack(settings_));
    return {};
}

void Api::write_settings(json::Writer& json) const {
    json.key("buckaroo").open('{').field("webhook_url", settings_.webhook_url);
    json.field("push_format", settings_.is_form ? "form" : "json").field("collect_ms", settings_.collect_ms);
    json.field("reversal_ms", settings_.reversal_ms).field("expire_ms", settings_.expire_ms).close('}');
}

}  // namespace florin::sandbox::buckaroo
