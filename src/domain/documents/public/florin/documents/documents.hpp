#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "florin/audit/audit.hpp"
#include "florin/base/id.hpp"
#include "florin/base/money.hpp"
#include "florin/base/result.hpp"
#include "florin/calendar/calendar.hpp"
#include "florin/locale/locale.hpp"
#include "florin/merchants/merchants.hpp"
#include "florin/security/keyring.hpp"
#include "florin/store/store.hpp"

namespace florin::documents {

using store::Reader;
using store::Tx;
using DocumentId = Id<struct DocumentTag>;

enum class Kind { invoice, receipt, credit_note, agreement, statement };
std::string_view to_text(Kind kind);
std::optional<Kind> parse_kind(std::string_view text);

/// Of the document's currency.
struct Line {
    std::string description;
    std::int64_t quantity = 1;
    Money amount;  ///< Of all of it; of a credit negative.
};
/// A row of an agreement's schedule, or of the payments that a statement goes through.
struct ScheduleRow {
    std::int64_t number = 1;
    calendar::Date due_date;
    Money amount;
    std::string description = {};  ///< Of a statement's: what it was; nothing personal.
};

/// Something a customer receives. What it is about is fixed when it is issued.
struct NewDocument {
    MerchantId merchant;
    Kind kind = Kind::receipt;
    /// What it is issued because of: `charge:<id>:receipt`. There is one document of it. 1 to 255 characters.
    std::string_view cause;
    std::string customer_id;
    calendar::Date issued_on;
    std::vector<Line> lines = {};
    Money total;
    std::string subject = {};                  ///< `Instalment 3 of 12`; nothing personal.
    std::optional<DocumentId> refers_to = {};  ///< A credit note's invoice or receipt.
    std::vector<ScheduleRow> schedule = {};    ///< Of an agreement: what is due; of a statement: what was paid.
    std::vector<std::string> paragraphs = {};  ///< What else it says: an agreement's conditions; nothing personal.
    std::string payment_words = {};            ///< `Visa ending in 1111`; empty: none.
    std::string locale = {};                   ///< Which its texts are in; empty: as `locale_of` says.
    std::string owner_kind = {};               ///< As in `billing::Turn`; empty: none.
    Uuid owner{};
    std::string_view correlation_id = {};
    std::string_view traceparent = {};
};

struct Document {
    MerchantId merchant;
    DocumentId id;
    Kind kind = Kind::receipt;
    std::string number;  ///< `RCT-000017`: of its series, without gaps.
    std::string cause, customer_id, owner_kind;
    Uuid owner{};
    calendar::Date issued_on;
    Money total;
    std::optional<DocumentId> refers_to;
    Instant created_at;

    /// What its PDF is called: `RCT-000017.pdf`.
    std::string file_name() const { return number + ".pdf"; }
};

struct DocumentFilter {
    std::optional<Kind> kind;
    std::optional<std::string> customer_id;
    std::optional<Uuid> owner;
    std::optional<calendar::Date> issued_from, issued_before;
    std::optional<DocumentId> after;  ///< Cursor: the last one seen; the list goes from new to old.
    std::size_t limit = 50;
};

/// How long a link in a mail shows the document.
inline constexpr Millis mailed_link_lifetime = std::chrono::days{90};

using Sha256 = std::array<std::uint8_t, 32>;

/// Somebody says yes to an agreement.
struct NewAcceptance {
    MerchantId merchant;
    DocumentId document;
    std::string name;        ///< As they typed it. 1 to 200 characters.
    std::string ip_address;  ///< IPv4 or IPv6; empty: not known.
    std::string user_agent;
    std::string actor = "system";  ///< For the audit.
    std::string correlation_id = {}, traceparent = {};
};
/// Who said yes to what, and when. Once the person is erased, when alone.
struct Acceptance {
    Instant accepted_at;
    Sha256 pdf_sha256{};  ///< Of the PDF that was accepted; `Documents::pdf` answers those very bytes.
    std::string name, ip_address, user_agent;
};

/// Whom a document is for, as it shows them.
struct Party {
    std::string name;
    std::vector<std::string> address_lines;
    std::string country = {};  ///< By its two letters, or as it was written: the last line of the address.
    std::string locale;        ///< `de`, `en-US`; empty: the merchant's.
};

/// What the module is given. All outlive it.
struct Surroundings {
    World world;
    store::Store& store;
    const security::KeyRing& keys;
    const audit::Log& audit;
    std::function<merchants::Profile(Reader&, MerchantId)> profile;
    /// What is known of a customer; nothing: the document shows their id alone.
    std::function<std::optional<Party>(Reader&, MerchantId, std::string_view customer_id)> find_party;
    /// Where links point: `https://pay.example.com`, without a slash at the end.
    std::function<std::string()> public_url;
    /// Whether what an agreement is about still is: what was canceled is not accepted any more.
    std::function<bool(Reader&, const Document& agreement)> is_in_force = [](Reader&, const Document&) { return true; };
};

/// Invoices, receipts, credit notes, agreements and final statements: gapless numbers, PDFs, acceptance. Any scheduler.
///
/// Source: requirements A-FR-11, A-FR-14, A-FR-15, A-FR-22, A-CL-16, A-CL-17, X-20.
class Documents {
public:
    explicit Documents(Surroundings surroundings);
    ~Documents();
    Documents(const Documents&) = delete;

    /// In the caller's unit, which takes the number: a unit that does not commit leaves no gap. The document that was
    /// issued for the cause before, if there is one. Other units that issue in the same series wait for this one's end.
    Document issue(Tx& tx, const NewDocument& document) const;
    /// In which words and forms a customer is written to: their own locale, else the merchant's, else English. What is
    /// said on a document besides its own words is said in this one.
    locale::Locale locale_of(Reader& reader, MerchantId merchant, std::string_view customer_id) const;
    std::optional<Document> find(Reader& reader, MerchantId merchant, DocumentId id) const;
    std::optional<Document> find_by_cause(Reader& reader, MerchantId merchant, std::string_view cause) const;
    std::vector<Document> list(Reader& reader, MerchantId merchant, const DocumentFilter& filter) const;

    /// The PDF: the same bytes whenever it is asked for, until the person is erased. What an agreement's acceptance was
    /// given for is kept as it was. Errors: `document_not_found`, those of the key ring.
    Task<Result<std::string>> pdf(MerchantId merchant, DocumentId id) const;
    /// A link by which anybody who has it can read the PDF until `expires_at`, in whole seconds by the world's clock,
    /// also where the merchant has a test clock.
    std::string link(MerchantId merchant, DocumentId id, Instant expires_at) const;

    /// Keeps the PDF as it is shown. Accepted again under the same name, the acceptance that there is. Errors:
    /// `document_not_found`; `conflict` (`document_not_acceptable`: no agreement, or its customer is erased;
    /// `document_already_accepted`: under another name; `agreement_not_in_force`: a newer one has taken its place, or
    /// what it is about was canceled); `invalid` (`invalid_name`, `invalid_ip_address`); those of the
    /// key ring.
    Task<Result<Acceptance>> accept(NewAcceptance acceptance) const;
    /// Error: those of the key ring.
    Result<std::optional<Acceptance>> acceptance(Reader& reader, MerchantId merchant, DocumentId id) const;

    /// Destroys, in the caller's unit, the key under which all that documents know of a customer is sealed. Numbers,
    /// lines and sums stay.
    void forget(Tx& tx, MerchantId merchant, std::string_view customer_id) const;

    struct Impl;
    const Impl& inside() const { return *impl_; }

private:
    std::unique_ptr<Impl> impl_;
};

}  // namespace florin::documents
