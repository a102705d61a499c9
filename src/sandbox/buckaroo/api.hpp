#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

#include "desk.hpp"
#include "florin/json/value.hpp"
#include "florin/json/writer.hpp"
#include "florin/sandbox/sandbox.hpp"
#include "model.hpp"
#include "pushes.hpp"
#include "table.hpp"
#include "timetable.hpp"

namespace florin::sandbox::buckaroo {

/// Before a payment's key: where its payer is sent.
inline constexpr std::string_view page_path = "/buckaroo/pay/";

/// The part of Buckaroo's JSON API that takes iDEAL and SEPA direct debits: transactions, their status, their
/// cancellation. One website. As the real one it has neither an idempotency key nor a look-up by invoice.
///
/// Source: providers' notes on iDEAL and SEPA.
class Api {
public:
    Api(Desk& desk, WebhookSender& sender, Timetable& timetable, BuckarooWebsite website);
    void load();

    static bool is_ours(std::string_view path) { return path.starts_with("/json/"); }
    static CallFacts facts_of(const http::Request& request);
    Answer answer(const http::Request& request, const Orders& orders);

    /// The page on which a tester picks what becomes of an iDEAL payment, and the order to do so: `POST` with `status`
    /// and perhaps `iban`.
    static bool is_page(std::string_view path) { return path.starts_with(page_path); }
    http::Response page(const http::Request& request);

    /// `POST /sandbox/buckaroo/transactions/{key}/reversal` with `reason_code`: the payer's bank takes back a direct
    /// debit. What was made, as JSON. Errors: `not_found`, `invalid_order`.
    static bool is_order(const http::Request& request);
    Result<std::string> take_order(const http::Request& request);

    /// `webhook_url`, `push_format`, `collect_ms`, `reversal_ms`, `expire_ms`. Error `invalid`/`invalid_setting`.
    Result<void> change_settings(const json::Value& settings);
    void write_settings(json::Writer& json) const;

private:
    struct Request;

    bool is_stranger(const http::Request& request);
    Answer shown(const Transaction& transaction, const http::Request& request) const;

    // transactions.cpp
    Transaction& create(const Request& request, const Orders& orders);
    void start_ideal(Transaction& transaction, const Orders& orders);
    void start_debit(Transaction& transaction, const Request& request, const Orders& orders);
    void start_refund(Transaction& transaction, const Request& request);
    void refuse(Transaction& transaction, RequestError error);
    void pay(Transaction& transaction, std::int64_t status, std::string iban);
    void cancel(Transaction& transaction);
    void plan(const Transaction& transaction);
    void come_due(Transaction& transaction);
    void collect(Transaction& transaction);
    Transaction& reverse(Transaction& original, std::string_view reason_code);
    /// The transaction comes to a status: told to whom it concerns.
    void set(Transaction& transaction, std::int64_t status, std::string_view sub_code, std::string_view text);
    void book(const Transaction& transaction, std::string_view type);
    void save(Transaction& transaction);

    Desk& desk_;
    Timetable& timetable_;
    BuckarooWebsite website_;
    WebsiteSettings settings_{
        .webhook_url = {}, .is_form = false, .collect_ms = 5'000, .reversal_ms = 5'000, .expire_ms = 3'600'000};
    Pushes pushes_;
    Table<Transaction> transactions_;
    std::unordered_set<std::string> nonces_;
    std::deque<std::pair<std::int64_t, std::string>> nonce_ages_;
};

/// What a request to create a transaction asks for.
struct Api::Request {
    std::string service, action;  ///< As they were written.
    std::string original;
    std::string holder, iban, collect_on, mandate;
    Transaction transaction;  ///< What can be taken over as it is.
    std::optional<RequestError> error;
    static Request read(const json::Value& body);
};

/// What scheme and banks call a reason; empty for a code that there is none of.
std::string_view words_of_reason(std::string_view reason_code);
bool is_same(std::string_view a, std::string_view b);

}  // namespace florin::sandbox::buckaroo
