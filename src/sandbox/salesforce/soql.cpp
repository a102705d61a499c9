#include "salesforce/soql.hpp"

#include <algorithm>
#include <charconv>

namespace florin::sandbox::salesforce {
namespace {

using Predicate = std::function<bool(const Record&)>;

constexpr int deepest = 20;

std::string lowered(std::string_view text) {
    std::string out{text};
    std::ranges::transform(out, out.begin(), lower);
    return out;
}

struct Refused {
    QueryError error;
};

enum class TokenKind { end, word, text, sign };
struct Token {
    TokenKind kind = TokenKind::end;
    std::string text;
};

/// Words are names, numbers, moments and keywords; texts stand between apostrophes.
class Lexer {
public:
    explicit Lexer(std::string_view text) : text_{text} { advance(); }
    const Token& now() const { return now_; }
    Token take() {
        Token taken = now_;
        advance();
        return taken;
    }

private:
    static bool is_of_word(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
               c == ':' || c == '-' || c == '+';
    }
    void advance() {
        while (at_ < text_.size() &&
               (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == '\r'))
            ++at_;
        now_ = {};
        if (at_ == text_.size()) return;
        if (text_[at_] == '\'') return read_text();
        if (is_of_word(text_[at_])) {
            const std::size_t begin = at_;
            while (at_ < text_.size() && is_of_word(text_[at_])) ++at_;
            now_ = {TokenKind::word, std::string{text_.substr(begin, at_ - begin)}};
            return;
        }
        const std::string_view two = text_.substr(at_, 2);
        const bool is_pair = two == "!=" || two == "<=" || two == ">=" || two == "<>";
        now_ = {TokenKind::sign, std::string{text_.substr(at_, is_pair ? 2 : 1)}};
        at_ += is_pair ? 2 : 1;
    }
    void read_text() {
        std::string read;
        for (++at_; at_ < text_.size() && text_[at_] != '\''; ++at_) {
            if (text_[at_] == '\\' && at_ + 1 < text_.size()) {
                ++at_;
                read.push_back(text_[at_] == 'n' ? '\n' : text_[at_] == 't' ? '\t' : text_[at_]);
            } else {
                read.push_back(text_[at_]);
            }
        }
        if (at_ == text_.size()) throw Refused{{"MALFORMED_QUERY", "unterminated string literal"}};
        ++at_;
        now_ = {TokenKind::text, std::move(read)};
    }

    std::string_view text_;
    std::size_t at_ = 0;
    Token now_;
};

/// `%` is any text, `_` any one character; the case of letters does not matter.
bool is_like(std::string_view text, std::string_view pattern) {
    if (pattern.empty()) return text.empty();
    if (pattern[0] == '%') {
        for (std::size_t skipped = 0; skipped <= text.size(); ++skipped)
            if (is_like(text.substr(skipped), pattern.substr(1))) return true;
        return false;
    }
    if (text.empty()) return false;
    return (pattern[0] == '_' || lower(pattern[0]) == lower(text[0])) && is_like(text.substr(1), pattern.substr(1));
}

/// A literal of a condition.
struct Literal {
    bool is_null = false;
    std::string text;
};

bool is_equal(const Shown& shown, const Literal& literal) {
    if (literal.is_null || shown.is_null) return literal.is_null == shown.is_null;
    return lowered(shown.text) == lowered(literal.text);
}

class Parser {
public:
    Parser(std::string_view text, const std::vector<std::string>& external_ids)
        : lexer_{text}, external_ids_{external_ids} {}

    Query parse() {
        Query query;
        want("select");
        if (is("count")) {
            lexer_.take();
            want("("), want(")");
            query.is_count = true;
        } else {
            do query.fields.push_back(field());
            while (skip(","));
        }
        want("from");
        const Token object = lexer_.take();
        if (lowered(object.text) != "case")
            throw Refused{{"INVALID_TYPE", "sObject type '" + object.text + "' is not supported."}};
        if (skip("where")) query.matches = either(0);
        if (skip("order")) {
            want("by");
            do query.order.push_back(order());
            while (skip(","));
        }
        if (skip("limit")) query.limit = number();
        if (skip("offset")) query.offset = number();
        if (lexer_.now().kind != TokenKind::end) malformed();
        return query;
    }

private:
    [[noreturn]] void malformed() const {
        throw Refused{
            {"MALFORMED_QUERY",
             "unexpected token: '" + (lexer_.now().text.empty() ? "<EOF>" : lexer_.now().text.substr(0, 60)) + "'"}};
    }
    bool is(std::string_view word) const {
        return lexer_.now().kind != TokenKind::text && lexer_.now().kind != TokenKind::end &&
               lowered(lexer_.now().text) == word;
    }
    bool skip(std::string_view word) {
        if (!is(word)) return false;
        lexer_.take();
        return true;
    }
    void want(std::string_view word) {
        if (!skip(word)) malformed();
    }
    FieldFacts field() {
        if (lexer_.now().kind != TokenKind::word) malformed();
        const std::string name = lexer_.take().text;
        const auto found = find_field(name, external_ids_);
        if (!found)
            throw Refused{{"INVALID_FIELD", "No such column '" + name.substr(0, 60) +
                                                "' on entity 'Case'. If you are attempting to use a custom field, be "
                                                "sure to append the '__c' after the custom field name."}};
        return *found;
    }
    std::size_t number() {
        const std::string text = lexer_.take().text;
        std::size_t value = 0;
        const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (failure != std::errc{} || end != text.data() + text.size()) malformed();
        return value;
    }
    Query::Order order() {
        Query::Order by{.field = field()};
        by.is_descending = skip("desc");
        if (!by.is_descending) skip("asc");
        if (skip("nulls") && !skip("first")) want("last");
        return by;
    }
    Literal literal() {
        const Token token = lexer_.take();
        if (token.kind == TokenKind::text) return {.text = token.text};
        if (token.kind != TokenKind::word) malformed();
        if (lowered(token.text) == "null") return {.is_null = true, .text = {}};
        return {.text = token.text};
    }

    Predicate either(int depth) {
        Predicate left = both(depth);
        while (skip("or")) {
            Predicate right = both(depth);
            left = [left, right](const Record& record) { return left(record) || right(record); };
        }
        return left;
    }
    Predicate both(int depth) {
        Predicate left = one(depth);
        while (skip("and")) {
            Predicate right = one(depth);
            left = [left, right](const Record& record) { return left(record) && right(record); };
        }
        return left;
    }
    Predicate one(int depth) {
        if (depth > deepest) throw Refused{{"MALFORMED_QUERY", "the query is nested too deeply"}};
        if (skip("not")) {
            Predicate inner = one(depth + 1);
            return [inner](const Record& record) { return !inner(record); };
        }
        if (skip("(")) {
            Predicate inner = either(depth + 1);
            want(")");
            return inner;
        }
        return comparison();
    }
    Predicate comparison() {
        const FieldFacts of = field();
        const bool is_not_in = skip("not");
        if (is_not_in || is("in")) {
            want("in"), want("(");
            std::vector<Literal> all;
            do all.push_back(literal());
            while (skip(","));
            want(")");
            return [of, all, is_not_in](const Record& record) {
                const Shown shown = show(record, of);
                return std::ranges::any_of(all, [&](const Literal& each) { return is_equal(shown, each); }) !=
                       is_not_in;
            };
        }
        if (skip("like")) {
            const Literal pattern = literal();
            return [of, pattern](const Record& record) { return is_like(show(record, of).text, pattern.text); };
        }
        if (lexer_.now().kind != TokenKind::sign) malformed();
        const std::string sign = lexer_.take().text;
        const Literal value = literal();
        if (sign == "=") return [of, value](const Record& record) { return is_equal(show(record, of), value); };
        if (sign == "!=" || sign == "<>")
            return [of, value](const Record& record) { return !is_equal(show(record, of), value); };
        if (sign != "<" && sign != ">" && sign != "<=" && sign != ">=") malformed();
        // Moments here are of one form and one zone, so that their order is that of their texts.
        std::string bound = value.text;
        if (of.type == FieldType::moment && bound.ends_with('Z')) bound.pop_back();
        return [of, bound, sign](const Record& record) {
            const Shown shown = show(record, of);
            if (shown.is_null) return false;
            const int order = shown.text.substr(0, std::max(bound.size(), std::size_t{1})).compare(bound);
            return sign[0] == '<' ? order < 0 || (sign.size() == 2 && order == 0)
                                  : order > 0 || (sign.size() == 2 && order == 0);
        };
    }

    Lexer lexer_;
    const std::vector<std::string>& external_ids_;
};

}  // namespace

ParsedQuery parse_query(std::string_view text, const std::vector<std::string>& external_ids) {
    try {
        return {.query = Parser{text, external_ids}.parse(), .error = {}};
    } catch (Refused& refused) {
        return {.query = std::nullopt, .error = std::move(refused.error)};
    }
}

}  // namespace florin::sandbox::salesforce
