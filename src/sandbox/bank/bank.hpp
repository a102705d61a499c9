#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>

#include "card_facts.hpp"
#include "desk.hpp"
#include "florin/http/message.hpp"
#include "florin/json/value.hpp"

namespace florin::sandbox::bank {

enum class Status : int { accepted = 1, declined, insufficient_funds, pending };

struct Payment {
    std::string id;
    std::string reference;
    std::string content;  ///< A digest of the request, for recognising it again.
    Status status = Status::declined;
    std::string auth_code;
    std::string currency;
    std::int64_t amount_minor = 0;
    std::int64_t captured_minor = 0;
    std::int64_t refunded_minor = 0;
    std::int64_t voided_minor = 0;
    bool is_capturing = true;
    Account account;
    std::int64_t created_at = 0;

    template <class Fields>
    void fields(Fields& f) {
        f("id", id), f("reference", reference), f("content", content), f("status", status), f("auth_code", auth_code);
        f("currency", currency), f("amount", amount_minor), f("captured", captured_minor);
        f("refunded", refunded_minor), f("voided", voided_minor), f("capturing", is_capturing);
        f("account", account), f("created_at", created_at);
    }
};

struct Operation {
    std::string id;
    std::string payment;
    std::string type;  ///< `capture`, `refund`, `void`.
    std::string reference;
    std::string content;
    std::string currency;
    std::int64_t amount_minor = 0;
    std::int64_t created_at = 0;

    template <class Fields>
    void fields(Fields& f) {
        f("id", id), f("payment", payment), f("type", type), f("reference", reference), f("content", content);
        f("currency", currency), f("amount", amount_minor), f("created_at", created_at);
    }
};

struct Card {
    std::string token;
    std::string reference;
    std::string content;
    Account account;

    template <class Fields>
    void fields(Fields& f) {
        f("token", token), f("reference", reference), f("content", content), f("account", account);
    }
};

/// Document C's bank: the outcome is decided by the amount. Its wire is ours, written down in the README.
///
/// Source: requirements C-SI-01 to C-SI-05, X-14.
class Bank {
public:
    explicit Bank(Desk& desk) : desk_{desk} {}
    void load();

    /// What the call is; `path` begins with `/bank/v1`.
    static CallFacts facts_of(const http::Request& request);
    Answer answer(const http::Request& request, const Orders& orders);

private:
    Answer pay(const json::Value& body, const Orders& orders);
    Answer operate(Payment& payment, std::string_view type, const json::Value& body);
    Answer confirm(Payment& payment);
    Answer keep_card(const json::Value& body);
    void accept(Payment& payment);
    Answer show(const Payment& payment, int status) const;
    Answer show(const Operation& operation, int status) const;
    Answer show(const Card& card, int status) const;
    void save(Payment& payment);

    Desk& desk_;
    std::unordered_map<std::string, Payment> payments_;
    std::unordered_map<std::string, std::string> payment_by_reference_;
    std::unordered_map<std::string, Operation> operations_;  ///< By reference.
    std::unordered_map<std::string, Card> cards_;            ///< By token.
    std::unordered_map<std::string, std::string> card_by_reference_;
    std::int64_t last_payment_ = 0;
    std::int64_t last_operation_ = 0;
};

}  // namespace florin::sandbox::bank
