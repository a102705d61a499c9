#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "florin/billing/agenda.hpp"
#include "florin/billing/charge.hpp"

/// Which jobs wait for which.
namespace florin::billing::ordering_keys {

inline constexpr std::string_view turns = "billing/turn/";
inline constexpr std::string_view collects = "billing/collect/";

inline std::string turn(std::string_view kind, const Uuid& id) {
    return std::string{turns}.append(kind).append("/").append(florin::to_text(id));
}
/// Whose turn a job with that key takes.
inline std::optional<Turn> parse_turn(std::string_view key) {
    const std::size_t gap = key.rfind('/');
    if (!key.starts_with(turns) || gap <= turns.size() || gap == std::string_view::npos) return std::nullopt;
    const auto id = parse_uuid(key.substr(gap + 1));
    if (!id) return std::nullopt;
    return Turn{.kind = std::string{key.substr(turns.size(), gap - turns.size())}, .id = *id};
}
/// An owner's charges are collected one after another (A-FR-16).
inline std::string collect(std::string_view owner_kind, const Uuid& owner) {
    return std::string{collects}.append(owner_kind).append("/").append(florin::to_text(owner));
}
/// A charge whose provider takes its time waits apart from the others.
inline std::string await(const ChargeId& charge) { return "billing/await/" + charge.text(); }

}  // namespace florin::billing::ordering_keys
