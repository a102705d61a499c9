#pragma once

#include <deque>

#include "florin/payments/payments.hpp"

namespace florin::payments::test {

/// Says what the test wants said, and keeps what it was asked. What nobody prepared is approved.
class FakeProvider : public Connector {
public:
    struct Asked {
        std::string what, reference;
        std::int64_t amount_minor;
        std::string token;
        bool is_first_capture = true;
    };

    std::string_view name() const override { return called; }
    Capabilities capabilities() const override { return can; }
    Task<Answer> authorize(const Charge& charge) override { return charged("authorize", charge); }
    Task<Answer> purchase(const Charge& charge) override { return charged("purchase", charge); }
    Task<Answer> capture(const FollowUp& capture) override { return followed("capture", capture); }
    Task<Answer> refund(const FollowUp& refund) override { return followed("refund", refund); }
    Task<Answer> cancel(const FollowUp& cancel) override { return followed("cancel", cancel); }
    Task<Answer> lookup(const Lookup& operation) override {
        looked_up.push_back(operation.reference);
        co_await sleep_for(takes);
        Answer answer = found;
        if (!next_found.empty()) {
            answer = std::move(next_found.front());
            next_found.pop_front();
        }
        co_return answer;
    }
    Task<Reversals> reversals(const Lookup& operation) override {
        reversals_asked.push_back(operation.reference);
        co_await sleep_for(takes);
        co_return taken_back;
    }
    Task<void> acknowledge(const Lookup& operation) override {
        acknowledged.push_back(operation.provider_id);
        co_return;
    }
    Task<StoredCard> store_card(const Card&, const BillingAddress&, std::string_view,
                                std::string_view reference) override {
        asked.push_back({"store_card", std::string{reference}, 0, {}});
        co_await sleep_for(takes);
        StoredCard card{.outcome = Outcome::approved,
                        .token = "token-of-" + asked.back().reference,
                        .provider_code = {},
                        .message = {}};
        if (!next_card.empty()) {
            card = std::move(next_card.front());
            next_card.pop_front();
        }
        co_return card;
    }

    std::vector<std::string> asked_for(std::string_view what) const {
        std::vector<std::string> references;
        for (const Asked& one : asked)
            if (one.what == what) references.push_back(one.reference);
        return references;
    }

    std::string called = "fake";
    Capabilities can;
    std::deque<Answer> next, next_found;
    std::deque<StoredCard> next_card;
    Answer found;
    Millis takes{10};
    std::vector<Asked> asked;
    std::vector<std::string> looked_up, reversals_asked;
    std::vector<std::string> acknowledged;  ///< The provider's ids, as they were when it was looked up.
    Reversals taken_back{.is_answered = true, .all = {}};
    std::vector<std::string> mandates, accounts;  ///< As charges gave them.

private:
    Task<Answer> charged(std::string what, const Charge& charge) {
        asked.push_back({std::move(what), charge.reference, charge.amount.minor(), charge.token});
        mandates.push_back(charge.mandate_provider_id);
        accounts.push_back(charge.bank_account == nullptr ? std::string{} : charge.bank_account->iban);
        return say();
    }
    Task<Answer> followed(std::string what, const FollowUp& operation) {
        asked.push_back({std::move(what), operation.reference, operation.amount.minor(), operation.token,
                         operation.is_first_capture});
        return say();
    }
    Task<Answer> say() {
        co_await sleep_for(takes);
        Answer answer{.outcome = Outcome::approved, .provider_id = "p" + std::to_string(asked.size())};
        if (!next.empty()) {
            answer = std::move(next.front());
            next.pop_front();
        }
        co_return answer;
    }
};

inline Answer said(Outcome outcome, std::optional<Money> amount = std::nullopt) {
    Answer answer;
    answer.outcome = outcome;
    answer.provider_id = outcome == Outcome::approved ? "p" : "";
    answer.amount = amount;
    return answer;
}
inline Money euros(std::int64_t minor) { return *Money::of(minor, *Currency::of("EUR")); }

}  // namespace florin::payments::test
