#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace florin::http {

/// Finds which route serves a method and a path. Paths without `{values}` are one hash look-up, the
/// others a walk down a tree of segments in which a literal goes before a value.
class RouteTable {
public:
    /// `path` and `method` outlive the table. Stops the process when the two are there already.
    void add(std::string_view method, std::string_view path, std::size_t route);

    static constexpr std::size_t max_values = 6;
    /// Of a path's `{values}`, in their order; those that it does not have are empty.
    using Values = std::array<std::string_view, max_values>;
    struct Match {
        std::size_t route;
        Values values;
    };
    /// The values lie within `path`. One path is one thing: where a literal serves it by other methods, a value does
    /// not take its place.
    std::optional<Match> find(std::string_view method, std::string_view path) const;
    /// The methods that serve the path, sorted: `GET, HEAD, POST`. Empty when none does.
    std::string allowed(std::string_view path) const;

private:
    struct Key {
        std::string_view method;
        std::string_view path;
        bool operator==(const Key&) const = default;
    };
    struct Hash {
        std::size_t operator()(const Key& key) const {
            const std::hash<std::string_view> hash;
            return hash(key.path) * 31 + hash(key.method);
        }
    };
    struct Node {
        std::map<std::string, Node, std::less<>> literals;
        std::unique_ptr<Node> value;
        std::map<std::string_view, std::size_t> routes;  ///< By method.
    };
    /// The first node with routes that the rest of a path leads to, literals first; nullptr: none. `values` then begins
    /// with those that lead there.
    static const Node* walk(const Node& node, std::string_view rest, std::span<std::string_view> values);

    std::unordered_map<Key, std::size_t, Hash> literal_;
    Node root_;
};

/// The names in the `{values}` of a route's path, in their order.
std::vector<std::string_view> value_names(std::string_view path);

}  // namespace florin::http
