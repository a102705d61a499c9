#pragma once

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "document_store.hpp"
#include "florin/documents/documents.hpp"
#include "florin/events/events.hpp"
#include "florin/runtime/simulation.hpp"
#include "florin/store/open.hpp"

namespace florin::documents::test {

constexpr MerchantId shop{1}, other_shop{2};
inline const Currency EUR = *Currency::of("EUR");
inline Money eur(std::int64_t minor) { return *Money::of(minor, EUR); }
constexpr calendar::Date today{std::chrono::year{2026}, std::chrono::month{11}, std::chrono::day{20}};

inline merchants::Profile profile_of(MerchantId merchant) {
    return {.merchant = merchant,
            .name = "Kontor",
            .default_currency = EUR,
            .zone = calendar::Zone::utc(),
            .billing_hour = 0,
            .locale = "en",
            .legal_name = "Nordlicht Kontor GmbH",
            .address_lines = {"Speicherstraße 12", "20457 Hamburg", "Germany"},
            .tax_line = "VAT DE123456789",
            .support_email = "help@nordlicht.example",
            .logo_png = {},
            .version = 1};
}

inline NewDocument receipt(std::string_view cause, MerchantId merchant = shop) {
    return {.merchant = merchant,
            .kind = Kind::receipt,
            .cause = cause,
            .customer_id = "c-1",
            .issued_on = today,
            .lines = {{.description = "Instalment 3 of 12", .quantity = 1, .amount = eur(10'000)}},
            .total = eur(10'000),
            .subject = "Instalment 3 of 12",
            .payment_words = "Visa ending in 1111"};
}

inline NewDocument agreement(std::string_view cause) {
    NewDocument wanted{.merchant = shop,
                       .kind = Kind::agreement,
                       .cause = cause,
                       .customer_id = "c-1",
                       .issued_on = today,
                       .total = eur(120'000),
                       .subject = "Twelve instalments"};
    for (unsigned month = 1; month <= 12; ++month)
        wanted.schedule.push_back(
            {.number = month,
             .due_date = {std::chrono::year{2027}, std::chrono::month{month}, std::chrono::day{1}},
             .amount = eur(10'000)});
    return wanted;
}

/// Documents on virtual time over a database in memory.
struct DocumentsWorld {
    SimClock clock;
    SimRandom random{23};
    SimScheduler scheduler{clock};
    World world{clock, random};
    std::unique_ptr<store::SimStore> store = store::SimStore::open(scheduler, world);
    std::unique_ptr<security::KeyRing> keys = security::KeyRing::in_memory(world);
    audit::Log audit{{}};
    merchants::Profile profile = profile_of(shop);
    std::map<std::string, Party, std::less<>> parties{
        {"c-1", {.name = "Ada Lovelace", .address_lines = {"12 St James Square", "London", "GB"}, .locale = ""}}};
    std::set<Uuid> canceled;  ///< Owners.
    Documents documents{
        {.world = world,
         .store = *store,
         .keys = *keys,
         .audit = audit,
         .profile = [this](Reader&, MerchantId) { return profile; },
         .find_party = [this](Reader&, MerchantId, std::string_view id) -> std::optional<Party> {
             const auto found = parties.find(id);
             return found == parties.end() ? std::nullopt : std::optional{found->second};
         },
         .public_url = [] { return std::string{"https://pay.example.com"}; },
         .is_in_force = [this](Reader&, const Document& one) { return !canceled.contains(one.owner); }}};

    /// Runs one unit and answers what it answers.
    template <class F>
    auto write(F unit) {
        return scheduler.await([](store::Store& to, F& work) -> Task<std::invoke_result_t<F&, Tx&>> {
            co_return co_await to.write(work);
        }(*store, unit));
    }
    template <class F>
    auto read(F view) {
        std::optional<std::invoke_result_t<F&, Reader&>> answer;
        auto whole = [&](Reader& reader) -> Result<bool> {
            answer.emplace(view(reader));
            return true;
        };
        const auto done = scheduler.await([](store::Store& from, auto& work) -> Task<Result<bool>> {
            co_return co_await from.read(work);
        }(*store, whole));
        EXPECT_TRUE(done);
        return std::move(*answer);
    }
    Document issue(const NewDocument& wanted) {
        return *write([&](Tx& tx) -> Result<Document> { return documents.issue(tx, wanted); });
    }
    Result<std::string> pdf(const Document& document) {
        return scheduler.await(documents.pdf(document.merchant, document.id));
    }
    Result<Acceptance> accept(const Document& document, std::string name = "Ada Lovelace") {
        NewAcceptance wanted{.merchant = document.merchant,
                             .document = document.id,
                             .name = std::move(name),
                             .ip_address = "203.0.113.7",
                             .user_agent = "Browser"};
        return scheduler.await(documents.accept(std::move(wanted)));
    }
    void forget(std::string_view customer_id) {
        EXPECT_TRUE(write([&](Tx& tx) -> Result<bool> {
            documents.forget(tx, shop, customer_id);
            return true;
        }));
    }
    std::vector<events::Event> events() {
        return read([](Reader& reader) { return events::list(reader, shop, 0, 1'000); });
    }
};

}  // namespace florin::documents::test
