#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "desk.hpp"
#include "florin/http/message.hpp"
#include "florin/json/value.hpp"
#include "model.hpp"
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
};

/// The part of Stripe's API that takes cards: payment intents, refunds, payment methods, customers and setup intents.
/// One account.
///
/// Source: providers' notes on Stripe.
class Api {
public:
    Api(Desk& desk, WebhookSender& sender, StripeAccount account)
        : desk_{desk},
          secret_key_{std::move(account.secret_key)},
          webhooks_{desk, sender, std::move(account.webhook_secret)} {}
    void load();

    /// What the call is; `path` begins with `/v1/`.
    static CallFacts facts_of(const http::Request& request);
    Answer answer(const http::Request& request, const Orders& orders);
    Webhooks& webhooks() { return webhooks_; }

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
    Reply decline(PaymentIntent& intent, Charge charge, Decline why, const Call& call);
    std::optional<Reply> find_method_for(PaymentIntent& intent, const Call& call, PaymentMethod*& method);
    void refresh(PaymentIntent& intent);
    void save(PaymentIntent& intent);

    // refunds.cpp
    Reply create_refund(const Call& call);
    Reply show_refund(const Call& call);
    Reply list_refunds(const Call& call);
    void refresh(Refund& refund, const Call& call);
    void book(const Refund& refund);
    void save(Refund& refund);

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
    /// The payment method of that id; one of test mode's ids makes a new one. Null when there is none.
    PaymentMethod* find_method(std::string_view id);
    std::optional<Reply> attach(PaymentMethod& method, const std::string& customer, const Call& call);
    std::optional<Reply> read_method(const json::Value& params, std::string_view prefix, PaymentMethod& into);
    void save(PaymentMethod& method);
    void save(Customer& customer);
    void save(SetupIntent& setup);

    // events.cpp
    void tell(std::string_view type, const PaymentIntent& intent, const Call& call);
    void tell(std::string_view type, const Charge& charge, const PaymentIntent& intent, const Call& call);
    void tell(std::string_view type, const Refund& refund, const Call& call);
    void tell(std::string_view type, const std::string& about, std::string object, const Call& call);
    Reply show_event(const Call& call);
    Reply list_events(const Call& call);
    Reply create_endpoint(const Call& call);
    Reply show_endpoint(const Call& call);
    Reply list_endpoints(const Call& call);
    Reply delete_endpoint(const Call& call);

    // render.cpp
    std::string render(const PaymentIntent& intent, const json::Value& params, std::string_view prefix = {});
    std::string render(const Charge& charge, const PaymentIntent& intent) const;
    std::string render(const Refund& refund) const;
    std::string render(const PaymentMethod& method) const;
    std::string render(const Customer& customer) const;
    std::string render(const SetupIntent& setup) const;
    Reply render_decline(const Decline& why, std::string_view charge, std::string_view member,
                         std::string_view object) const;

    /// `prefix` and letters, as Stripe's ids are.
    std::string new_id(std::string_view prefix) { return std::string{prefix} + desk_.letters(24); }
    std::int64_t now_ms() const { return desk_.now.ms; }
    /// Whether a look-up is told to overlook what is that young.
    bool is_hidden(const Call& call, std::int64_t created_ms) const {
        return call.orders.lookup_lag > Millis{0} && created_ms + call.orders.lookup_lag.count() > now_ms();
    }
    void move(std::string_view type, std::int64_t amount, const std::string& currency, std::string reference,
              std::string provider_id, std::string parent_id = {}, std::string cancels = {});
    /// One page of a list, the newest first.
    template <class All, class Matches, class Render>
    Reply list(const Call& call, All& all, const Matches& matches, const Render& render);

    Desk& desk_;
    std::string secret_key_;
    Webhooks webhooks_;
    Table<PaymentIntent> intents_;
    Table<Refund> refunds_;
    Table<PaymentMethod> methods_;
    Table<Customer> customers_;
    Table<SetupIntent> setups_;
    std::unordered_map<std::string, std::string> intent_by_charge_;
    std::unordered_map<std::string, KeptReply> replies_;
    std::deque<std::pair<std::int64_t, std::string>> reply_ages_;
};

}  // namespace florin::sandbox::stripe
