#pragma once

#include <string>
#include <vector>

#include "desk.hpp"
#include "florin/sandbox/sandbox.hpp"
#include "model.hpp"
#include "webhook_sender.hpp"

namespace florin::sandbox::buckaroo {

/// How the website is set up, and how fast the banks are here.
struct WebsiteSettings {
    std::string webhook_url;       ///< Where pushes go that name no address of their own; empty: nowhere.
    bool is_form = false;          ///< Pushes are forms, not JSON.
    std::int64_t collect_ms = 0;   ///< From a direct debit's creation to its collection.
    std::int64_t reversal_ms = 0;  ///< From its collection to its reversal, where there is one.
    std::int64_t expire_ms = 0;    ///< How long a payer has.

    template <class Fields>
    void fields(Fields& f) {
        f("url", webhook_url), f("form", is_form), f("collect", collect_ms), f("reversal", reversal_ms);
        f("expire", expire_ms);
    }
};

/// Tells of every status that a transaction comes to. Sends are the `WebhookSender`'s.
class Pushes final : public WebhookSource {
public:
    Pushes(Desk& desk, WebhookSender& sender, BuckarooWebsite website, const WebsiteSettings& settings);

    void tell(const Transaction& transaction);

    std::string_view provider() const override { return "buckaroo"; }
    std::optional<Envelope> address(const Webhook& webhook, std::string_view signed_text, bool is_forged) override;
    bool is_accepted(int status) const override { return status == 200; }
    std::vector<Millis> ladder() const override;
    void gave_up(const Webhook&) override {}
    Webhook forge(const Webhook& webhook) override;

    /// 32 hexadecimal digits in upper case.
    std::string new_key();

private:
    Desk& desk_;
    BuckarooWebsite website_;
    const WebsiteSettings& settings_;
    WebhookSender& sender_;
};

/// A transaction as replies, statuses and pushes show it. `page_url`: where its payer goes, empty for nowhere.
std::string render(const Transaction& transaction, const std::string& page_url);
/// `2026-11-20T12:00:00`.
std::string moment_text(std::int64_t ms);
/// `12.50`.
std::string amount_text(std::int64_t cents);
std::string status_description(std::int64_t status);

}  // namespace florin::sandbox::buckaroo
