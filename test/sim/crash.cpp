#include "crash.hpp"

#include <algorithm>

namespace florin::sim {

Course run_flow(const Flow& flow, std::uint64_t death) {
    const std::size_t errors_before = Installation::errors().size();
    Course result;
    Installation at{1'000 + death};
    Memory memory;
    Client client{at, memory};
    at.moments.dies_at = [&](std::uint64_t number, std::string_view what) {
        if (number != death) return false;
        result.died_at = what;
        return true;
    };
    at.outside.spawn(flow.run(client, at));
    const bool is_done = at.run_clients(Millis{900'000});
    result.moments = at.moments.passed();
    const bool is_settled = at.settle(Millis{60'000});
    const bool is_told = tell_all(at, memory, Millis{3'600'000});
    result.objections = judge(at, memory);
    if (!is_told) result.objections.push_back({"every event and mail comes to whom it is for", std::string{flow.name}});
    if (!is_done) result.objections.push_back({"every client gets a final answer", std::string{flow.name}});
    if (!is_settled) result.objections.push_back({"all is settled in a minute", std::string{flow.name}});
    // A card is gone with the process that had it: what then never reached the provider is told as such,
    // and bought again. All else comes to its end.
    const bool is_bought =
        std::ranges::any_of(memory.operations, [](const Operation& one) { return one.fate == Fate::approved; });
    if (!is_bought) result.objections.push_back({"what can be done is done", std::string{flow.name}});
    for (const Operation& operation : memory.operations) {
        const bool may_be_lost = operation.type == "purchase" || operation.type == "authorize";
        // Without the answer there is no stored card to charge the rest of an authorization to.
        const bool lacks_card = operation.answer.find("capture_not_repeatable") != std::string::npos;
        if (operation.fate != Fate::approved && !may_be_lost && !lacks_card)
            result.objections.push_back({"what can be done is done", operation.type + ": " + operation.answer});
    }
    for (std::size_t i = errors_before; i < Installation::errors().size(); ++i)
        result.objections.push_back({"no error is logged", Installation::errors()[i]});
    return result;
}

}  // namespace florin::sim
