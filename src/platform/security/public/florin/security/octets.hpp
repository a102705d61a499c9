#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace florin::security {

/// Borrowed bytes, whatever they are kept in: what hashes, signatures and ciphers read.
class Octets {
public:
    Octets() = default;
    Octets(std::string_view text) : Octets{std::as_bytes(std::span{text})} {}
    Octets(const std::string& text) : Octets{std::string_view{text}} {}
    Octets(const char* text) : Octets{std::string_view{text}} {}
    Octets(std::span<const std::uint8_t> bytes) : data_{bytes.data()}, size_{bytes.size()} {}
    Octets(std::span<const std::byte> bytes)
        : data_{reinterpret_cast<const std::uint8_t*>(bytes.data())}, size_{bytes.size()} {}
    template <std::size_t N>
    Octets(const std::array<std::uint8_t, N>& bytes) : data_{bytes.data()}, size_{N} {}
    Octets(const std::vector<std::uint8_t>& bytes) : data_{bytes.data()}, size_{bytes.size()} {}

    const std::uint8_t* data() const { return data_; }
    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    const std::uint8_t* begin() const { return data_; }
    const std::uint8_t* end() const { return data_ + size_; }
    std::uint8_t operator[](std::size_t i) const { return data_[i]; }
    /// `size` bytes from `from`; the caller has made sure that they exist.
    Octets part(std::size_t from, std::size_t size) const { return std::span{data_ + from, size}; }
    Octets after(std::size_t from) const { return part(from, size_ - from); }
    std::string_view text() const { return {reinterpret_cast<const char*>(data_), size_}; }

private:
    const std::uint8_t* data_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace florin::security
