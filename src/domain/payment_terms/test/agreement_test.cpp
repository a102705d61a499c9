#include "agreement.hpp"

#include "terms_world.hpp"

namespace florin::payment_terms {
namespace {

using test::TermsWorld;
using Words = std::vector<std::string>;

/// What the customer was last shown of how the total is made up.
std::vector<documents::Line> agreement_told(const TermsWorld& sim, std::string_view locale = "en") {
    return agreement_lines(sim.last_told->terms, outlook_of(*sim.last_told), sim.at_once, locale::Locale::of(locale));
}
Words words_told(const TermsWorld& sim, std::string_view locale = "en") {
    Words all;
    for (const documents::Line& line : agreement_told(sim, locale))
        all.push_back(line.description + ": " + std::to_string(line.amount.minor()));
    return all;
}
void expect_agreement_to_add_up(const TermsWorld& sim) {
    std::int64_t sum = 0;
    for (const documents::Line& line : agreement_told(sim)) {
        EXPECT_NE(line.amount.minor(), 0) << line.description;
        sum += line.amount.minor();
    }
    EXPECT_EQ(sum, sim.last_told->terms.plan.total_minor);
    const Outlook outlook = outlook_of(*sim.last_told);
    std::int64_t to_come = 0;
    for (const ToCome& one : outlook.instalments) {
        EXPECT_GT(one.amount_minor, 0) << one.number;
        to_come += one.amount_minor;
    }
    EXPECT_EQ(to_come, outlook.to_come_minor);
}
json::Value mail_told(const TermsWorld& sim) {
    return *json::parse(letter_filling(sim.last_told->terms, outlook_of(*sim.last_told), sim.at_once));
}
std::string amount_in(const json::Value& mail, std::string_view name) {
    const json::Value* const amount = mail.find(name);
    return amount == nullptr ? "none" : std::string{amount->find("amount")->text()};
}

TEST(Agreement, of_a_raised_total_has_what_was_paid_what_is_charged_at_once_and_what_is_to_come) {  // A-FR-15
    TermsWorld sim;
    const auto id = sim.created(sim.wanted());
    sim.live("2027-05-02T00:00:00Z");
    ASSERT_TRUE(sim.adjust(id, 180'000));
    EXPECT_EQ(words_told(sim), (Words{"Paid so far: 50000", "Charged at once, for this change: 25000",
                                      "7 instalments to come: 105000"}));
    EXPECT_EQ(words_told(sim, "de"), (Words{"Bisher gezahlt: 50000", "Für diese Änderung sofort abgebucht: 25000",
                                            "7 kommende Raten: 105000"}));
    expect_agreement_to_add_up(sim);
    const auto mail = mail_told(sim);
    EXPECT_EQ(amount_in(mail, "charge"), "250.00");
    EXPECT_EQ(amount_in(mail, "refund"), "none");
    EXPECT_EQ(amount_in(mail, "next_amount"), "150.00");
    EXPECT_EQ(mail.find("next_due_date")->find("date")->text(), "2027-06-01");
}

TEST(Agreement, of_which_no_more_is_to_come_has_no_instalments_of_nothing) {  // A-FR-15, F93
    TermsWorld sim;
    NewTerms wanted = sim.wanted();
    wanted.options.adjustment = Adjustment::spread;
    const auto id = sim.created(wanted);
    sim.live("2027-04-02T00:00:00Z");
    ASSERT_TRUE(sim.adjust(id, 36'000));
    EXPECT_EQ(words_told(sim), (Words{"Paid so far: 40000", "Given back at once, for this change: -4000"}));
    EXPECT_TRUE(outlook_of(*sim.last_told).instalments.empty());
    expect_agreement_to_add_up(sim);
    const auto mail = mail_told(sim);
    EXPECT_EQ(amount_in(mail, "refund"), "40.00");
    EXPECT_EQ(mail.find("next_amount"), nullptr);
    EXPECT_EQ(mail.find("next_due_date"), nullptr);
    // What is given back by then is not told again.
    sim.work();
    ASSERT_TRUE(sim.adjust(id, 120'000));
    EXPECT_EQ(words_told(sim), (Words{"Paid so far: 36000", "8 instalments to come: 84000"}));
    expect_agreement_to_add_up(sim);
}

TEST(Agreement, counts_as_paid_what_is_still_there_and_says_what_is_not_asked_for) {  // F28, F95, A-FR-15
    TermsWorld sim;
    const auto id = sim.created(sim.wanted());
    sim.live("2027-04-02T00:00:00Z");
    sim.take_back(id, 2);
    ASSERT_TRUE(sim.adjust(id, 12'000));
    EXPECT_EQ(words_told(sim), (Words{"Paid so far: 30000", "Given back at once, for this change: -26000",
                                      "8 instalments to come: 8000"}));
    expect_agreement_to_add_up(sim);
    sim.work();
    ASSERT_TRUE(sim.adjust(id, 120'000));
    EXPECT_EQ(words_told(sim),
              (Words{"Paid so far: 4000", "Charged at once, for this change: 26000", "8 instalments to come: 80000",
                     "Disputed or given back otherwise, and not asked for again: 10000"}));
    expect_agreement_to_add_up(sim);
}

TEST(Agreement, tells_of_what_is_due_and_not_paid_and_of_what_is_given_back_once_it_is) {  // F84, F95
    TermsWorld sim;
    const auto id = sim.created(sim.wanted());
    sim.bank.is_silent = true;
    sim.work();
    ASSERT_TRUE(sim.adjust(id, 60'000));
    // What is on its way arrives, and the credit is given back before the next instalment is due.
    EXPECT_EQ(words_told(sim), (Words{"Due so far and not paid: 10000", "11 instalments to come: 55000",
                                      "Credit, given back once it has been received: -5000"}));
    EXPECT_EQ(mail_told(sim).find("next_due_date")->find("date")->text(), "2027-02-01");
    EXPECT_EQ(amount_in(mail_told(sim), "next_amount"), "50.00");
    EXPECT_EQ(amount_in(mail_told(sim), "credit"), "50.00");
    expect_agreement_to_add_up(sim);
    ASSERT_TRUE(sim.adjust(id, 1'000));
    EXPECT_EQ(words_told(sim), (Words{"Due so far and not paid: 10000", "11 instalments to come: 913",
                                      "Credit, given back once it has been received: -9913"}));
    EXPECT_EQ(amount_in(mail_told(sim), "credit"), "99.13");
    expect_agreement_to_add_up(sim);
}

}  // namespace
}  // namespace florin::payment_terms
