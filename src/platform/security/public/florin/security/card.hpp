#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "florin/base/result.hpp"

namespace florin::security {

/// Text that must not be seen: it cannot be copied, printed or compared, and is overwritten when it
/// goes away. Fixed storage, so no copy is left behind by a growing string.
template <std::size_t Capacity>
class Hidden {
public:
    Hidden() = default;
    Hidden(const Hidden&) = delete;
    Hidden& operator=(const Hidden&) = delete;
    Hidden(Hidden&& other) noexcept { take(other); }
    Hidden& operator=(Hidden&& other) noexcept {
        if (this != &other) take(other);
        return *this;
    }
    ~Hidden() { wipe(); }

    void assign(std::string_view text) {
        wipe();
        size_ = text.copy(data_.data(), Capacity);
    }
    /// Only connectors and validation call this, and keep nothing of it.
    std::string_view expose() const { return {data_.data(), size_}; }
    bool is_empty() const { return size_ == 0; }
    void wipe() {
        __builtin_memset(data_.data(), 0, Capacity);
        // The compiler must believe that somebody looks at the zeros.
        asm volatile("" : : "r"(data_.data()) : "memory");
        size_ = 0;
    }

private:
    void take(Hidden& other) {
        data_ = other.data_;
        size_ = other.size_;
        other.wipe();
    }
    std::array<char, Capacity> data_{};
    std::size_t size_ = 0;
};

/// A card number (PAN): 12 to 19 digits. It never rests (design rule 7).
class Pan : public Hidden<19> {
public:
    /// Spaces and dashes between digits are dropped. Error `invalid_card_number`: not 12–19 digits.
    static Result<Pan> from_json(std::string_view text);
    bool passes_luhn() const;
    std::string last4() const;
    /// First six digits: with last4 the only truncation that is ever kept (F147).
    std::string bin() const;
    /// `visa`, `mastercard`, `amex`, `discover`, `jcb`, `diners`, `maestro`, `unionpay` or `unknown`.
    std::string_view brand() const;
};

/// A card verification value: 3 or 4 digits, never stored (F146).
class Cvv : public Hidden<4> {
public:
    static Result<Cvv> from_json(std::string_view text);
};

/// Whether `text`, such as a name, a note or the JSON of a `metadata`, holds what looks like a card number: 13 to 19
/// digits that pass Luhn's check and begin as card numbers do. Single spaces and dashes may stand between the digits,
/// letters not at their ends. Ids in the form of UUIDs and moments counted from 1970 are none. (D-PC-01)
bool looks_like_pan(std::string_view text);

/// Error `card_number_in_text` (invalid, at `field`) for text that looks so: card data never rests, by no door.
Result<void> refuse_card_number(std::string_view text, std::string_view field);

}  // namespace florin::security
