#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "desk.hpp"
#include "florin/json/value.hpp"
#include "florin/json/writer.hpp"
#include "webhook_sender.hpp"

namespace florin::sandbox::authorize_net {

/// A registered webhook.
struct Endpoint {
    std::string id;
    std::string login;
    std::string name;
    std::string url;
    bool is_active = false;
    bool is_from_settings = false;  ///< Made by the sandbox's own settings, not by the management API.
    std::int64_t made_at = 0;
    std::vector<std::string> event_types;

    template <class Fields>
    void fields(Fields& f) {
        f("id", id), f("login", login), f("name", name), f("url", url), f("active", is_active);
        f("settings", is_from_settings), f("made_at", made_at), f("event_types", event_types);
    }
};

/// Something that webhooks tell of.
struct Event {
    const std::string& login;
    std::string_view type;  ///< Without `net.authorize.`: `payment.void.created`.
    std::string object;     ///< What belongs together: the transaction, or that which a refund refers to.
    /// Writes the members of `payload`. `is_two_decimals`: amounts as `12.50`, else `12.5`.
    std::function<void(json::Writer& json, bool is_two_decimals)> write_payload;
};

/// The vendor's webhooks: the accounts and their signature keys, who listens, what is sent, and the management API
/// under `/rest/v1/`. Source: providers' facts on the vendor's wire, section webhooks.
class Webhooks final : public WebhookSource {
public:
    Webhooks(Desk& desk, WebhookSender& sender, std::vector<AuthorizeNetMerchant> accounts);
    /// Reads what the file has.
    void load();

    const std::vector<AuthorizeNetMerchant>& accounts() const { return accounts_; }
    /// Tells every active endpoint of the account that asked for events of this type.
    void tell(const Event& event);

    static CallFacts facts_of(const http::Request& request);
    /// Answers the management API; pings are `begin_ping`'s.
    Answer answer(const http::Request& request);
    static bool is_ping(const http::Request& request);
    /// What to post for a ping, or the refusal.
    struct Ping {
        std::optional<Envelope> envelope;
        std::string body;
        Answer refusal;
    };
    Ping begin_ping(const http::Request& request);
    Answer end_ping(int status) const;

    /// `webhook_url` (empty: none), `signature_key`, `odd_amount`; of the first account, or of `login`. Error
    /// `invalid`/`invalid_setting`.
    Result<void> change_settings(const json::Value& settings);
    void write_settings(json::Writer& json) const;

    std::string_view provider() const override { return "authorize_net"; }
    std::optional<Envelope> address(const Webhook& webhook, std::string_view signed_text, bool is_forged) override;
    bool is_accepted(int status) const override { return status == 200; }
    std::vector<Millis> ladder() const override;
    void gave_up(const Webhook& webhook) override;
    Webhook forge(const Webhook& webhook) override;

private:
    struct StoredAccount {
        std::string login;
        std::string signature_key;
        bool has_odd_amounts = false;

        template <class Fields>
        void fields(Fields& f) {
            f("login", login), f("signature_key", signature_key), f("odd_amounts", has_odd_amounts);
        }
    };

    const AuthorizeNetMerchant* find_caller(const http::Request& request) const;
    AuthorizeNetMerchant* find_account(std::string_view login);
    Endpoint* find_endpoint(std::string_view login, std::string_view id);
    Answer refuse(int status, std::string_view reason, std::string_view message) const;
    Answer create(const std::string& login, const http::Request& request);
    Answer change(Endpoint& endpoint, const http::Request& request);
    std::optional<Answer> read(Endpoint& endpoint, const http::Request& request, bool is_new) const;
    Answer list(const std::string& login) const;
    Answer notifications(const std::string& login, const http::Request& request) const;
    Answer notification(const std::string& login, std::string_view id) const;
    std::string body_of(const Event& event, const Endpoint& endpoint, std::string_view id, std::string_view date,
                        bool is_two_decimals) const;
    std::string event_date();
    void save(const Endpoint& endpoint);
    void remove(const std::string& id);

    Desk& desk_;
    WebhookSender& sender_;
    std::vector<AuthorizeNetMerchant> accounts_;
    std::map<std::string, Endpoint> endpoints_;
    bool has_odd_amounts_ = false;
};

}  // namespace florin::sandbox::authorize_net
