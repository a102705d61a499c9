#include <cstring>

#include <boost/json/basic_parser_impl.hpp>

#include "florin/json/value.hpp"

namespace florin::json {

/// Receives what the parser finds and puts it where it belongs. An ancestor does not move while
/// something inside it is open, because only the innermost open container grows.
class Builder {
public:
    static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

    using Code = boost::json::error_code;
    using Text = boost::json::string_view;

    Builder(const Limits& limits, std::size_t input_bytes) : limits_{limits}, input_bytes_{input_bytes} {
        open_.reserve(8);
    }
    ~Builder() { explicit_bzero(part_.data(), part_.capacity()); }

    Value take() { return std::move(root_); }
    /// What we refused ourselves, if anything; other failures are the parser's.
    std::optional<Error>& refusal() { return refusal_; }

    bool on_document_begin(Code&) { return true; }
    bool on_document_end(Code&) { return true; }

    bool on_object_begin(Code& code) { return begin(Kind::object, code); }
    bool on_array_begin(Code& code) { return begin(Kind::array, code); }
    bool on_array_end(std::size_t, Code&) {
        open_.pop_back();
        return true;
    }
    bool on_object_end(std::size_t, Code& code) {
        if (const auto* twice = first_duplicate(open_.back()->members_)) {
            std::string path;
            for (std::size_t depth = 0; depth + 1 < open_.size(); ++depth) append_step(path, *open_[depth]);
            if (!path.empty()) path.push_back('.');
            path.append(printable_name(twice->first));
            refusal_ = Error{ErrorKind::invalid, "duplicate_field", "An object has this field twice.", std::move(path)};
            return stop(code);
        }
        open_.pop_back();
        return true;
    }

    bool on_key_part(Text part, std::size_t, Code&) { return keep(part); }
    bool on_key(Text text, std::size_t, Code& code) {
        auto& members = open_.back()->members_;
        if (!count_node(code)) return false;
        if (members.empty()) members.reserve(8);
        members.emplace_back(whole(text), Value{});
        drop_part();
        return true;
    }
    bool on_string_part(Text part, std::size_t, Code&) { return keep(part); }
    bool on_string(Text text, std::size_t, Code& code) { return scalar(Kind::string, text, code); }
    bool on_number_part(Text part, Code&) { return keep(part); }
    bool on_int64(std::int64_t, Text text, Code& code) { return scalar(Kind::number, text, code); }
    bool on_uint64(std::uint64_t, Text text, Code& code) { return scalar(Kind::number, text, code); }
    bool on_double(double, Text text, Code& code) { return scalar(Kind::number, text, code); }
    bool on_bool(bool yes, Code& code) {
        Value* value = place(code);
        if (!value) return false;
        value->kind_ = Kind::boolean;
        value->boolean_ = yes;
        return true;
    }
    bool on_null(Code& code) { return place(code) != nullptr; }
    bool on_comment_part(Text, Code&) { return true; }
    bool on_comment(Text, Code&) { return true; }

private:
    /// The place of the value that begins now.
    Value* place(Code& code) {
        if (open_.empty()) return &root_;
        Value& parent = *open_.back();
        if (parent.kind_ == Kind::object) return &parent.members_.back().second;
        if (!count_node(code)) return nullptr;
        return &parent.items_.emplace_back();
    }
    bool begin(Kind kind, Code& code) {
        Value* value = place(code);
        if (!value) return false;
        value->kind_ = kind;
        open_.push_back(value);
        return true;
    }
    bool scalar(Kind kind, Text text, Code& code) {
        Value* value = place(code);
        if (!value) return false;
        value->kind_ = kind;
        value->text_ = whole(text);
        drop_part();
        return true;
    }
    bool count_node(Code& code) {
        if (++nodes_ <= limits_.max_nodes) return true;
        refusal_ = Error{ErrorKind::too_large, "json_too_large", "The JSON has too many values.", {}};
        return stop(code);
    }
    static bool stop(Code& code) {
        code = boost::json::error::syntax;
        return false;
    }

    // Text with escapes arrives in parts.
    bool keep(Text part) {
        // No string is longer than the input, so it never moves and leaves no copy behind.
        if (part_.empty()) part_.reserve(input_bytes_);
        part_.append(part.data(), part.size());
        return true;
    }
    std::string whole(Text last) {
        if (part_.empty()) return std::string{last.data(), last.size()};
        part_.append(last.data(), last.size());
        return std::string{part_};
    }
    void drop_part() {
        if (part_.empty()) return;
        explicit_bzero(part_.data(), part_.capacity());
        part_.clear();
    }

    static const Value::Member* first_duplicate(const std::vector<Value::Member>& members) {
        constexpr std::size_t few = 24;
        if (members.size() <= few) {
            for (std::size_t i = 1; i < members.size(); ++i)
                for (std::size_t j = 0; j < i; ++j)
                    if (members[i].first == members[j].first) return &members[i];
            return nullptr;
        }
        std::vector<const Value::Member*> sorted;
        sorted.reserve(members.size());
        for (const auto& member : members) sorted.push_back(&member);
        const auto name_of = [](const Value::Member* member) { return std::string_view{member->first}; };
        std::ranges::sort(sorted, {}, name_of);
        const auto twice = std::ranges::adjacent_find(sorted, {}, name_of);
        return twice == sorted.end() ? nullptr : *twice;
    }
    /// One step of a path: into the member or item of `container` that is open.
    static void append_step(std::string& path, const Value& container) {
        if (!path.empty()) path.push_back('.');
        if (container.kind_ == Kind::object)
            path.append(printable_name(container.members_.back().first));
        else
            path.append(std::to_string(container.items_.size() - 1));
    }

    const Limits& limits_;
    std::size_t input_bytes_;
    Value root_;
    std::vector<Value*> open_;
    std::string part_;
    std::size_t nodes_ = 1;
    std::optional<Error> refusal_;
};

Result<Value> parse(std::string_view text, const Limits& limits) {
    if (text.size() > limits.max_bytes) return fail(ErrorKind::too_large, "json_too_large", "The JSON is too long.");
    boost::json::parse_options options;
    options.max_depth = limits.max_depth;
    boost::json::basic_parser<Builder> parser{options, limits, text.size()};
    boost::json::error_code code;
    const std::size_t parsed = parser.write_some(false, text.data(), text.size(), code);
    if (auto& refusal = parser.handler().refusal()) return fail(std::move(*refusal));
    if (code == boost::json::error::too_deep)
        return fail(ErrorKind::invalid, "json_too_deep", "The JSON is nested too deeply.");
    if (text.empty()) return fail(ErrorKind::invalid, "malformed_json", "This is not valid JSON: it is empty.");
    if (code || parsed != text.size()) {
        const std::string where = "This is not valid JSON: see byte " + std::to_string(parsed) + ".";
        return fail(ErrorKind::invalid, "malformed_json", where);
    }
    return parser.handler().take();
}

}  // namespace florin::json
