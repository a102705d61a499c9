#include "reply.hpp"

#include <algorithm>

#include "florin/json/clean.hpp"

namespace florin::buckaroo {
namespace {

using json::Kind;
using json::Value;

constexpr json::Limits limits{.max_bytes = 512 * 1024, .max_depth = 16, .max_nodes = 20'000};
/// Longer is none of Buckaroo's texts and none of its ids.
constexpr std::size_t longest_text = 255;
constexpr std::size_t longest_url = 2'048;

const Value absent;

const Value& member(const Value& object, std::string_view name) {
    const Value* found = object.kind() == Kind::object ? object.find(name) : nullptr;
    return found != nullptr ? *found : absent;
}

std::string text(const Value& object, std::string_view name) {
    const Value& found = member(object, name);
    return found.kind() == Kind::string ? json::clean_text(found.text(), longest_text) : std::string{};
}

std::string number(const Value& object, std::string_view name) {
    const Value& found = member(object, name);
    return found.kind() == Kind::number ? std::string{found.text()} : std::string{};
}

bool is_same(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return std::ranges::equal(a, b, {}, lower, lower);
}

/// An address that a browser may be sent to.
std::string url(const Value& object, std::string_view name) {
    const Value& found = member(object, name);
    const std::string_view address = found.kind() == Kind::string ? found.text() : std::string_view{};
    const bool is_web = address.starts_with("https://") || address.starts_with("http://");
    const bool is_plain = std::ranges::all_of(address, [](char c) { return c > ' ' && c < '\x7f'; });
    return is_web && is_plain && address.size() <= longest_url ? std::string{address} : std::string{};
}

std::string last4_of(std::string_view iban) {
    std::string plain;
    for (const char c : iban)
        if (c != ' ') plain.push_back(c);
    return plain.size() >= 15 ? plain.substr(plain.size() - 4) : std::string{};
}

void read_parameters(const Value& object, Transaction& into) {
    for (const Value& service : member(object, "Services").items())
        for (const Value& parameter : member(service, "Parameters").items()) {
            const std::string name = text(parameter, "Name"), value = text(parameter, "Value");
            if (is_same(name, "reasoncode")) into.reason_code = value;
            if (is_same(name, "reasonexplanation")) into.reason = value;
            if (is_same(name, "consumerIBAN") || is_same(name, "CustomerIBAN")) into.payer_iban_last4 = last4_of(value);
        }
}

std::string first_error(const Value& errors) {
    for (const std::string_view kind :
         {"ParameterErrors", "ServiceErrors", "ActionErrors", "ChannelErrors", "CustomParameterErrors"})
        for (const Value& error : member(errors, kind).items())
            if (std::string message = text(error, "ErrorMessage"); !message.empty()) return message;
    return {};
}

}  // namespace

Result<Value> parse_reply(std::string_view body) {
    auto reply = json::parse(body, limits);
    // An answer that a bank's text made unreadable would stay unreadable however often it is looked up.
    if (!reply && reply.error().code == "malformed_json") reply = json::parse(json::clean_text(body), limits);
    return reply;
}

bool is_key(std::string_view text) {
    return text.size() == 32 &&
           std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F'); });
}

std::optional<Transaction> read_transaction(const Value& object) {
    Transaction read;
    read.key = text(object, "Key");
    read.invoice = text(object, "Invoice");
    read.currency = text(object, "Currency");
    read.type = text(object, "TransactionType");
    if (!is_key(read.key)) return std::nullopt;
    const Value& status = member(object, "Status");
    const Value& code = member(status, "Code");
    const auto numbered = member(code, "Code").integer();
    read.status = numbered && *numbered > 0 && *numbered < 1'000 ? static_cast<int>(*numbered) : 0;
    read.description = text(member(status, "SubCode"), "Description");
    if (read.description.empty()) read.description = text(code, "Description");
    read.changed_at = text(status, "DateTime");
    read.debit = number(object, "AmountDebit");
    read.credit = number(object, "AmountCredit");
    read.redirect_url = url(member(object, "RequiredAction"), "RedirectURL");
    read.request_error = first_error(member(object, "RequestErrors"));
    read_parameters(object, read);
    for (const Value& related : member(object, "RelatedTransactions").items())
        read.related.push_back({text(related, "RelationType"), text(related, "RelatedTransactionKey")});
    return read;
}

std::string Transaction::reversed_key() const {
    for (const Related& one : related)
        if (is_same(one.relation, "reversal")) return one.key;
    return {};
}

bool Transaction::is_reversal() const { return type == "C501" || type == "V111" || !reversed_key().empty(); }

bool Transaction::is_refund_of(std::string_view original) const {
    return std::ranges::any_of(
        related, [&](const Related& one) { return is_same(one.relation, "refund") && one.key == original; });
}

std::optional<Money> read_amount(std::string_view number, std::string_view currency) {
    const auto known = Currency::of(currency);
    if (!known) return std::nullopt;
    // 12.5000 says no more than 12.50.
    if (const auto point = number.find('.'); point != std::string_view::npos) {
        const auto last = number.find_last_not_of('0');
        number = number.substr(0, last == point ? point : last + 1);
    }
    const auto amount = parse_major(number, *known);
    return amount && amount->is_positive() ? std::optional{*amount} : std::nullopt;
}

}  // namespace florin::buckaroo
