#include "florin/cases/cases.hpp"

#include <gtest/gtest.h>

#include <deque>

#include "florin/events/events.hpp"
#include "florin/jobs/dead_letters.hpp"
#include "florin/runtime/simulation.hpp"
#include "florin/store/open.hpp"

namespace florin::cases {
namespace {

constexpr MerchantId shop{1}, other_shop{2};
const Currency EUR = *Currency::of("EUR");

/// A CRM with books of its own, that does what the test wants done; else it takes the case.
class Salesmen final : public Crm {
public:
    enum class Habit { take, defer, refuse, lose_answer, lose_call };
    struct Record {
        std::string id;
        bool is_closed = false;
        std::string email;
    };
    std::string_view name() const override { return "simulated"; }
    Task<Mirrored> mirror(const Reflection& reflection) override {
        ++calls;
        const Habit habit = next.empty() ? Habit::take : next.front();
        if (!next.empty()) next.pop_front();
        co_await sleep_for(Millis{5});
        const std::string key = reflection.one.id.text();
        if (habit == Habit::take || habit == Habit::lose_answer) {
            if (!records.contains(key)) {
                ++made;
                records[key] = {.id = "500" + std::to_string(made), .email = reflection.contact.email};
            } else {
                EXPECT_TRUE(reflection.may_be_there) << "else it would be made again";
            }
            records[key].is_closed = reflection.one.status == Status::resolved;
        }
        co_await sleep_for(Millis{5});
        switch (habit) {
            case Habit::take:
                co_return Mirrored{.outcome = Outcome::accepted, .id = records[key].id};
            case Habit::defer:
                co_return Mirrored{.outcome = Outcome::deferred, .code = "SERVER_UNAVAILABLE", .reason = "later"};
            case Habit::refuse:
                co_return Mirrored{.outcome = Outcome::refused,
                                   .code = "INVALID_EMAIL_ADDRESS",
                                   .reason = "no address: " + reflection.contact.email};
            case Habit::lose_answer:
            case Habit::lose_call:
                co_return Mirrored{.outcome = Outcome::unknown, .code = "crm_answer_lost", .reason = "gone"};
        }
        __builtin_unreachable();
    }
    std::map<std::string, Record> records;
    std::deque<Habit> next;
    int calls = 0, made = 0;
};
using Habit = Salesmen::Habit;

class CasesTest : public testing::Test {
protected:
    CasesTest() { start(); }
    void start() {
        stop.emplace();
        worker = std::make_unique<jobs::Worker>(*database, world,
                                                jobs::Worker::Options{.name = "here", .poll = Millis{20'000}});
        worker->handle(std::string{Cases::job_kind}, Cases::policy(),
                       [this](const jobs::Job& job) { return cases.mirror(job); });
        scheduler.spawn(worker->run(*stop));
    }
    /// As a process that dies, and another one that begins.
    void die() {
        scheduler.crash();
        database->crash();
        start();
    }
    template <class F>
    auto write(F& unit) {
        auto run = [](store::Store& on, F& inner) -> Task<std::invoke_result_t<F&, Tx&>> {
            co_return co_await on.write(inner);
        };
        return scheduler.await(run(*database, unit));
    }
    NewCase failed_instalment(std::string_view cause = "charge:1", MerchantId merchant = shop) const {
        return {.merchant = merchant,
                .cause = cause,
                .reason = "payment_failed",
                .customer_id = "c-7",
                .owner_kind = "payment_terms",
                .owner = owner,
                .amount = *Money::of(1'250, EUR),
                .due_date = *calendar::parse_date("2026-11-21"),
                .attempts = 2,
                .decline_class = "insufficient_funds",
                .message = "Insufficient funds",
                .correlation_id = "flow-1"};
    }
    CaseId open(const NewCase& one) {
        auto unit = [&](Tx& tx) -> Result<CaseId> { return cases.open(tx, one); };
        const CaseId id = *write(unit);
        cases.wake();
        return id;
    }
    CaseId open() { return open(failed_instalment()); }
    Asker me(MerchantId merchant = shop) const {
        return {.merchant = merchant, .actor = "key:me", .ip_address = {}, .user_agent = {}, .correlation_id = "ask-1"};
    }
    Result<Case> resolve(CaseId id, Resolution resolution, std::optional<std::string> amount = {},
                         std::string note = {}) {
        return scheduler.await(
            cases.resolve(me(), id, {.resolution = resolution, .amount = std::move(amount), .note = std::move(note)}));
    }
    Shown show(CaseId id) { return *scheduler.await(cases.show(shop, id)); }
    std::vector<std::string> kinds(CaseId id) {
        std::vector<std::string> all;
        for (const Entry& entry : show(id).entries) all.push_back(entry.kind);
        return all;
    }
    std::vector<Case> list(CaseFilter filter) { return *scheduler.await(cases.list(shop, std::move(filter))); }
    std::vector<events::Event> news() {
        auto read = [&](Tx& tx) -> Result<std::vector<events::Event>> { return events::list(tx, shop, 0, 1'000); };
        return *write(read);
    }
    std::vector<jobs::DeadLetter> dead_jobs() {
        auto read = [](Tx& tx) -> Result<std::vector<jobs::DeadLetter>> {
            return jobs::dead_letters(tx, shop, {.status = jobs::LetterStatus::open});
        };
        return *write(read);
    }
    void work(Millis span = Millis{2'000}) { scheduler.run(span); }

    SimClock clock;
    SimRandom random{7};
    SimScheduler scheduler{clock};
    World world{clock, random};
    std::unique_ptr<store::SimStore> database = store::SimStore::open(scheduler, world);
    audit::Log audit{{}};
    Salesmen crm;
    std::optional<Contact> known = Contact{.email = "ada@example.com", .name = "Ada"};
    Uuid owner = world.new_id<struct PlanTag>().value;
    std::unique_ptr<jobs::Worker> worker;
    Cases cases{
        {.world = world,
         .store = *database,
         .audit = audit,
         .crm = &crm,
         .find_contact = [this](MerchantId, std::string) -> Task<Result<std::optional<Contact>>> { co_return known; },
         .wake = [this] { worker->wake(); }}};
    std::optional<Signal> stop;
};

TEST_F(CasesTest, one_cause_has_one_case_however_often_it_is_told_of) {  // A-FR-04, A-CM-28
    const CaseId first = open();
    EXPECT_EQ(open(), first);
    EXPECT_NE(open(failed_instalment("charge:2")), first);
    EXPECT_NE(open(failed_instalment("charge:1", other_shop)), first) << "causes are each merchant's own";
    work();
    EXPECT_EQ(crm.made, 3);
    const Case one = show(first).one;
    EXPECT_EQ(one.status, Status::open);
    EXPECT_EQ(one.amount, *Money::of(1'250, EUR));
    EXPECT_EQ(calendar::to_text(*one.due_date), "2026-11-21");
    EXPECT_EQ(one.decline_class, "insufficient_funds");
    EXPECT_EQ(one.correlation_id, "flow-1");
    ASSERT_FALSE(news().empty());
    EXPECT_EQ(news()[0].type, "florin.case.opened");
    EXPECT_EQ(news()[0].sequence, 1);
    EXPECT_EQ(news()[0].data.find("ada@"), std::string::npos);
}

TEST_F(CasesTest, a_unit_that_fails_opens_nothing_and_tells_nobody) {
    auto unit = [&](Tx& tx) -> Result<bool> {
        cases.open(tx, failed_instalment());
        return fail(ErrorKind::conflict, "no", "No.");
    };
    EXPECT_FALSE(write(unit));
    work();
    EXPECT_TRUE(list({}).empty());
    EXPECT_EQ(crm.calls, 0);
}

TEST_F(CasesTest, whoever_owns_it_acts_in_the_commit_that_resolves_it) {
    std::vector<Resolution> acted;
    bool is_willing = false;
    cases.on_resolved("payment_terms", [&](Tx&, const Case& one) -> Result<void> {
        if (!is_willing) return fail(ErrorKind::conflict, "plan_is_over", "No.");
        acted.push_back(*one.resolution);
        EXPECT_EQ(one.resolved_amount, *Money::of(1'000, EUR));
        return {};
    });
    const CaseId id = open();
    work();
    EXPECT_EQ(resolve(id, Resolution::paid_elsewhere, "10.00").error().code, "plan_is_over");
    EXPECT_EQ(show(id).one.status, Status::open);
    is_willing = true;
    const auto resolved = resolve(id, Resolution::paid_elsewhere, "10.00", "by transfer");
    ASSERT_TRUE(resolved);
    EXPECT_EQ(resolved->resolved_by, "key:me");
    EXPECT_TRUE(resolve(id, Resolution::paid_elsewhere, "10", "by transfer")) << "the same again is no refusal";
    EXPECT_EQ(acted.size(), 1u) << "and nothing happens again";
    EXPECT_EQ(resolve(id, Resolution::waived).error().code, "case_resolved");
    EXPECT_EQ(resolve(id, Resolution::paid_elsewhere, "9.00", "by transfer").error().code, "case_resolved");
    work();
    EXPECT_EQ(kinds(id), (std::vector<std::string>{"opened", "mirrored", "resolved", "mirrored"}));
    EXPECT_TRUE(crm.records.at(id.text()).is_closed);
    auto audited = [&](Tx& tx) -> Result<std::size_t> {
        return audit::of_entity(tx, shop, "case", id.text(), 10).size();
    };
    EXPECT_EQ(*write(audited), 4u);
}

TEST_F(CasesTest, money_is_recorded_where_it_was_paid_elsewhere_and_never_more_than_was_at_stake) {
    const CaseId id = open();
    const std::pair<std::optional<std::string>, std::string> wrong[] = {
        {std::nullopt, "amount_required"}, {"0", "amount_required"},   {"12.51", "amount_above_case"},
        {"1.001", "amount_too_precise"},   {"many", "invalid_amount"},
    };
    for (const auto& [amount, code] : wrong)
        EXPECT_EQ(resolve(id, Resolution::paid_elsewhere, amount).error().code, code);
    EXPECT_EQ(resolve(id, Resolution::waived, "1.00").error().code, "amount_not_expected");
    NewCase held = failed_instalment("held:1");
    held.amount.reset();
    EXPECT_EQ(resolve(open(held), Resolution::paid_elsewhere, "1.00").error().code, "resolution_not_applicable");
    EXPECT_EQ(resolve(id, Resolution::retry).error().code, "resolution_not_applicable") << "nobody could try it again";
    EXPECT_EQ(resolve(id, Resolution::waived, {}, "card 4111 1111 1111 1111").error().code, "card_number_in_text");
    EXPECT_TRUE(resolve(id, Resolution::paid_elsewhere, "12.50"));
    EXPECT_EQ(resolve(CaseId{owner}, Resolution::waived).error().code, "case_not_found");
    EXPECT_EQ(scheduler.await(cases.resolve(me(other_shop), id, {})).error().code, "case_not_found");
}

TEST_F(CasesTest, what_a_person_had_tried_once_more_and_failed_again_opens_the_same_case) {
    cases.on_resolved("payment_terms", [](Tx&, const Case&) -> Result<void> { return {}; });
    const CaseId id = open();
    work();
    EXPECT_TRUE(resolve(id, Resolution::retry));
    work();
    EXPECT_TRUE(crm.records.at(id.text()).is_closed);
    NewCase again = failed_instalment();
    again.attempts = 3;
    EXPECT_EQ(open(again), id);
    EXPECT_EQ(show(id).one.status, Status::open);
    EXPECT_EQ(show(id).one.attempts, 3);
    work();
    EXPECT_FALSE(crm.records.at(id.text()).is_closed);
    EXPECT_TRUE(resolve(id, Resolution::waived));
    EXPECT_EQ(open(again), id) << "a person has decided";
    EXPECT_EQ(show(id).one.status, Status::resolved);
    work();
    EXPECT_EQ(crm.made, 1);
}

TEST_F(CasesTest, notes_and_assignees_are_told_once_and_taken_away_with_the_customer) {
    const CaseId id = open();
    const idempotency::Guard key{.key = "k-1", .route = "note_case", .fingerprint = {}};
    EXPECT_TRUE(scheduler.await(cases.note(me(), key, id, "Called Ada.")));
    const auto repeated = scheduler.await(cases.note(me(), key, id, "Called Ada."));
    ASSERT_TRUE(repeated);
    EXPECT_EQ(repeated->one.version, 2);
    EXPECT_TRUE(scheduler.await(cases.assign(me(), id, "maria")));
    EXPECT_EQ(scheduler.await(cases.assign(me(), id, "maria"))->version, 3) << "she has it already";
    EXPECT_EQ(list({.assignee = "maria"}).size(), 1u);
    EXPECT_TRUE(list({.assignee = "otto"}).empty());
    EXPECT_TRUE(resolve(id, Resolution::waived, {}, "Ada is ill."));
    EXPECT_EQ(scheduler.await(cases.assign(me(), id, "otto")).error().code, "case_resolved");
    auto erase = [&](Tx& tx) -> Result<bool> {
        cases.erase(tx, shop, "c-7");
        return true;
    };
    EXPECT_TRUE(write(erase));
    EXPECT_EQ(show(id).one.resolution_note, "");
    for (const Entry& entry : show(id).entries) EXPECT_EQ(entry.text.find("Ada"), std::string::npos) << entry.kind;
    for (const events::Event& event : news()) EXPECT_EQ(event.data.find("Ada"), std::string::npos) << event.data;
}

TEST_F(CasesTest, what_a_program_hands_over_is_one_case_of_its_cause_that_nobody_of_ours_acts_on) {
    const Request handed{.cause = "claim-17",
                         .reason = "address_unknown",
                         .customer_id = "c-7",
                         .message = "Came back.",
                         .amount = *Money::of(500, EUR),
                         .due_date = {}};
    const auto first = scheduler.await(cases.request(me(), handed));
    ASSERT_TRUE(first);
    EXPECT_TRUE(first->is_new);
    EXPECT_EQ(first->one.owner_kind, Cases::request_kind);
    const auto again = scheduler.await(cases.request(me(), handed));
    EXPECT_FALSE(again->is_new);
    EXPECT_EQ(again->one.id, first->one.id);
    EXPECT_EQ(show(first->one.id).entries.at(0).actor, "key:me");
    Request wrong = handed;
    wrong.reason = "Not a code";
    EXPECT_EQ(scheduler.await(cases.request(me(), wrong)).error().field, "reason");
    wrong = handed;
    wrong.message = "4111111111111111";
    EXPECT_EQ(scheduler.await(cases.request(me(), wrong)).error().code, "card_number_in_text");
    EXPECT_EQ(resolve(first->one.id, Resolution::retry).error().code, "resolution_not_applicable");
    EXPECT_TRUE(resolve(first->one.id, Resolution::paid_elsewhere, "5"));
}

TEST_F(CasesTest, lists_narrow_by_each_filter_and_go_on_behind_a_cursor) {
    for (int i = 0; i < 5; ++i) open(failed_instalment("charge:" + std::to_string(i)));
    NewCase other = failed_instalment("refund:1");
    other.reason = "refund_failed", other.customer_id = "c-8", other.owner = Uuid{}, other.owner_kind = "subscription";
    const CaseId different = open(other);
    EXPECT_EQ(list({}).size(), 6u);
    for (const CaseFilter& filter : {CaseFilter{.customer_id = "c-8"}, CaseFilter{.reason = "refund_failed"},
                                     CaseFilter{.owner_kind = "subscription"}, CaseFilter{.owner = Uuid{}}}) {
        ASSERT_EQ(list(filter).size(), 1u);
        EXPECT_EQ(list(filter)[0].id, different);
    }
    EXPECT_TRUE(resolve(different, Resolution::waived));
    EXPECT_EQ(list({.status = Status::open}).size(), 5u);
    EXPECT_EQ(list({.status = Status::resolved, .customer_id = "c-8"}).size(), 1u);
    const auto page = list({.limit = 4});
    ASSERT_EQ(page.size(), 4u);
    EXPECT_EQ(list({.after = page.back().id}).size(), 2u);
    auto count = [](Tx& tx) -> Result<Open> { return count_open(tx); };
    EXPECT_EQ(write(count)->count, 5);
    EXPECT_TRUE(write(count)->oldest_at.has_value());
}

TEST_F(CasesTest, a_lost_answer_never_makes_a_second_record) {  // A-AS-09, A-CM-28
    for (const Habit habit : {Habit::lose_answer, Habit::lose_call, Habit::defer}) {
        SCOPED_TRACE(static_cast<int>(habit));
        const int before = crm.made;
        crm.next = {habit};
        const CaseId id = open(failed_instalment("charge:" + std::to_string(crm.calls)));
        work();
        EXPECT_EQ(show(id).one.mirror.done, 0);
        EXPECT_FALSE(show(id).one.mirror.error_code.empty()) << "the case says what it waits for";
        work(Millis{60'000});
        EXPECT_EQ(show(id).one.mirror.done, 1);
        EXPECT_EQ(show(id).one.mirror.error_code, "");
        EXPECT_EQ(show(id).one.mirror.id, crm.records.at(id.text()).id);
        EXPECT_EQ(crm.made, before + 1);
    }
}

TEST_F(CasesTest, a_process_that_dies_while_it_tells_the_crm_leaves_one_record) {  // A-CM-28
    // Steps of a millisecond, so that the death falls before, into and behind the call.
    for (int step = 0; step < 15; ++step) {
        SCOPED_TRACE(step);
        const CaseId id = open(failed_instalment("charge:" + std::to_string(step)));
        work(Millis{step});
        die();
        work(Millis{180'000});
        EXPECT_EQ(crm.made, step + 1);
        EXPECT_EQ(show(id).one.mirror.done, 1);
    }
}

TEST_F(CasesTest, a_refusal_shows_in_the_case_and_lies_on_the_desk_without_what_is_personal) {
    crm.next = {Habit::refuse};
    const CaseId id = open();
    work();
    EXPECT_TRUE(show(id).one.mirror.is_refused);
    EXPECT_EQ(show(id).one.mirror.error_code, "INVALID_EMAIL_ADDRESS");
    EXPECT_EQ(show(id).one.mirror.error, "no address: [contact]");
    ASSERT_EQ(dead_jobs().size(), 1u);
    EXPECT_EQ(dead_jobs()[0].last_error.find("ada@"), std::string::npos);
    EXPECT_EQ(news().back().type, "florin.case.mirror_refused");
    known->email = "right@example.com";
    const jobs::JobId dead = dead_jobs()[0].id;
    auto let_go = [&](Tx& tx) -> Result<bool> {
        return jobs::retry(tx, shop, {dead}, {.by = "test", .reason = "again"}).size() == 1;
    };
    EXPECT_TRUE(*write(let_go));
    cases.wake();
    work();
    EXPECT_FALSE(show(id).one.mirror.is_refused);
    EXPECT_EQ(crm.records.at(id.text()).email, "right@example.com");
}

TEST_F(CasesTest, what_is_resolved_before_the_crm_could_be_told_is_told_once_and_closed) {
    crm.next = {Habit::refuse};
    const CaseId id = open();
    work();
    EXPECT_TRUE(resolve(id, Resolution::waived));
    work();
    EXPECT_TRUE(crm.records.at(id.text()).is_closed);
    EXPECT_EQ(show(id).one.mirror.done, 2);
    const jobs::JobId dead = dead_jobs().at(0).id;
    auto let_go = [&](Tx& tx) -> Result<bool> {
        return jobs::retry(tx, shop, {dead}, {.by = "test", .reason = "again"}).size() == 1;
    };
    EXPECT_TRUE(*write(let_go));
    cases.wake();
    const int calls = crm.calls;
    work();
    EXPECT_EQ(crm.calls, calls) << "there is nothing left to tell";
    EXPECT_TRUE(dead_jobs().empty());
}

}  // namespace
}  // namespace florin::cases
