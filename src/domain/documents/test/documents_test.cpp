#include <algorithm>

#include "documents_impl.hpp"
#include "documents_world.hpp"
#include "florin/security/hash.hpp"
#include "florin/store/prepare_all.hpp"

namespace florin::documents::test {
namespace {

TEST(Documents, numbers_have_no_gaps_within_a_merchant_and_a_series) {  // A-CL-17
    DocumentsWorld world;
    EXPECT_EQ(world.issue(receipt("a")).number, "RCT-000001");
    EXPECT_EQ(world.issue(receipt("b")).number, "RCT-000002");
    NewDocument invoice = receipt("c");
    invoice.kind = Kind::invoice;
    EXPECT_EQ(world.issue(invoice).number, "INV-000001");
    NewDocument credit = receipt("d");
    credit.kind = Kind::credit_note;
    EXPECT_EQ(world.issue(credit).number, "CN-000001");
    EXPECT_EQ(world.issue(agreement("e")).number, "AGR-000001");
    NewDocument statement = receipt("s");
    statement.kind = Kind::statement;
    EXPECT_EQ(world.issue(statement).number, "STM-000001");
    EXPECT_EQ(world.issue(receipt("a", other_shop)).number, "RCT-000001") << "each merchant counts for itself";
    EXPECT_EQ(world.issue(receipt("f")).number, "RCT-000003");
}

TEST(Documents, a_unit_that_fails_leaves_no_gap) {  // A-CL-17
    DocumentsWorld world;
    EXPECT_EQ(world.issue(receipt("a")).number, "RCT-000001");
    const auto refused = world.write([&](Tx& tx) -> Result<Document> {
        EXPECT_EQ(world.documents.issue(tx, receipt("b")).number, "RCT-000002");
        return fail(ErrorKind::conflict, "changed_meanwhile", "Something else was wrong.");
    });
    EXPECT_FALSE(refused);
    EXPECT_EQ(world.issue(receipt("c")).number, "RCT-000002");
    const auto all = world.read([&](Reader& reader) { return world.documents.list(reader, shop, {}); });
    EXPECT_EQ(all.size(), 2u);
}

TEST(Documents, a_cause_has_one_document_however_often_it_is_issued) {  // F124, F61
    DocumentsWorld world;
    const Document first = world.issue(receipt("charge:7:receipt"));
    NewDocument again = receipt("charge:7:receipt");
    again.total = eur(1);
    again.lines[0].amount = eur(1);
    const Document second = world.issue(again);
    EXPECT_EQ(second.id, first.id);
    EXPECT_EQ(second.number, first.number);
    EXPECT_EQ(second.total, eur(10'000)) << "what it is about was fixed when it was issued";
    EXPECT_EQ(world.issue(receipt("charge:8:receipt")).number, "RCT-000002");
    const auto both = world.write([&](Tx& tx) -> Result<bool> {
        return world.documents.issue(tx, receipt("x")).id == world.documents.issue(tx, receipt("x")).id;
    });
    EXPECT_TRUE(*both) << "also within one unit";
    const auto found =
        world.read([&](Reader& reader) { return world.documents.find_by_cause(reader, shop, "charge:7:receipt"); });
    EXPECT_EQ(found->id, first.id);
}

TEST(Documents, every_statement_is_understood_by_the_database) {
    DocumentsWorld world;
    for (const store::Unprepared& wrong : store::prepare_all(*world.store))
        ADD_FAILURE() << wrong.statement << ": " << wrong.why;
}

TEST(Documents, what_was_issued_stays_whatever_merchant_and_customer_change) {
    DocumentsWorld world;
    const Document document = world.issue(receipt("a"));
    const std::string before = *world.pdf(document);
    world.profile.legal_name = "Another GmbH";
    world.parties["c-1"].name = "Ada King";
    world.clock.advance(Millis{86'400'000});
    EXPECT_EQ(*world.pdf(document), before) << "the same bytes whenever it is asked for";
    EXPECT_NE(*world.pdf(world.issue(receipt("b"))), before);
}

TEST(Documents, another_merchant_cannot_see_it) {  // F139
    DocumentsWorld world;
    const Document document = world.issue(receipt("a"));
    Document foreign = document;
    foreign.merchant = other_shop;
    EXPECT_EQ(world.pdf(foreign).error().code, "document_not_found");
    EXPECT_FALSE(
        world.read([&](Reader& reader) { return world.documents.find(reader, other_shop, document.id); }).has_value());
}

TEST(Documents, a_list_is_narrowed_and_read_on) {
    DocumentsWorld world;
    const Uuid owner = world.world.new_uuid();
    std::vector<DocumentId> ids;
    for (int i = 0; i < 6; ++i) {
        const std::string cause = std::to_string(i);
        NewDocument wanted = receipt(cause);
        wanted.customer_id = i % 2 == 0 ? "c-1" : "c-2";
        wanted.issued_on = {std::chrono::year{2026}, std::chrono::month{11},
                            std::chrono::day{static_cast<unsigned>(10 + i)}};
        if (i >= 3) wanted.kind = Kind::invoice;
        if (i == 1 || i == 4) wanted.owner_kind = "payment_terms", wanted.owner = owner;
        ids.push_back(world.issue(wanted).id);
        world.clock.advance(Millis{5});
    }
    const auto list = [&](const DocumentFilter& filter) {
        std::vector<std::size_t> places;
        for (const Document& d : world.read([&](Reader& r) { return world.documents.list(r, shop, filter); }))
            places.push_back(static_cast<std::size_t>(std::ranges::find(ids, d.id) - ids.begin()));
        return places;
    };
    using Places = std::vector<std::size_t>;
    EXPECT_EQ(list({}), (Places{5, 4, 3, 2, 1, 0}));
    EXPECT_EQ(list({.kind = Kind::invoice}), (Places{5, 4, 3}));
    EXPECT_EQ(list({.customer_id = "c-2"}), (Places{5, 3, 1}));
    EXPECT_EQ(list({.kind = Kind::receipt, .customer_id = "c-2"}), (Places{1}));
    EXPECT_EQ(list({.owner = owner}), (Places{4, 1}));
    EXPECT_EQ(list({.customer_id = "c-1", .owner = owner}), (Places{4}));
    const calendar::Date from{std::chrono::year{2026}, std::chrono::month{11}, std::chrono::day{12}};
    EXPECT_EQ(list({.issued_from = from}), (Places{5, 4, 3, 2}));
    EXPECT_EQ(list({.issued_before = from}), (Places{1, 0})) << "the day itself is not before it";
    EXPECT_EQ(list({.after = ids[4], .limit = 2}), (Places{3, 2}));
}

TEST(Documents, a_person_who_is_erased_is_on_no_document_any_more_and_the_books_still_read) {  // X-25
    DocumentsWorld world;
    const Document document = world.issue(receipt("a"));
    const std::string before = *world.pdf(document);
    world.forget("c-1");
    const auto after = world.pdf(document);
    ASSERT_TRUE(after);
    EXPECT_NE(*after, before);
    const auto whole =
        world.read([&](Reader& reader) { return world.documents.inside().read(reader, shop, document.id); });
    ASSERT_TRUE(whole);
    EXPECT_FALSE(whole->personal.has_value());
    EXPECT_EQ(whole->row.document.number, document.number);
    EXPECT_EQ(whole->row.document.total, eur(10'000));
    EXPECT_EQ(whole->content.lines.size(), 1u);
    // A refund comes after the erasure: it is issued, and knows nobody.
    const Document late = world.issue(receipt("b"));
    EXPECT_EQ(late.number, "RCT-000002");
    const auto again = world.read([&](Reader& reader) { return world.documents.inside().read(reader, shop, late.id); });
    EXPECT_FALSE(again->row.sealed_party.has_value());
    world.forget("c-1");
    world.forget("nobody");
}

TEST(Documents, what_is_known_of_a_person_rests_sealed) {  // X-24
    DocumentsWorld world;
    NewDocument wanted = receipt("a");
    wanted.payment_words = "Visa ending in 7777";
    const Document document = world.issue(wanted);
    const auto row = world.read([&](Reader& reader) { return rows::find(reader, shop, document.id); });
    const std::string sealed{row->sealed_party->begin(), row->sealed_party->end()};
    for (const std::string_view secret : {"Ada", "St James", "7777"}) {
        EXPECT_EQ(sealed.find(secret), std::string::npos);
        EXPECT_EQ(row->content.find(secret), std::string::npos);
        for (const events::Event& event : world.events()) EXPECT_EQ(event.data.find(secret), std::string::npos);
    }
}

TEST(Documents, an_agreement_is_accepted_once_and_its_pdf_kept_as_it_was) {  // A-FR-22, A-CL-16
    DocumentsWorld world;
    const Document document = world.issue(agreement("plan:1"));
    const std::string shown = *world.pdf(document);
    const auto accepted = world.accept(document);
    ASSERT_TRUE(accepted);
    EXPECT_EQ(accepted->pdf_sha256, security::sha256(shown)) << "what was accepted is what was shown";
    world.clock.advance(Millis{60'000});
    const auto again = world.accept(document);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->accepted_at, accepted->accepted_at) << "a repeat changes nothing";
    EXPECT_EQ(world.accept(document, "Somebody Else").error().code, "document_already_accepted");
    EXPECT_EQ(security::sha256(*world.pdf(document)), accepted->pdf_sha256);
    const auto read = world.read([&](Reader& reader) { return world.documents.acceptance(reader, shop, document.id); });
    EXPECT_EQ((*read)->name, "Ada Lovelace");
    EXPECT_EQ((*read)->ip_address, "203.0.113.7");
    EXPECT_EQ((*read)->user_agent, "Browser");

    world.forget("c-1");
    const auto left = world.read([&](Reader& reader) { return world.documents.acceptance(reader, shop, document.id); });
    EXPECT_EQ((*left)->accepted_at, accepted->accepted_at);
    EXPECT_EQ((*left)->pdf_sha256, accepted->pdf_sha256);
    EXPECT_EQ((*left)->name, "");
    EXPECT_TRUE(world.pdf(document)) << "it is drawn anew, without the person";
}

TEST(Documents, what_was_accepted_is_shown_even_if_it_would_be_drawn_otherwise_today) {  // A-FR-22
    DocumentsWorld world;
    const Document document = world.issue(agreement("plan:1"));
    const std::string id = document.id.text(), older = "%PDF-1.7 of an older release";
    EXPECT_TRUE(world.write([&](Tx& tx) -> Result<bool> {
        const auto key = world.documents.inside().key_of(tx, shop, "c-1");
        const auto seal = [&](std::string_view text, const std::string& column) {
            return security::seal_with(**key, world.random, text, "document_acceptances." + column + ".1." + id);
        };
        const rows::AcceptanceRow row{.accepted_at = tx.now(),
                                      .pdf_sha256 = security::sha256(older),
                                      .sealed_evidence = seal(R"({"name":"Ada"})", "sealed_evidence"),
                                      .sealed_pdf = seal(older, "sealed_pdf")};
        return rows::insert_acceptance(tx, shop, document.id, row);
    }));
    EXPECT_EQ(*world.pdf(document), older);
}

TEST(Documents, only_agreements_are_accepted_and_by_somebody) {  // A-FR-22
    DocumentsWorld world;
    EXPECT_EQ(world.accept(world.issue(receipt("a"))).error().code, "document_not_acceptable");
    const Document document = world.issue(agreement("b"));
    EXPECT_EQ(world.accept(document, "").error().code, "invalid_name");
    EXPECT_EQ(world.accept(document, "   ").error().code, "invalid_name");
    EXPECT_EQ(world.accept(document, "Ada\nLovelace").error().code, "invalid_name");
    EXPECT_EQ(world.accept(document, std::string(201, 'a')).error().code, "invalid_name");
    Document absent = document;
    absent.id = world.world.new_id<DocumentTag>();
    EXPECT_EQ(world.accept(absent).error().code, "document_not_found");
    world.forget("c-1");
    EXPECT_EQ(world.accept(document).error().code, "document_not_acceptable");
}

TEST(Documents, an_agreement_that_is_replaced_or_canceled_is_not_accepted_any_more) {  // A-FR-22
    DocumentsWorld world;
    const auto issue = [&](std::string_view cause, const Uuid& owner) {
        NewDocument wanted = agreement(cause);
        wanted.owner_kind = "payment_terms";
        wanted.owner = owner;
        return world.issue(wanted);
    };
    const Uuid terms = world.world.new_uuid();
    const Document first = issue("a", terms);
    const Document others = issue("b", world.world.new_uuid());
    EXPECT_TRUE(world.accept(first));
    const Document second = issue("c", terms), third = issue("d", terms);
    EXPECT_TRUE(world.accept(first)) << "a repeat has the answer that was given";
    const auto replaced = world.accept(second);
    ASSERT_FALSE(replaced);
    EXPECT_EQ(replaced.error().kind, ErrorKind::conflict);
    EXPECT_EQ(replaced.error().code, "agreement_not_in_force");
    EXPECT_TRUE(replaced.error().message.contains(third.number)) << replaced.error().message;
    world.canceled.insert(terms);
    EXPECT_EQ(world.accept(third).error().code, "agreement_not_in_force");
    world.canceled.clear();
    EXPECT_TRUE(world.accept(third));
    EXPECT_TRUE(world.accept(others));
}

TEST(Documents, issuing_and_accepting_are_told_once_each) {
    DocumentsWorld world;
    const Document document = world.issue(agreement("a"));
    world.issue(agreement("a"));
    ASSERT_TRUE(world.accept(document));
    ASSERT_TRUE(world.accept(document));
    std::vector<std::string> types;
    for (const events::Event& event : world.events()) types.push_back(event.type);
    EXPECT_EQ(types, (std::vector<std::string>{"florin.document.issued", "florin.document.accepted"}));
    const auto audited =
        world.read([&](Reader& reader) { return audit::of_entity(reader, shop, "document", document.id.text(), 10); });
    EXPECT_EQ(audited.size(), 2u);
}

TEST(Documents, a_link_opens_its_document_until_it_expires_and_nothing_else) {  // A-FR-14, F136
    DocumentsWorld world;
    const Document document = world.issue(receipt("a"));
    const Instant expires_at = world.clock.now() + Millis{60'000};
    const std::string link = world.documents.link(shop, document.id, expires_at);
    const std::string begin = "https://pay.example.com/documents/";
    ASSERT_TRUE(link.starts_with(begin));
    const std::size_t question = link.find('?'), ampersand = link.find('&');
    const std::string name = link.substr(begin.size(), question - begin.size());
    const std::string expires = link.substr(question + 9, ampersand - question - 9);
    const std::string signature = link.substr(ampersand + 11);
    const auto open = [&](const std::string& n, const std::string& e, const std::string& s) {
        const auto target = world.documents.inside().open_link(n, e, s);
        return target ? std::string{"opened"} : target.error().code;
    };
    EXPECT_EQ(open(name, expires, signature), "opened");
    EXPECT_EQ(world.documents.inside().open_link(name, expires, signature)->document, document.id);

    struct Case {
        std::string why, name, expires, signature;
    };
    const std::string later = std::to_string(expires_at.ms / 1000 + 1);
    const Case cases[] = {
        {"a longer life", name, later, signature},
        {"another merchant's", "2" + name.substr(1), expires, signature},
        {"another document", "1-" + world.world.new_id<DocumentTag>().text() + ".pdf", expires, signature},
        {"no signature", name, expires, ""},
        {"a cut signature", name, expires, signature.substr(1)},
        {"no name", "", expires, signature},
        {"no ending", name.substr(0, name.size() - 4), expires, signature},
        {"a sign before the time", name, "-" + expires, signature},
        {"no time", name, "", signature},
        {"nothing known", ".pdf", "x", "y"},
    };
    for (const Case& one : cases)
        EXPECT_EQ(open(one.name, one.expires, one.signature), "document_not_found") << one.why;
    world.clock.advance(Millis{61'000});
    EXPECT_EQ(open(name, expires, signature), "link_expired");
    EXPECT_EQ(open(name, expires, "x" + signature), "document_not_found") << "who forges is not told of the time";
}

}  // namespace
}  // namespace florin::documents::test
