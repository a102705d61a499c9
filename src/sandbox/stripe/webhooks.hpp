#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "desk.hpp"
#include "florin/json/value.hpp"
#include "florin/json/writer.hpp"
#include "model.hpp"
#include "webhook_sender.hpp"

namespace florin::sandbox::stripe {

/// A registered webhook endpoint.
struct Endpoint {
    std::int64_t seq = 0;
    std::string id, url, secret, description, api_version;
    std::vector<std::string> enabled_events;  ///< `*` stands for all.
    bool is_from_settings = false;            ///< Made by the sandbox's own settings, not by the API.
    bool is_deleted = false;
    std::int64_t created_ms = 0;

    template <class Fields>
    void fields(Fields& f) {
        f("seq", seq), f("id", id), f("url", url), f("secret", secret), f("description", description);
        f("version", api_version), f("events", enabled_events), f("settings", is_from_settings);
        f("deleted", is_deleted), f("at", created_ms);
    }
};

/// Something that has happened.
struct Event {
    std::string id, type, object;  ///< `object` is a snapshot, JSON text.
    std::int64_t created_ms = 0;
    std::string request_id, key;
};

/// The account's events and those who listen to them. Sends are the `WebhookSender`'s.
class Webhooks final : public WebhookSource {
public:
    Webhooks(Desk& desk, WebhookSender& sender, std::string secret);
    void load();

    /// Notes an event and tells every endpoint that wants its type. `about` is the id of what belongs together.
    void tell(std::string_view type, const std::string& about, std::string object, const std::string& request_id,
              const std::string& key);
    /// The latest, the newest last; older ones are forgotten.
    std::deque<Event>& events() { return events_; }
    std::string render(const Event& event) const;

    Endpoint& add(Endpoint endpoint);
    Endpoint* find(std::string_view id);
    std::vector<Endpoint>& endpoints() { return endpoints_.all(); }
    void save(Endpoint& endpoint);

    /// Where webhooks go, signed with the account's own secret; empty: nowhere. Error `invalid`/`invalid_setting`.
    Result<void> change_url(const json::Value& url);
    std::string url();

    std::string_view provider() const override { return "stripe"; }
    std::optional<Envelope> address(const Webhook& webhook, std::string_view signed_text, bool is_forged) override;
    bool is_accepted(int status) const override { return status >= 200 && status < 300; }
    std::vector<Millis> ladder() const override;
    /// It stays registered: Stripe only writes mails about it.
    void gave_up(const Webhook&) override {}
    Webhook forge(const Webhook& webhook) override;

private:
    Endpoint* from_settings();
    std::string new_event_id() { return "evt_" + desk_.letters(24); }

    Desk& desk_;
    WebhookSender& sender_;
    std::string secret_;
    Table<Endpoint> endpoints_;
    std::deque<Event> events_;
};

/// An http or https address without spaces.
bool is_address(std::string_view url);

}  // namespace florin::sandbox::stripe
