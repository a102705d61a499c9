#include "form.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace florin::sandbox {
namespace {

constexpr std::size_t deepest = 6;
constexpr std::size_t most_parameters = 1'000;

std::unexpected<Error> malformed(std::string_view message, std::string_view name = {}) {
    return fail(ErrorKind::invalid, "malformed_form", message, name.empty() ? "" : json::printable_name(name));
}

int digit_of(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::optional<std::string> decode(std::string_view text) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+') {
            decoded.push_back(' ');
        } else if (text[i] == '%') {
            if (i + 2 >= text.size()) return std::nullopt;
            const int high = digit_of(text[i + 1]), low = digit_of(text[i + 2]);
            if (high < 0 || low < 0) return std::nullopt;
            decoded.push_back(static_cast<char>(high * 16 + low));
            i += 2;
        } else {
            decoded.push_back(text[i]);
        }
    }
    return decoded;
}

/// `a[b][0]` is a, b, 0; nothing when the brackets do not fit.
std::optional<std::vector<std::string>> steps_of(std::string_view name) {
    const std::size_t open = name.find('[');
    std::vector<std::string> steps{std::string{name.substr(0, open)}};
    if (steps[0].empty() || steps[0].find(']') != std::string::npos) return std::nullopt;
    std::size_t at = open;
    while (at != std::string_view::npos && at < name.size()) {
        const std::size_t close = name.find(']', at);
        if (name[at] != '[' || close == std::string_view::npos) return std::nullopt;
        steps.emplace_back(name.substr(at + 1, close - at - 1));
        if (steps.back().find('[') != std::string::npos || steps.size() > deepest) return std::nullopt;
        at = close + 1;
    }
    return steps;
}

/// A parameter, or what is nested below its name.
struct Node {
    std::string name;
    bool is_leaf = false;
    std::string text;
    std::vector<Node> inner;

    explicit Node(std::string n) : name{std::move(n)} {}

    Node& below(const std::string& step) {
        // `a[]` is one more of a list.
        if (step.empty()) return inner.emplace_back(std::to_string(inner.size()));
        const auto known = std::ranges::find(inner, step, &Node::name);
        return known != inner.end() ? *known : inner.emplace_back(step);
    }
    bool is_list() const {
        return !inner.empty() && std::ranges::all_of(inner, [](const Node& each) {
            return each.name.size() <= 4 && std::ranges::all_of(each.name, [](char c) { return c >= '0' && c <= '9'; });
        });
    }
    json::Value value() && {
        if (is_leaf) return json::Value::string(std::move(text));
        if (!is_list()) return std::move(*this).object();
        std::vector<json::Value> items;
        for (Node& node : inner) items.push_back(std::move(node).value());
        return json::Value::array(std::move(items));
    }
    json::Value object() && {
        std::vector<json::Value::Member> members;
        for (Node& node : inner) members.emplace_back(node.name, std::move(node).value());
        return json::Value::object(std::move(members));
    }
};

}  // namespace

Result<json::Value> parse_form(std::string_view text) {
    Node root{""};
    std::size_t count = 0;
    while (!text.empty()) {
        const std::string_view pair = text.substr(0, text.find('&'));
        text.remove_prefix(std::min(pair.size() + 1, text.size()));
        if (pair.empty()) continue;
        if (++count > most_parameters) return malformed("Too many parameters.");
        const std::size_t equals = pair.find('=');
        const auto name = decode(pair.substr(0, equals));
        auto value = decode(equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1));
        if (!name || !value) return malformed("A percent sign is followed by two hexadecimal digits.");
        const auto steps = steps_of(*name);
        if (!steps) return malformed("The name of a parameter is not readable.", *name);
        Node* node = &root;
        for (const std::string& step : *steps) {
            if (node->is_leaf) return malformed("A parameter is given with and without something below it.", *name);
            node = &node->below(step);
        }
        if (!node->inner.empty()) return malformed("A parameter is given with and without something below it.", *name);
        node->is_leaf = true;
        node->text = std::move(*value);
    }
    return std::move(root).object();
}

}  // namespace florin::sandbox
