#include "florin/webhooks/signature.hpp"

#include <gtest/gtest.h>

#include "florin/security/encoding.hpp"

namespace florin::webhooks {
namespace {

// The widely published vector of Standard Webhooks, and one that Node's crypto and the npm package agree on.
TEST(Signature, agrees_with_the_published_vectors) {
    const auto published = *security::from_base64("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    EXPECT_EQ(sign(published, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1'614'265'330, R"({"test": 2432232314})"),
              "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    EXPECT_EQ(to_secret_text(published), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    const auto other = *security::from_base64("bG9jYWwtb3V0Ym91bmQtc2VjcmV0LTAw");
    EXPECT_EQ(sign(other, "msg_01JD0000000000000000000017", 1'763'640'000,
                   R"({"type":"payment.captured","timestamp":"2026-11-20T12:00:00.000Z","data":{"payment_id":"pay_17",)"
                   R"("amount":"12.50","currency":"EUR"}})"),
              "v1,3567ADShBWuRijz8oUzwt44gUqzsOE/Hs+Q3Kv/v56o=");
}

}  // namespace
}  // namespace florin::webhooks
