#include "lives.hpp"

#include <gtest/gtest.h>

#include "seeds.hpp"
#include "share.hpp"

namespace florin::sim {
namespace {

// F70, F71, F72, F77, F78, F79, F82, F83, F84, F85, F93, F94, F95, F127
TEST(LivesSim, what_is_due_is_charged_once_in_its_order_and_told_once_whatever_gets_lost) {
    constexpr std::uint64_t usual = 40 / test::sanitized_share;
    const std::uint64_t only = number_from("SEED", 0);
    const std::uint64_t first = only != 0 ? only : 1;
    const std::uint64_t count = only != 0 ? 1 : number_from("SEEDS", usual);
    Lived sum;
    for (std::uint64_t seed = first; seed < first + count; ++seed) {
        const Lived lived = live_through(seed);
        EXPECT_TRUE(lived.objections.empty()) << "repeat with SEED=" << seed << "\n" << to_text(lived.objections);
        sum.agreements += lived.agreements;
        sum.charges += lived.charges;
        sum.movements += lived.movements;
        sum.deaths += lived.deaths;
    }
    std::printf("%llu seeds: %zu agreements, %zu charges, %zu movements, %llu deaths\n",
                static_cast<unsigned long long>(count), sum.agreements, sum.charges, sum.movements,
                static_cast<unsigned long long>(sum.deaths));
}

/// Something that the platform would do if it had that fault; here the database does it behind its back.
struct Fault {
    const char* what;
    std::string_view law;  ///< Which one it breaks.
    store::Sql trigger;
};

TEST(LivesSim, finds_each_fault_that_the_database_plants) {  // F70, F71, F73, F82, F89, F95
    if (test::sanitized_share > 1) GTEST_SKIP() << "the judges are tried by the plain build";
    static const Fault faults[] = {
        {"a receipt's mail is forgotten", "who is to be told is told once", store::Sql{"sim.fault_mail", R"sql(
             CREATE TRIGGER fault AFTER INSERT ON notifications WHEN NEW.template = 'payment_receipt' BEGIN
                 UPDATE notifications SET cause = 'lost' || cause WHERE merchant_id = NEW.merchant_id AND id = NEW.id;
             END)sql"}},
        {"a receipt is another's", "what was paid has its document", store::Sql{"sim.fault_document", R"sql(
             CREATE TRIGGER fault AFTER INSERT ON documents WHEN NEW.kind = 'receipt' BEGIN
                 UPDATE documents SET cause = NEW.cause || '-' WHERE merchant_id = NEW.merchant_id AND id = NEW.id;
             END)sql"}},
        {"a document's number is skipped", "documents are numbered without gaps", store::Sql{"sim.fault_gap", R"sql(
             CREATE TRIGGER fault AFTER UPDATE ON document_series WHEN NEW.last_number = 2 BEGIN
                 UPDATE document_series SET last_number = 3 WHERE merchant_id = NEW.merchant_id AND series = NEW.series;
             END)sql"}},
        {"a retry's turn is forgotten", "what is to come is on the agenda", store::Sql{"sim.fault_turn", R"sql(
             CREATE TRIGGER fault AFTER INSERT ON agenda WHEN NEW.kind = 'charge' BEGIN
                 DELETE FROM agenda WHERE merchant_id = NEW.merchant_id AND kind = NEW.kind AND id = NEW.id;
             END)sql"}},
        {"a retry comes at once", "a retry waits for another day", store::Sql{"sim.fault_retry", R"sql(
             CREATE TRIGGER fault AFTER INSERT ON agenda WHEN NEW.kind = 'charge' BEGIN
                 UPDATE agenda SET due_at = 1 WHERE merchant_id = NEW.merchant_id AND kind = NEW.kind AND id = NEW.id;
             END)sql"}},
        {"an instalment falls on the day after", "each instalment has its day", store::Sql{"sim.fault_day", R"sql(
             CREATE TRIGGER fault AFTER INSERT ON billing_charges BEGIN
                 UPDATE billing_charges SET due_on = due_on + 1 WHERE merchant_id = NEW.merchant_id AND id = NEW.id;
             END)sql"}},
        {"a period is left out", "no period is left out", store::Sql{"sim.fault_period", R"sql(
             CREATE TRIGGER fault AFTER INSERT ON billing_charges WHEN NEW.number = 2 BEGIN
                 UPDATE billing_charges SET number = 102 WHERE merchant_id = NEW.merchant_id AND id = NEW.id;
             END)sql"}},
        {"a cent is lost on the way to the charge", "the lines of a charge are the charge",
         store::Sql{"sim.fault_cent", R"sql(
             CREATE TRIGGER fault AFTER INSERT ON billing_charges WHEN NEW.amount_minor > 1 BEGIN
                 UPDATE billing_charges SET amount_minor = NEW.amount_minor - 1
                 WHERE merchant_id = NEW.merchant_id AND id = NEW.id;
             END)sql"}},
        {"more is collected than is due", "a charge moves what it says", store::Sql{"sim.fault_amount", R"sql(
             CREATE TRIGGER fault AFTER UPDATE OF status ON billing_charges WHEN NEW.status = 'succeeded' BEGIN
                 UPDATE billing_charges SET amount_minor = NEW.amount_minor + 1
                 WHERE merchant_id = NEW.merchant_id AND id = NEW.id AND is_refund = 0;
             END)sql"}},
        {"terms forget what they asked for", "sums equal their charges", store::Sql{"sim.fault_sums", R"sql(
             CREATE TRIGGER fault AFTER UPDATE OF paid_minor ON payment_terms WHEN NEW.paid_minor > OLD.paid_minor BEGIN
                 UPDATE payment_terms SET billed_minor = billed_minor + 1
                 WHERE merchant_id = NEW.merchant_id AND id = NEW.id;
             END)sql"}},
        {"less is given back than is said", "a refund moves what it says", store::Sql{"sim.fault_refund", R"sql(
             CREATE TRIGGER fault AFTER UPDATE OF status ON billing_attempts
             WHEN NEW.parent_id IS NOT NULL AND NEW.status = 'succeeded' BEGIN
                 UPDATE billing_attempts SET amount_minor = NEW.amount_minor + 1
                 WHERE merchant_id = NEW.merchant_id AND charge = NEW.charge AND number = NEW.number;
             END)sql"}},
        {"what is taken back still counts", "what counts as paid is there", store::Sql{"sim.fault_gone", R"sql(
             CREATE TRIGGER fault AFTER UPDATE ON billing_charges WHEN NEW.taken_back_minor > OLD.taken_back_minor BEGIN
                 UPDATE billing_charges SET taken_back_minor = 0 WHERE merchant_id = NEW.merchant_id AND id = NEW.id;
             END)sql"}},
        {"terms do not hear of what is taken back", "an account is the sum of its charges",
         store::Sql{"sim.fault_account", R"sql(
             CREATE TRIGGER fault AFTER UPDATE ON payment_terms WHEN NEW.taken_back_minor > 0 BEGIN
                 UPDATE payment_terms SET taken_back_minor = 0 WHERE merchant_id = NEW.merchant_id AND id = NEW.id;
             END)sql"}},
        {"a returned debit is let go", "a returned debit is collected again or is a case",
         store::Sql{"sim.fault_returned", R"sql(
             CREATE TRIGGER fault AFTER UPDATE ON billing_charges
             WHEN NEW.status = 'retrying' AND NEW.returned_attempt IS NOT NULL BEGIN
                 UPDATE billing_charges SET status = 'canceled', retry_on = NULL, settled_at = 1
                 WHERE merchant_id = NEW.merchant_id AND id = NEW.id;
             END)sql"}},
        {"a dispute is nobody's", "a dispute is a case", store::Sql{"sim.fault_dispute", R"sql(
             CREATE TRIGGER fault AFTER INSERT ON cases WHEN NEW.reason = 'disputed' BEGIN
                 UPDATE cases SET cause = 'x' || NEW.cause WHERE merchant_id = NEW.merchant_id AND id = NEW.id;
             END)sql"}},
        {"what will not be payable is not told", "what will not be payable is announced",
         store::Sql{"sim.fault_ahead", R"sql(
             CREATE TRIGGER fault AFTER INSERT ON notifications
             WHEN NEW.template IN ('card_expiring', 'payment_method_missing') BEGIN
                 UPDATE notifications SET cause = 'lost' || cause WHERE merchant_id = NEW.merchant_id AND id = NEW.id;
             END)sql"}},
        {"a case is of something else", "what no machine can finish is a case", store::Sql{"sim.fault_case", R"sql(
             CREATE TRIGGER fault AFTER INSERT ON cases BEGIN
                 UPDATE cases SET cause = 'x' || NEW.cause WHERE merchant_id = NEW.merchant_id AND id = NEW.id;
             END)sql"}},
    };
    for (const Fault& fault : faults) {
        bool is_found = false;
        for (std::uint64_t seed = 1; seed <= 60 && !is_found; ++seed)
            for (const Objection& objection : live_through(seed, &fault.trigger).objections)
                is_found = is_found || objection.law == fault.law;
        EXPECT_TRUE(is_found) << "nobody objects when " << fault.what;
    }
}

}  // namespace
}  // namespace florin::sim
