#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "florin/json/clean.hpp"
#include "wire.hpp"

/// Whatever the bank, or somebody in its place, sends back: reading it never crashes, an approval has an id and an
/// amount, only an answer of the bank's says "not found", and every text is fit to be kept.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace florin;
    using payments::Outcome;
    if (size < 1) return 0;
    static constexpr int statuses[] = {200, 201, 302, 404, 409, 422, 500};
    const int status = statuses[data[0] % std::size(statuses)];
    const std::string_view body{reinterpret_cast<const char*>(data) + 1, size - 1};  // The fuzzer hands over bytes.
    static const Currency currency = *Currency::of("EUR");
    const auto demand = [](bool ok) {
        if (!ok) std::abort();
    };
    const auto demand_clean = [&](std::string_view text) {
        demand(text.size() <= 4 * 255);
        demand(json::clean_text(text) == text);
    };
    const auto demand_sound = [&](const payments::Answer& answer) {
        for (const std::string* text : {&answer.provider_id, &answer.auth_code, &answer.provider_code, &answer.message})
            demand_clean(*text);
        if (answer.outcome == Outcome::approved) {
            demand(status == 200 || status == 201);
            demand(!answer.provider_id.empty() && answer.amount.has_value());
        }
        demand(answer.outcome != Outcome::not_found || status == 404);
        demand(answer.outcome != Outcome::not_sent);
    };
    demand_sound(bank_simulator::read_payment(status, body, "P17", currency));
    demand_sound(bank_simulator::read_operation(status, body, "C18", "capture", currency));
    const payments::StoredCard stored = bank_simulator::read_card(status, body, "S19");
    demand_clean(stored.token);
    demand((stored.outcome == Outcome::approved) == !stored.token.empty());
    return 0;
}
