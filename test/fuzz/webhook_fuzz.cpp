// Whatever comes in is never taken for signed: the fuzzer does not know the key.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "florin/authorize_net/webhook.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    const std::size_t line = text.find('\n');
    const std::string_view header = text.substr(0, line);
    const std::string_view body = line == std::string_view::npos ? std::string_view{} : text.substr(line + 1);
    if (florin::authorize_net::is_signed(body, header, "a key that nobody could guess: 7c2f0e91d4")) std::abort();
    return 0;
}
