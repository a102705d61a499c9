#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "form.hpp"
#include "stripe/search.hpp"

/// Whatever comes in as a form or as a search: reading it never crashes, and what was read is an object.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace florin;
    const std::string_view text{reinterpret_cast<const char*>(data), size};  // The fuzzer hands over bytes.
    const auto form = sandbox::parse_form(text);
    if (form && form->kind() != json::Kind::object) std::abort();
    if (const auto query = sandbox::stripe::Query::parse(text)) {
        const sandbox::stripe::PaymentIntent intent;
        query->matches(intent);
    }
    return 0;
}
