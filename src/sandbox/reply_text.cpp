#include "reply_text.hpp"

namespace florin::sandbox {

std::string with_strange_texts(std::string_view body) {
    static const std::string strange =
        "No\\u0000 \\u0007funds\\u202e <b>caf\xE9</b>\x01\x1b[31m\n" + std::string(5'000, 'x');
    constexpr std::string_view names[] = {
        "errorText", "description", "text",       "reason", "responseReasonDescription",
        "message",   "error_text",  "Description"};
    std::string changed{body};
    for (const std::string_view name : names) {
        const std::string before = "\"" + std::string{name} + "\":\"";
        for (std::size_t at = changed.find(before); at != std::string::npos; at = changed.find(before, at)) {
            at += before.size();
            changed.replace(at, changed.find('"', at) - at, strange);
            at += strange.size();
        }
    }
    return changed;
}

std::string read_outcome(std::string_view body) {
    for (const std::string_view name : {"\"errorCode\":\"", "\"responseCode\":\"", "\"status\":\"", "\"code\":\""}) {
        const std::size_t at = body.find(name);
        if (at == std::string_view::npos) continue;
        const std::size_t begin = at + name.size();
        const std::size_t end = body.find('"', begin);
        return (name.starts_with("\"errorCode") ? "error " : "") + std::string{body.substr(begin, end - begin)};
    }
    return {};
}

}  // namespace florin::sandbox
