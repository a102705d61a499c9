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

namespace florin::sandbox::chargebee {

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
    std::string id;      ///< The one in the path.
    std::string key;     ///< `chargebee-idempotency-key`, empty when there is none.
    std::string origin;  ///< `http://host:port` by which the caller came.
};

/// The part of Chargebee's API that takes one-time payments: customers, payment sources, invoices, transactions, credit
/// notes, events and hosted pages, with the pages themselves. One site.
///
/// Source: providers' notes on Chargebee.
class Api {
public:
    Api(Desk& desk, WebhookSender& sender, ChargebeeSite site)
        : desk_{desk}, api_key_{std::move(site.api_key)}, webhooks_{desk, sender, std::move(site)} {}
    void load();

    /// `path` begins with `/api/v2/` or with `/pages/v3/`.
    static bool is_ours(std::string_view path);
    static CallFacts facts_of(const http::Request& request);
    /// What is no JSON says so in its headers.
    Answer answer(const http::Request& request, const Orders& orders);
    Webhooks& webhooks() { return webhooks_; }

private:
    struct Route;
    static const Route routes[];
    static const Route* route_of(std::string_view method, std::string_view path, std::string& id);

    std::optional<Reply> find_stranger(const http::Request& request) const;
    void forget_old_keys();

    // customers.cpp
    Reply create_customer(const Call& call);
    Reply show_customer(const Call& call);
    Reply update_customer(const Call& call);
    Reply delete_customer(const Call& call);
    Reply list_customers(const Call& call);
    Reply create_card(const Call& call);
    Reply show_source(const Call& call);
    Reply delete_source(const Call& call);
    Reply list_sources(const Call& call);
    /// Why the card under `prefix` of the parameters is not taken; else it is read.
    std::optional<Reply> read_card(const json::Value& params, std::string_view prefix, Card& into) const;
    PaymentSource& store_card(Card card, Customer& customer, std::string_view event_source);
    Customer& add_customer(Customer customer, std::string_view event_source);

    // invoices.cpp
    Reply create_invoice(const Call& call);
    Reply show_invoice(const Call& call);
    Reply list_invoices(const Call& call);
    Reply list_payments(const Call& call);
    Reply collect_payment(const Call& call);
    Reply refund_invoice(const Call& call);
    Reply void_invoice(const Call& call);
    Reply stop_dunning(const Call& call);
    Reply show_transaction(const Call& call);
    Reply list_transactions(const Call& call);
    Reply show_credit_note(const Call& call);
    Reply list_credit_notes(const Call& call);
    std::optional<Reply> read_lines(const json::Value& params, std::vector<LineItem>& into) const;
    Invoice& add_invoice(Customer& customer, std::string currency, std::string po_number, std::vector<LineItem> lines);
    /// Why the card would not be charged; nothing when it would.
    struct Decline {
        std::string_view code, text;
    };
    static std::optional<Decline> judge(const Card& card, const Orders& orders);
    /// Charges `amount` of what is due to the card. The transaction says what came of it. `reference` is for the book.
    Transaction& charge(Invoice& invoice, const PaymentSource& source, std::int64_t amount, const Orders& orders,
                        bool is_by_merchant, const std::string& reference);
    /// A payment failed that nobody waits for: it will be tried again.
    void begin_dunning(Invoice& invoice, const Transaction& failed);
    /// As Chargebee's schedule does, on its own: invoices whose payment failed are tried again, a day apart.
    void run_dunning();

    // hosted_pages.cpp
    Reply create_checkout(const Call& call);
    Reply show_page(const Call& call);
    Reply list_pages(const Call& call);
    Reply acknowledge(const Call& call);
    Answer answer_browser(const http::Request& request, const Orders& orders);
    Answer pay_page(HostedPage& page, const json::Value& form, const Orders& orders);
    Answer show_in_browser(const HostedPage& page, std::string_view trouble) const;
    Answer send_away(const HostedPage& page) const;

    // events.cpp
    void tell(std::string_view type, std::string_view source, const std::string& about, std::string content);
    void tell_of_payment(std::string_view type, std::string_view source, const Transaction& transaction,
                         const Invoice& invoice);
    Reply show_event(const Call& call);
    Reply list_events(const Call& call);

    // render.cpp
    std::string render(const Customer& customer) const;
    std::string render_card(const PaymentSource& source) const;
    std::string render(const PaymentSource& source) const;
    std::string render(const Transaction& transaction);
    std::string render(const Invoice& invoice);
    std::string render(const CreditNote& note);
    std::string render(const HostedPage& page);
    /// `{"customer":{…},"card":{…}}`.
    std::string with_card(const Customer& customer);

    std::string new_id(std::string_view prefix) { return std::string{prefix} + desk_.letters(16); }
    std::int64_t now_ms() const { return desk_.now.ms; }
    template <class T>
    void touch(T& object) {
        object.updated_ms = now_ms();
        object.version = std::max(object.version + 1, now_ms());
        save(object);
    }
    void save(Customer& customer);
    void save(PaymentSource& source);
    void save(Transaction& transaction);
    void save(Invoice& invoice);
    void save(CreditNote& note);
    void save(HostedPage& page);

    /// Whether a look-up is told to overlook what is that young.
    bool is_hidden(const Call& call, std::int64_t created_ms) const {
        return call.orders.lookup_lag > Millis{0} && created_ms + call.orders.lookup_lag.count() > now_ms();
    }
    template <class T>
    T* find_in(Table<T>& table, std::string_view id) {
        T* found = table.find(id);
        return found != nullptr && !found->is_deleted ? found : nullptr;
    }
    void move(std::string_view type, std::int64_t amount, const std::string& currency, std::string reference,
              std::string provider_id, std::string parent_id = {});
    /// One page of a list, the newest first unless asked otherwise. `name` is what each stands under.
    template <class All, class Member, class Render>
    Reply list(const Call& call, All& all, std::string_view name, const Member& member, const Render& render);

    Desk& desk_;
    std::string api_key_;
    Webhooks webhooks_;
    Table<Customer> customers_;
    Table<PaymentSource> sources_;
    Table<Transaction> transactions_;
    Table<Invoice> invoices_;
    Table<CreditNote> notes_;
    Table<HostedPage> pages_;
    std::vector<std::string> dunned_;  ///< Ids of invoices that may be tried again.
    std::unordered_map<std::string, KeptReply> replies_;
    std::deque<std::pair<std::int64_t, std::string>> reply_ages_;
};

}  // namespace florin::sandbox::chargebee
