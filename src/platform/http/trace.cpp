#include "florin/http/trace.hpp"

#include <algorithm>
#include <array>

namespace florin::http {
namespace {

constexpr std::size_t trace_at = 3, parent_at = 36, flags_at = 53, trace_size = 55;

bool is_lower_hex(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}
bool is_zero(std::string_view text) { return text.find_first_not_of('0') == text.npos; }

void put(std::uint8_t octet, std::string& text, std::size_t at) {
    constexpr std::string_view digits = "0123456789abcdef";
    text[at] = digits[octet >> 4];
    text[at + 1] = digits[octet & 15];
}

}  // namespace

bool is_traceparent(std::string_view text) {
    constexpr std::size_t longest = 256;
    if (text.size() < trace_size || text.size() > longest) return false;
    if (text[2] != '-' || text[parent_at - 1] != '-' || text[flags_at - 1] != '-') return false;
    const std::string_view version = text.substr(0, 2);
    const std::string_view trace = text.substr(trace_at, 32);
    const std::string_view parent = text.substr(parent_at, 16);
    if (!is_lower_hex(version) || !is_lower_hex(trace) || !is_lower_hex(parent) ||
        !is_lower_hex(text.substr(flags_at, 2)))
        return false;
    if (version == "ff" || is_zero(trace) || is_zero(parent)) return false;
    if (text.size() == trace_size) return true;
    return version != "00" && text[trace_size] == '-' &&
           std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
}

// One id is enough for trace and parent: its second half is random, and never zero.
std::string begin_trace(const Uuid& id) {
    std::string text = "00-00000000000000000000000000000000-0000000000000000-00";
    for (std::size_t i = 0; i < id.size(); ++i) {
        put(id[i], text, trace_at + 2 * i);
        if (i >= 8) put(id[i], text, parent_at + 2 * (i - 8));
    }
    return text;
}

std::string child_of(std::string_view traceparent, const Uuid& id) {
    if (!is_traceparent(traceparent)) return {};
    std::string text = begin_trace(id);
    std::ranges::copy(traceparent.substr(trace_at, 32), text.begin() + trace_at);
    // Of the flags only this one is known, and its bit is the last: the digit is odd.
    const char last = traceparent[flags_at + 1];
    const bool is_sampled = ((last >= 'a' ? last - 'a' + 10 : last - '0') & 1) != 0;
    if (is_sampled) text.back() = '1';
    return text;
}

}  // namespace florin::http
