// Whatever bytes come in: no fault, and what parses means the same after it was written.

#include <cstddef>
#include <cstdint>

#include "florin/base/check.hpp"
#include "florin/json/describe.hpp"

namespace florin::json {

struct FuzzedCard {
    std::string number;
    std::int64_t expiry_month = 0;
};
struct FuzzedBody {
    Decimal amount;
    std::string currency;
    std::optional<FuzzedCard> card;
    std::optional<std::vector<FuzzedCard>> cards;
    std::optional<bool> is_urgent;
    std::optional<Instant> starts_at;
    std::optional<Id<struct Fuzzed>> id;
    Object metadata;
};

template <>
struct Described<FuzzedCard> {
    static constexpr std::string_view name = "Card";
    static constexpr auto fields = std::tuple{
        Field{"number", &FuzzedCard::number, "", {}, 1, 19},
        Field{.name = "expiry_month", .member = &FuzzedCard::expiry_month, .doc = "", .minimum = 1, .maximum = 12}};
};
template <>
struct Described<FuzzedBody> {
    static constexpr std::string_view name = "Body";
    static constexpr auto fields = std::tuple{Field{"amount", &FuzzedBody::amount, ""},
                                              Field{"currency", &FuzzedBody::currency, "", {}, 3, 3},
                                              Field{"card", &FuzzedBody::card, ""},
                                              Field{"cards", &FuzzedBody::cards, ""},
                                              Field{"is_urgent", &FuzzedBody::is_urgent, ""},
                                              Field{"starts_at", &FuzzedBody::starts_at, ""},
                                              Field{"id", &FuzzedBody::id, ""},
                                              Field{"metadata", &FuzzedBody::metadata, ""}};
};

}  // namespace florin::json

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace florin;
    const std::string bytes{data, data + size};
    const auto value = json::parse(bytes);
    if (!value) {
        check(!value.error().code.empty(), "every refusal has a code");
        return 0;
    }
    const std::string text = json::to_text(*value);
    // Escapes may lengthen the text, up to six bytes for one.
    const json::Limits roomy{.max_bytes = 8 * json::Limits{}.max_bytes};
    const auto again = json::parse(text, roomy);
    check(again.has_value(), "what we write can be read");
    check(json::to_text(*again) == text, "writing twice writes the same");

    const std::string canonical = json::to_canonical_text(*value);
    const auto from_canonical = json::parse(canonical, roomy);
    check(from_canonical.has_value(), "canonical text can be read");
    check(json::to_canonical_text(*from_canonical) == canonical, "canonical text is its own canonical text");
    check(json::to_canonical_text(*again) == canonical, "equal meaning, equal text");

    const auto body = json::read<json::FuzzedBody>(*value);
    if (!body) {
        check(!body.error().code.empty(), "every refusal has a code");
        return 0;
    }
    const std::string written = json::to_text(*body);
    const auto reread = json::parse(written, roomy);
    check(reread.has_value(), "a view that was written can be read");
    const auto body_again = json::read<json::FuzzedBody>(*reread);
    check(body_again && json::to_text(*body_again) == written, "a body survives being written");
    return 0;
}
