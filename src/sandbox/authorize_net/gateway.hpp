#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "desk.hpp"
#include "faults.hpp"
#include "florin/json/value.hpp"
#include "florin/json/writer.hpp"
#include "model.hpp"
#include "webhooks.hpp"

namespace florin::sandbox::authorize_net {

/// A request that has been read: what it is, before anything is done.
struct Incoming {
    std::optional<json::Value> document;
    const json::Value* request = nullptr;  ///< Inside `document`; nothing when there is no single request.
    CallFacts facts;
};

/// An account to charge, from wherever the request names it.
struct Source {
    Account account;
    std::string cvv_result;
    std::string bill_to;  ///< JSON text.
    std::string zip;
    std::string first_name;
    std::string last_name;
    std::int64_t customer_profile = 0;
    std::int64_t payment_profile = 0;
    bool is_stored = false;
    Nonce* nonce = nullptr;
    std::string nonce_key;
};

/// The Authorize.Net stand-in: one URL, JSON. Source: providers' facts on the vendor's wire.
class Gateway {
public:
    /// `webhooks` knows the accounts, and is told what happens to them. `faults` befall its batches.
    Gateway(Desk& desk, Webhooks& webhooks, FaultScript& faults) : desk_{desk}, webhooks_{webhooks}, faults_{faults} {}
    /// Reads what the file has.
    void load();

    Incoming read(std::string_view body) const;
    Answer answer(const Incoming& incoming, const Orders& orders);
    /// A reply for something that is not JSON of ours: E00002, E00003.
    static std::string refusal(std::string_view code, std::string_view text, std::string_view ref_id = {});

    /// Settles all batches, with everything captured until now in them. How many transactions that made settled.
    std::size_t settle();

private:
    struct Call {
        const json::Value& request;
        const AuthorizeNetMerchant& merchant;
        std::string ref_id;
        const Orders& orders;
        Answer answer;
    };
    /// A transaction's outcome, before it is rendered.
    struct Outcome {
        int response_code = 3;
        int reason_code = 0;
        std::string text;  ///< Of the reason; empty: the usual.
        const Transaction* transaction = nullptr;
        bool is_test = false;
        std::string user_fields;       ///< JSON text, empty when there are none.
        std::string profile_response;  ///< JSON text, empty when there is none.
        std::string prepaid;           ///< JSON text, empty when there is none.
        std::string partial_tender;
        std::int64_t referenced = 0;
        /// Only what was verified is shown; what failed before shows the account alone.
        std::string account_number;
        std::string account_type;
    };
    /// Why a request was not carried out: either the request itself is refused (`code`, `text`), or the
    /// transaction is (`reason`).
    struct Refusal {
        std::string code;
        std::string text;
        int reason = 0;
        std::string account_number;
        std::string account_type;
        std::string members;  ///< The reply's own members, JSON text.
    };

    static Refusal request_refused(std::string_view code, std::string_view text) {
        return {std::string{code}, std::string{text}, 0, {}, {}, {}};
    }

    // transactions.cpp
    std::string create_transaction(Call& call);
    Outcome charge(Call& call, const json::Value& request, const std::expected<Source, Refusal>& source);
    Outcome capture_prior(Call& call, const json::Value& request);
    Outcome refund(Call& call, const json::Value& request);
    Outcome cancel(Call& call, const json::Value& request);
    std::string update_held(Call& call);
    std::expected<Source, Refusal> find_source(Call& call, const json::Value& request);
    std::expected<Source, Refusal> read_payment(Call& call, const json::Value& payment);
    std::string duplicate_key(const Call& call, const json::Value& request, const Source& source) const;
    const Transaction* find_duplicate(const json::Value& request, const std::string& key) const;
    Transaction& add_transaction(Call& call, const json::Value& request, const Source& source);
    void book(const Transaction& transaction, std::string_view type, std::int64_t amount_minor,
              std::string_view reference, std::string_view parent = {}, std::string_view cancels = {});

    // profiles.cpp
    std::string create_customer(Call& call);
    std::string create_payment_profile(Call& call);
    std::string create_from_transaction(Call& call);
    std::string get_customer(Call& call);
    std::string get_customer_ids(Call& call);
    std::string get_payment_profile(Call& call);
    std::string delete_customer(Call& call);
    std::string delete_payment_profile(Call& call);
    std::string update_customer(Call& call);
    std::string update_payment_profile(Call& call);
    std::string validate_payment_profile(Call& call);
    std::string secure_container(Call& call);
    std::string create_profile_response(Call& call, const json::Value& request, const Source& source);
    std::expected<PaymentProfile, Refusal> read_payment_profile(Call& call, const json::Value& from);
    CustomerProfile* find_customer(const Call& call, const json::Value& request);
    CustomerProfile* find_twin(const CustomerProfile& profile);
    void write_payment_profile(json::Writer& json, const CustomerProfile& customer, const PaymentProfile& profile,
                               bool is_alone, bool is_unmasked) const;

    // events.cpp
    /// `type` without `net.authorize.`; `ref_id` is that of the request that made it happen.
    void tell(std::string_view type, const Transaction& transaction, std::int64_t amount_minor,
              const std::string& ref_id);
    void tell(std::string_view type, const CustomerProfile& customer);
    void tell(std::string_view type, const CustomerProfile& customer, const PaymentProfile& profile);
    /// The latest payment profile is new, or the whole customer is.
    void tell_of_new_account(const CustomerProfile& customer, bool is_new_customer);

    // reporting.cpp
    std::string get_details(Call& call);
    std::string get_unsettled(Call& call);
    std::string get_for_customer(Call& call);
    std::string get_list(Call& call);
    std::string get_merchant(Call& call);
    std::string list(Call& call, const std::vector<const Transaction*>& oldest_first);
    bool is_hidden(const Call& call, const Transaction& transaction) const;

    // settlement.cpp
    std::string get_batches(Call& call);
    std::string get_statistics(Call& call);
    void write_batch(json::Writer& json, const Batch& batch, bool with_statistics) const;
    Batch* find_batch(const Call& call);
    /// What time alone does: settlement, the end of authorizations.
    void let_time_pass(Transaction& transaction);
    void let_time_pass();
    /// Into the batch that is pending; now it can be paid back.
    void settle_one(Transaction& transaction);
    Batch& pending_batch(const Transaction& transaction);
    void put(Transaction& transaction, const Batch& batch);
    /// A transaction that only this batch knows of.
    void put_another(Transaction made, const Batch& batch);
    void end(Batch& batch, Instant at);

    // replies.cpp
    std::string render(const Call& call, const Outcome& outcome) const;
    static std::string refuse(const Call& call, const Refusal& refusal);
    /// `members` is JSON text of the reply's own members, or empty.
    static std::string succeed(const Call& call, std::string_view members, std::string_view code = "I00001",
                               std::string_view text = "Successful.");

    Transaction* find_transaction(const Call& call, std::int64_t id);
    void save(const Transaction& transaction);
    void save(const CustomerProfile& profile);
    void save(const Batch& batch);
    void save(const std::string& key, const Nonce& nonce);

    Desk& desk_;
    Webhooks& webhooks_;
    FaultScript& faults_;
    std::map<std::int64_t, Transaction> transactions_;
    std::set<std::int64_t> unsettled_;
    std::map<std::int64_t, Batch> batches_;
    std::map<std::int64_t, std::set<std::int64_t>> listed_;  ///< Transactions by batch.
    std::map<std::int64_t, CustomerProfile> customers_;
    std::unordered_map<std::string, Nonce> nonces_;
    std::unordered_map<std::string, std::int64_t> last_by_duplicate_key_;
    std::unordered_map<std::string, std::int64_t> customer_by_key_;
    std::int64_t last_transaction_ = 40'000'000'000;
    std::int64_t last_batch_ = 10'000;
    std::int64_t last_profile_ = 900'000'000;
};

// Reading requests. Text of a member at the end of a path of names; numbers as written, booleans as `true`
// and `false`, empty when it is absent.
std::string text_at(const json::Value& value, std::initializer_list<std::string_view> path);
const json::Value* value_at(const json::Value& value, std::initializer_list<std::string_view> path);
/// 0 when it is none.
std::int64_t id_at(const json::Value& value, std::initializer_list<std::string_view> path);
/// The items of a member that may be an array or a single one.
std::vector<const json::Value*> items_at(const json::Value& value, std::initializer_list<std::string_view> path);
/// A named entry of `transactionSettings`.
std::optional<std::string> setting_at(const json::Value& request, std::string_view name);

/// The vendor's test codes: 900 M, 901 N, 902 S, 903 U; anything else P.
std::string cvv_result_of(std::string_view code);

// Writing reports.
/// `2026-11-20T10:15:30.123` with or without the `Z`; the sandbox's local time is UTC.
std::string moment(std::int64_t ms, bool is_utc);
std::string_view state_text(BatchState state);

/// The gateway's text for a reason code.
std::string_view reason_text(int code);

}  // namespace florin::sandbox::authorize_net
