#include "florin/documents/documents.hpp"

#include <cstring>

#include "content.hpp"
#include "documents_impl.hpp"
#include "florin/base/check.hpp"
#include "florin/events/events.hpp"
#include "florin/http/egress.hpp"
#include "florin/json/writer.hpp"
#include "florin/security/hash.hpp"
#include "florin/telemetry/log.hpp"
#include "numbering.hpp"

namespace florin::documents {
namespace {

constexpr std::size_t longest_name = 200;
/// So many merchants' logos fit into a few megabytes.
constexpr std::size_t most_logos = 64;

void wipe(std::string& text) { explicit_bzero(text.data(), text.size()); }

std::string place(std::string_view column, MerchantId merchant, std::string_view row) {
    return std::string{column} + "." + std::to_string(merchant.value) + "." + std::string{row};
}
constexpr std::string_view key_column = "document_persons.sealed_key";
constexpr std::string_view party_column = "documents.sealed_party";
constexpr std::string_view evidence_column = "document_acceptances.sealed_evidence";
constexpr std::string_view pdf_column = "document_acceptances.sealed_pdf";

Letterhead letterhead_of(const merchants::Profile& profile) {
    return {.name = profile.legal_name.empty() ? profile.name : profile.legal_name,
            .address_lines = profile.address_lines,
            .tax_line = profile.tax_line,
            .support_email = profile.support_email};
}

locale::Locale locale_for(const std::optional<Party>& party, const merchants::Profile& profile) {
    if (party)
        if (auto own = locale::Locale::find(party->locale)) return std::move(*own);
    return locale::Locale::of(profile.locale);
}

bool is_name(std::string_view text) {
    if (text.empty() || text.size() > longest_name) return false;
    for (const char c : text)
        if ((c >= 0 && c < 0x20) || c == 0x7f) return false;
    return text.find_first_not_of(' ') != std::string_view::npos;
}

}  // namespace

std::unexpected<Error> not_found() {
    return fail(ErrorKind::not_found, "document_not_found", "There is no such document.");
}

Documents::Documents(Surroundings surroundings) : impl_{std::make_unique<Impl>(std::move(surroundings))} {}
Documents::~Documents() = default;

Document Documents::issue(Tx& tx, const NewDocument& wanted) const {
    const Impl& my = *impl_;
    if (auto earlier = rows::find_by_cause(tx, wanted.merchant, wanted.cause)) return std::move(earlier->document);

    const merchants::Profile profile = my.on.profile(tx, wanted.merchant);
    std::string locale = wanted.locale;
    std::optional<Party> party = my.on.find_party(tx, wanted.merchant, wanted.customer_id);
    if (locale.empty()) locale = locale_for(party, profile).tag();
    rows::DocumentRow row{.document = {.merchant = wanted.merchant,
                                       .id = my.on.world.new_id<DocumentTag>(),
                                       .kind = wanted.kind,
                                       .number = {},
                                       .cause = std::string{wanted.cause},
                                       .customer_id = wanted.customer_id,
                                       .owner_kind = wanted.owner_kind,
                                       .owner = wanted.owner,
                                       .issued_on = wanted.issued_on,
                                       .total = wanted.total,
                                       .refers_to = wanted.refers_to,
                                       .created_at = tx.now()},
                          .series = std::string{series_of(wanted.kind)},
                          .number = 0,
                          .content = to_json(Content{wanted.subject, wanted.lines, wanted.schedule, wanted.paragraphs}),
                          .locale = std::move(locale),
                          .letterhead = my.keep_letterhead(tx, profile),
                          .sealed_party = std::nullopt};
    Document& document = row.document;
    if (const auto key = my.key_for_writing(tx, wanted.merchant, wanted.customer_id)) {
        Personal personal{.name = {}, .address_lines = {}, .payment_words = wanted.payment_words};
        if (party) {
            personal.name = std::move(party->name);
            personal.address_lines = std::move(party->address_lines);
            if (!party->country.empty())
                personal.address_lines.emplace_back(locale::Locale::of(row.locale).country(party->country));
        }
        std::string text = to_json(personal);
        row.sealed_party = security::seal_with(*key, my.on.world.random, text,
                                               place(party_column, wanted.merchant, document.id.text()));
        wipe(text);
    }

    // The series is taken last: until the commit, whoever else issues in it waits.
    row.number = rows::take_number(tx, wanted.merchant, row.series);
    document.number = number_text(row.series, row.number);
    if (!rows::insert(tx, row)) {
        // Somebody else has issued for the cause since we looked, and the number is ours to give back.
        rows::give_back_number(tx, wanted.merchant, row.series);
        auto earlier = rows::find_by_cause(tx, wanted.merchant, wanted.cause);
        check(earlier.has_value(), "a cause that is taken has its document");
        return std::move(earlier->document);
    }
    my.announce(tx, document, "issued", 1, "system", wanted.correlation_id, wanted.traceparent);
    return document;
}

locale::Locale Documents::locale_of(Reader& reader, MerchantId merchant, std::string_view customer_id) const {
    return locale_for(impl_->on.find_party(reader, merchant, customer_id), impl_->on.profile(reader, merchant));
}

std::optional<Document> Documents::find(Reader& reader, MerchantId merchant, DocumentId id) const {
    auto row = rows::find(reader, merchant, id);
    if (!row) return std::nullopt;
    return std::move(row->document);
}

std::optional<Document> Documents::find_by_cause(Reader& reader, MerchantId merchant, std::string_view cause) const {
    auto row = rows::find_by_cause(reader, merchant, cause);
    if (!row) return std::nullopt;
    return std::move(row->document);
}

std::vector<Document> Documents::list(Reader& reader, MerchantId merchant, const DocumentFilter& filter) const {
    std::vector<Document> documents;
    for (rows::DocumentRow& row : rows::list(reader, merchant, filter)) documents.push_back(std::move(row.document));
    return documents;
}

Task<Result<std::string>> Documents::pdf(MerchantId merchant, DocumentId id) const {
    const Impl& my = *impl_;
    std::optional<Sheet> sheet;
    auto read = [&](Reader& reader) -> Result<std::string> {
        sheet.reset();
        auto whole = my.read(reader, merchant, id);
        if (!whole) return fail(std::move(whole.error()));
        if (whole->accepted_pdf) return std::move(*whole->accepted_pdf);
        sheet.emplace(my.sheet_of(reader, *whole));
        return std::string{};
    };
    auto found = co_await my.on.store.read(read);
    // Drawn once the database is left alone.
    if (found && sheet) co_return render(*sheet);
    co_return found;
}

Task<Result<Acceptance>> Documents::accept(NewAcceptance wanted) const {
    if (!is_name(wanted.name))
        co_return fail(ErrorKind::invalid, "invalid_name", "Give the name of who accepts, in 1 to 200 characters.",
                       "name");
    if (!wanted.ip_address.empty() && !http::parse_ip_address(wanted.ip_address))
        co_return fail(ErrorKind::invalid, "invalid_ip_address", "Give an IPv4 or IPv6 address, such as 203.0.113.7.",
                       "ip_address");
    // Drawn before the unit, which others wait for: an agreement that was issued does not change.
    const auto shown = co_await pdf(wanted.merchant, wanted.document);
    if (!shown) co_return fail(shown.error());
    auto unit = [&](Tx& tx) { return impl_->accept(tx, wanted, *shown); };
    co_return co_await impl_->on.store.write(unit);
}

Result<Acceptance> Documents::Impl::accept(Tx& tx, const NewAcceptance& wanted, std::string_view pdf) const {
    auto whole = read(tx, wanted.merchant, wanted.document);
    if (!whole) return fail(std::move(whole.error()));
    const Document& document = whole->row.document;
    if (document.kind != Kind::agreement)
        return fail(ErrorKind::conflict, "document_not_acceptable", "Only an agreement can be accepted.");
    if (whole->acceptance) return repeated(*whole, wanted.name);
    if (auto good = check_in_force(tx, document); !good) return fail(std::move(good.error()));
    const auto key = key_of(tx, wanted.merchant, document.customer_id);
    if (!key) return fail(key.error());
    if (!*key)
        return fail(ErrorKind::conflict, "document_not_acceptable",
                    "The customer has been erased; nobody is left who could accept.");

    Acceptance acceptance{.accepted_at = tx.now(),
                          .pdf_sha256 = security::sha256(pdf),
                          .name = wanted.name,
                          .ip_address = wanted.ip_address,
                          .user_agent = wanted.user_agent};
    std::string evidence = evidence_json(acceptance);
    const std::string id = document.id.text();
    Random& random = on.world.random;
    const rows::AcceptanceRow row{
        .accepted_at = acceptance.accepted_at,
        .pdf_sha256 = acceptance.pdf_sha256,
        .sealed_evidence = security::seal_with(**key, random, evidence, place(evidence_column, wanted.merchant, id)),
        .sealed_pdf = security::seal_with(**key, random, pdf, place(pdf_column, wanted.merchant, id))};
    wipe(evidence);
    if (!rows::insert_acceptance(tx, wanted.merchant, document.id, row)) {
        // Somebody else accepted since we looked.
        auto again = read(tx, wanted.merchant, wanted.document);
        if (!again) return fail(std::move(again.error()));
        return repeated(*again, wanted.name);
    }
    announce(tx, document, "accepted", 2, wanted.actor, wanted.correlation_id, wanted.traceparent);
    return acceptance;
}

Result<void> Documents::Impl::check_in_force(Reader& reader, const Document& agreement) const {
    if (!agreement.owner_kind.empty()) {
        const DocumentFilter of_the_same{
            .kind = Kind::agreement, .customer_id = std::nullopt, .owner = agreement.owner, .limit = 1};
        const auto newest = rows::list(reader, agreement.merchant, of_the_same);
        if (!newest.empty() && newest.front().document.id != agreement.id) {
            const std::string message = "Agreement " + newest.front().document.number + " has taken this one's place.";
            return fail(ErrorKind::conflict, "agreement_not_in_force", message);
        }
    }
    if (on.is_in_force(reader, agreement)) return {};
    return fail(ErrorKind::conflict, "agreement_not_in_force", "What this agreement is about has been canceled.");
}

Result<std::optional<Acceptance>> Documents::acceptance(Reader& reader, MerchantId merchant, DocumentId id) const {
    auto whole = impl_->read(reader, merchant, id);
    if (!whole) return fail(std::move(whole.error()));
    return std::move(whole->acceptance);
}

void Documents::forget(Tx& tx, MerchantId merchant, std::string_view customer_id) const {
    rows::erase_person(tx, merchant, customer_id);
}

Result<Documents::Impl::Whole> Documents::Impl::read(Reader& reader, MerchantId merchant, DocumentId id) const {
    auto row = rows::find(reader, merchant, id);
    if (!row) return not_found();
    Whole whole{.row = std::move(*row),
                .content = {},
                .personal = std::nullopt,
                .refers_to = std::nullopt,
                .acceptance = std::nullopt,
                .accepted_pdf = std::nullopt};
    const Document& d = whole.row.document;
    whole.content = read_content(whole.row.content, d.total.currency());
    if (d.refers_to)
        if (auto other = rows::find(reader, merchant, *d.refers_to)) whole.refers_to = std::move(other->document);
    const auto accepted = d.kind == Kind::agreement ? rows::find_acceptance(reader, merchant, id) : std::nullopt;
    if (accepted)
        whole.acceptance = Acceptance{.accepted_at = accepted->accepted_at, .pdf_sha256 = accepted->pdf_sha256};

    const auto key = key_of(reader, merchant, d.customer_id);
    if (!key) return fail(key.error());
    if (!*key) return whole;
    const auto open = [&](const rows::Octets& sealed, std::string_view column) {
        return security::open_with(**key, sealed, place(column, merchant, id.text()));
    };
    if (whole.row.sealed_party) {
        auto text = open(*whole.row.sealed_party, party_column);
        if (!text) return fail(std::move(text.error()));
        whole.personal = read_personal(*text);
        wipe(*text);
    }
    if (accepted) {
        auto evidence = open(accepted->sealed_evidence, evidence_column);
        if (!evidence) return fail(std::move(evidence.error()));
        read_evidence(*evidence, *whole.acceptance);
        wipe(*evidence);
        auto pdf = open(accepted->sealed_pdf, pdf_column);
        if (!pdf) return fail(std::move(pdf.error()));
        whole.accepted_pdf = std::move(*pdf);
    }
    return whole;
}

Sheet Documents::Impl::sheet_of(Reader& reader, const Whole& whole) const {
    const Document& document = whole.row.document;
    const rows::LetterheadRow letterhead = rows::letterhead(reader, document.merchant, whole.row.letterhead);
    return {.kind = document.kind,
            .number = document.number,
            .issued_on = document.issued_on,
            .customer_id = document.customer_id,
            .locale = whole.row.locale,
            .total = document.total,
            .letterhead = read_letterhead(letterhead.content),
            .logo = logo_of(whole.row.letterhead, letterhead.logo),
            .content = whole.content,
            .personal = whole.personal,
            .refers_to = whole.refers_to};
}

std::optional<security::SecretKey> Documents::Impl::key_for_writing(Tx& tx, MerchantId merchant,
                                                                    std::string_view customer_id) const {
    const std::string context = place(key_column, merchant, customer_id);
    if (!rows::find_person(tx, merchant, customer_id)) {
        security::SecretKey key = security::make_data_key(on.world.random);
        if (rows::insert_person(tx, merchant, customer_id, security::seal_data_key(on.keys, key, context))) return key;
        // Somebody else has made one since we looked.
    }
    auto key = key_of(tx, merchant, customer_id);
    // What has to be issued must not fail for want of a name; the merchant's own id of the customer stands there.
    if (!key) {
        telemetry::warning("documents.person_unreadable", {{"merchant", merchant.value}, {"code", key.error().code}});
        return std::nullopt;
    }
    return std::move(*key);
}

Result<std::optional<security::SecretKey>> Documents::Impl::key_of(Reader& reader, MerchantId merchant,
                                                                   std::string_view customer_id) const {
    const auto person = rows::find_person(reader, merchant, customer_id);
    if (!person || !person->sealed_key) return std::optional<security::SecretKey>{};
    auto key = security::open_data_key(on.keys, *person->sealed_key, place(key_column, merchant, customer_id));
    if (!key) return fail(std::move(key.error()));
    return std::optional<security::SecretKey>{std::move(*key)};
}

Sha256 Documents::Impl::keep_letterhead(Tx& tx, const merchants::Profile& profile) const {
    const rows::LetterheadRow row{.content = to_json(letterhead_of(profile)), .logo = profile.logo_png};
    const Sha256 digest = security::sha256(row.content + '\0' + row.logo);
    if (!rows::has_letterhead(tx, profile.merchant, digest)) rows::keep_letterhead(tx, profile.merchant, digest, row);
    return digest;
}

std::shared_ptr<const Logo> Documents::Impl::logo_of(const Sha256& letterhead, std::string_view png) const {
    if (png.empty()) return nullptr;
    {
        const std::scoped_lock lock{logos_mutex};
        if (const auto found = logos.find(letterhead); found != logos.end()) return found->second;
    }
    auto read = read_logo(png);
    auto logo = read ? std::make_shared<const Logo>(std::move(*read)) : nullptr;
    const std::scoped_lock lock{logos_mutex};
    if (logos.size() >= most_logos) logos.clear();
    logos.emplace(letterhead, logo);
    return logo;
}

Result<Acceptance> Documents::Impl::repeated(const Whole& whole, std::string_view name) {
    check(whole.acceptance.has_value(), "what is repeated was accepted");
    if (whole.acceptance->name == name) return *whole.acceptance;
    return fail(ErrorKind::conflict, "document_already_accepted",
                "This agreement has been accepted already, under another name.");
}

void Documents::Impl::announce(Tx& tx, const Document& document, std::string_view what, std::int64_t sequence,
                               std::string_view actor, std::string_view correlation_id,
                               std::string_view traceparent) const {
    const std::string id = document.id.text();
    std::string data;
    json::Writer json{data};
    json.open('{').key("document").open('{');
    json.field("id", document.id)
        .field("kind", to_text(document.kind))
        .field("number", document.number)
        .field("customer_id", document.customer_id)
        .field("issued_on", calendar::to_text(document.issued_on))
        .raw_field("total", to_major_text(document.total))
        .field("currency", document.total.code());
    if (!document.owner_kind.empty()) json.field("owner_kind", document.owner_kind).field("owner_id", document.owner);
    json.close('}').close('}');
    const std::string action = "document." + std::string{what};
    events::append(tx, {.merchant = document.merchant,
                        .type = "florin." + action,
                        .subject_type = "document",
                        .subject_id = id,
                        .sequence = sequence,
                        .correlation_id = correlation_id,
                        .traceparent = traceparent,
                        .data = data});
    std::string changes;
    json::Writer audited{changes};
    audited.open('{').field("number", document.number).field("customer_id", document.customer_id).close('}');
    on.audit.append(tx, {.merchant = document.merchant,
                         .correlation_id = correlation_id,
                         .action = action,
                         .entity_type = "document",
                         .entity_id = id,
                         .actor = actor,
                         .changes = changes});
}

}  // namespace florin::documents
