#pragma once

#include <string>
#include <string_view>

#include "desk.hpp"

namespace florin::sandbox {

/// How an account behaves; fixed by its number.
enum class Behaviour : int { ordinary = 0, declines = 1, expired = 2, wrong_code = 3 };

/// All that stays of a card or bank account: the number itself never gets further than `read_card`.
struct Account {
    bool is_bank = false;
    std::string type;  ///< `Visa`, `MasterCard`, … `eCheck`.
    std::string last4;
    std::string expiry;       ///< `YYYY-MM`, empty for bank accounts or when it could not be read.
    std::string fingerprint;  ///< Equal for equal numbers; keyed, see Desk.
    std::string holder;       ///< Of bank accounts.
    std::string bank_type;    ///< `checking` …
    Behaviour behaviour = Behaviour::ordinary;

    std::string masked() const { return last4.empty() ? std::string{} : "XXXX" + last4; }
    template <class Fields>
    void fields(Fields& f) {
        f("bank", is_bank), f("type", type), f("last4", last4), f("expiry", expiry), f("fp", fingerprint);
        f("holder", holder), f("bank_type", bank_type), f("behaviour", behaviour);
    }
};

bool passes_luhn(std::string_view digits);
/// `Visa`, `MasterCard`, `AmericanExpress`, `Discover`, `JCB`, `DinersClub`, or empty.
std::string_view brand_of(std::string_view digits);
/// Reads `YYYY-MM`, `MMYY`, `MM/YY`, `MM-YY`, `MMYYYY`, `MM/YYYY`, `MM-YYYY` into `YYYY-MM`; empty when it is none.
std::string read_expiry(std::string_view text);
/// True once the month is over, in UTC.
bool is_expired(std::string_view expiry, Instant now);

/// `digits` as they came (spaces and dashes dropped); `expiry` in any of the forms above.
Account read_card(const Desk& desk, std::string_view digits, std::string_view expiry);

}  // namespace florin::sandbox
