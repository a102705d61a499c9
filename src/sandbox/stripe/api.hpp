#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "desk.hpp"
#include "faults.hpp"
#include "florin/http/message.hpp"
#include "florin/json/value.hpp"
#include "model.hpp"
#include "timetable.hpp"
#include "webhooks.hpp"

namespace florin::sandbox::stripe {

/// What an endpoint answers.
struct Reply {
    std::string body;
    int status = 200;
    /// Whether the idempotency key remembers it: what is refused before anything was begun is not.
    bool is_kept = true;
};

/// One call, taken apart.
struct Call {
    const json::Value& params;
    const Orders& orders;
    std::vector<std::string> ids;  ///< Those in the path.
    std::string key;               ///< `Idempotency-Key`, empty when there is none.
    std::string path;              ///< Behind `/v1/`.
    std::string request_id;
    std::string origin;  ///< Scheme and host that it was sent to.
};

/// The part of Stripe's API that takes payments by card, SEPA debit and ACH debit: payment intents, refunds, disputes,
/// payment methods, mandates, customers and setup intents; and what they come to: balance transactions and automatic
/// payouts. One account, with a balance in each currency.
///
/// Source: providers' notes on Stripe.
class Api {
public:
    /// `faults` befall its payouts.
    Api(Desk& desk, WebhookSender& sender, Timetable& timetable, FaultScript& faults, StripeAccount account)
        : desk_{desk},
          timetable_{timetable},
          faults_{faults},
          secret_key_{std::move(account.secret_key)},
          webhooks_{desk, sender, std::move(account.webhook_secret)} {}
    void load();

    /// What the call is; `path` begins with `/v1/`.
    static CallFacts facts_of(const http::Request& request);
    Answer answer(const http::Request& request, const Orders& orders);

    /// The pages that payers are sent to: `/stripe/pay/{client_secret}`.
    static bool is_page(const http::Request& request) { return request.path.starts_with("/stripe/pay/"); }
    http::Response page(const http::Request& request);
    /// What a test wants to happen: `POST /sandbox/stripe/…`. The object as JSON. Errors: `not_found`, `invalid`.
    static bool is_order(const http::Request& request) {
        return request.method == "POST" && request.path.starts_with("/sandbox/stripe/");
    }
    Result<std::string> take_order(const http::Request& request);

    /// Pays out what is in the balance, each currency by itself. How many balance transactions that were.
    std::size_t settle();

    /// `webhook_url`, `debit_ms`, `slow_debit_ms`, `dispute_ms`, `payout_ms`, `fee_rate_bp`, `fee_fixed`,
    /// `dispute_fee`. Error `invalid`/`invalid_setting`.
    Result<void> change_settings(const json::Value& settings);
    void write_settings(json::Writer& json);

private:
    struct Route;
    static const Route routes[];
    static const Route* route_of(std::string_view method, std::string_view path, std::vector<std::string>& ids);

    std::optional<Reply> find_stranger(const http::Request& request) const;
    Reply run(const Route& route, const Call& call);

    // payment_intents.cpp
    Reply create_intent(const Call& call);
    Reply update_intent(const Call& call);
    Reply confirm_intent(const Call& call);
    Reply capture_intent(const Call& call);
    Reply cancel_intent(const Call& call);
    Reply show_intent(const Call& call);
    Reply list_intents(const Call& call);
    Reply search_intents(const Call& call);
    Reply show_charge(const Call& call);
    Reply list_charges(const Call& call);
    Reply confirm(PaymentIntent& intent, const Call& call);
    Reply charge_card(PaymentIntent& intent, const Call& call, bool is_authenticated);
    Reply ask_payer(PaymentIntent& intent, Action action, const Call& call);
    /// A method that is set up for later belongs to the customer from now on.
    void keep_for_later(PaymentIntent& intent, const Call& call);
    Charge new_charge(const PaymentIntent& intent, const PaymentMethod& method);
    Reply decline(PaymentIntent& intent, Charge charge, Decline why, const Call& call);
    std::optional<Reply> find_method_for(PaymentIntent& intent, const Call& call, PaymentMethod*& method);
    void refresh(PaymentIntent& intent);
    void save(PaymentIntent& intent);

    // debits.cpp
    std::optional<Reply> read_types(const json::Value& params, PaymentIntent& intent);
    /// Whether the intent can be confirmed with that method; reads the mandate that a debit needs.
    std::optional<Reply> check_method(PaymentIntent& intent, const PaymentMethod& method, const Call& call);
    /// Begins a debit, or asks the payer for what is missing.
    Reply debit(PaymentIntent& intent, const Call& call);
    Reply begin_debit(PaymentIntent& intent, const Call& call);
    void plan_end(const PaymentIntent& intent);
    void end_debit(PaymentIntent& intent, std::string failure_code);
    /// Makes the mandate that `mandate_data` gives; `id` is empty when there is none.
    std::optional<Reply> read_mandate(const json::Value& params, const PaymentMethod& method, bool is_multi_use,
                                      std::string& id);
    /// Null: what the payer says arrived is right.
    static std::optional<Reply> check_deposits(const json::Value& params);
    Reply verify_intent(const Call& call);
    Reply verify_setup(const Call& call);
    Reply show_mandate(const Call& call);
    void save(Mandate& mandate);

    // disputes.cpp
    void plan_dispute(const PaymentIntent& intent);
    void open_dispute(PaymentIntent& intent, std::string_view reason, bool is_inquiry);
    void decide(Dispute& dispute, bool is_won);
    void plan_deadline(const Dispute& dispute);
    Reply show_dispute(const Call& call);
    Reply list_disputes(const Call& call);
    Reply update_dispute(const Call& call);
    Reply close_dispute(const Call& call);
    void save(Dispute& dispute);

    // pages.cpp
    /// What the payer did. False: nobody waits for them.
    bool act(PaymentIntent& intent, bool is_approved, const Call& call);
    bool act(SetupIntent& setup, bool is_approved, const Call& call);

    // refunds.cpp
    Reply create_refund(const Call& call);
    Reply show_refund(const Call& call);
    Reply list_refunds(const Call& call);
    void book(const Refund& refund);
    void plan_end(const Refund& refund);
    void save(Refund& refund);

    // balance.cpp
    /// Of a charge that was captured, or of a part of it.
    void earn(const Charge& charge, const PaymentIntent& intent, std::int64_t amount);
    void give_back(const Refund& refund);
    void take_back(const Dispute& dispute);
    void reinstate(const Dispute& dispute);
    BalanceTransaction& enter(BalanceTransaction made);
    Reply show_balance(const Call& call);
    Reply show_balance_transaction(const Call& call);
    Reply list_balance_transactions(const Call& call);
    std::string render(const BalanceTransaction& of, const json::Value& params, std::string_view prefix = {});
    /// A balance transaction as a member of what moved it: its id, or all of it where `expand` says so.
    void write_balance_transaction(json::Writer& json, std::string_view name, std::string_view id,
                                   const json::Value& params, std::string_view prefix);
    std::string first_of(const std::string& source) const;
    void save(BalanceTransaction& of);

    // payouts.cpp
    /// Automatic ones, at midnight, of what has been in the balance as long as it has to.
    void pay_out_by_itself();
    std::size_t pay_out(Instant at, std::int64_t until_ms);
    std::size_t pay_out(const std::string& currency, const std::vector<std::string>& ids, Instant at);
    void arrive(Payout& payout);
    void plan_arrival(const Payout& payout);
    /// A payment that nobody here knows of.
    BalanceTransaction stray(const BalanceTransaction& beside, std::int64_t amount);
    /// One that the merchant asks for: of an amount, and of nothing in particular.
    Reply create_payout(const Call& call);
    Reply show_payout(const Call& call);
    Reply list_payouts(const Call& call);
    std::string render(const Payout& payout, const json::Value& params, std::string_view prefix = {});
    void tell(std::string_view type, const Payout& payout);
    void save(Payout& payout);

    // customers.cpp
    Reply create_method(const Call& call);
    Reply show_method(const Call& call);
    Reply attach_method(const Call& call);
    Reply detach_method(const Call& call);
    Reply create_customer(const Call& call);
    Reply show_customer(const Call& call);
    Reply delete_customer(const Call& call);
    Reply list_customers(const Call& call);
    Reply list_methods(const Call& call);
    Reply create_setup(const Call& call);
    Reply show_setup(const Call& call);
    Reply confirm_setup(const Call& call);
    Reply cancel_setup(const Call& call);
    Reply confirm(SetupIntent& setup, const Call& call);
    Reply finish(SetupIntent& setup, const Call& call);
    /// The payment method of that id; one of test mode's ids makes a new one. Null when there is none.
    PaymentMethod* find_method(std::string_view id);
    std::optional<Reply> attach(PaymentMethod& method, const std::string& customer, const Call& call);
    std::optional<Reply> read_method(const json::Value& params, std::string_view prefix, PaymentMethod& into);
    std::optional<Reply> read_card(const json::Value& params, const std::string& prefix, PaymentMethod& into);
    std::optional<Reply> read_bank(const json::Value& params, const std::string& prefix, PaymentMethod& into);
    void save(PaymentMethod& method);
    void save(Customer& customer);
    void save(SetupIntent& setup);

    // events.cpp
    void tell(std::string_view type, const PaymentIntent& intent, const Call& call);
    void tell(std::string_view type, const Charge& charge, const PaymentIntent& intent, const Call& call);
    void tell(std::string_view type, const Refund& refund, const Call& call);
    void tell(std::string_view type, const Dispute& dispute, const Call& call);
    void tell(std::string_view type, const std::string& about, std::string object, const Call& call);
    Reply show_event(const Call& call);
    Reply list_events(const Call& call);
    Reply create_endpoint(const Call& call);
    Reply show_endpoint(const Call& call);
    Reply list_endpoints(const Call& call);
    Reply delete_endpoint(const Call& call);

    // render.cpp
    std::string render(const PaymentIntent& intent, const json::Value& params, std::string_view prefix = {});
    std::string render(const Charge& charge, const PaymentIntent& intent, const json::Value& params,
                       std::string_view prefix = {});
    std::string render(const Refund& refund, const json::Value& params, std::string_view prefix = {});
    std::string render(const PaymentMethod& method) const;
    std::string render(const Customer& customer) const;
    std::string render(const SetupIntent& setup);
    std::string render(const Mandate& mandate) const;
    std::string render(const Dispute& dispute, const json::Value& params, std::string_view prefix = {});
    Reply render_decline(const Decline& why, std::string_view charge, std::string_view member,
                         std::string_view object) const;

    /// `prefix` and letters, as Stripe's ids are.
    std::string new_id(std::string_view prefix) { return std::string{prefix} + desk_.letters(24); }
    std::int64_t now_ms() const { return desk_.now.ms; }
    /// Whether a look-up is told to overlook what is that young.
    bool is_hidden(const Call& call, std::int64_t created_ms) const {
        return call.orders.lookup_lag > Millis{0} && created_ms + call.orders.lookup_lag.count() > now_ms();
    }
    /// What happens by itself has no call.
    const Call& of_itself() const;
    void move(std::string_view type, std::int64_t amount, const std::string& currency, std::string reference,
              std::string provider_id, std::string parent_id = {}, std::string cancels = {});
    /// One page of a list, the newest first.
    template <class All, class Matches, class Render>
    Reply list(const Call& call, All& all, const Matches& matches, const Render& render);

    Desk& desk_;
    Timetable& timetable_;
    FaultScript& faults_;
    std::string secret_key_;
    Webhooks webhooks_;
    Pace pace_{.debit_ms = 2'000, .slow_debit_ms = 180'000, .dispute_ms = 1'000, .payout_ms = 0};
    Fees fees_;
    Table<PaymentIntent> intents_;
    Table<Refund> refunds_;
    Table<PaymentMethod> methods_;
    Table<Customer> customers_;
    Table<SetupIntent> setups_;
    Table<Mandate> mandates_;
    Table<Dispute> disputes_;
    Table<BalanceTransaction> balance_;
    Table<Payout> payouts_;
    std::unordered_map<std::string, std::vector<std::string>> balance_by_source_;
    std::vector<std::string> unpaid_;  ///< Balance transactions that wait for a payout.
    std::unordered_map<std::string, std::string> intent_by_charge_;
    std::unordered_map<std::string, KeptReply> replies_;
    std::deque<std::pair<std::int64_t, std::string>> reply_ages_;
};

}  // namespace florin::sandbox::stripe
