#pragma once

#include <string>
#include <string_view>

#include "florin/billing/charge.hpp"

/// Which jobs wait for which.
namespace florin::billing::ordering_keys {

inline constexpr std::string_view turns = "billing/turn/";
inline constexpr std::string_view collects = "billing/collect/";

inline std::string turn(std::string_view kind, const Uuid& id) {
    return std::string{turns}.append(kind).append("/").append(florin::to_text(id));
}
/// An owner's charges are collected one after another (A-FR-16).
inline std::string collect(std::string_view owner_kind, const Uuid& owner) {
    return std::string{collects}.append(owner_kind).append("/").append(florin::to_text(owner));
}
/// A charge whose provider takes its time waits apart from the others.
inline std::string await(const ChargeId& charge) { return "billing/await/" + charge.text(); }

}  // namespace florin::billing::ordering_keys
