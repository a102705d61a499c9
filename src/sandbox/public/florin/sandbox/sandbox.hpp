#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "florin/base/instant.hpp"
#include "florin/base/result.hpp"
#include "florin/http/client.hpp"
#include "florin/http/message.hpp"
#include "florin/runtime/scheduler.hpp"
#include "florin/runtime/task.hpp"
#include "florin/runtime/world.hpp"

namespace florin::sandbox {

/// Credentials that the Authorize.Net stand-in accepts. Transactions of one login are unknown to others.
struct AuthorizeNetMerchant {
    std::string login = "sandboxLogin";
    std::string transaction_key = "sandboxKey123456";
    std::string client_key = "sandboxClientKey";  ///< Public: it only makes card nonces.
    /// 128 hexadecimal digits; `transHashSha2` and the signatures of webhooks are made with it.
    std::string signature_key =
        "0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF"
        "0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF";
};

/// The account of the Stripe stand-in.
struct StripeAccount {
    std::string secret_key = "sk_test_sandbox";
    std::string webhook_secret = "whsec_sandbox";  ///< What webhooks are signed with.
};

/// The site of the Chargebee stand-in.
struct ChargebeeSite {
    std::string api_key = "test_sandbox";
    std::string webhook_user = "chargebee";  ///< What its webhooks carry as Basic authentication.
    std::string webhook_password = "chargebee_sandbox";
};

/// The account of the SendGrid stand-in.
struct SendGridAccount {
    std::string api_key = "SG.sandbox";
};

/// The website of the Buckaroo stand-in.
struct BuckarooWebsite {
    std::string website_key = "SANDBOX01";
    std::string secret_key = "sandbox-secret-0123456789";  ///< Signs requests and pushes.
};

/// The account of the e-wallet stand-in.
struct WalletAccount {
    std::string api_key = "wallet_sandbox_key";
    /// Standard Webhooks: `whsec_` and base64.
    std::string webhook_secret = "whsec_c2FuZGJveCBzZWNyZXQgb2YgdGhlIHdhbGxldA==";
};

/// The organisation of the Salesforce stand-in, and its app.
struct SalesforceOrg {
    std::string client_id = "sandboxConsumerKey";
    std::string client_secret = "sandboxConsumerSecret";
    std::string username = "integration@sandbox.florin";
    /// Text fields of Case that are external ids, and unique.
    std::vector<std::string> external_ids{"FlorinCase__c", "PaymentAttempt__c"};
};

struct SandboxOptions {
    /// `sandbox.db` lives here (created, mode 0700); empty: everything in memory.
    std::string data_directory;
    std::vector<AuthorizeNetMerchant> merchants{AuthorizeNetMerchant{}};
    StripeAccount stripe;
    WalletAccount wallet;
    ChargebeeSite chargebee;
    BuckarooWebsite buckaroo;
    SendGridAccount sendgrid;
    SalesforceOrg salesforce;
    Millis settle_after{0};
    Millis late_reply{60'000};
    Millis search_lag{60'000};
};

/// Money that really moved at a provider: no declines, no repeats.
struct Movement {
    std::int64_t seq = 0;           ///< From 1, without gaps.
    std::string provider;           ///< The connector's name: `stripe`, `chargebee` …
    std::string reference;          ///< What the platform sent as its own reference of this very call.
    std::string type;               ///< `authorize`, `purchase`, `capture`, `refund`, `cancel`.
    std::int64_t amount_minor = 0;  ///< Positive.
    std::string currency;
    std::string provider_id;
    std::string parent_id;  ///< The provider's id of what was captured, refunded or cancelled, else empty.
    std::string cancels;    ///< Of a cancel: the type of what it undid.
    Instant at;
};

/// An answer, and what becomes of it on its way.
struct Served {
    http::Response response;
    bool drop = false;  ///< Send nothing and close the connection.
    Millis delay{0};    ///< To wait before answering (or dropping). What happened has happened already.
    /// Not zero: nothing has happened yet. Wait this long, then call `serve` again with `is_late`.
    Millis late{0};
};

/// Every simulated provider, its books and the fault script. Any thread.
class Sandbox {
public:
    /// Errors: `unavailable`/`sandbox_storage_unavailable`.
    static Result<std::unique_ptr<Sandbox>> open(SandboxOptions options, World world);
    virtual ~Sandbox() = default;

    /// Answers one HTTP request, waiting where a fault says so. A connection that is to be closed
    /// without an answer is a response that `is_dropped`.
    virtual Task<http::Response> handle(http::Request& request) = 0;
    /// The same without waiting. `is_late`: a second call, see `Served::late`.
    virtual Served serve(const http::Request& request, bool is_late = false) = 0;

    /// The truth, for tests: everything that moved, in order.
    virtual std::vector<Movement> movements() const = 0;
    /// As `PUT /sandbox/faults`. Error `invalid` names what is wrong.
    virtual Result<void> set_faults(std::string_view json) = 0;
    virtual void clear_faults() = 0;
    /// As `PUT /sandbox/settings`. Error `invalid` names what is wrong.
    virtual Result<void> change_settings(std::string_view json) = 0;
    /// Begins to send webhooks: on `scheduler`, with the client of whatever scheduler calls `client`. Until then they
    /// wait. The scheduler has to stop before the sandbox goes, or be the thread on which it goes.
    virtual void send_webhooks(Scheduler& scheduler, std::function<http::Client&()> client) = 0;
    /// As `POST /sandbox/settle`: settles everything captured. How many transactions were settled.
    virtual std::size_t settle() = 0;
};

}  // namespace florin::sandbox
