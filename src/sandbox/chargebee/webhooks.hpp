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
#include "webhook_sender.hpp"

namespace florin::sandbox::chargebee {

/// Something that has happened.
struct Event {
    std::int64_t seq = 0;
    std::string id, type, source, content;  ///< `content` is a snapshot, JSON text.
    std::int64_t created_ms = 0;
    bool is_deleted = false;
};

/// The site's events and the one address that is told of them. Sends are the `WebhookSender`'s.
class Webhooks final : public WebhookSource {
public:
    Webhooks(Desk& desk, WebhookSender& sender, ChargebeeSite site);
    void load();

    /// Notes an event and sends it. `about` is the id of what belongs together.
    void tell(std::string_view type, std::string_view source, const std::string& about, std::string content);
    /// The latest, the newest last; older ones are forgotten.
    std::deque<Event>& events() { return events_; }
    std::string render(const Event& event) const;

    /// `webhook_url`, `webhook_user`, `webhook_password`. Error `invalid`/`invalid_setting`.
    Result<void> change_settings(const json::Value& settings);
    void write_settings(json::Writer& json) const;

    std::string_view provider() const override { return "chargebee"; }
    std::optional<Envelope> address(const Webhook& webhook, std::string_view signed_text, bool is_forged) override;
    bool is_accepted(int status) const override { return status >= 200 && status < 300; }
    std::vector<Millis> ladder() const override;
    /// The event stays listed, and may be fetched.
    void gave_up(const Webhook&) override {}
    Webhook forge(const Webhook& webhook) override;

private:
    struct Settings {
        std::string id, url, user, password;
        template <class Fields>
        void fields(Fields& f) {
            f("id", id), f("url", url), f("user", user), f("password", password);
        }
    };
    std::string new_event_id() { return "ev_" + desk_.letters(16); }

    Desk& desk_;
    WebhookSender& sender_;
    Settings settings_;
    std::deque<Event> events_;
    std::int64_t last_event_ = 0;
};

}  // namespace florin::sandbox::chargebee
