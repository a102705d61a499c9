#include "match.hpp"

#include <gtest/gtest.h>

namespace florin::reconciliation {
namespace {

using payments::SettlementLine;
using payments::Transaction;
using payments::TransactionStatus;
using payments::TransactionType;
using Kind = SettlementLine::Kind;

constexpr MerchantId shop{1};
const Currency EUR = *Currency::of("EUR"), USD = *Currency::of("USD");

payments::TransactionId id_of(std::uint8_t number) {
    payments::TransactionId id;
    id.value[15] = number;
    return id;
}

Transaction made(std::uint8_t number, TransactionType type, std::int64_t minor,
                 TransactionStatus status = TransactionStatus::approved, std::uint8_t parent = 0) {
    Transaction one{.merchant = shop,
                    .id = id_of(number),
                    .payment = {id_of(1).value},
                    .type = type,
                    .status = status,
                    .amount = *Money::of(minor, EUR),
                    .parent = {},
                    .reference_number = "R" + std::to_string(number),
                    .provider_id = "p" + std::to_string(number),
                    .auth_code = {},
                    .provider_code = {},
                    .message = {},
                    .avs = {},
                    .cvv = {},
                    .customer_id = {},
                    .payment_method = {},
                    .idempotency_key = {},
                    .origin = {},
                    .next_check_at = {},
                    .created_at = {},
                    .updated_at = {},
                    .expires_at = {}};
    const bool is_booked = status == TransactionStatus::approved || status == TransactionStatus::quarantined;
    one.approved_minor = is_booked ? minor : 0;
    if (parent != 0) one.parent = id_of(parent);
    return one;
}

SettlementLine line(Kind kind, std::string reference, std::int64_t gross, std::string provider_id = {},
                    Currency currency = EUR) {
    return {.id = "l",
            .kind = kind,
            .reference = std::move(reference),
            .provider_id = std::move(provider_id),
            .gross = *Money::of(gross, currency),
            .fee = Money::zero(currency),
            .description = {}};
}

struct Case {
    const char* why;
    SettlementLine told;
    std::vector<Transaction> ours;  ///< Empty: no such payment.
    std::vector<std::uint8_t> settled;
    Finding finding;
    std::uint8_t transaction = 0;
    std::int64_t expected = 0;
    std::int64_t paid_elsewhere = 0;
};

TEST(Match, a_line_is_judged_by_what_our_books_say_of_its_operation) {
    using S = TransactionStatus;
    using T = TransactionType;
    const Transaction sale = made(1, T::purchase, 1'000), auth = made(1, T::authorize, 1'000);
    const Transaction first = made(2, T::capture, 300, S::approved, 1),
                      second = made(3, T::capture, 500, S::approved, 1);
    const Transaction refund = made(4, T::refund, 400, S::approved, 1);
    const Transaction taken = made(5, T::chargeback, 1'000, S::approved, 1),
                      won = made(6, T::chargeback_reversal, 1'000, S::approved, 5);
    const Case cases[] = {
        {"as we have it", line(Kind::charge, "R1", 1'000), {sale}, {}, Finding::matched, 1, 1'000},
        {"less than we took", line(Kind::charge, "R1", 900), {sale}, {}, Finding::amount_differs, 1, 1'000},
        {"more than we took", line(Kind::charge, "R1", 1'100), {sale}, {}, Finding::amount_differs, 1, 1'000},
        {"another currency", line(Kind::charge, "R1", 1'000, {}, USD), {sale}, {}, Finding::currency_differs, 1},
        {"settled before", line(Kind::charge, "R1", 1'000), {sale}, {1}, Finding::settled_twice, 1},
        {"paid elsewhere", line(Kind::charge, "R1", 1'000), {sale}, {}, Finding::settled_twice, 1, 0, 1'000},
        {"declined",
         line(Kind::charge, "R1", 1'000),
         {made(1, T::purchase, 1'000, S::declined)},
         {},
         Finding::not_approved,
         1},
        {"failed",
         line(Kind::charge, "R1", 1'000),
         {made(1, T::purchase, 1'000, S::failed)},
         {},
         Finding::not_approved,
         1},
        {"unknown", line(Kind::charge, "R1", 1'000), {made(1, T::purchase, 1'000, S::unknown)}, {}, Finding::open, 1},
        {"held for a person, and booked",
         line(Kind::charge, "R1", 1'000),
         {made(1, T::purchase, 1'000, S::quarantined)},
         {},
         Finding::matched,
         1,
         1'000},
        {"nobody's", line(Kind::charge, "R9", 1'000), {}, {}, Finding::unknown_operation},
        {"never captured", line(Kind::charge, "R1", 1'000), {auth}, {}, Finding::not_approved, 1},
        {"a capture by its authorization's name",
         line(Kind::charge, "R1", 300),
         {auth, first, second},
         {},
         Finding::matched,
         2,
         300},
        {"the other one by its amount",
         line(Kind::charge, "R1", 500),
         {auth, first, second},
         {},
         Finding::matched,
         3,
         500},
        {"the one that is left",
         line(Kind::charge, "R1", 450),
         {auth, first, second},
         {2},
         Finding::amount_differs,
         3,
         500},
        {"both are settled", line(Kind::charge, "R1", 500), {auth, first, second}, {2, 3}, Finding::settled_twice, 2},
        {"a capture by its own name",
         line(Kind::charge, "R3", 300),
         {auth, first, second},
         {},
         Finding::amount_differs,
         3,
         500},
        {"a capture by the provider's id",
         line(Kind::charge, "", 500, "p3"),
         {auth, first, second},
         {},
         Finding::matched,
         3,
         500},
        {"a refund", line(Kind::refund, "R4", -400), {sale, refund}, {1}, Finding::matched, 4, -400},
        {"a refund of less", line(Kind::refund, "R4", -300), {sale, refund}, {1}, Finding::amount_differs, 4, -400},
        {"a refund by the charge's name",
         line(Kind::refund, "R1", -400),
         {sale, refund},
         {1},
         Finding::matched,
         4,
         -400},
        {"one that we have not given",
         line(Kind::refund, "R1", -500, "p9"),
         {sale, refund},
         {1},
         Finding::unknown_operation},
        {"a chargeback", line(Kind::chargeback, "R1", -1'000, "p5"), {sale, taken}, {1}, Finding::matched, 5, -1'000},
        {"one that nobody has told us of",
         line(Kind::chargeback, "R1", -1'000, "p5"),
         {sale},
         {1},
         Finding::unknown_operation},
        {"money that came back of it",
         line(Kind::chargeback_reversal, "R1", 1'000, "p6"),
         {sale, taken, won},
         {1, 5},
         Finding::matched,
         6,
         1'000},
        {"a fee by itself", line(Kind::fee, "", 0), {}, {}, Finding::matched},
        {"something else", line(Kind::adjustment, "", -700), {}, {}, Finding::unknown_operation},
    };
    for (const Case& each : cases) {
        SCOPED_TRACE(each.why);
        payments::PaymentDetails known{{.merchant = shop,
                                        .id = {id_of(1).value},
                                        .amount = *Money::of(1'000, EUR),
                                        .connector = "fake",
                                        .payment_method = {},
                                        .card = {},
                                        .created_at = {},
                                        .updated_at = {},
                                        .expires_at = {}},
                                       each.ours};
        Settled settled{.transactions = {}, .paid_elsewhere_minor = each.paid_elsewhere};
        for (const std::uint8_t number : each.settled) settled.transactions.push_back(id_of(number));
        const Judgement judged = judge(each.told, each.ours.empty() ? nullptr : &known, settled);
        EXPECT_EQ(to_text(judged.finding), to_text(each.finding));
        EXPECT_EQ(judged.expected_minor, each.expected);
        EXPECT_EQ(judged.transaction, each.transaction == 0 ? std::nullopt : std::optional{id_of(each.transaction)});
    }
}

TEST(Match, what_is_left_of_a_payment_is_what_nobody_has_settled_or_decided) {
    payments::Payment payment{.merchant = shop,
                              .id = {},
                              .amount = *Money::of(1'000, EUR),
                              .connector = "fake",
                              .payment_method = {},
                              .card = {},
                              .created_at = {},
                              .updated_at = {},
                              .expires_at = {}};
    payment.captured_minor = 1'000;
    payment.refunded_minor = 300;
    EXPECT_EQ(unsettled_minor(payment, {.transactions = {}}), 700);
    EXPECT_EQ(unsettled_minor(payment, {.transactions = {}, .expected_minor = 1'000}), -300)
        << "the refund is not taken off yet";
    EXPECT_EQ(unsettled_minor(payment, {.transactions = {}, .expected_minor = 700}), 0);
    EXPECT_EQ(unsettled_minor(payment, {.transactions = {}, .waived_minor = 700}), 0);
    EXPECT_EQ(unsettled_minor(payment, {.transactions = {}, .paid_elsewhere_minor = 700}), 0);
    payment.refunded_minor = 1'000;
    EXPECT_EQ(unsettled_minor(payment, {.transactions = {}}), 0) << "the provider made a void of both";
}

}  // namespace
}  // namespace florin::reconciliation
