#pragma once

#include <set>
#include <string>

#include "disasters.hpp"
#include "merchant.hpp"

namespace florin::sim {

/// What happens to money that was collected: payers dispute it, banks return debits, and either may have to give it
/// again; merchants give it back beside billing; and people resolve the cases that come of it.
class MoneyBack {
public:
    MoneyBack(Installation& at, Disasters& disasters) : at_{at}, disasters_{disasters} {}

    /// The payer of something that was paid by Stripe has it taken back.
    void take_something();
    /// Of what was taken back something comes again, or is lost for good.
    void decide_something();
    /// A part of what a customer has paid for, or all of it, is given back by the payments API.
    Task<void> give_back(Merchant& merchant, std::string owner_kind, std::string owner);
    /// A person resolves one of the merchant's cases, somehow.
    Task<void> resolve(Merchant& merchant);

private:
    json::Value order(std::string path, std::string body);
    std::uint64_t one_of(std::uint64_t count) { return at_.random.below(count); }

    Installation& at_;
    Disasters& disasters_;
    std::set<std::string> taken_, disputes_;
};

}  // namespace florin::sim
