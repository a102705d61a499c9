#pragma once

#include <optional>
#include <string>

#include "florin/json/value.hpp"
#include "world.hpp"

namespace florin::sim {

/// What the platform said in the end.
struct Answer {
    int status = 0;
    json::Value body;

    const json::Value& at(std::string_view name) const {
        const json::Value* found = body.find(name);
        check(found != nullptr, "the answer has that field");
        return *found;
    }
    std::string text(std::string_view name) const { return std::string{at(name).text()}; }
    std::int64_t number(std::string_view name) const { return std::stoll(text(name)); }
};

/// A merchant's program: asks until it is answered. On the lane `outside`.
class Merchant {
public:
    Merchant(Installation& at, const Shop& shop) : at_{at}, shop_{shop} {}

    const Shop& shop() const { return shop_; }
    /// Until there is an answer that is final: neither lost, nor "not now". POST has a key of its own, the same each
    /// time.
    Task<Answer> ask(std::string method, std::string path, std::string body = {});
    /// Asks once; nothing: no answer came.
    Task<std::optional<Answer>> ask_once(std::string method, std::string path, std::string body, std::string key);

    /// Stores a card and answers its token. `until`: the month through which it is good.
    Task<std::string> store_card(std::string customer, std::string number,
                                 std::chrono::year_month until = std::chrono::year{2040} / 12);
    /// Has an account debited once and answers that payment: its payer agrees to be debited again.
    Task<std::string> make_mandate(std::string customer, std::string iban);
    Task<void> open_clock(std::string now);
    /// Moves that clock, however often its answer is lost.
    Task<void> advance(std::string to);

private:
    Installation& at_;
    const Shop& shop_;
    std::string clock_;
    std::uint64_t keys_ = 0;
};

}  // namespace florin::sim
