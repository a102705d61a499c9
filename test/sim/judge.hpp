#pragma once

#include <string>
#include <vector>

#include "client.hpp"

namespace florin::sim {

/// Something that must never be so, and is.
struct Objection {
    std::string law;  ///< Which of the laws in README.md, in a few words.
    std::string what;
};

/// Compares the providers' truth, what the clients were told, and the platform's books. To be asked when
/// everything has settled.
std::vector<Objection> judge(Installation& installation, const Memory& memory);
std::string to_text(const std::vector<Objection>& objections);

/// Events of payments that a shop which wants to hear of them was not told of, and mails that nobody got.
std::size_t untold(Installation& installation, const Memory& memory);
/// Lets the platform tell of them. False: it has not after `limit`.
bool tell_all(Installation& installation, const Memory& memory, Millis limit);

}  // namespace florin::sim
