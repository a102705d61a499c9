#include "settlement_json.hpp"

#include "florin/json/describe.hpp"
#include "florin/store/store.hpp"

namespace florin::json {

template <>
struct Described<payment_terms::Settlement> {
    using S = payment_terms::Settlement;
    static constexpr std::string_view name = "KeptSettlement";
    static constexpr auto fields = std::tuple{
        Field{"is_within_cooling_off", &S::is_within_cooling_off, {}},
        Field{"term_days", &S::term_days, {}},
        Field{"elapsed_days", &S::elapsed_days, {}},
        Field{"earned_minor", &S::earned_minor, {}},
        Field{"fee_minor", &S::fee_minor, {}},
        Field{"paid_minor", &S::paid_minor, {}},
        Field{"refund_minor", &S::refund_minor, {}},
        Field{"final_charge_minor", &S::final_charge_minor, {}},
    };
};

}  // namespace florin::json

namespace florin::payment_terms {

std::string to_json(const Settlement& settlement) { return json::to_text(settlement); }

Settlement kept_settlement(std::string_view json) {
    const auto value = json::parse(json);
    auto settlement = value ? json::read<Settlement>(*value) : fail(value.error());
    if (!settlement) throw store::Failure{store::Failure::Kind::fault, "its settlement cannot be read"};
    return *settlement;
}

}  // namespace florin::payment_terms
