// Templates are checked and bounded here, and rendered by a library. Merchants write them, so one must neither run for
// long nor let through what was not escaped.

#include <algorithm>
#include <kainjow/mustache.hpp>
#include <map>
#include <sstream>

#include "florin/json/value.hpp"
#include "florin/locale/locale.hpp"
#include "florin/notifications/template.hpp"
#include "florin/notifications/transport.hpp"

namespace florin::notifications {
namespace {

namespace mustache = kainjow::mustache;

constexpr std::size_t longest_template = 64 * 1024;
constexpr std::size_t longest_subject = 250;
constexpr std::size_t deepest_nesting = 4;
constexpr std::uint64_t largest_part = 512 * 1024;
constexpr std::size_t largest_data = 64 * 1024;
/// The largest amount of any currency, and any day, with the octets of their spaces and signs.
constexpr std::uint64_t longest_written = 64;

/// What a tag can be, by the character that it begins with.
enum class TagKind { variable, section, end, comment };

struct Tag {
    TagKind kind;
    std::string name;
    std::size_t begins_at, ends_at;
};

std::unexpected<Error> wrong(std::string_view field, std::string_view message) {
    return fail(ErrorKind::invalid, "invalid_template", message, field);
}

bool is_name(std::string_view name) {
    if (name == ".") return true;
    return !name.empty() && name.size() <= 100 && name.front() != '.' && name.back() != '.' && !name.contains("..") &&
           std::ranges::all_of(name, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
                      c == '-' || c == '.';
           });
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
}

/// The next tag at or behind `from`; nothing: there is none. What the library would read otherwise than we do is
/// refused: other delimiters, partials, and all that is not escaped.
Result<std::optional<Tag>> next_tag(std::string_view text, std::size_t from, std::string_view field) {
    const std::size_t open = text.find("{{", from);
    if (open == std::string_view::npos) return std::optional<Tag>{};
    const std::size_t close = text.find("}}", open + 2);
    if (close == std::string_view::npos) return wrong(field, "A tag is not closed: {{ without }}.");
    std::string_view inside = text.substr(open + 2, close - open - 2);
    if (!inside.empty() && (inside.front() == '{' || inside.front() == '&'))
        return wrong(field, "What fills a gap is always escaped: write {{name}}.");
    Tag tag{.kind = TagKind::variable, .name = {}, .begins_at = open, .ends_at = close + 2};
    const char first = inside.empty() ? ' ' : inside.front();
    if (first == '!') {
        tag.kind = TagKind::comment;
        return tag;
    }
    if (first == '>' || first == '=') return wrong(field, "Partials and other delimiters are not supported.");
    if (first == '#' || first == '^' || first == '/') {
        tag.kind = first == '/' ? TagKind::end : TagKind::section;
        inside.remove_prefix(1);
    }
    tag.name = trimmed(inside);
    if (!is_name(tag.name))
        return wrong(field, "Names in tags have letters, digits, underscores and dashes, with points between.");
    return tag;
}

/// How much could come out at most, each part of a section being as often there as `times` says of its name.
template <class Times>
Result<std::uint64_t> bound_of(std::string_view text, std::string_view field, std::uint64_t longest_value,
                               const Times& times) {
    std::vector<std::string> open;
    std::vector<std::uint64_t> factors{1};
    std::uint64_t bound = 0;
    std::size_t from = 0;
    for (;;) {
        auto tag = next_tag(text, from, field);
        if (!tag) return fail(std::move(tag.error()));
        const std::size_t until = *tag ? (*tag)->begins_at : text.size();
        bound += factors.back() * (until - from);
        if (!*tag) break;
        // Also what shows nothing takes its time.
        bound += factors.back() * ((*tag)->kind == TagKind::variable ? longest_value + 1 : 1);
        if (bound > largest_part)
            return fail(ErrorKind::invalid, "mail_too_large", "A part of the mail would be larger than 512 KiB.",
                        field);
        if ((*tag)->kind == TagKind::section) {
            if (open.size() == deepest_nesting) return wrong(field, "Sections stand in each other four deep at most.");
            open.push_back((*tag)->name);
            factors.push_back(factors.back() * times((*tag)->name));
        } else if ((*tag)->kind == TagKind::end) {
            if (open.empty() || open.back() != (*tag)->name)
                return wrong(field, "A section is ended that was not begun, or not in its turn.");
            open.pop_back();
            factors.pop_back();
        }
        from = (*tag)->ends_at;
    }
    if (!open.empty()) return wrong(field, "A section is not ended.");
    return bound;
}

/// The longest text and the longest lists, by the name under which they stand.
struct Extent {
    std::uint64_t longest_text = 0, longest_nested = 1;
    std::map<std::string, std::uint64_t, std::less<>> lists;

    void measure(const json::Value& value, std::string_view name) {
        // Amounts and days are written longer than they are given.
        const bool is_typed = value.kind() == json::Kind::object;
        longest_text = std::max<std::uint64_t>(longest_text, is_typed ? longest_written : value.text().size());
        if (value.kind() == json::Kind::array) {
            std::uint64_t& longest = name.empty() ? longest_nested : lists[std::string{name}];
            longest = std::max<std::uint64_t>(longest, value.items().size());
            for (const json::Value& item : value.items()) measure(item, {});
        }
        for (const auto& [member, inner] : value.members()) measure(inner, member);
    }
    std::uint64_t times(std::string_view name) const {
        if (name == ".") return longest_nested;
        const auto found = lists.find(name.substr(name.rfind('.') + 1));
        return found == lists.end() ? 1 : std::max<std::uint64_t>(found->second, 1);
    }
};

/// How amounts and days are written.
class Writing {
public:
    explicit Writing(std::string_view locale) : locale_{locale::Locale::find(locale)} {}

    /// Nothing: the object is neither an amount nor a day.
    Result<std::optional<std::string>> text_of(const json::Value& object) const {
        const json::Value* const amount = object.find("amount");
        const json::Value* const currency = object.find("currency");
        const json::Value* const date = object.find("date");
        if (object.members().size() == 2 && is_word(amount) && is_word(currency)) {
            const auto known = Currency::of(currency->text());
            if (!known) return fail(known.error());
            const auto money = parse_major(amount->text(), *known);
            if (!money) return fail(money.error());
            return locale_ ? locale_->money(*money) : to_major_text(*money) + " " + std::string{known->code()};
        }
        if (object.members().size() == 1 && is_word(date)) {
            const auto day = calendar::parse_date(date->text());
            if (!day) return fail(day.error());
            return locale_ ? locale_->date(*day) : calendar::to_text(*day);
        }
        return std::optional<std::string>{};
    }

private:
    static bool is_word(const json::Value* value) {
        return value != nullptr && (value->kind() == json::Kind::string || value->kind() == json::Kind::number);
    }
    std::optional<locale::Locale> locale_;
};

/// Numbers are shown as they were written; what is null, false or empty counts as not there. `path` is where it stands.
Result<mustache::data> data_of(const json::Value& value, const Writing& writing, const std::string& path) {
    switch (value.kind()) {
        case json::Kind::null:
            return mustache::data{false};
        case json::Kind::boolean:
            return mustache::data{value.as_boolean()};
        case json::Kind::number:
            return mustache::data{std::string{value.text()}};
        case json::Kind::string:
            if (value.text().empty()) return mustache::data{false};
            return mustache::data{std::string{value.text()}};
        case json::Kind::array: {
            mustache::data list{mustache::data::type::list};
            for (std::size_t i = 0; i < value.items().size(); ++i) {
                auto item = data_of(value.items()[i], writing, path + "." + std::to_string(i));
                if (!item) return item;
                list.push_back(*item);
            }
            return list;
        }
        case json::Kind::object: {
            auto written = writing.text_of(value);
            if (!written) return fail(written.error().kind, written.error().code, written.error().message, path);
            if (*written) return mustache::data{**written};
            mustache::data object{mustache::data::type::object};
            for (const auto& [name, inner] : value.members()) {
                auto member = data_of(inner, writing, path + "." + std::string{name});
                if (!member) return member;
                object.set(std::string{name}, *member);
            }
            return object;
        }
    }
    __builtin_unreachable();
}

std::string escaped(const std::string& text) {
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            case '\'':
                out += "&#39;";
                break;
            default:
                out.push_back(c);
        }
    }
    return out;
}

constexpr std::uint64_t longest_escape = 6;

Result<std::string> fill(const std::string& text, std::string_view field, const mustache::data& data,
                         const Extent& extent, bool is_html) {
    const auto bound = bound_of(text, field, extent.longest_text * (is_html ? longest_escape : 1),
                                [&](std::string_view name) { return extent.times(name); });
    if (!bound) return fail(bound.error());
    mustache::mustache filled{text};
    if (!filled.is_valid()) return wrong(field, "The template cannot be read.");
    filled.set_custom_escape(is_html ? escaped : [](const std::string& value) { return value; });
    std::string out;
    filled.render(data, [&out](const std::string& part) { out += part; });
    return out;
}

Result<void> validate_part(std::string_view text, std::string_view field) {
    if (text.size() > longest_template) return wrong(field, "A part of a template has 64 KiB at most.");
    const auto bound = bound_of(text, field, 0, [](std::string_view) { return std::uint64_t{1}; });
    if (!bound) return fail(bound.error());
    return {};
}

}  // namespace

Result<void> validate(const TemplateText& words) {
    if (words.subject.empty() || words.subject.size() > longest_subject || !is_header_text(words.subject))
        return wrong("subject", "A subject has 1 to 250 octets in one line.");
    if (words.text.empty()) return wrong("text", "A mail has a text, for those who do not see its HTML.");
    if (auto valid = validate_part(words.subject, "subject"); !valid) return valid;
    if (auto valid = validate_part(words.text, "text"); !valid) return valid;
    return validate_part(words.html, "html");
}

Result<Words> render(const TemplateText& words, std::string_view data, std::string_view locale) {
    if (auto valid = validate(words); !valid) return fail(std::move(valid.error()));
    const auto value = json::parse(data, {.max_bytes = largest_data, .max_depth = 16, .max_nodes = 10'000});
    if (!value) return fail(value.error());
    if (value->kind() != json::Kind::object)
        return fail(ErrorKind::invalid, "wrong_type", "What fills a template is an object.", "data");
    Extent extent;
    extent.measure(*value, {});
    const auto filling = data_of(*value, Writing{locale}, "data");
    if (!filling) return fail(filling.error());
    auto subject = fill(words.subject, "subject", *filling, extent, false);
    if (!subject) return fail(std::move(subject.error()));
    if (!is_header_text(*subject) || subject->empty() || subject->size() > 4 * longest_subject)
        return fail(ErrorKind::invalid, "invalid_header_text",
                    "The subject is empty, too long, or what fills it has line ends.", "subject");
    auto text = fill(words.text, "text", *filling, extent, false);
    if (!text) return fail(std::move(text.error()));
    auto html = fill(words.html, "html", *filling, extent, true);
    if (!html) return fail(std::move(html.error()));
    return Words{std::move(*subject), std::move(*text), std::move(*html)};
}

std::optional<std::string> parse_language(std::string_view text) {
    std::string folded{text};
    for (char& c : folded)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    const auto is_letters = [](std::string_view part, std::size_t fewest, std::size_t most) {
        return part.size() >= fewest && part.size() <= most &&
               std::ranges::all_of(part, [](char c) { return c >= 'a' && c <= 'z'; });
    };
    const std::size_t dash = folded.find('-');
    if (dash == std::string::npos) return is_letters(folded, 2, 3) ? std::optional{folded} : std::nullopt;
    const std::string_view all{folded};
    const bool is_good = is_letters(all.substr(0, dash), 2, 3) && is_letters(all.substr(dash + 1), 2, 4);
    return is_good ? std::optional{folded} : std::nullopt;
}

}  // namespace florin::notifications
