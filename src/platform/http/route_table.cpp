#include "route_table.hpp"

#include <set>

#include "florin/base/check.hpp"

namespace florin::http {
namespace {

/// Takes the first segment, and the slash before it, off `rest`.
std::string_view take_segment(std::string_view& rest) {
    rest.remove_prefix(1);
    const std::string_view segment = rest.substr(0, rest.find('/'));
    rest.remove_prefix(segment.size());
    return segment;
}

bool is_value(std::string_view segment) { return segment.starts_with('{'); }

}  // namespace

std::vector<std::string_view> value_names(std::string_view path) {
    std::vector<std::string_view> names;
    while (!path.empty()) {
        const std::string_view segment = take_segment(path);
        if (is_value(segment)) names.push_back(segment.substr(1, segment.size() - 2));
    }
    return names;
}

void RouteTable::add(std::string_view method, std::string_view path, std::size_t route) {
    check(path.starts_with('/'), "a route's path begins with a slash");
    Node* node = &root_;
    check(value_names(path).size() <= max_values, "a route's path has few values");
    bool has_value = false;
    for (std::string_view rest = path; !rest.empty();) {
        const std::string_view segment = take_segment(rest);
        if (is_value(segment)) {
            has_value = true;
            if (!node->value) node->value = std::make_unique<Node>();
            node = node->value.get();
        } else {
            node = &node->literals[std::string{segment}];
        }
    }
    check(node->routes.emplace(method, route).second, "each method and path has one route");
    if (!has_value) literal_.emplace(Key{method, path}, route);
}

const RouteTable::Node* RouteTable::walk(const Node& node, std::string_view rest, std::span<std::string_view> values) {
    if (rest.empty()) return node.routes.empty() ? nullptr : &node;
    const std::string_view segment = take_segment(rest);
    if (const auto literal = node.literals.find(segment); literal != node.literals.end())
        if (const Node* found = walk(literal->second, rest, values)) return found;
    if (!node.value || segment.empty()) return nullptr;
    values.front() = segment;
    if (const Node* found = walk(*node.value, rest, values.subspan(1))) return found;
    values.front() = {};
    return nullptr;
}

std::optional<RouteTable::Match> RouteTable::find(std::string_view method, std::string_view path) const {
    if (const auto known = literal_.find(Key{method, path}); known != literal_.end()) return Match{known->second, {}};
    if (!path.starts_with('/')) return std::nullopt;
    Match match{};
    const Node* const node = walk(root_, path, match.values);
    if (node == nullptr) return std::nullopt;
    const auto route = node->routes.find(method);
    if (route == node->routes.end()) return std::nullopt;
    match.route = route->second;
    return match;
}

std::string RouteTable::allowed(std::string_view path) const {
    if (!path.starts_with('/')) return {};
    Values values;
    const Node* const node = walk(root_, path, values);
    if (node == nullptr) return {};
    std::set<std::string_view> methods;
    for (const auto& [method, route] : node->routes) methods.insert(method);
    // HEAD is answered wherever GET is.
    if (methods.contains("GET")) methods.insert("HEAD");
    std::string list;
    for (const std::string_view method : methods) list.append(list.empty() ? "" : ", ").append(method);
    return list;
}

}  // namespace florin::http
