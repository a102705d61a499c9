#include "florin/payments/connector.hpp"

// What a provider answers that has none of it. Out of the header: each coroutine costs every file that includes it.
namespace florin::payments {

Task<void> Connector::acknowledge(const Lookup& /*operation*/) { co_return; }

Task<Reversals> Connector::reversals(const Lookup& /*operation*/) { co_return Reversals{}; }

Task<Result<std::vector<Settlement>>> Connector::settlements(Instant /*since*/, Instant /*until*/) {
    co_return std::vector<Settlement>{};
}

Task<Result<SettlementPage>> Connector::settlement_lines(const Settlement& /*settlement*/, std::string /*cursor*/) {
    co_return SettlementPage{};
}

Task<Result<std::string>> Connector::reference_of(std::string /*provider_id*/) { co_return std::string{}; }

}  // namespace florin::payments
