#pragma once

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

namespace florin::http {

/// Overwrites what may have held a card number; the compiler may not leave it out.
inline void wipe(char* data, std::size_t size) { explicit_bzero(data, size); }
inline void wipe(std::string& text) {
    explicit_bzero(text.data(), text.size());
    text.clear();
}

/// Appends, and where the text has to move leaves no copy behind.
inline void append_wiping(std::string& text, std::string_view more) {
    if (text.capacity() - text.size() >= more.size()) {
        text.append(more);
        return;
    }
    std::string larger;
    larger.reserve(std::max(text.size() + more.size(), 2 * text.capacity()));
    larger.append(text).append(more);
    wipe(text);
    text.swap(larger);
}

}  // namespace florin::http
