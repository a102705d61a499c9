#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "desk.hpp"
#include "florin/http/message.hpp"
#include "florin/json/value.hpp"
#include "florin/json/writer.hpp"
#include "table.hpp"
#include "webhook_sender.hpp"

namespace florin::sandbox::wallet {

enum class Status : int { pending = 1, succeeded, failed };

/// What a payer is asked for. Its end is drawn when it is made, and comes true when its moment comes.
struct PaymentRequest {
    std::int64_t seq = 0;
    std::string id, reference;
    std::string content;  ///< A digest of the request, for recognising it again.
    Status status = Status::pending;
    bool will_succeed = true;
    std::int64_t decides_at = 0;  ///< Milliseconds; 0: never.
    std::string currency, description;
    std::int64_t amount_minor = 0, refunded_minor = 0;
    std::int64_t created_at = 0;

    template <class Fields>
    void fields(Fields& f) {
        f("seq", seq), f("id", id), f("reference", reference), f("content", content), f("status", status);
        f("succeeds", will_succeed), f("decides_at", decides_at), f("currency", currency);
        f("description", description), f("amount", amount_minor), f("refunded", refunded_minor);
        f("created_at", created_at);
    }
};

struct Refund {
    std::int64_t seq = 0;
    std::string id, request, reference, content, currency;
    std::int64_t amount_minor = 0, created_at = 0;

    template <class Fields>
    void fields(Fields& f) {
        f("seq", seq), f("id", id), f("request", request), f("reference", reference), f("content", content);
        f("currency", currency), f("amount", amount_minor), f("created_at", created_at);
    }
};

/// Document E's provider: a payment request is taken at once and decided three to ten seconds later, told by a signed
/// webhook. An amount that ends in .99 succeeds, one that ends in .11 fails, others as the settings say. Its wire is
/// ours, written down in the README.
///
/// Source: requirements E-AP-11, E-SI-01 to E-SI-04, E-AS-03, E-AS-04.
class Wallet final : public WebhookSource {
public:
    Wallet(Desk& desk, WebhookSender& sender, WalletAccount account);
    void load();

    static bool is_ours(std::string_view path) { return path.starts_with("/api/payment/"); }
    static CallFacts facts_of(const http::Request& request);
    Answer answer(const http::Request& request, const Orders& orders);
    /// What was due to be decided by now is. Before every look at the books.
    void advance();

    /// `webhook_url`, `least_delay_ms`, `most_delay_ms`, `otherwise` (`succeed`, `fail` or `never`). Error `invalid`/
    /// `invalid_setting`; then nothing changes.
    Result<void> change_settings(const json::Value& settings);
    void write_settings(json::Writer& json) const;

    std::string_view provider() const override { return "wallet"; }
    std::optional<Envelope> address(const Webhook& webhook, std::string_view signed_text, bool is_forged) override;
    bool is_accepted(int status) const override { return status >= 200 && status < 300; }
    std::vector<Millis> ladder() const override;
    void gave_up(const Webhook&) override {}
    Webhook forge(const Webhook& webhook) override;

private:
    struct Settings {
        std::string webhook_url;
        std::int64_t least_delay_ms = 3'000, most_delay_ms = 10'000;
        std::string otherwise = "succeed";

        template <class Fields>
        void fields(Fields& f) {
            f("webhook_url", webhook_url), f("least", least_delay_ms), f("most", most_delay_ms);
            f("otherwise", otherwise);
        }
    };
    Answer ask(const json::Value& body, const Orders& orders);
    Answer refund(PaymentRequest& request, const json::Value& body);
    void tell(const PaymentRequest& request);
    std::string render(const PaymentRequest& request) const;
    std::string render(const Refund& refund) const;
    void save(PaymentRequest& request);

    Desk& desk_;
    WebhookSender& sender_;
    WalletAccount account_;
    Settings settings_;
    Table<PaymentRequest> requests_;
    Table<Refund> refunds_;
    std::unordered_map<std::string, std::string> request_by_reference_, refund_by_reference_;
    std::vector<std::string> undecided_;
};

}  // namespace florin::sandbox::wallet
