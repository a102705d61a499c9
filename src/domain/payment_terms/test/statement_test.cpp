#include "statement.hpp"

#include "terms_world.hpp"
#include "wording.hpp"

namespace florin::payment_terms {
namespace {

using test::TermsWorld;
using Words = std::vector<std::string>;

/// Minor units with two decimals, for the eye.
std::string plain(Money amount) { return to_major_text(amount); }

Words statement_told(const TermsWorld& sim, std::string_view locale = "en") {
    Words all;
    for (const documents::Line& line : statement_lines(sim.last_told->terms, locale::Locale::of(locale)))
        all.push_back(line.description + ": " + plain(line.amount));
    return all;
}
Words payments_told(const TermsWorld& sim, std::string_view locale = "en") {
    Words all;
    for (const documents::ScheduleRow& row :
         statement_payments(sim.last_told->terms, sim.last_told->charges, locale::Locale::of(locale)))
        all.push_back(calendar::to_text(row.due_date) + " " + row.description + ": " + plain(row.amount));
    return all;
}
Words explained(const TermsWorld& sim, std::string_view locale = "en") {
    const Terms& terms = sim.last_told->terms;
    Words all;
    // No-break spaces read like others.
    for (std::string text : settlement_explained(terms, *terms.settlement, locale::Locale::of(locale))) {
        for (std::size_t at = text.find("\u00a0"); at != std::string::npos; at = text.find("\u00a0"))
            text.replace(at, 2, " ");
        all.push_back(std::move(text));
    }
    return all;
}
/// The lines are the total, and the payments what was kept.
void expect_statement_to_add_up(const TermsWorld& sim) {
    const Terms& terms = sim.last_told->terms;
    std::int64_t sum = 0, kept = 0;
    for (const documents::Line& line : statement_lines(terms, locale::Locale::of("en"))) {
        EXPECT_NE(line.amount.minor(), 0) << line.description;
        sum += line.amount.minor();
    }
    EXPECT_EQ(sum, statement_total(terms).minor());
    EXPECT_EQ(sum, terms.settlement->final_charge_minor - terms.settlement->refund_minor);
    for (const documents::ScheduleRow& row :
         statement_payments(terms, sim.last_told->charges, locale::Locale::of("en")))
        kept += row.amount.minor();
    EXPECT_EQ(kept, terms.settlement->paid_minor);
}
NewTerms under(NewTerms wanted, const CancellationTerms& terms) {
    wanted.cancellation_terms = terms;
    return wanted;
}

TEST(Statement, of_a_pro_rata_refund_shows_each_payment_and_how_the_cost_is_computed) {  // A-FR-15, A-AS-17, A-CM-27
    TermsWorld sim;
    const auto id = sim.created(sim.wanted());
    sim.live("2027-04-01T08:00:00Z");
    ASSERT_TRUE(sim.cancel(id));
    EXPECT_EQ(statement_total(sim.last_told->terms).minor(), -10'411);
    EXPECT_EQ(statement_told(sim), (Words{"Cost for 90 of 365 days: 295.89", "Paid: -400.00"}));
    EXPECT_EQ(statement_told(sim, "de"), (Words{"Kosten für 90 von 365 Tagen: 295.89", "Gezahlt: -400.00"}));
    EXPECT_EQ(payments_told(sim),
              (Words{"2027-01-01 Instalment 1 of 12: 100.00", "2027-02-01 Instalment 2 of 12: 100.00",
                     "2027-03-01 Instalment 3 of 12: 100.00", "2027-04-01 Instalment 4 of 12: 100.00"}));
    EXPECT_EQ(explained(sim),
              Words{"The term runs from 1 January 2027 to 31 December 2027, 365 days. At the cancellation on 1 April "
                    "2027 90 of them had passed. In proportion to these the cost is €1,200.00 × 90 ÷ 365 = €295.89."});
    EXPECT_EQ(explained(sim, "de"),
              Words{"Die Laufzeit geht vom 1. Januar 2027 bis zum 31. Dezember 2027 und hat 365 Tage. Bei der "
                    "Kündigung am 1. April 2027 waren davon 90 vergangen. Anteilig dafür betragen die Kosten 1.200,00 "
                    "€ × 90 ÷ 365 = 295,89 €."});
    expect_statement_to_add_up(sim);
}

TEST(Statement, of_a_final_charge_has_penalty_and_fee) {
    TermsWorld sim;
    const auto id = sim.created(under(sim.wanted(120'000, 12, 31), {.method = CancellationMethod::short_rate,
                                                                    .penalty_bp = 1'000,
                                                                    .fee_minor = 2'500,
                                                                    .minimum_earned_bp = 2'500}));
    sim.live("2027-04-01T08:00:00Z");
    ASSERT_TRUE(sim.cancel(id));
    EXPECT_EQ(statement_told(sim), (Words{"Cost for 90 of 365 days, and 10% of the rest: 386.30",
                                          "Fee for the cancellation: 25.00", "Paid: -300.00"}));
    const Words said = explained(sim);
    ASSERT_EQ(said.size(), 2U);
    EXPECT_TRUE(
        said[0].ends_with("In proportion to these, and with 10% of the rest, the cost is €1,200.00 × (90 + 275 × "
                          "10%) ÷ 365 = €386.30."))
        << said[0];
    EXPECT_EQ(said[1], "That is no less than the 25% of the total, €300.00, owed in any case.");
    EXPECT_EQ(statement_total(sim.last_told->terms).minor(), 11'130);
    expect_statement_to_add_up(sim);
}

TEST(Statement, says_which_of_the_agreed_conditions_decided) {  // A-AS-16, A-AS-18
    using Method = CancellationMethod;
    struct Case {
        const char* why;
        CancellationTerms terms;
        Words lines;
        const char* last_words;
    };
    const Case cases[] = {
        {"the minimum is more than the days",
         {.minimum_earned_bp = 5'000},
         {"Minimum cost, 50% of the total: 600.00", "Paid: -400.00"},
         "At least 50% of the total is owed in any case, and that is more: €1,200.00 × 50% = €600.00."},
        {"all goes back while it can be withdrawn",
         {.cooling_off_days = 100, .fee_minor = 2'500, .minimum_earned_bp = 5'000},
         {"Paid: -400.00"},
         "Until the end of the first 100 days everything is given back."},
        {"nothing is charged", {.method = Method::flat}, {"Paid: -400.00"}, "As agreed, they cost nothing."},
        {"all is kept",
         {.method = Method::none, .minimum_earned_bp = 5'000},
         {"Kept, as agreed: 400.00", "Paid: -400.00"},
         "As agreed, nothing is given back, and nothing more is charged."},
        {"no more than so much goes back",
         {.method = Method::flat, .refund_cap_minor = 10'000},
         {"Paid: -400.00", "Beyond the €100.00 that is given back at most: 300.00"},
         "As agreed, they cost nothing."}};
    for (const Case& one : cases) {
        SCOPED_TRACE(one.why);
        TermsWorld sim;
        const auto id = sim.created(under(sim.wanted(), one.terms));
        sim.live("2027-04-01T08:00:00Z");
        ASSERT_TRUE(sim.cancel(id));
        EXPECT_EQ(statement_told(sim), one.lines);
        EXPECT_TRUE(explained(sim).back().ends_with(one.last_words)) << explained(sim).back();
        expect_statement_to_add_up(sim);
    }
}

TEST(Statement, counts_what_was_given_back_and_taken_back_before) {  // F28, F95
    TermsWorld sim;
    const auto id = sim.created(sim.wanted());
    sim.live("2027-04-02T00:00:00Z");
    ASSERT_TRUE(sim.adjust(id, 108'000));
    sim.work();
    sim.take_back(id, 2);
    ASSERT_TRUE(sim.cancel(id));
    EXPECT_EQ(statement_told(sim),
              (Words{"Cost for 91 of 365 days: 269.26", "Paid: -400.00", "Given back before: 40.00",
                     "Disputed or given back otherwise: 100.00", "Not asked for: -9.26"}));
    EXPECT_EQ(payments_told(sim),
              (Words{"2027-01-01 Instalment 1 of 12: 100.00", "2027-02-01 Instalment 2 of 12: 100.00",
                     "2027-02-01 Instalment 2 of 12: disputed or given back otherwise: -100.00",
                     "2027-03-01 Instalment 3 of 12: 100.00", "2027-04-01 Instalment 4 of 12: 100.00",
                     "2027-04-02 Refund after a change of the total: -40.00"}));
    EXPECT_EQ(statement_total(sim.last_told->terms).minor(), 0);
    expect_statement_to_add_up(sim);
    // One that failed is with a person who gives it back, and is not told as done.
    for (billing::Charge& one : sim.last_told->charges)
        if (one.is_refund) one.status = billing::ChargeStatus::failed;
    EXPECT_EQ(payments_told(sim).back(), "2027-04-02 Refund after a change of the total: still to come: -40.00");
    expect_statement_to_add_up(sim);
}

TEST(Statement, of_nothing_says_so) {
    TermsWorld sim;
    const auto id = sim.created(sim.wanted(120'000, 12, 15));
    ASSERT_TRUE(sim.cancel(id));
    EXPECT_TRUE(statement_told(sim).empty());
    EXPECT_TRUE(payments_told(sim).empty());
    EXPECT_NE(explained(sim)[0].find("none of them had passed"), std::string::npos);
    EXPECT_NE(explained(sim, "de")[0].find("waren davon keine vergangen"), std::string::npos);
    expect_statement_to_add_up(sim);
}

TEST(Statement, comes_with_the_settlement_and_not_with_the_request) {  // F85
    TermsWorld sim;
    const auto id = sim.created(sim.wanted());
    sim.live("2027-01-31T00:00:00Z");
    sim.bank.is_silent = true;
    sim.live("2027-02-01T00:00:10Z");
    ASSERT_TRUE(sim.cancel(id));
    EXPECT_EQ(sim.told, Words{"created"});
    sim.bank.is_silent = false;
    sim.live("2027-02-02T00:00:00Z");
    ASSERT_EQ(sim.told, (Words{"created", "canceled"}));
    EXPECT_EQ(statement_told(sim), (Words{"Cost for 31 of 365 days: 101.92", "Paid: -200.00"}));
    expect_statement_to_add_up(sim);
}

}  // namespace
}  // namespace florin::payment_terms
