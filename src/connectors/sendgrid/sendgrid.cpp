#include "florin/sendgrid/sendgrid.hpp"

#include "wire.hpp"

namespace florin::sendgrid {
namespace {

using notifications::Delivery;
using notifications::Letter;
using notifications::Outcome;
using notifications::Trace;

class SendGrid final : public notifications::Transport {
public:
    SendGrid(Settings settings, std::function<http::Client&()> client)
        : settings_{std::move(settings)}, client_{std::move(client)} {}

    std::string_view name() const override { return "sendgrid"; }
    Millis trace_delay() const override { return settings_.has_activity ? settings_.activity_delay : Millis{0}; }

    Task<Delivery> send(const Letter& letter) override {
        http::Call call{.method = "POST",
                        .url = settings_.base_url + "/v3/mail/send",
                        .headers = headers(),
                        .body = mail_of(letter),
                        .timeout = settings_.timeout};
        const auto reply = co_await client_().send(std::move(call));
        co_return delivery_of(reply);
    }

    Task<Trace> trace(const Letter& letter) override {
        if (!settings_.has_activity) co_return Trace::impossible;
        http::Call call{.method = "GET",
                        .url = settings_.base_url + "/v3/messages?limit=1&query=" + query_of(letter),
                        .headers = headers(),
                        .body = {},
                        .timeout = settings_.timeout,
                        .is_repeatable = true};
        const auto reply = co_await client_().send(std::move(call));
        co_return trace_of(reply);
    }

private:
    std::vector<http::Header> headers() const {
        return {{"authorization", "Bearer " + std::string{settings_.api_key.expose()}},
                {"content-type", "application/json"},
                {"user-agent", "Florin"}};
    }

    Settings settings_;
    std::function<http::Client&()> client_;
};

}  // namespace

std::unique_ptr<notifications::Transport> make_sendgrid(Settings settings, std::function<http::Client&()> client) {
    return std::make_unique<SendGrid>(std::move(settings), std::move(client));
}

}  // namespace florin::sendgrid
