#include "search.hpp"

#include <charconv>

namespace florin::sandbox::stripe {
namespace {

void skip_spaces(std::string_view& text) {
    while (text.starts_with(' ')) text.remove_prefix(1);
}

/// `'…'` or `"…"`, without its quotes.
std::optional<std::string> take_quoted(std::string_view& text) {
    if (text.empty() || (text[0] != '\'' && text[0] != '"')) return std::nullopt;
    const std::size_t end = text.find(text[0], 1);
    if (end == std::string_view::npos) return std::nullopt;
    std::string taken{text.substr(1, end - 1)};
    text.remove_prefix(end + 1);
    return taken;
}

std::string take_while(std::string_view& text, std::string_view of) {
    const std::size_t end = std::min(text.find_first_not_of(of), text.size());
    std::string taken{text.substr(0, end)};
    text.remove_prefix(end);
    return taken;
}

constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz_";

}  // namespace

std::string_view to_text(IntentStatus status) {
    switch (status) {
        case IntentStatus::requires_payment_method:
            return "requires_payment_method";
        case IntentStatus::requires_confirmation:
            return "requires_confirmation";
        case IntentStatus::requires_action:
            return "requires_action";
        case IntentStatus::requires_capture:
            return "requires_capture";
        case IntentStatus::succeeded:
            return "succeeded";
        case IntentStatus::canceled:
            return "canceled";
        case IntentStatus::processing:
            return "processing";
    }
    return "canceled";
}

std::optional<Query> Query::parse(std::string_view text) {
    Query query;
    std::string joint;
    for (;;) {
        Clause clause;
        skip_spaces(text);
        if (text.starts_with('-')) {
            clause.is_negated = true;
            text.remove_prefix(1);
        }
        clause.field = take_while(text, letters);
        if (clause.field == "metadata") {
            if (!text.starts_with('[')) return std::nullopt;
            text.remove_prefix(1);
            auto key = take_quoted(text);
            if (!key || !text.starts_with(']')) return std::nullopt;
            text.remove_prefix(1);
            clause.key = std::move(*key);
        } else if (clause.field != "status" && clause.field != "currency" && clause.field != "customer" &&
                   clause.field != "amount") {
            return std::nullopt;
        }
        clause.comparison = take_while(text, ":<>=");
        const bool compares = clause.comparison == "<" || clause.comparison == ">" || clause.comparison == "<=" ||
                              clause.comparison == ">=";
        if (clause.comparison != ":" && !(compares && clause.field == "amount")) return std::nullopt;
        if (clause.field == "amount") {
            clause.value = take_while(text, "0123456789");
            if (clause.value.empty() || clause.value.size() > 15) return std::nullopt;
        } else {
            auto value = take_quoted(text);
            if (!value) return std::nullopt;
            clause.value = std::move(*value);
        }
        query.clauses_.push_back(std::move(clause));
        skip_spaces(text);
        if (text.empty()) break;
        const std::string word = take_while(text, "ANDORandor");
        if (word != "AND" && word != "and" && word != "OR" && word != "or") return std::nullopt;
        if (!joint.empty() && joint != word) return std::nullopt;
        joint = word;
    }
    query.is_any_ = joint == "OR" || joint == "or";
    return query;
}

bool Query::Clause::matches(const PaymentIntent& intent) const {
    if (field == "status") return to_text(intent.status) == value;
    if (field == "currency") return intent.currency == value;
    if (field == "customer") return intent.customer == value;
    if (field == "amount") {
        std::int64_t number = 0;
        std::from_chars(value.data(), value.data() + value.size(), number);
        return comparison == ":"    ? intent.amount == number
               : comparison == "<"  ? intent.amount < number
               : comparison == ">"  ? intent.amount > number
               : comparison == "<=" ? intent.amount <= number
                                    : intent.amount >= number;
    }
    for (const Pair& pair : intent.metadata)
        if (pair.key == key) return pair.value == value;
    return false;
}

bool Query::matches(const PaymentIntent& intent) const {
    for (const Clause& clause : clauses_) {
        const bool does = clause.matches(intent) != clause.is_negated;
        if (does == is_any_) return is_any_;
    }
    return !is_any_;
}

}  // namespace florin::sandbox::stripe
