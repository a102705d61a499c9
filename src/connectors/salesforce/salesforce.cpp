#include "florin/salesforce/salesforce.hpp"

#include <mutex>

#include "assertion.hpp"
#include "florin/base/check.hpp"
#include "wire.hpp"

namespace florin::salesforce {
namespace {

using Mirrored = cases::Crm::Mirrored;

/// Salesforce takes no assertion that is valid for longer.
constexpr Millis assertion_life{180'000};

class Salesforce final : public cases::Crm {
public:
    Salesforce(Settings settings, World world, std::function<http::Client&()> client)
        : settings_{std::move(settings)}, world_{world}, client_{std::move(client)} {
        check(!settings_.client_secret.expose().empty() || validate_private_key(settings_.private_key.expose()),
              "who logs in by JWT has a key");
    }

    std::string_view name() const override { return "salesforce"; }

    Task<Mirrored> mirror(const cases::Reflection& reflection) override {
        const cases::Case& one = reflection.one;
        const std::string path = "/sobjects/Case/" + settings_.external_id_field + "/" + one.id.text();
        if (reflection.may_be_there) {
            // An upsert would undo what people have changed there since, so look first.
            const Asked asked = co_await ask("GET", path + "?fields=Id,IsClosed", {});
            if (asked.failure) co_return *asked.failure;
            const Search search = search_of(asked.reply);
            if (search.failure) co_return *search.failure;
            if (search.found) co_return co_await bring_up_to_date(path, one, *search.found);
        }
        const Asked asked = co_await ask("PATCH", path, record_of(reflection, settings_));
        if (asked.failure) co_return *asked.failure;
        co_return upsert_of(asked.reply, {});
    }

private:
    /// A reply, or why there could be none.
    struct Asked {
        Result<http::Reply> reply;
        std::optional<Mirrored> failure;
    };

    Task<Mirrored> bring_up_to_date(std::string path, const cases::Case& one, Found found) {
        const bool is_open = one.status == cases::Status::open;
        // Whoever closed it there, of a case that was never resolved here, is left alone.
        const bool was_resolved = one.mirror.wanted >= 2;
        const bool is_right = is_open ? !found.is_closed || !was_resolved : found.is_closed;
        if (is_right)
            co_return Mirrored{
                .outcome = cases::Crm::Outcome::accepted, .id = std::move(found.id), .code = {}, .reason = {}};
        const std::string& status = is_open ? settings_.open_status : settings_.closed_status;
        const Asked asked = co_await ask("PATCH", std::move(path), salesforce::status_of(status));
        if (asked.failure) co_return *asked.failure;
        co_return upsert_of(asked.reply, found.id);
    }

    /// One call; where its session is over, with a new one once more.
    Task<Asked> ask(std::string method, std::string path, std::string body) {
        for (int round = 0;; ++round) {
            const Login login = co_await log_in();
            if (!login.session) co_return Asked{.reply = http::Reply{}, .failure = login.failure};
            http::Call call{.method = method,
                            .url = login.session->instance_url + "/services/data/v" + settings_.api_version + path,
                            .headers = {{"authorization", "Bearer " + login.session->token},
                                        {"accept", "application/json"},
                                        {"user-agent", "Florin"},
                                        // Two cases of one customer look alike, and are two.
                                        {"sforce-duplicate-rule-header", "allowSave=true"}},
                            .body = body,
                            .timeout = settings_.timeout,
                            .is_repeatable = true};
            if (!body.empty()) call.headers.emplace_back("content-type", "application/json; charset=UTF-8");
            auto reply = co_await client_().send(std::move(call));
            if (reply && (reply->status == 401 || reply->status == 302)) forget(login.session->token);
            if (round == 0 && is_session_over(reply)) continue;
            co_return Asked{.reply = std::move(reply), .failure = {}};
        }
    }

    /// The session that there is, or a new one. Two that need one at the same time may both log in.
    Task<Login> log_in() {
        {
            const std::lock_guard lock{mutex_};
            if (session_) co_return Login{.session = session_, .failure = {}};
        }
        http::Call call{.method = "POST",
                        .url = settings_.login_url + "/services/oauth2/token",
                        .headers = {{"content-type", "application/x-www-form-urlencoded"},
                                    {"accept", "application/json"},
                                    {"user-agent", "Florin"}},
                        .body = login_form(),
                        .timeout = settings_.timeout,
                        .is_repeatable = true};
        const auto reply = co_await client_().send(std::move(call));
        Login login = login_of(reply, settings_.login_url);
        if (login.session) {
            const std::lock_guard lock{mutex_};
            session_ = login.session;
        }
        co_return login;
    }

    std::string login_form() const {
        const std::string_view secret = settings_.client_secret.expose();
        if (!secret.empty())
            return form_of(
                {{"grant_type", "client_credentials"}, {"client_id", settings_.client_id}, {"client_secret", secret}});
        const std::string& audience = settings_.audience.empty() ? settings_.login_url : settings_.audience;
        const auto assertion = sign_assertion({.issuer = settings_.client_id,
                                               .subject = settings_.username,
                                               .audience = audience,
                                               .expires_at = world_.clock.now() + assertion_life},
                                              settings_.private_key.expose());
        check(assertion.has_value(), "the key was valid before");
        return form_of({{"grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"}, {"assertion", *assertion}});
    }

    void forget(const std::string& token) {
        const std::lock_guard lock{mutex_};
        if (session_ && session_->token == token) session_.reset();
    }

    Settings settings_;
    World world_;
    std::function<http::Client&()> client_;
    std::mutex mutex_;  ///< Never held across a wait.
    std::optional<Session> session_;
};

}  // namespace

std::unique_ptr<cases::Crm> make_salesforce(Settings settings, World world, std::function<http::Client&()> client) {
    return std::make_unique<Salesforce>(std::move(settings), world, std::move(client));
}

}  // namespace florin::salesforce
