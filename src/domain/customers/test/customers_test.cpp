#include <gtest/gtest.h>

#include "customers_world.hpp"
#include "florin/store/prepare_all.hpp"
#include "profile.hpp"

namespace florin::customers {
namespace {

using test::ada;
using test::CustomersWorld;
using test::other_shop;
using test::shop;

Profile with_name(std::string name) {
    Profile profile = ada();
    profile.name = std::move(name);
    return profile;
}

TEST(Customers, have_statements_that_the_schema_knows) {
    const CustomersWorld sim;
    for (const auto& [statement, why] : store::prepare_all(*sim.store)) ADD_FAILURE() << statement << ": " << why;
}

TEST(Customers, are_made_once_for_each_id_of_the_merchants) {  // X-24
    CustomersWorld sim;
    const auto first = sim.create("customer-7");
    ASSERT_TRUE(first);
    EXPECT_TRUE(first->is_new);
    const auto same = sim.create("customer-7");
    ASSERT_TRUE(same);
    EXPECT_FALSE(same->is_new);
    EXPECT_EQ(same->customer.id, first->customer.id);
    EXPECT_EQ(sim.create("customer-7", with_name("Bob")).error().code, "customer_exists");
    EXPECT_NE(sim.create("customer-7", ada(), {}, other_shop)->customer.id, first->customer.id);
    EXPECT_EQ(sim.list({})->size(), 1U);
}

TEST(Customers, of_many_requests_at_once_are_made_once) {  // F11
    CustomersWorld sim;
    std::vector<Result<Created>> answers;
    for (int i = 0; i < 20; ++i) {
        sim.scheduler.spawn([](CustomersWorld& in, std::vector<Result<Created>>& out, int number) -> Task<void> {
            // Half of them carry a key, some the same one.
            CreateCommand command = CustomersWorld::command(
                "customer-7", ada(), number % 2 == 0 ? "" : "key-" + std::to_string(number % 3), shop);
            auto created = co_await in.customers.create(std::move(command));
            out.push_back(std::move(created));
        }(sim, answers, i));
    }
    sim.scheduler.run();
    ASSERT_EQ(answers.size(), 20U);
    for (const auto& answer : answers) {
        ASSERT_TRUE(answer) << answer.error().code;
        EXPECT_EQ(answer->customer.id, answers[0]->customer.id);
    }
    EXPECT_EQ(std::ranges::count_if(answers, [](const auto& answer) { return answer->is_new; }), 1);
    EXPECT_EQ(sim.events().size(), 1U);
}

TEST(Customers, whose_commit_was_lost_or_failed_are_made_once_when_asked_again) {  // F3, F37, F110
    for (const bool is_kept : {false, true}) {
        for (const std::string key : {"", "signup-7"}) {
            SCOPED_TRACE((is_kept ? "the answer was lost, key: " : "the commit failed, key: ") + key);
            CustomersWorld sim;
            auto once = [is_due = true](std::uint64_t) mutable { return std::exchange(is_due, false); };
            (is_kept ? sim.store->lose_commit_answer : sim.store->fail_commit) = once;
            const auto first = sim.create("customer-7", ada(), key);
            ASSERT_FALSE(first);
            EXPECT_EQ(first.error().code, is_kept ? "commit_unknown" : "storage_unavailable");
            const auto again = sim.create("customer-7", ada(), key);
            ASSERT_TRUE(again) << again.error().code;
            EXPECT_EQ(again->is_new, !is_kept);
            EXPECT_EQ(again->stored.has_value(), is_kept && !key.empty());
            EXPECT_EQ(sim.list({})->size(), 1U);
            EXPECT_EQ(sim.events().size(), 1U);
            EXPECT_EQ(sim.audited(again->customer).size(), 1U);
        }
    }
}

TEST(Customers, are_changed_by_who_read_them_last) {  // D-DE-01, F32
    CustomersWorld sim;
    const Customer first = sim.create("customer-7")->customer;
    sim.clock.advance(Millis{1'000});
    const auto second =
        sim.update(first, {.name = "Ada Newname", .email = {}, .phone = "", .billing_address = {}, .metadata = {}});
    ASSERT_TRUE(second);
    EXPECT_EQ(second->version, 2);
    EXPECT_GT(second->updated_at, second->created_at);
    EXPECT_EQ(sim.update(first, {.name = "Late", .email = {}, .phone = {}, .billing_address = {}, .metadata = {}})
                  .error()
                  .code,
              "customer_changed_meanwhile");
    const auto found = sim.find(first);
    EXPECT_EQ(found->profile.name, "Ada Newname");
    EXPECT_EQ(found->profile.phone, "");
    EXPECT_EQ(found->profile.email, ada().email);
}

TEST(Customers, are_not_changed_by_two_who_read_the_same) {  // D-DE-01, F32
    CustomersWorld sim;
    const Customer first = sim.create("customer-7")->customer;
    std::vector<Result<Customer>> answers;
    for (const std::string name : {"A", "B", "C"}) {
        sim.scheduler.spawn(
            [](CustomersWorld& in, std::vector<Result<Customer>>& out, Customer before, std::string to) -> Task<void> {
                Changes changes;
                changes.name = std::move(to);
                UpdateCommand command = CustomersWorld::change(before, std::move(changes));
                auto updated = co_await in.customers.update(std::move(command));
                out.push_back(std::move(updated));
            }(sim, answers, first, name));
    }
    sim.scheduler.run();
    EXPECT_EQ(std::ranges::count_if(answers, [](const auto& answer) { return answer.has_value(); }), 1);
    EXPECT_EQ(sim.find(first)->version, 2);
    EXPECT_EQ(sim.events().size(), 2U);
}

TEST(Customers, are_not_erased_while_something_may_still_charge_them) {  // X-25
    CustomersWorld sim;
    const Customer first = sim.create("customer-7")->customer;
    sim.charged_by = "subscription 7";
    const auto refused = sim.erase(first);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::conflict);
    EXPECT_EQ(refused.error().code, "customer_still_charged");
    EXPECT_TRUE(refused.error().message.contains("subscription 7")) << refused.error().message;
    sim.charged_by.reset();
    ASSERT_TRUE(sim.erase(first));
    sim.charged_by = "subscription 8";
    EXPECT_TRUE(sim.erase(first)) << "erasing twice is once";
}

TEST(Customers, are_erased_with_their_key_even_while_others_change_them) {  // X-25, F32
    CustomersWorld sim;
    const Customer first = sim.create("customer-7", ada(), "signup-7")->customer;
    std::optional<Result<Customer>> changed, erased;
    sim.scheduler.spawn([](CustomersWorld& in, Customer before, std::optional<Result<Customer>>& out) -> Task<void> {
        Changes changes;
        changes.name = "Changed";
        UpdateCommand command = CustomersWorld::change(before, std::move(changes));
        auto updated = co_await in.customers.update(std::move(command));
        out = std::move(updated);
    }(sim, first, changed));
    sim.scheduler.spawn([](CustomersWorld& in, Customer before, std::optional<Result<Customer>>& out) -> Task<void> {
        auto done = co_await in.customers.erase(before.merchant, before.id, CustomersWorld::origin());
        out = std::move(done);
    }(sim, first, erased));
    sim.scheduler.run();
    ASSERT_TRUE(changed && *changed) << "it came first";
    ASSERT_TRUE(erased && *erased) << "it is thought out anew";
    EXPECT_EQ((*erased)->version, 3);

    const rows::CustomerRow row = sim.row(first);
    EXPECT_TRUE(row.sealed_key.empty() && row.sealed_profile.empty());
    EXPECT_TRUE(differences(sim.find(first)->profile, Profile{}).empty());
    CustomerFilter by_email;
    by_email.email = ada().email;
    EXPECT_EQ(sim.list(by_email)->size(), 0U);
    EXPECT_EQ(sim.erase(first)->version, 3) << "erasing twice is once";
    EXPECT_EQ(sim.update(**erased, {.name = "Back", .email = {}, .phone = {}, .billing_address = {}, .metadata = {}})
                  .error()
                  .code,
              "customer_erased");
    EXPECT_EQ(sim.create("customer-7").error().code, "customer_erased");
    EXPECT_EQ(sim.create("customer-7", ada(), "signup-7").error().code, "customer_erased");
    EXPECT_EQ(sim.events().size(), 3U);
}

TEST(Customers, are_told_of_without_what_is_known_of_them) {  // X-25, D-PC-08, D-PC-14
    CustomersWorld sim;
    const Customer first = sim.create("customer-7")->customer;
    sim.update(first,
               {.name = "Ada Newname", .email = "new@example.com", .phone = {}, .billing_address = {}, .metadata = {}});
    sim.erase(first);
    const auto told = sim.events();
    ASSERT_EQ(told.size(), 3U);
    const char* const types[] = {"florin.customer.created", "florin.customer.updated", "florin.customer.erased"};
    for (std::size_t i = 0; i < told.size(); ++i) {
        EXPECT_EQ(told[i].type, types[i]);
        EXPECT_EQ(told[i].subject_type, "customer");
        EXPECT_EQ(told[i].subject_id, first.id.text());
        EXPECT_EQ(told[i].sequence, static_cast<std::int64_t>(i) + 1);
        for (const std::string_view word : {"Ada", "xample", "7946", "James", "gold"})
            EXPECT_EQ(told[i].data.find(word), std::string::npos) << word;
    }
    EXPECT_NE(told[1].data.find(R"("changed":["name","email"])"), std::string::npos) << told[1].data;
    const auto records = sim.audited(first);
    ASSERT_EQ(records.size(), 3U);
    EXPECT_EQ(records[0].action, "customer.erased");
    EXPECT_EQ(records[2].action, "customer.created");
    for (const audit::Record& record : records) {
        EXPECT_EQ(record.user_id, "key:1");
        EXPECT_EQ(record.correlation_id, "c-1");
        for (const std::string_view word : {"Ada", "xample", "7946", "James", "gold"})
            EXPECT_EQ(record.changes.find(word), std::string::npos) << word;
    }
}

TEST(Customers, of_another_merchant_do_not_exist) {  // F137
    CustomersWorld sim;
    Customer theirs = sim.create("customer-7", ada(), {}, other_shop)->customer;
    theirs.merchant = shop;
    EXPECT_EQ(sim.find(theirs).error().code, "customer_not_found");
    EXPECT_EQ(sim.update(theirs, {}).error().code, "customer_not_found");
    EXPECT_EQ(sim.erase(theirs).error().code, "customer_not_found");
    CustomerFilter by_email;
    by_email.email = ada().email;
    EXPECT_EQ(sim.list(by_email)->size(), 0U);
    EXPECT_EQ(sim.list(by_email, other_shop)->size(), 1U);
}

TEST(Customers, whose_key_is_missing_are_told_of_and_not_taken_for_empty) {  // F132
    CustomersWorld sim;
    const Customer first = sim.create("customer-7")->customer;
    const auto others = security::KeyRing::in_memory(sim.world);
    Customers blind{{.world = sim.world, .store = *sim.store, .keys = *others, .audit = sim.audit}};
    EXPECT_EQ(sim.scheduler.await(blind.find(shop, first.id)).error().code, "key_missing");
    Changes changes;
    changes.name = "Lost";
    UpdateCommand command = CustomersWorld::change(first, changes);
    EXPECT_EQ(sim.scheduler.await(blind.update(std::move(command))).error().code, "key_missing");
    EXPECT_TRUE(sim.scheduler.await(blind.erase(shop, first.id, CustomersWorld::origin())))
        << "to erase, nothing need be read";
}

}  // namespace
}  // namespace florin::customers
